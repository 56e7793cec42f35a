#!/usr/bin/env bats
load ../helper

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

# race_for_lock TIMES PREPARE HOST OTHER: two takers at once, each on a machine
# called so; exactly one must win. PREPARE is called before each race.
race_for_lock() {
  local times=$1 prepare=$2 race one other
  printf '%s\n' 'set -euo pipefail' "$(source_lib)" \
    'folder=$1 me=$2 other=$3 run_id=run_$2 tries=0 HOSTNAME=$4' \
    'lock_undecided=${LOCK_LIMIT:-$lock_undecided}' \
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
  for ((race = 0; race < times; race++)); do
    "$prepare"
    mkdir "$BATS_TEST_TMPDIR/$race"
    "$test_bash" "$program" "$BATS_TEST_TMPDIR/$race" a b "$3" 3>&- &
    one=$!
    "$test_bash" "$program" "$BATS_TEST_TMPDIR/$race" b a "$4" 3>&- &
    other=$!
    wait "$one"
    wait "$other"
    is "$(cd "$BATS_TEST_TMPDIR/$race" && printf '%s ' *.won *.lost | tr -d ab)" '.won .lost '
    is "$(ls .insightpulse/state/locks/demo)" ''
  done
}

@test "of two who take a dead lock at once exactly one wins, 100 times" {
  local dead
  leave_dead_lock
  dead=$(printf '%s' .insightpulse/state/locks/demo/*dead)
  revive() {
    : >"$dead"
    : >"$dead.held"
  }
  race_for_lock 100 revive "$HOSTNAME" "$HOSTNAME"
}

# leave_undecided HOST [LOCK]: as a taker leaves it that was killed on another
# machine before it knew whether it has the lock.
leave_undecided() {
  mkdir -p ".insightpulse/state/locks/${2:-demo}"
  : >".insightpulse/state/locks/${2:-demo}/$1.1.2.run"
}

@test "of two who take an abandoned lock at once exactly one wins, 50 times" {
  leave_both() {
    leave_undecided AAA
    leave_undecided zzz
  }
  export LOCK_LIMIT=0
  race_for_lock 50 leave_both "$HOSTNAME" "$HOSTNAME"
}

@test "of two who take each other for abandoned exactly one wins, 50 times" {
  mkdir -p .insightpulse/state/locks/demo
  export LOCK_LIMIT=0
  race_for_lock 50 : one other
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
  has "$output" 'remove .insightpulse/state/locks/{*,.outputs/*}/elsewhere.1.2.run*'
  [[ -e .insightpulse/state/locks/demo/elsewhere.1.2.run.held ]]
}

@test "an entry of another machine that never became a lock is removed, whether it comes first or last" {
  local host
  for host in AAA zzz; do
    write_program <<<'lock_undecided=0'
    leave_undecided "$host"
    the_program
    is "$(ls .insightpulse/state/locks/demo)" ''
  done
}

@test "one in the lock of the history does not hang the end of a run" {
  write_program <<<'lock_undecided=0'
  leave_undecided AAA history
  the_program
  is "$(jq -r .exit_code .insightpulse/state/history.jsonl)" 0
  is "$(ls .insightpulse/state/locks/history)" ''
}

@test "a taker of this machine that stands still is waited for, but not for ever" {
  local entry
  write_program <<<'lock_patience=0'
  # This test lives, and takes no lock.
  entry=$(in_lib 'process_birth birth "$1"
    printf "%s.%s.%s.run" "${HOSTNAME//[!A-Za-z0-9_-]/_}" "$1" "$birth"' "$$")
  mkdir -p .insightpulse/state/locks/demo
  : >".insightpulse/state/locks/demo/$entry"
  run the_program
  is "$status" 6
  has "$output" "process $$ on"
  is "$(ls .insightpulse/state/locks/demo)" "$entry"
}

@test "the next run removes what dead takers left in other locks" {
  write_program </dev/null
  leave_dead_lock
  mv .insightpulse/state/locks/demo .insightpulse/state/locks/commit
  the_program
  is "$(ls .insightpulse/state/locks/commit)" ''
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
