#!/usr/bin/env bats
load ../helper

@test "a run without failures does its steps and exits 0" {
  write_program <<'END'
two() {
  printf 'new %s\n' "$1" >"$1"
  output created "$1"
}
END
  the_program
  content a "new a$nl"
  content c "new c$nl"
  is "$(latest '.results[0] | .status, .success, .changed, (.outputs_created | join(" "))')" \
    "done${nl}true${nl}true${nl}a b c"
}

@test "a run that succeeded leaves nothing of itself in the state" {
  write_program </dev/null
  the_program
  is "$(find .insightpulse/state/runs/demo -mindepth 1)" ''
  is "$(ls .insightpulse/state/locks/demo)" ''
}

@test "a failed step puts the files back and exits 1" {
  write_program <<'END'
two_saves() { printf '%s\0' f link gone/new; }
two() {
  printf 'changed\n' >f
  rm -f link
  mkdir gone
  : >gone/new
  fail_step 'it did not work'
}
plan() { step two 'Do two' changes; }
END
  printf 'before\n' >f
  chmod 640 f
  ln -s f link
  local before
  before=$(picture .)
  run the_program
  is "$status" 1
  is "$(picture .)" "$before"
  has "$output" 'demo: failed: Do two: it did not work'
  is "$(latest '.results[0] | .status, .message, .steps[0].status, .steps[0].reason')" \
    "failed${nl}Do two: it did not work${nl}what was there instead is kept: $(latest '.results[0].recovered | join(" ")')${nl}failed${nl}it did not work"
  is "$(latest '.results[0].recovered[] | sub(".*/recovered/[^/]*/"; "")')" "f${nl}gone/new"
}

@test "of a command that fails its own words are the reason" {
  write_program <<'END'
one() {
  printf 'begun\n'
  ls "$test_folder/no such file"
}
END
  run the_program
  is "$status" 1
  has "$(latest '.results[0].steps[0].reason')" 'o such file'
  has_not "$output" '$test_folder'
}

@test "a command that fails without a word ends the step and is named as the reason" {
  write_program <<'END'
one() {
  bash -c 'exit 3'
  : >"$test_folder/went_on"
}
END
  run the_program
  is "$status" 1
  has "$output" "bash -c 'exit 3': exit 3"
  [[ ! -e $BATS_TEST_TMPDIR/went_on ]]
}

@test "a step that failed puts back the steps before it" {
  write_program <<'END'
two_saves() { printf 'f\0'; }
two() { printf 'changed\n' >f; }
three_saves() { printf 'f\0g\0'; }
three() {
  printf 'changed again\n' >f
  printf 'new\n' >g
  false
}
plan() {
  step two 'Do two' changes
  step three 'Do three' changes
}
END
  printf 'before\n' >f
  run the_program
  is "$status" 1
  content f "before$nl"
  [[ ! -e g ]]
  is "$(latest '.results[0].steps | map(.status) | join(" ")')" 'put_back failed'
  is "$(latest '.results[0] | .changed, (.outputs_changed | length)')" "false${nl}0"
}

@test "a step that is tried again and fails puts back what stood before the first try" {
  write_program <<'END'
two_saves() { printf 'f\0g\0'; }
two() {
  printf 'a try\n' >>f
  printf 'a try\n' >>g
  printf 'x' >>"$test_folder/tries"
  false
}
plan() { step two 'Do two' changes retry=2; }
END
  printf 'before\n' >f
  run the_program
  is "$status" 1
  content "$BATS_TEST_TMPDIR/tries" xx
  content f "before$nl"
  [[ ! -e g ]]
}

@test "a step that succeeds when it is tried again is no failure" {
  write_program <<'END'
one() {
  printf 'x' >>"$test_folder/tries"
  [[ $(<"$test_folder/tries") == xx ]]
}
plan() { step one 'Do one' reads retry=3; }
END
  the_program
  content "$BATS_TEST_TMPDIR/tries" xx
}

@test "a step that takes longer than its timeout fails and is put back" {
  write_program <<'END'
two_saves() { printf 'f\0'; }
two() {
  printf 'changed\n' >f
  stay
}
plan() { step two 'Do two' changes timeout=4; }
END
  printf 'before\n' >f
  run the_program
  is "$status" 1
  has "$output" 'took longer than 4 seconds'
  content f "before$nl"
  stopped "$(<"$BATS_TEST_TMPDIR/stay.pid")"
}

@test "a step that cannot tell what it will overwrite is not begun" {
  write_program <<'END'
two_saves() {
  printf 'f\0'
  false
  printf 'g\0'
}
two() { printf 'changed\n' >g; }
plan() { step two 'Do two' changes; }
END
  printf 'before\n' >g
  run the_program
  is "$status" 1
  content g "before$nl"
}

