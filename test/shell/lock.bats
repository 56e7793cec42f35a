#!/usr/bin/env bats
load helper

# leave_dead_lock: as a program leaves it that was killed while it held it.
leave_dead_lock() {
  local entry
  mkdir -p .insightpulse/state/locks/demo
  entry=.insightpulse/state/locks/demo/$(in_lib \
    'process_birth birth "$$"
    printf "%s.%s.%s.20200101_000000_dead" "${HOSTNAME//[!A-Za-z0-9_-]/_}" "$$" "$birth"')
  : >"$entry"
  : >"$entry.held"
}

# write_blocker: a program whose step stays until go_on is there.
write_blocker() {
  write_program <<'END'
one() { stay; : >"$run_dir/work/things"; }
END
}

@test "of two who take a dead lock at once exactly one wins, 100 times" {
  local race one other dead
  printf '%s\n' 'set -euo pipefail' "$(source_lib)" \
    'folder=$1 me=$2 other=$3 run_id=run_$2 tries=0' \
    ': >"$folder/$me.ready"' \
    'until [[ -e $folder/$other.ready ]] || ((tries > 1000000)); do tries=$((tries + 1)); done' \
    'tries=0' \
    'if try_lock entry demo 0; then' \
    '  : >"$folder/$me.won"' \
    'else' \
    '  : >"$folder/$me.lost"' \
    'fi' \
    '# A winner holds it until the other has given up.' \
    'until [[ -e $folder/$other.lost || -e $folder/$other.won ]]; do' \
    '  tries=$((tries + 1))' \
    '  ((tries < 2000)) || exit 1' \
    '  sleep 0.005' \
    'done' \
    'release_lock "$entry"' >"$program"
  leave_dead_lock
  dead=$(printf '%s' .insightpulse/state/locks/demo/*dead)
  for ((race = 0; race < 100; race++)); do
    : >"$dead"
    : >"$dead.held"
    mkdir "$BATS_TEST_TMPDIR/$race"
    "$test_bash" "$program" "$BATS_TEST_TMPDIR/$race" a b 3>&- &
    one=$!
    "$test_bash" "$program" "$BATS_TEST_TMPDIR/$race" b a 3>&- &
    other=$!
    wait "$one"
    wait "$other"
    is "$(cd "$BATS_TEST_TMPDIR/$race" && printf '%s ' *.won *.lost | tr -d ab)" '.won .lost '
    is "$(ls .insightpulse/state/locks/demo)" ''
  done
}

@test "a dead lock is taken and removed" {
  write_program </dev/null
  leave_dead_lock
  the_program
  is "$(ls .insightpulse/state/locks/demo)" ''
}

@test "a lock of a process whose number was given to another is dead" {
  write_program </dev/null
  leave_dead_lock
  local folder=.insightpulse/state/locks/demo entry
  entry=$(basename "$folder"/*dead | sed "s/\.[0-9]*\./.$$./")
  rm -f "$folder"/*
  # This test runs, but it was not born when the entry says.
  : >"$folder/$entry"
  : >"$folder/$entry.held"
  the_program
  is "$(ls .insightpulse/state/locks/demo)" ''
}

@test "a live lock gives exit 6 and names who holds it" {
  write_blocker
  start_program
  poll_for test -s "$BATS_TEST_TMPDIR/stay.pid"
  run the_program
  is "$status" 6
  has "$output" 'another run holds the lock'
  has "$output" "process $program_pid on"
  : >"$BATS_TEST_TMPDIR/go_on"
  end_program
  is "$ended_with" 0
  is "$(ls .insightpulse/state/locks/demo)" ''
}

@test "a run that found the lock held leaves no report and no entry of its own" {
  write_blocker
  start_program
  poll_for test -s "$BATS_TEST_TMPDIR/stay.pid"
  run the_program
  is "$status" 6
  [[ ! -e .insightpulse/reports ]]
  is "$(find .insightpulse/state/locks/demo -type f | wc -l | tr -d ' ')" 2
  is "$(find .insightpulse/state/runs/demo -mindepth 1 -maxdepth 1 | wc -l | tr -d ' ')" 1
  : >"$BATS_TEST_TMPDIR/go_on"
  end_program
  is "$ended_with" 0
}

@test "--wait takes the lock when the other run lets go" {
  write_blocker
  start_program
  poll_for test -s "$BATS_TEST_TMPDIR/stay.pid"
  write_program second <<'END'
sleep() {
  : >"$test_folder/waited"
  command sleep "$@"
}
one() { printf 'd\n' >"$run_dir/work/things"; }
END
  "$test_bash" "$BATS_TEST_TMPDIR/second.sh" --root "$root" --wait 100 3>&- \
    >"$BATS_TEST_TMPDIR/second.out" 2>&1 &
  local second=$!
  poll_for test -e "$BATS_TEST_TMPDIR/waited"
  [[ ! -e d ]]
  : >"$BATS_TEST_TMPDIR/go_on"
  end_program
  is "$ended_with" 0
  wait "$second"
  content d "new d$nl"
}

@test "--wait that runs out gives exit 6" {
  write_blocker
  start_program
  poll_for test -s "$BATS_TEST_TMPDIR/stay.pid"
  run the_program --wait 1
  is "$status" 6
  : >"$BATS_TEST_TMPDIR/go_on"
  end_program
}

@test "a lock of another machine counts as held and says what to remove" {
  write_program </dev/null
  mkdir -p .insightpulse/state/locks/demo
  : >.insightpulse/state/locks/demo/elsewhere.1.2.run
  : >.insightpulse/state/locks/demo/elsewhere.1.2.run.held
  run the_program
  is "$status" 6
  has "$output" 'remove .insightpulse/state/locks/*/elsewhere.1.2.run*'
  [[ -e .insightpulse/state/locks/demo/elsewhere.1.2.run.held ]]
}

@test "a dry run needs no lock" {
  write_blocker
  start_program
  poll_for test -s "$BATS_TEST_TMPDIR/stay.pid"
  write_program second </dev/null
  program=$BATS_TEST_TMPDIR/second.sh the_program --dry-run
  runs "$program_pid"
  : >"$BATS_TEST_TMPDIR/go_on"
  end_program
  is "$ended_with" 0
}
