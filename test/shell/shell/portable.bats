#!/usr/bin/env bats
load ../helper

# limited KIND SECONDS COMMAND...: with_timeout of that kind.
limited() {
  in_lib 'timeout_kind=$1
    shift
    with_timeout "$@"' "$@"
}

@test "a command in time keeps its exit code, with either kind" {
  local kind
  for kind in gnu own; do
    run limited "$kind" 1000 sh -c 'exit 0'
    is "$status" 0
    run limited "$kind" 1000 sh -c 'exit 3'
    is "$status" 3
  done
}

@test "a command has its arguments, input and output, with either kind" {
  local kind
  for kind in gnu own; do
    is "$(printf 'in' | limited "$kind" 1000 sh -c 'cat; printf "<%s>" "$@"' sh 'a b' '*')" \
      'in<a b><*>'
  done
}

@test "a command that takes too long is ended and gives 124, with either kind" {
  local kind
  for kind in gnu own; do
    run limited "$kind" 1 sh -c 'printf "%s\n" "$$" >"$0"; exec sleep 1000' \
      "$BATS_TEST_TMPDIR/$kind.pid"
    is "$status" 124
    poll_for stopped "$(<"$BATS_TEST_TMPDIR/$kind.pid")"
  done
}

@test "a command that does not listen to TERM is ended by force, with either kind" {
  local kind
  for kind in gnu own; do
    limited "$kind" 1 sh -c 'trap "" TERM; printf "%s\n" "$$" >"$0"; while :; do sleep 0.1; done' \
      "$BATS_TEST_TMPDIR/$kind.pid" 3>&- &
    printf '%s\n' "$!" >"$BATS_TEST_TMPDIR/$kind.waiter"
  done
  for kind in gnu own; do
    local ended=0
    wait "$(<"$BATS_TEST_TMPDIR/$kind.waiter")" || ended=$?
    is "$ended" 124
    stopped "$(<"$BATS_TEST_TMPDIR/$kind.pid")"
  done
}

@test "a command in time leaves no watcher running, with either kind" {
  local kind
  for kind in gnu own; do
    limited "$kind" 987654 true
    has_not "$(ps -A -o args=)" 'sleep 987654'
  done
}

@test "a command stays in the process group of its caller, with either kind" {
  local kind
  for kind in gnu own; do
    in_lib 'timeout_kind=$1
      ps -o pgid= -p "$$"
      with_timeout 1000 sh -c '\''ps -o pgid= -p "$$"'\''' "$kind" \
      >"$BATS_TEST_TMPDIR/groups"
    is "$(sort -u "$BATS_TEST_TMPDIR/groups" | wc -l | tr -d ' ')" 1
    is "$(wc -l <"$BATS_TEST_TMPDIR/groups" | tr -d ' ')" 2
  done
}

@test "where timeout knows no --foreground bash watches itself" {
  mkdir "$BATS_TEST_TMPDIR/bin"
  printf '#!/bin/sh\nexit 125\n' >"$BATS_TEST_TMPDIR/bin/timeout"
  chmod +x "$BATS_TEST_TMPDIR/bin/timeout"
  is "$(PATH=$BATS_TEST_TMPDIR/bin:$PATH in_lib 'with_timeout 1000 printf "ran "
    printf %s "$timeout_kind"')" 'ran own'
}

@test "the mark of a process is the same each time and differs from another's" {
  is "$(in_lib 'process_birth one "$$"
    process_birth other "$$"
    process_birth test "$1"
    [[ -n $one && $one == "$other" ]] && printf "same "
    [[ -n $test && $one != "$test" ]] && printf differs' 1)" 'same differs'
}

@test "a process that has ended has no mark" {
  is "$(in_lib 'true & wait "$!"
    process_birth mark "$!"
    printf "<%s>" "$mark"')" '<>'
}

@test "a subshell knows its own process id" {
  is "$(in_lib '( own_process_id id; [[ $id != "$$" && $id == "$(exec sh -c '\''echo "$PPID"'\'')" ]] && printf yes )')" yes
}

@test "a private folder is for nobody else, and git does not look inside" {
  rmdir .insightpulse
  in_lib 'umask 000; make_private_folder .insightpulse/state'
  is "$(stat -c %a .insightpulse .insightpulse/state)" "700${nl}700"
  content .insightpulse/state/.gitignore "*$nl"
}

@test "a private folder that is there stays as it is" {
  mkdir -m 755 -p .insightpulse/state
  in_lib 'make_private_folder .insightpulse/state'
  is "$(stat -c %a .insightpulse/state)" 755
  [[ ! -e .insightpulse/state/.gitignore ]]
}

@test "lines are turned round in a time that grows with their number" {
  is "$(printf 'a\n b\\\n\nc' | in_lib reverse_lines)" $'c\n\n b\\\na'
  is "$(printf '' | in_lib reverse_lines)" ''
  is "$(seq 100000 | in_lib reverse_lines | sed -n '1p; $p' | paste -s -)" $'100000\t1'
}
