#!/usr/bin/env bats
load ../helper

fixtures=$BATS_TEST_DIRNAME/../../fixtures/secrets

# write_printed TABLE: the file printed, each row as a step may print it.
write_printed() {
  local row
  while IFS= read -r row; do
    row=${row#*: }
    row=${row// ¦ /}
    printf '%s\n' "${row//⏎/$nl}"
  done <"$fixtures/$1.txt" >"$root/printed"
}

# write_printer: a program with a step that prints the file printed.
write_printer() {
  write_program <<'END'
guarded_names=(NOTION_API_TOKEN 'NOTION_.*_DB_ID' GITHUB_TOKEN 'SUPABASE_.*KEY' ACME_PIN)
one() { cat -- "$root/printed"; }
plan() { step one 'Do one' reads; }
END
}

# the_log: what stands there of what the step printed.
the_log() {
  grep -hv -e '^demo: ' -e '^== ' "$root"/.insightpulse/logs/*.log
}

a_token=ghp_
a_token+=8HlrwYMfvea9lkxwkkMxzwwM5hpA6eEfujfo

@test "of all planted secrets that a step prints none is in the log or on the screen" {
  write_printed true
  write_printer
  run the_program --verbose
  is "$status" 0
  the_log >"$root/logged"
  sed -n 's/^  | //p' <<<"$output" >"$root/shown"
  cmp "$root/logged" "$root/shown"
  (($(wc -l <"$root/logged") == $(wc -l <"$root/printed")))
  printf '%s\0' printed logged >"$BATS_TEST_TMPDIR/files"
  run in_lib "guarded_names=(NOTION_API_TOKEN 'NOTION_.*_DB_ID' GITHUB_TOKEN 'SUPABASE_.*KEY' ACME_PIN)
    secret_gate \"\$test_folder/files\""
  has "$output" 'printed:1: github: '
  has_not "$output" logged
}

@test "look-alikes that a step prints are in the log as they are, but for what is in a URL" {
  write_printed look-alikes
  grep -v '://[^/]*:.*@' "$root/printed" >"$root/without"
  mv "$root/without" "$root/printed"
  write_printer
  the_program --quiet
  the_log | diff - "$root/printed"
}

@test "a secret is masked in the reason, the report, the history and the events, verbose or not" {
  local option
  write_program <<END
one() { printf 'no access with %s\n' $a_token; return 1; }
two() { fail_item thing 'no access with $a_token'; }
two_saves() { :; }
plan() {
  [[ \$quiet == true ]] || step one 'Do one' reads
  step two 'Do two' changes
}
END
  for option in --quiet --verbose --ci; do
    run the_program "$option" --events "$BATS_TEST_TMPDIR/events"
    is "$status" 1
    has "$output" 'no access with ***'
    has_not "$output" "$a_token"
  done
  is "$(grep -rl "$a_token" "$root/.insightpulse" "$BATS_TEST_TMPDIR/events")" ''
}

@test "what a gate printed is masked in the report, also where it was shown before" {
  write_program <<END
gate() { run_gate phase 'The gate' 'printf "key %s\n" $a_token; echo 3' 0 '' '' ''; }
plan() { step gate 'The gate' guards; }
END
  run the_program --verbose
  is "$(latest '.results[0].gates[0].output')" "key ***${nl}3"
  has_not "$output" "$a_token"
  is "$(grep -rl "$a_token" "$root/.insightpulse")" ''
}

@test "a value that was assigned once is masked later too" {
  printf '%s\n' "api_token = Zk39dkWq81LmPq0dkfjA" >"$root/printed"
  seq 20000 >>"$root/printed"
  printf '%s\n' 'with Zk39dkWq81LmPq0dkfjA' >>"$root/printed"
  write_printer
  the_program --quiet
  is "$(the_log | sed -n '1p; $p')" "api_token = ***${nl}with ***"
}

@test "the lines of a private key are masked, its short last one too, wherever it begins" {
  local size key last
  key=$(openssl genrsa 2048 2>/dev/null)
  last=$(sed -n 'x; /./p; x; h' <<<"$key" | tail -n 1)
  write_printer
  for size in 0 65000 65500; do
    {
      head -c "$size" /dev/zero | tr '\0' '\n'
      printf '%s\n' "$key" after
      jq -Rs . <<<"$key"
      sed 's/$/\r/' <<<"$key" | jq -Rs .
    } >"$root/printed"
    the_program --quiet
    is "$(the_log | tail -n 4 | head -n 2)" "-----END PRIVATE KEY-----${nl}after"
    is "$(the_log | grep -c '^\*\*\*$')" "$(($(grep -c '' <<<"$key") - 2))"
    has_not "$(the_log)" "$last"
    rm -r "$root/.insightpulse/logs"
  done
}

@test "what a person accepted is shown" {
  printf 'one %s\n' "$a_token" >"$root/printed"
  printf 'printed\0' >"$BATS_TEST_TMPDIR/files"
  run in_lib 'secret_gate "$test_folder/files"'
  mkdir -p .insightpulse
  sed 's/.*to accept it: //' <<<"$output" >"$BATS_TEST_TMPDIR/commands"
  bash "$BATS_TEST_TMPDIR/commands"
  write_printer
  the_program --quiet
  is "$(the_log)" "one $a_token"
}

@test "more secrets than are remembered are masked where they stand" {
  local number
  for number in {1000..1700}; do
    printf 'api_token = Zk39dkWq81Lm%sq0dkfjA\n%400d\n' "$number" 0
  done >"$root/printed"
  write_printer
  the_program --quiet
  is "$(the_log | grep -v '^ *0$' | sort -u)" 'api_token = ***'
}

@test "of a text full of secrets none is shown" {
  local number
  for number in {1000..1700}; do
    printf 'api_token = Zk39dkWq81Lm%sq0dkfjA\n' "$number"
  done >"$root/printed"
  write_printer
  the_program --quiet
  is "$(the_log)" '(not shown: it holds 701 secrets)'
}

@test "what an item of a pool prints is masked, and in the reason what was assigned before" {
  write_program <<'END'
one() { printf '%s\n' a b >"$run_dir/work/things"; }
two() {
  printf 'api_token=%s\n' Zk39dkWq81LmPq0dkfjA
  fail_step "no access with Zk39dkWq81LmPq0dkfjA"
}
two_saves() { :; }
END
  run the_program --verbose --events "$BATS_TEST_TMPDIR/events"
  is "$status" 1
  has "$output" '  | a: api_token=***'
  has "$output" 'demo: a, b: no access with ***'
  has_not "$output" Zk39
  is "$(grep -rl Zk39 "$root/.insightpulse" "$BATS_TEST_TMPDIR/events")" ''
}

@test "what a gate printed before the run was interrupted is masked" {
  write_program <<END
gate() { run_gate phase 'The gate' 'printf "key %s\n" $a_token; printf %s \$\$ >../stay.pid; sleep 1000' 0 '' '' ''; }
plan() { step gate 'The gate' guards; }
END
  start_program
  poll_for test -s "$BATS_TEST_TMPDIR/stay.pid"
  end_program TERM
  is "$ended_with" 143
  is "$(grep -rl "$a_token" "$root/.insightpulse")" ''
}

@test "a last line that is no number is masked before it is cut" {
  write_program <<END
gate() { run_gate phase 'The gate' 'printf "%070d" 0 | tr 0 a; echo " $a_token"' 0 1 '' ''; }
plan() { step gate 'The gate' guards; }
END
  run the_program
  is "$status" 4
  has "$output" 'is not a number: aaaa'
  has_not "$output" "${a_token:0:12}"
  is "$(grep -rl "${a_token:0:12}" "$root/.insightpulse")" ''
}

@test "a private key that comes slowly is masked on the screen too" {
  openssl genrsa 2048 2>/dev/null >"$root/printed"
  write_program <<'END'
one() {
  head -n 3 -- "$root/printed"
  sleep 0.5
  tail -n +4 -- "$root/printed"
}
plan() { step one 'Do one' reads; }
END
  run the_program --verbose
  has "$output" '  | -----END PRIVATE KEY-----'
  is "$(grep -cxF -f <(sed 's/^/  | /' "$root/printed") <<<"$output")" 2
}

@test "a header of a key in a long text without one costs nothing" {
  {
    printf '%s\n' '-----BEGIN RSA PRIVATE KEY-----'
    seq -f 'a - line of %g words - and more - and more - and more' 4000
  } >"$root/printed"
  write_printer
  the_program --quiet
  the_log | cmp - "$root/printed"
}

@test "what cannot be looked at is not shown" {
  printf 'one %s\n' "$a_token" >"$root/printed"
  write_printer
  mkdir "$BATS_TEST_TMPDIR/bin"
  local broken
  printf 'password = %s\n' Zk39dkWq81LmPq0dkfjA >>"$root/printed"
  # The one that finds lines, and the one that judges names.
  for broken in -h -nE; do
    printf '#!/bin/sh\n[ "$1" != %s ] || exit 2\nexec %s "$@"\n' \
      "$broken" "$(type -P grep)" >"$BATS_TEST_TMPDIR/bin/grep"
    chmod +x "$BATS_TEST_TMPDIR/bin/grep"
    PATH=$BATS_TEST_TMPDIR/bin:$PATH test_path=$BATS_TEST_TMPDIR/bin:$test_path \
      run the_program --verbose
    is "$status" 0
    has "$output" 'not shown: the secret gate could not look at it'
    has_not "$output" "$a_token"
    has_not "$output" Zk39
  done
}
