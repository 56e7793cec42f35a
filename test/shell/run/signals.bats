#!/usr/bin/env bats
load ../helper

# interrupted SIGNAL CODE: in the middle of a step that has changed files.
interrupted() {
  write_program <<'END'
two_saves() { printf 'f\0new/g\0'; }
two() {
  printf 'changed\n' >f
  mkdir new
  : >new/g
  sleep 1000 &
  printf '%s\n' "$!" >"$test_folder/child.pid"
  stay
}
plan() { step two 'Do two' changes; }
END
  printf 'before\n' >f
  chmod 640 f
  local before
  before=$(picture .)
  start_program
  poll_for test -s "$BATS_TEST_TMPDIR/stay.pid"
  content f "changed$nl"
  end_program "$1"
  is "$ended_with" "$2"
  is "$(picture .)" "$before"
  stopped "$(<"$BATS_TEST_TMPDIR/stay.pid")"
  stopped "$(<"$BATS_TEST_TMPDIR/child.pid")"
  is "$(latest '.results[0] | .status, (.message | split("\n")[0]), .exit_code')" \
    "interrupted${nl}interrupted; everything was restored${nl}$2"
  is "$(ls .insightpulse/state/locks/demo)" ''
  is "$(ls .insightpulse/state/runs/demo)" ''
}

@test "INT in a step gives 130 and the files are back" {
  interrupted INT 130
}

@test "TERM in a step gives 143 and the files are back" {
  interrupted TERM 143
}

@test "HUP in a step gives 129 and the files are back" {
  interrupted HUP 129
}

@test "QUIT in a step gives 131 and the files are back" {
  interrupted QUIT 131
}

@test "TERM in a pool puts back the items that ended and those that did not" {
  write_program <<'END'
two() {
  printf 'new\n' >"$1"
  if [[ $1 == b ]]; then stay; fi
}
END
  printf 'before\n' >a
  printf 'before\n' >b
  start_program --events "$BATS_TEST_TMPDIR/events"
  poll_for test -s "$BATS_TEST_TMPDIR/stay.pid"
  # a and c have ended, b has not.
  poll_for grep -q '"done":2' "$BATS_TEST_TMPDIR/events"
  end_program TERM
  is "$ended_with" 143
  content a "before$nl"
  content b "before$nl"
  [[ ! -e c ]]
  stopped "$(<"$BATS_TEST_TMPDIR/stay.pid")"
}

@test "TERM while waiting for a lock gives 143 and leaves the lock alone" {
  write_program <<'END'
sleep() {
  : >"$test_folder/waited"
  command sleep "$@"
}
END
  mkdir -p .insightpulse/state/locks/demo
  : >.insightpulse/state/locks/demo/elsewhere.1.2.run
  : >.insightpulse/state/locks/demo/elsewhere.1.2.run.held
  start_program --wait 1000
  poll_for test -e "$BATS_TEST_TMPDIR/waited"
  end_program TERM
  is "$ended_with" 143
  is "$(ls .insightpulse/state/locks/demo)" "elsewhere.1.2.run${nl}elsewhere.1.2.run.held"
}

@test "a second signal does not disturb putting back" {
  write_program <<'END'
two_saves() { printf 'f\0'; }
two() {
  printf 'changed\n' >f
  stay
}
plan() { step two 'Do two' changes; }
eval "its_$(declare -f put_back_run)"
put_back_run() {
  : >"$test_folder/putting_back"
  until [[ -e $test_folder/sent ]]; do sleep 0.01; done
  its_put_back_run
}
END
  printf 'before\n' >f
  start_program
  poll_for test -s "$BATS_TEST_TMPDIR/stay.pid"
  kill -TERM "$program_pid"
  poll_for test -e "$BATS_TEST_TMPDIR/putting_back"
  kill -INT "$program_pid"
  kill -TERM "$program_pid"
  : >"$BATS_TEST_TMPDIR/sent"
  end_program
  is "$ended_with" 143
  content f "before$nl"
}

@test "a program that is asked leaves the folder of the run that asks, whatever ends it" {
  write_program <<'END'
target_answer() {
  run_dir=$lockstep_run_dir
  stay
}
END
  mkdir asking
  printf 'saved\n' >asking/f
  export LOCKSTEP_ASK=save LOCKSTEP_RUN_DIR=$PWD/asking
  start_program
  poll_for test -s "$BATS_TEST_TMPDIR/stay.pid"
  end_program TERM
  is "$ended_with" 143
  content asking/f "saved$nl"
}
