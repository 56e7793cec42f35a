#!/usr/bin/env bats
load ../helper

@test "all that is missing stands in one message, with exit 3" {
  write_program <<'END'
needs() {
  need_program no-such-program some-package
  need_program sh dash
  need_variable NO_SUCH_VARIABLE
  need_variable PRESENT
}
END
  export PRESENT=1
  run the_program
  is "$status" 3
  has "$output" 'no-such-program is not installed (Debian: apt-get install some-package); NO_SUCH_VARIABLE is not set: export it or add it to .env'
  has_not "$output" 'program sh '
  has_not "$output" PRESENT
}

@test "an empty variable is missing" {
  write_program <<'END'
needs() { need_variable EMPTY; }
END
  export EMPTY=
  run the_program
  is "$status" 3
  has "$output" 'EMPTY is not set'
}

@test "a variable of the .env is not missing" {
  write_program <<'END'
needs() { need_variable FROM_FILE; }
END
  printf 'FROM_FILE=1\n' >.env
  the_program
}

@test "when something is missing no step is begun and nothing is locked" {
  write_program <<'END'
needs() { need_variable NO_SUCH_VARIABLE; }
one() { : >"$test_folder/begun"; }
END
  run the_program
  is "$status" 3
  [[ ! -e $BATS_TEST_TMPDIR/begun ]]
  [[ ! -e .insightpulse/state/locks/demo ]]
  is "$(latest '.results[0].status')" failed
}
