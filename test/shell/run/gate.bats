#!/usr/bin/env bats
load ../helper

# gated KIND COMMAND EXIT_CODE MAX_DRIFT MIN MAX: a program with a gate of that
# kind; a guard comes first, a check after the files were changed.
gated() {
  export GATE_COMMAND=$2 GATE_CODE=$3 GATE_DRIFT=$4 GATE_MIN=$5 GATE_MAX=$6
  write_program <<END
gate() {
  run_gate phase 'The gate' "\$GATE_COMMAND" "\$GATE_CODE" "\$GATE_DRIFT" "\$GATE_MIN" "\$GATE_MAX"
}
plan() {
  [[ $1 != guards ]] || step gate 'The gate' guards timeout=${gate_timeout:-60}
  step one 'Do one' reads
  step two 'Do two' changes items=things jobs=2
  [[ $1 != checks ]] || step gate 'The gate' checks timeout=${gate_timeout:-60}
}
END
  shift 6
  the_program "$@"
}

# the_gate FILTER: of the gate in the newest report.
the_gate() {
  latest ".results[0].gates[0] | $1"
}

@test "a gate that passes lets the run go on, and stands in the report" {
  gated guards 'echo well; echo oh >&2' 0 '' '' ''
  [[ -e a ]]
  is "$(latest '.results[0].gates | length')" 1
  is "$(the_gate '.name, .phase, .command, .expected, .exit_code, .value, .passed')" \
    "The gate${nl}phase${nl}echo well; echo oh >&2${nl}exit code 0${nl}0${nl}null${nl}true"
  is "$(the_gate .output)" "oh${nl}well"
}

@test "a guard that fails refuses with 4 before anything, and says what it got" {
  run gated guards 'echo dirty; exit 2' 0 '' '' ''
  is "$status" 4
  has "$output" 'The gate: exit code 2, expected 0: echo dirty; exit 2'
  has "$output" dirty
  [[ ! -e a ]]
  is "$(latest '.results[0].status')" refused
  is "$(the_gate '.passed, .exit_code')" "false${nl}2"
}

@test "a check that fails gives 5, and everything is back" {
  run gated checks 'exit 1' 0 '' '' ''
  is "$status" 5
  [[ ! -e a ]]
  is "$(the_gate .passed)" false
}

@test "the expected exit code may be another, as in a search that must find nothing" {
  gated guards 'echo x | grep y' 1 '' '' ''
  run gated guards 'echo y | grep y' 1 '' '' ''
  is "$status" 4
  has "$output" 'exit code 0, expected 1'
}

@test "a pipe has the exit code of its last part" {
  gated guards 'false | wc -l' 0 '' 0 0
  is "$(the_gate .value)" 0
}

@test "a number must be within the limits, decimals too" {
  gated checks 'echo 0.25' 0 0.25 '' ''
  gated checks 'echo 007' 0 '' 7 7
  gated checks 'echo -3' 0 0 '' ''
  run gated checks 'echo 0.26' 0 0.25 '' ''
  is "$status" 5
  has "$output" 'got 0.26, expected at most 0.25'
  run gated checks 'echo 99' 0 '' 100 ''
  has "$output" 'got 99, expected at least 100'
  run gated checks 'echo 101' 0 '' '' 100
  has "$output" 'got 101, expected at most 100'
  is "$(the_gate .value)" 101
}

@test "what is no number is said" {
  local text
  for text in none '' '3 4' '1e9' '0x10' '.5' '--1'; do
    run gated checks "printf %s '$text'" 0 '' 0 ''
    is "$status" 5
    has "$output" 'the last line of what it prints is not a number'
  done
}

@test "a gate that hangs is ended after its time, with all that it started" {
  gate_timeout=3 run gated guards 'sleep 1000 & echo $! >child; wait' 0 '' '' ''
  is "$status" 4
  has "$output" 'took longer than 3 seconds'
  stopped "$(<child)"
  is "$(the_gate .passed)" false
}

@test "of a gate that prints much only the end is kept" {
  gated guards 'head -c 300000000 /dev/zero | tr "\0" x; echo; echo end; head -c 30000000 /dev/zero >&2' 0 '' '' ''
  is "$(the_gate .output | tail -n 1)" end
  (($(wc -c <.insightpulse/reports/latest.json) < 20000))
  (($(cat .insightpulse/logs/* | wc -c) < 200000))
}

@test "a gate that kills its parent fails with a clear word" {
  run gated guards 'kill -KILL $PPID' 0 '' '' ''
  is "$status" 4
  has "$output" 'The gate'
  is "$(the_gate '.passed, .exit_code')" "false${nl}null"
  run gated checks 'kill -KILL 0' 0 '' '' ''
  is "$status" 5
  [[ ! -e a ]]
  is "$(the_gate .passed)" false
}

@test "a gate reads no input and holds no descriptor of ours" {
  gated guards 'read -r x; [[ -z $x ]]; : 2>/dev/null >&7 && exit 1; : 2>/dev/null >&6 && exit 1; exit 0' 0 '' '' '' --events "$BATS_TEST_TMPDIR/events"
}

@test "a secret that a gate prints is masked" {
  MY_TOKEN=abcdef123456 gated guards 'echo $MY_TOKEN; : abcdef123456' 0 '' '' ''
  has_not "$(cat .insightpulse/reports/latest.json .insightpulse/logs/*)" abcdef123456
  has "$(the_gate .output)" '***'
}

@test "names and commands of any bytes give valid JSON" {
  gated guards $'printf \'\\377"\\n\\\\ %s\'' 0 '' '' ''
  is "$(the_gate .command)" $'printf \'\\377"\\n\\\\ %s\''
}

@test "a dry run does what comes before the changes, and says what would come after" {
  run gated guards 'echo well' 0 '' '' '' --dry-run
  is "$status" 0
  has "$output" 'ok          The gate'
  run gated guards 'exit 1' 0 '' '' '' --dry-run
  is "$status" 4
  run gated checks ': >ran' 0 '' '' '' --dry-run --verify
  is "$status" 0
  has "$output" 'would run   The gate'
  [[ ! -e ran ]]
}

@test "a gate, or a verification, whose program is missing gives 3 and names it" {
  local text=': nonesuch: command not found'
  run gated guards 'nonesuch --all' 0 '' '' ''
  is "$status" 3
  has "$output" "demo: failed: The gate: a program is missing$text"
  run gated checks 'ls | nonesuch' 0 '' '' ''
  is "$status" 3
  [[ ! -e a ]]
  gated guards nonesuch 127 '' '' ''
}

@test "a dry run in which only gates would run would change nothing" {
  write_program <<'END'
plan() { step one "A gate" guards; step two "A check" checks; }
END
  run the_program --dry-run
  has "$output" 'demo: up to date'
}