@test "nothing of a step that ended well is left running" {
  write_program <<'END'
one() {
  sleep 1000 &
  printf '%s\n' "$!" >"$test_folder/child.pid"
  : >"$run_dir/work/things"
}
END
  the_program
  stopped "$(<"$BATS_TEST_TMPDIR/child.pid")"
}

@test "nothing of a step that failed is left running" {
  write_program <<'END'
one() {
  sleep 1000 &
  printf '%s\n' "$!" >"$test_folder/child.pid"
  false
}
END
  run the_program
  is "$status" 1
  stopped "$(<"$BATS_TEST_TMPDIR/child.pid")"
}

@test "what does not listen to TERM is ended by force" {
  write_program <<'END'
one() {
  sh -c 'trap "" TERM; printf "%s\n" "$$" >"$0/child.pid"; while :; do sleep 1; done' "$test_folder" &
  until [[ -s $test_folder/child.pid ]]; do sleep 0.01; done
  : >"$run_dir/work/things"
}
END
  the_program
  stopped "$(<"$BATS_TEST_TMPDIR/child.pid")"
}

@test "who interrupts a step that does not listen is told that it was heard" {
  write_program <<'END'
one() {
  trap '' TERM
  : >"$test_folder/deaf"
  while :; do sleep 1; done
}
END
  start_program
  until [[ -e $BATS_TEST_TMPDIR/deaf ]]; do sleep 0.05; done
  end_program TERM
  is "$ended_with" 143
  grep -q 'interrupted; what the step has started is still ending' "$BATS_TEST_TMPDIR/started.out"
}

@test "a step has no standard input" {
  write_program <<'END'
one() {
  cat >"$test_folder/read"
  : >"$run_dir/work/things"
}
END
  the_program <<<'something'
  content "$BATS_TEST_TMPDIR/read" ''
}

@test "a step that is not wanted is skipped with its reason" {
  write_program <<'END'
two_when() { skip 'not today'; }
END
  the_program
  [[ ! -e a ]]
  is "$(latest '.results[0].steps[1] | .status, .reason')" "skipped${nl}not today"
}

@test "a note of a step stands in the report" {
  write_program <<'END'
one() {
  note_step 'three of them'
  : >"$run_dir/work/things"
}
END
  the_program
  is "$(latest '.results[0].steps[0].reason')" 'three of them'
}

@test "what a step captures is there for the next" {
  write_program <<'END'
one() { printf 'a value\n' >"$run_dir/work/caught"; }
two() { printf '%s' "$caught" >f; }
two_saves() { printf 'f\0'; }
plan() {
  step one 'Do one' reads capture=caught
  step two 'Do two' changes
}
END
  the_program
  content f 'a value'
}

@test "a check that fails gives exit 5 and puts the files back" {
  write_program <<'END'
three() { fail_step 'too few'; }
plan() {
  step one 'Do one' reads
  step two 'Do two' changes items=things jobs=2
  step three 'Count' checks
}
END
  printf 'before\n' >a
  run the_program
  is "$status" 5
  content a "before$nl"
  [[ ! -e b ]]
}

