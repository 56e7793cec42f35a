#!/usr/bin/env bats
load ../helper

# read_back: the journal on standard input, as read_journal has it.
read_back() {
  cat >journal
  in_lib 'read_journal journal
    printf "%s\n" "complete $journal_complete" \
      ${journal_undos[@]+"${journal_undos[@]/#saved/set}"} \
      ${journal_groups[@]+"${journal_groups[@]/#/group }"} \
      ${journal_scratch[@]+"${journal_scratch[@]/#/scratch }"}'
}

@test "sets that were saved are read, the newest first" {
  is "$(printf 'run 1\nsaved one\nsaved two.0\n' | read_back)" \
    "complete false${nl}set two.0${nl}set one"
}

@test "sets that were put back are not to be put back again" {
  is "$(printf 'saved one\nsaved two\nsaved three\nrestored two\nrestored one\n' | read_back)" \
    "complete false${nl}set three"
}

@test "a set that was saved again after it was put back is to be put back" {
  is "$(printf 'saved one\nrestored one\nsaved one\n' | read_back)" \
    "complete false${nl}set one"
}

@test "groups and scratch folders are read, also with spaces" {
  is "$(printf 'step_start one 12 b-3\nscratch a b/.lockstep-x\n' | read_back)" \
    "complete false${nl}group 12 b-3${nl}scratch a b/.lockstep-x"
}

@test "a journal that ends with complete says so" {
  is "$(printf 'saved one\ncomplete\n' | read_back)" "complete true${nl}set one"
}

@test "an empty journal has nothing" {
  is "$(read_back </dev/null)" 'complete false'
}

@test "a journal whose last line was cut off names no set by half" {
  is "$(printf 'saved one\nsaved tw' | read_back)" "complete false${nl}set one"
}

@test "a scratch folder is removed when the run ends well" {
  write_program <<'END'
one() {
  scratch_folder scratch "with space"
  : >"$scratch/x"
  : >"$run_dir/work/things"
}
END
  mkdir 'with space'
  the_program
  is "$(ls -A 'with space')" ''
}

@test "a scratch folder is removed when a step fails" {
  write_program <<'END'
one() {
  scratch_folder scratch "with space"
  : >"$scratch/x"
  fail_step no
}
END
  mkdir 'with space'
  run the_program
  is "$status" 1
  is "$(ls -A 'with space')" ''
}
