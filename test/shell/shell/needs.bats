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

@test "a variable is asked for with its command, once, where nothing sets it; and is masked" {
  write_program <<'END'
needs() {
  ask_secret WORD 'echo once >>"$FOLDER/asked"; printf "open sesame\n\n"'
  ask_secret GIVEN 'echo never >>"$FOLDER/asked"'
  ask_secret PAIR 'printf "%s-%s" "$WORD" "$FOLDER"'
  need_variable WORD
}
one() {
  printf '%s' "${WORD-}" >"$test_folder/bound"
  (as_the_user bash -c 'printf "%s|%s|%s\n" "$WORD" "$GIVEN" "$PAIR"' >"$test_folder/told")
  fail_step "the words are open sesame and of the user"
}
END
  export FOLDER=$BATS_TEST_TMPDIR GIVEN='of the user' WORD=
  run the_program
  is "$status" 1
  is "$(<"$BATS_TEST_TMPDIR/told")" "open sesame|of the user|open sesame-$FOLDER"
  is "$(<"$BATS_TEST_TMPDIR/asked")" once
  is "$(<"$BATS_TEST_TMPDIR/bound")" 'open sesame'
  has "$output" 'the words are *** and ***'
}

@test "a command that does not tell a variable is exit 3, with its reason" {
  write_program <<'END'
needs() {
  ask_secret LOCKED 'echo "first" >&2; echo "the vault is locked" >&2; exit 4'
  ask_secret EMPTY :
  ask_secret BINARY 'printf "sec\\0HALF"'
  ask_secret ENDED 'printf "secret\\0"'
  answer_seconds=1
  ask_secret SLOW 'sleep 100 | cat'
  need_variable LOCKED
  need_variable OTHER
}
END
  run the_program
  is "$status" 3
  has "$output" 'LOCKED is not told by its command of secrets: exit code 4: the vault is locked; EMPTY is not told by its command of secrets: it printed nothing; BINARY is not told by its command of secrets: it printed a NUL; ENDED is not told by its command of secrets: it printed a NUL; SLOW is not told by its command of secrets: it has not ended after 1 s'
  has "$output" '; OTHER is not set'
  has_not "$output" 'LOCKED is not set'
  has_not "$output" HALF
}
