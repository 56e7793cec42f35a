#!/usr/bin/env bats
load ../helper

# good FILE: there are lines, each of them JSON and at most 512 bytes.
good() {
  local line
  [[ -s $1 ]]
  while IFS= read -r line; do
    jq -e 'type == "object" and has("event") and has("run") and has("target") and has("at")' \
      <<<"$line" >/dev/null || return
    (LC_ALL=C && ((${#line} < 512))) || {
      printf 'too long: %s\n' "$line" >&2
      return 1
    }
  done <"$1"
  iconv -f UTF-8 -t UTF-8 "$1" >/dev/null
}

@test "the events of a run are told in order" {
  write_program <<'END'
plan() {
  step one 'Do one' reads
  step two 'Do two' changes items=things jobs=1
}
END
  the_program --events "$BATS_TEST_TMPDIR/events"
  good "$BATS_TEST_TMPDIR/events"
  is "$(jq -s -r 'map(.event) | join(" ")' "$BATS_TEST_TMPDIR/events")" \
    'run_start step_planned step_planned step_start step_end step_start step_progress step_progress step_progress step_end run_end'
  is "$(jq -s -r '[.[] | select(.event == "step_progress") | "\(.done)/\(.total) \(.note)"] | join(", ")' \
    "$BATS_TEST_TMPDIR/events")" '1/3 a, 2/3 b, 3/3 c'
}

@test "the events of a failed run end with its exit code" {
  write_program <<'END'
one() { fail_step no; }
END
  run the_program --events "$BATS_TEST_TMPDIR/events"
  is "$status" 1
  good "$BATS_TEST_TMPDIR/events"
  is "$(jq -s -r 'last | .event, .status, .exit_code' "$BATS_TEST_TMPDIR/events")" \
    "run_end${nl}failed${nl}1"
}

@test "long and nasty titles, items and reasons make events of at most 512 bytes" {
  write_program <<'END'
long() {
  local text=''
  while ((${#text} < 3000)); do text+=$1; done
  printf '%s\n' "$text"
}
one() {
  {
    long x
    long '"\'
    long $'\001\177'
    long $'\303\251'
    long $'\360\237\230\200'
    long $'\377'
    long $'x\342\202'
  } >"$run_dir/work/things"
}
two_saves() { :; }
two() { :; }
three() { fail_step "$(long $'\n"\\\t\360\237\230\200\377')"; }
plan() {
  step one "$(long $'"\\\001\377')" reads
  step two "$(long $'\360\237\230\200')" changes items=things jobs=2
  step three "$(long '"')" changes
}
END
  local locale
  for locale in C C.UTF-8; do
    LC_ALL=$locale run the_program --events "$BATS_TEST_TMPDIR/events.$locale"
    is "$status" 1
    good "$BATS_TEST_TMPDIR/events.$locale"
    is "$(jq -s 'map(select(.event == "step_progress")) | length' \
      "$BATS_TEST_TMPDIR/events.$locale")" 7
  done
}

@test "a short text is not cut" {
  is "$(in_lib 'short_json text "a \"b\""; printf %s "$text"')" '"a \"b\""'
}

@test "a text that was cut ends with dots" {
  is "$(in_lib 'short_json text "$(printf "%0500d" 0)"
    printf "%s" "${text:${#text}-5}"')" '0..."'
}

@test "events go to an open descriptor" {
  write_program </dev/null
  the_program --events fd:5 5>"$BATS_TEST_TMPDIR/events"
  good "$BATS_TEST_TMPDIR/events"
}

@test "a descriptor that is not open gives exit 2" {
  write_program </dev/null
  run the_program --events fd:88
  is "$status" 2
  has "$output" 'that descriptor is not open'
}

@test "a file for events that cannot be written gives exit 3" {
  write_program </dev/null
  run the_program --events "$root/none/events"
  is "$status" 3
  has "$output" 'cannot be written'
}

@test "events are added to a file that is there" {
  write_program </dev/null
  printf 'first\n' >"$BATS_TEST_TMPDIR/events"
  the_program --events "$BATS_TEST_TMPDIR/events"
  is "$(head -n 1 "$BATS_TEST_TMPDIR/events")" first
}

@test "a watcher that goes away ends the run in good order" {
  write_program <<'END'
one() {
  stay
  printf 'a\n' >"$run_dir/work/things"
}
END
  mkfifo "$BATS_TEST_TMPDIR/pipe"
  { read -r line; } <"$BATS_TEST_TMPDIR/pipe" 3>&- &
  local watcher=$!
  start_program --events "$BATS_TEST_TMPDIR/pipe"
  wait "$watcher"
  : >"$BATS_TEST_TMPDIR/go_on"
  end_program
  is "$ended_with" 141
  is "$(picture .)" ''
  is "$(ls .insightpulse/state/locks/demo)" ''
}
