#!/usr/bin/env bats
load ../helper

# killed: a run that was killed -9 in the middle of a step; its run id is in
# former. The step of the next run does not stay.
killed() {
  write_program <<'END'
two_saves() { printf 'f\0link\0new/g\0'; }
two() {
  [[ ! -e $test_folder/second ]] || return 0
  scratch_folder scratch .
  printf 'half' >f
  rm -f link
  mkdir new
  : >new/g
  stay
}
plan() { step two 'Do two' changes; }
END
  printf 'before\n' >f
  chmod 640 f
  ln -s f link
  before=$(picture .)
  start_program
  poll_for test -s "$BATS_TEST_TMPDIR/stay.pid"
  kill -KILL "$program_pid"
  end_program
  is "$ended_with" 137
  content f half
  former=$(ls .insightpulse/state/runs/demo)
  : >"$BATS_TEST_TMPDIR/second"
}

@test "after a kill -9 in the middle of a step the next run puts back" {
  killed
  run the_program
  is "$status" 0
  is "$(picture .)" "$before"
  has "$output" "run $former was interrupted; it is put back"
  is "$(ls .insightpulse/state/runs/demo)" ''
}

@test "after a kill -9 the next run ends what is left of the step" {
  killed
  local pid
  pid=$(<"$BATS_TEST_TMPDIR/stay.pid")
  runs "$pid"
  the_program
  stopped "$pid"
}

@test "what was edited after a kill -9 is kept under recovered" {
  killed
  printf 'worked on\n' >f
  printf 'by hand\n' >new/g
  run the_program
  is "$status" 0
  is "$(picture .)" "$before"
  has "$output" ".insightpulse/recovered/$former"
  content ".insightpulse/recovered/$former/f" "worked on$nl"
  content ".insightpulse/recovered/$former/new/g" "by hand$nl"
}

@test "what no set of the killed run names stays where it is" {
  killed
  printf 'mine\n' >other
  printf 'mine\n' >new/other
  the_program
  content other "mine$nl"
  content new/other "mine$nl"
}

@test "what is kept under recovered stays there in later runs" {
  killed
  printf 'worked on\n' >f
  the_program
  the_program
  content ".insightpulse/recovered/$former/f" "worked on$nl"
  content f "before$nl"
}