@test "putting back that fails gives exit 7 and keeps what was saved" {
  write_program <<'END'
two_saves() { printf 'f\0'; }
two() {
  rm -f "$run_dir/saved/two/files/f"
  printf 'changed\n' >f
  false
}
plan() { step two 'Do two' changes; }
END
  printf 'before\n' >f
  run the_program
  is "$status" 7
  has "$output" 'putting back failed too'
  [[ -e $(printf '%s' .insightpulse/state/runs/demo/*/saved/two/list) ]]
}

@test "the last line of standard error says how it ended, also with --quiet" {
  write_program <<'END'
one() { fail_step no; }
END
  run the_program --quiet
  is "$status" 1
  has "$output" 'demo: failed: Do one: no ('
  is "${#lines[@]}" 1
}

@test "--json prints the report and nothing else on standard output" {
  write_program <<'END'
one() {
  printf 'noise\n'
  : >"$run_dir/work/things"
}
END
  the_program --json --verbose 2>/dev/null >"$BATS_TEST_TMPDIR/json"
  is "$(jq -s -r 'length, .[0].results[0].target' "$BATS_TEST_TMPDIR/json")" "1${nl}demo"
}

@test "a report that was asked for and cannot be written gives 3" {
  [[ -w /dev/full ]] || skip 'there is no /dev/full here'
  write_program </dev/null
  run bash -c '"$@" --json >/dev/full' t "$test_bash" "$program" --root "$root"
  is "$status" 3
  has "$output" 'the report cannot be written to standard output'
  run the_program --report /dev/full
  is "$status" 3
  has "$output" '--report /dev/full cannot be written'
}

@test "--events to the descriptor that is ours is refused" {
  write_program </dev/null
  run the_program --events fd:6
  is "$status" 2
  has "$output" 'take another'
}

@test "every run is a line of JSON in the history" {
  write_program </dev/null
  the_program
  the_program
  is "$(jq -s -r 'map(.exit_code) | @text' .insightpulse/state/history.jsonl)" '[0,0]'
}

@test "a dry run leaves nothing at all, and says what would run" {
  write_program <<'END'
one() {
  printf '%s\n' a b >"$run_dir/work/things"
  scratch=$run_dir/work/x
  : >"$scratch"
}
END
  printf 'before\n' >a
  run the_program --dry-run
  is "$status" 0
  has "$output" 'would run   Do two'
  has "$output" ': a b'
  is "$(find . | LC_ALL=C sort)" ".${nl}./.insightpulse${nl}./a"
  content a "before$nl"
  is "$(find "$TMPDIR" -mindepth 1)" ''
}

@test "a dry run whose reading step fails leaves nothing at all" {
  write_program <<'END'
one() { fail_step 'cannot read'; }
END
  run the_program --dry-run
  is "$status" 1
  has "$output" 'cannot read'
  is "$(find .)" ".${nl}./.insightpulse"
  is "$(find "$TMPDIR" -mindepth 1)" ''
}

@test "a dry run that is interrupted leaves nothing at all" {
  write_program <<'END'
one() { stay; }
END
  start_program --dry-run
  poll_for test -s "$BATS_TEST_TMPDIR/stay.pid"
  end_program INT
  is "$ended_with" 130
  is "$(find .)" ".${nl}./.insightpulse"
  is "$(find "$TMPDIR" -mindepth 1)" ''
  stopped "$(<"$BATS_TEST_TMPDIR/stay.pid")"
}

@test "a dry run that cannot know its items says so" {
  write_program <<'END'
zero() { printf 'a\n' >"$run_dir/work/things"; }
plan() {
  step zero 'Do zero' changes
  step two 'Do two' changes items=things jobs=2
}
END
  run the_program --dry-run --json
  is "$status" 0
  has "$output" 'cannot know Do two'
  [[ ! -e a ]]
}

@test "with fail_on_diff a dry run that would change something exits 8" {
  write_program <<'END'
fail_on_diff=true
END
  run the_program --dry-run
  is "$status" 8
}

@test "with --check a run that would change something exits 8 and changes nothing" {
  write_program <<'END'
END
  run the_program --check
  is "$status" 8
  is "$(find .)" ".${nl}./.insightpulse"
}

@test "with --check a run that would change nothing exits 0" {
  write_program <<'END'
plan() { step one 'Do one' reads; }
END
  run the_program --check
  is "$status" 0
}

@test "a step that says with which code it fails ends the run with that" {
  write_program <<'END'
one() { fail_step 'there is no server' 3; }
END
  run the_program
  is "$status" 3
  is "$(latest .results[0].message)" 'Do one: there is no server'
}

@test "what a step captured is a variable of later steps" {
  write_program <<'END'
first() { printf 'a b\nc\n' >"$run_dir/work/seen"; }
second() { printf '%s\n' "$seen" >"$test_folder/seen"; }
plan() {
  step first 'First' reads capture=seen
  step second 'Second' reads
}
END
  run the_program
  is "$status" 0
  is "$(<"$BATS_TEST_TMPDIR/seen")" "a b${nl}c"
}

@test "an effect elsewhere is undone with the arguments in the journal" {
  write_program <<'END'
first() {
  undo_with take_back 'a b' "c%20${test_folder}" $'x\ny'
  : >"$test_folder/elsewhere"
}
take_back() {
  printf '%s|' "$@" >"$test_folder/undone"
  rm -f "$test_folder/elsewhere"
}
second() { false; }
plan() {
  step first 'First' changes
  step second 'Second' changes
}
END
  run the_program
  is "$status" 1
  [[ ! -e $BATS_TEST_TMPDIR/elsewhere ]]
  is "$(<"$BATS_TEST_TMPDIR/undone")" "a b|c%20$BATS_TEST_TMPDIR|x${nl}y|"
}

@test "who watches is told the last line of a step while it runs, masked and whole" {
  local events=$BATS_TEST_TMPDIR/events
  write_program <<'END'
one() {
  local tries=0
  printf 'first\n'
  printf '10 %%\r20 %%: %s\nhalf a li' "$lockstep_env_MY_TOKEN"
  until grep -qs '20 %' "$test_folder/events" || ((tries > 600)); do
    tries=$((tries + 1))
    sleep 0.1
  done
}
plan() { step one 'Do one' reads; }
END
  MY_TOKEN=very-secret-value LOCKSTEP_WATCHED=true the_program --events "$events"
  is "$(jq -r 'select(.event == "step_output") | .id + ": " + .line' "$events" | tail -n 1)" 'one: 20 %: ***'
  has_not "$(cat "$events")" very-secret
  printf '20 %%\n' >"$events"
  MY_TOKEN=very-secret-value the_program --events "$events"
  has_not "$(cat "$events")" step_output
}
