#!/usr/bin/env bats
load ../helper

project=$(cd -P -- "$BATS_TEST_DIRNAME/../../.." && pwd)

# assignments FOLDER...: what the reference's own gate finds there.
assignments() {
  grep -r -n -i -E '(password|secret|token).*=' "$@"
}

@test "no line of scripts/ and generated/ looks like a secret's assignment" {
  is "$(cd "$project" && assignments scripts generated)" ''
  # The check itself finds what it should.
  printf '%s\n' 'my_Token = 1' >line
  is "$(assignments .)" './line:1:my_Token = 1'
}

@test "the gate finds nothing in this repository outside of its tests, nor in its tables" {
  git -C "$project" ls-files -z --cached --others --exclude-standard \
    -- ':!test' >"$BATS_TEST_TMPDIR/changed"
  printf 'test/fixtures/secrets/%s.txt\0' true listed look-alikes >>"$BATS_TEST_TMPDIR/changed"
  run in_lib 'cd "$1"
    guarded_names=(NOTION_API_TOKEN GITHUB_TOKEN password secret)
    secret_gate "$test_folder/changed"' "$project"
  is "$output" ''
  is "$status" 0
}