@test "a power cut that took the journal, or its end, takes nothing that was saved" {
  local damage journal
  for damage in ': >' "sed -i '\$d'" 'truncate -s -3' 'rm -f'; do
    rm -rf -- .insightpulse "$BATS_TEST_TMPDIR"/{second,stay.pid} ./* .lockstep*
    mkdir .insightpulse
    killed
    kill -KILL "$(<"$BATS_TEST_TMPDIR/stay.pid")"
    journal=.insightpulse/state/runs/demo/$former/journal
    sed -i '/^scratch/d' "$journal"
    eval "$damage \"$journal\""
    run the_program
    is "$status" 0
    rm -rf -- .lockstep*
    is "$(picture .)" "$before"
    has "$output" "run $former was interrupted; it is put back"
    content ".insightpulse/recovered/$former/f" half
  done
}

@test "a run that ended and was killed while its folder went leaves nothing" {
  killed
  kill -KILL "$(<"$BATS_TEST_TMPDIR/stay.pid")"
  mv ".insightpulse/state/runs/demo/$former" ".insightpulse/state/runs/demo/.ended-$former"
  the_program
  content f half
  is "$(ls -A .insightpulse/state/runs/demo)" ''
}

@test "a dry run after a kill -9 puts nothing back" {
  killed
  the_program --dry-run
  content f half
  is "$(ls .insightpulse/state/runs/demo)" "$former"
}

@test "a kill -9 in a pool puts all its items back" {
  write_program <<'END'
two() {
  [[ ! -e $test_folder/second ]] || return 0
  printf 'new\n' >"$1"
  if [[ $1 == b ]]; then stay; fi
}
END
  printf 'before\n' >a
  printf 'before\n' >b
  start_program --events "$BATS_TEST_TMPDIR/events"
  poll_for test -s "$BATS_TEST_TMPDIR/stay.pid"
  poll_for grep -q '"done":2' "$BATS_TEST_TMPDIR/events"
  kill -KILL "$program_pid"
  end_program
  is "$ended_with" 137
  : >"$BATS_TEST_TMPDIR/second"
  the_program
  content a "before$nl"
  content b "before$nl"
  [[ ! -e c ]]
}

@test "a run that was killed after its last step is not undone" {
  killed
  printf 'complete\n' >>".insightpulse/state/runs/demo/$former/journal"
  the_program
  content f half
  is "$(ls .insightpulse/state/runs/demo)" ''
}

@test "what cannot be put back gives exit 7 and is tried again by the next run" {
  killed
  local saved=.insightpulse/state/runs/demo/$former/saved/two/files
  mv "$saved/f" "$BATS_TEST_TMPDIR/f"
  run the_program
  is "$status" 7
  has "$output" "its saved files are in .insightpulse/state/runs/demo/$former/saved"
  is "$(ls .insightpulse/state/runs/demo)" "$former"
  mv "$BATS_TEST_TMPDIR/f" "$saved/f"
  the_program
  is "$(picture .)" "$before"
}

@test "a put-back that is killed is done again by the run after it" {
  killed
  printf 'worked on\n' >f
  write_program killer <<'END'
restore_batch() { kill -KILL "$$"; }
END
  run "$test_bash" "$BATS_TEST_TMPDIR/killer.sh" --root "$root"
  is "$status" 137
  the_program
  is "$(picture .)" "$before"
  content ".insightpulse/recovered/$former/f" "worked on$nl"
}

@test "a process that only has the number of the killed step is not ended" {
  killed
  kill -KILL "$(<"$BATS_TEST_TMPDIR/stay.pid")"
  set -m
  sleep 1000 3>&- &
  local other=$!
  set +m
  printf '%s\n' "$other" >"$BATS_TEST_TMPDIR/other.pid"
  printf 'step_start two %s 00000000-1\n' "$other" \
    >>".insightpulse/state/runs/demo/$former/journal"
  the_program
  runs "$other"
}

@test "where nothing more can be started, exit 1 still means that all was put back, and else the next run does it" {
  [[ $(id -u) == 0 ]] || skip 'it takes another user, whose processes are counted'
  local user=$((40000 + $$ % 20000)) limited
  limited=(setpriv --reuid "$user" --clear-groups
    --inh-caps=-all,+dac_override --ambient-caps=+dac_override)
  write_program <<END
plan() { step two 'Do two' changes; }
two_saves() { printf '%s\0' a b new; }
two() {
  printf 'half' >a
  printf 'half' >new
  rm b
  exit 1
}
# The first that putting back calls.
remove_scratch() {
  [[ ! -e \$test_folder/full ]] || return 0
  setsid python3 '$project/test/fixtures/fill-processes.py' "\$test_folder" 3 >/dev/null 2>&1 &
  until [[ -e \$test_folder/full ]]; do :; done
}
END
  printf 'one\n' >a
  printf 'two\n' >b
  before=$(picture .)
  chmod a+x "$BATS_RUN_TMPDIR" "${BATS_TEST_TMPDIR%/*}"
  chown -R "$user" "$BATS_TEST_TMPDIR"
  "${limited[@]}" "$test_bash" -c 'ulimit -u 30; exec "$@"' bash \
    "$test_bash" "$program" --root "$root" >"$BATS_TEST_TMPDIR/started.out" 2>&1 3>&- </dev/null &
  program_pid=$!
  poll_for grep -qE '(cannot fork|fork): Resource' "$BATS_TEST_TMPDIR/started.out"
  : >"$BATS_TEST_TMPDIR/go_on"
  end_program
  if ((ended_with == 1)); then
    is "$(picture .)" "$before"
  else
    ((ended_with != 0))
    write_program <<<'plan() { :; }'
    "${limited[@]}" "$test_bash" "$program" --root "$root"
    is "$(picture .)" "$before"
  fi
}
