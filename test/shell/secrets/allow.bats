#!/usr/bin/env bats
load ../helper

value=ghp_8HlrwYMfvea9lkxwkkMxzwwM5hpA6eEfujfo
other=${value%fo}of
allow=.insightpulse/secrets.allow

gate() {
  find . -name .insightpulse -prune -o -type f -print0 >"$BATS_TEST_TMPDIR/changed"
  run in_lib 'secret_gate "$test_folder/changed"' 3>&-
}

# accept FILE:LINE: as a person would, with the commands that the gate prints.
accept() {
  gate
  mkdir -p .insightpulse
  sed -n "s|^\./$1: .*to accept it: ||p" <<<"$output" >"$BATS_TEST_TMPDIR/commands"
  bash "$BATS_TEST_TMPDIR/commands"
}

@test "an accepted secret passes, wherever its line moves" {
  printf 'a\n%s\n' "$value" >file
  accept file:2
  gate
  is "$output" ''
  is "$status" 0
  printf 'new\nlines\nx = "%s"\n' "$value" >other
  rm file
  gate
  is "$status" 0
}

@test "another secret on the same line does not pass" {
  printf '%s\n' "$value" >file
  accept file:1
  printf '%s\n' "$other" >file
  gate
  is "$status" 1
}

@test "another rule does not pass with the mark" {
  printf '%s\n' "$value" >file
  accept file:1
  sed 's/^github /gitlab /' "$allow" >"$allow.new"
  mv "$allow.new" "$allow"
  gate
  is "$status" 1
}

@test "all that is found on the line is accepted, and nothing else" {
  printf '%s and %s\n' "$value" "$other" >file
  printf '%s\n' "${value%fo}zz" >>file
  accept file:1
  gate
  is "$(cut -d : -f 1-2 <<<"$output")" ./file:2
  is "$(grep -c '^github ' "$allow")" 2
}

@test "the file has a key, and of the secret 20 bits" {
  printf '%s\n' "$value" >'a file'
  accept 'a file:1'
  [[ $(<"$allow") =~ ^key\ [0-9a-f]{32}$'\n'github\ [0-9a-f]{5}\ '# ./a\ file:1'$ ]]
}

@test "the mark depends on the key" {
  printf '%s\n' "$value" >file
  accept file:1
  sed 's/^key ./key g/' "$allow" >"$allow.new"
  mv "$allow.new" "$allow"
  gate
  is "$status" 1
}

@test "what is found on one machine can be accepted on another, and the file is left alone till then" {
  printf '%s\n' "$value" >file
  printf '%s\n' "$other" >other
  accept file:1
  cp "$allow" "$BATS_TEST_TMPDIR/first"
  rm "$allow"
  accept other:1
  is "$(grep -c ^key "$allow")" 1
  cat "$BATS_TEST_TMPDIR/first" >>"$allow"
  gate
  is "$status" 0
  rm -r .insightpulse
  gate
  [[ ! -e .insightpulse ]]
}

@test "a name with quotes is accepted by what is printed" {
  printf '%s\n' "$value" >"it's \"a\" \$file"
  gate
  sed 's/.*to accept it: //' <<<"$output" >"$BATS_TEST_TMPDIR/commands"
  bash "$BATS_TEST_TMPDIR/commands"
  gate
  is "$status" 0
}

@test "what a person wrote into the file stays" {
  printf '# why\n\nkey 00112233445566778899aabbccddeeff\n' >"$allow"
  printf '%s\n' "$value" >file
  accept file:1
  is "$(head -n 3 "$allow")" "# why$nl${nl}key 00112233445566778899aabbccddeeff"
  is "$(wc -l <"$allow" | tr -d ' ')" 4
  gate
  is "$status" 0
}

@test "a private key is accepted by what it holds, not by its first line" {
  local key other_key
  key=$(openssl genpkey -algorithm ed25519)
  other_key=$(openssl genpkey -algorithm ed25519)
  printf '%s\n' "$key" >a.pem
  accept a.pem:1
  gate
  is "$status" 0
  printf '%s\n' "$other_key" >a.pem
  gate
  is "$status" 1
}

@test "sha256sum, shasum and openssl give one mark" {
  local name marks=()
  for name in sha256sum shasum openssl; do
    mkdir "$BATS_TEST_TMPDIR/$name"
    ln -s "$(type -P "$name")" "$(type -P "$test_bash")" "$BATS_TEST_TMPDIR/$name"
    marks+=("$(PATH=$BATS_TEST_TMPDIR/$name in_lib "allow_key=k
      allow_mark mark github $other
      printf %s \"\$mark\"")")
  done
  is "${#marks[0]}" 5
  is "${marks[1]}" "${marks[0]}"
  is "${marks[2]}" "${marks[0]}"
}
