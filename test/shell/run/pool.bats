#!/usr/bin/env bats
load ../helper

@test "a pool with a failing item is partial, and the item is put back" {
  write_program <<'END'
two_saves() { printf '%s\0' "$1" "$1.more"; }
two() {
  printf 'new %s\n' "$1" >"$1"
  : >"$1.more"
  [[ $1 != b ]] || fail_step 'no b today'
}
END
  printf 'before\n' >b
  chmod 600 b
  run the_program
  is "$status" 1
  content a "new a$nl"
  content c "new c$nl"
  content b "before$nl"
  is "$(stat -c %a b)" 600
  [[ -e a.more && ! -e b.more && -e c.more ]]
  has "$output" 'demo: b: no b today'
  is "$(latest '.results[0] | .status, .success, (.failures | tojson)')" \
    "partial${nl}false${nl}"'[{"item":"b","reason":"no b today"}]'
  is "$(latest '.results[0].steps[1] | .status, .reason')" "failed${nl}1 of 3 failed"
}

@test "a pool whose items all fail is partial too, and all are put back" {
  write_program <<'END'
two() {
  : >"$1"
  false
}
END
  run the_program
  is "$status" 1
  is "$(picture .)" ''
  is "$(latest '.results[0].failures | map(.item) | join(" ")')" 'a b c'
}

@test "a later step that fails puts back what the pool did" {
  write_program <<'END'
two() {
  printf 'new\n' >"$1"
  [[ $1 != b ]]
}
three() { false; }
plan() {
  step one 'Do one' reads
  step two 'Do two' changes items=things jobs=2
  step three 'Do three' changes
}
END
  printf 'before\n' >a
  run the_program
  is "$status" 1
  content a "before$nl"
  [[ ! -e b && ! -e c ]]
}

@test "an item is told by its whole line, and what it prints stands with it" {
  write_program <<'END'
one() { printf '%s\n' 'two words' ' lead' 'a*' 'q"uote' >"$run_dir/work/things"; }
two() {
  printf 'it is <%s>\n' "$1"
  printf '%s' "$1" >"$1"
}
END
  run the_program --verbose
  is "$status" 0
  content 'two words' 'two words'
  content ' lead' ' lead'
  content 'a*' 'a*'
  content 'q"uote' 'q"uote'
  has "$output" 'two words: it is <two words>'
}

@test "no more items run at once than there are jobs" {
  write_program <<'END'
one() { printf '%s\n' {1..12} >"$run_dir/work/things"; }
two() {
  local running
  mkdir "$test_folder/running.$1"
  running=("$test_folder"/running.*)
  printf '%s\n' "${#running[@]}" >>"$test_folder/counts"
  rmdir "$test_folder/running.$1"
}
two_saves() { :; }
plan() {
  step one 'Do one' reads
  step two 'Do two' changes items=things jobs=3
}
END
  the_program
  is "$(wc -l <"$BATS_TEST_TMPDIR/counts" | tr -d ' ')" 12
  is "$(awk '$1 > 3' "$BATS_TEST_TMPDIR/counts")" ''
}

@test "a pool that does not say how many jobs ends all the same" {
  write_program <<'END'
plan() {
  step one 'Do one' reads
  step two 'Do two' changes items=things
}
END
  start_program
  end_program
  is "$ended_with" 0
  content c "new c$nl"
}

@test "items run beside each other" {
  write_program <<'END'
two() {
  local tries=0
  : >"$test_folder/here.$1"
  # Each waits for the other: alone, neither would end.
  until [[ -e $test_folder/here.a && -e $test_folder/here.b ]]; do
    tries=$((tries + 1))
    ((tries < 1000)) || fail_step 'alone'
    sleep 0.01
  done
}
two_saves() { :; }
END
  the_program
}

@test "items of one lane run at most eight at once, others beside them" {
  write_program <<'END'
one() { printf '%s\n' {1..10} other >"$run_dir/work/things"; }
two_lane() {
  lane=host
  [[ $1 != other ]] || lane=elsewhere
}
two_saves() { :; }
two() {
  local running tries=0
  if [[ $1 == other ]]; then
    : >"$test_folder/other"
    return 0
  fi
  mkdir "$test_folder/running.$1"
  # None of the lane ends before the other lane had its turn.
  until [[ -e $test_folder/other ]]; do
    tries=$((tries + 1))
    ((tries < 1000)) || fail_step 'the other lane had no turn'
    sleep 0.01
  done
  running=("$test_folder"/running.*)
  printf '%s\n' "${#running[@]}" >>"$test_folder/counts"
  rmdir "$test_folder/running.$1"
}
plan() {
  step one 'Do one' reads
  step two 'Do two' changes items=things jobs=20
}
END
  the_program
  is "$(awk '$1 > 8' "$BATS_TEST_TMPDIR/counts")" ''
  is "$(wc -l <"$BATS_TEST_TMPDIR/counts" | tr -d ' ')" 10
}

@test "half of a line, read when the time was up, is no item" {
  write_program <<'END'
two() {
  printf '\n' >&9
  sleep 0.3
  printf 'new %s\n' "$1" >"$1"
}
END
  the_program
  content a "new a$nl"
  content c "new c$nl"
}

@test "an item that is killed counts as failed and is put back" {
  write_program <<'END'
two() {
  printf 'new\n' >"$1"
  if [[ $1 == b ]]; then
    own_process_id id
    kill -KILL "$id"
  fi
}
END
  printf 'before\n' >b
  run the_program
  is "$status" 1
  content b "before$nl"
  content c "new$nl"
  is "$(latest '.results[0].failures | map(.item) | join(" ")')" b
}

@test "a pool without items succeeds" {
  write_program <<'END'
one() { : >"$run_dir/work/things"; }
END
  the_program
  is "$(latest '.results[0].status')" unchanged
}

@test "nothing that an item started is left running" {
  write_program <<'END'
two() {
  sleep 1000 &
  printf '%s\n' "$!" >"$test_folder/child-$1.pid"
}
END
  the_program
  stopped "$(<"$BATS_TEST_TMPDIR/child-a.pid")"
  stopped "$(<"$BATS_TEST_TMPDIR/child-b.pid")"
  stopped "$(<"$BATS_TEST_TMPDIR/child-c.pid")"
}

@test "an item with a tab in its name is named whole" {
  write_program <<'END'
one() { printf 'a\tb\n' >"$run_dir/work/things"; }
two() { fail_step no; }
END
  run the_program
  is "$status" 1
  is "$(latest '.results[0].failures | tojson')" '[{"item":"a\tb","reason":"no"}]'
}

@test "a process of an item that ends as the item does not pass for it" {
  write_program <<'END'
two() {
  printf 'new %s\n' "$1" >"$1"
  # As a child that a signal met before it had left the item's trap behind.
  printf '%s\n' 0 0 1 2 >&9
}
END
  run the_program
  is "$status" 0
  content a "new a$nl"
  content c "new c$nl"
  is "$(latest '.results[0].failures | tojson')" '[]'
}

@test "what failed for one reason is one line, and each stands in the report" {
  write_program <<'END'
one() { printf '%s\n' a b c d e f >"$run_dir/work/things"; }
two_saves() { :; }
two() { [[ $1 == c ]] && fail_step 'something else' || fail_step 'the server is dead'; }
END
  run the_program
  is "$(grep 'demo: [a-f][,:]' <<<"$output")" "demo: a, b, d and 2 more: the server is dead${nl}demo: c: something else"
  is "$(latest '.results[0].failures | map(.item) | join(" ")')" 'a b c d e f'
}
