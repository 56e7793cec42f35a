#!/usr/bin/env bats
load ../../helper

# with_entrypoint: a program around script.sh, which is standard input; its
# outputs are data/** and new/x.
with_entrypoint() {
  mkdir -p data/sub
  printf 'old\n' | tee data/a data/gone data/same data/sub/b other >/dev/null
  {
    printf '#!/bin/bash\nset -eu\n'
    cat
  } >script.sh
  write_program <<END
plan() {
  step entrypoint 'Run it' changes ${dry_run:+dry_run=$dry_run}
  ! is_function more || more
}
entrypoint() { run_entrypoint; }
entrypoint_saves() { list_saved_outputs; }
bind_config() {
  entrypoint=script.sh
  interpreter=(bash)
  declared_inputs=(${inputs:-})
  declared_outputs=(${outputs:-"'data/**' new/x"})
  export SYNC_CONFIG='{}'
  check_entrypoint
}
${extra:-}
END
}

changes='printf "new\n" >data/a; printf "x\n" >data/n; rm data/gone; mkdir -p new data/deep/er; : >new/x; : >data/deep/er/f; touch data/same'

@test "what it does to the outputs is found by comparing" {
  with_entrypoint <<<"$changes"
  the_program
  is "$(latest '.results[0] | .outputs_created, .outputs_changed, .outputs_removed | join(" ")')" \
    "data/deep/er/f data/n new/x${nl}data/a${nl}data/gone"
  is "$(latest '.results[0].message')" '3 created, 1 changed, 1 removed'
}

@test "one that fails leaves the outputs as they were" {
  with_entrypoint <<<"$changes; echo no good; exit 3"
  chmod 600 data/a
  local before
  before=$(picture .)
  run the_program
  is "$status" 1
  has "$output" ': exit code 3'
  has "$output" 'no good'
  is "$(picture .)" "$before"
}

@test "a failure after it puts the outputs back too" {
  extra='more() { step late Late checks; }
late() { false; }' with_entrypoint <<<"$changes"
  local before
  before=$(picture .)
  run the_program
  is "$status" 5
  is "$(picture .)" "$before"
}

@test "names of any bytes are undone and reported" {
  with_entrypoint <<<'printf x >"data/n
l%0A"; printf x >"data/ \"q\\"; [[ ! -e fail ]]'
  : >fail
  local before
  before=$(picture .)
  run the_program
  is "$status" 1
  is "$(picture .)" "$before"
  rm fail
  the_program
  is "$(latest '.results[0].outputs_created | length')" 2
  is "$(latest '.results[0].outputs_created[1]')" "data/n${nl}l%0A"
}

@test "after a kill -9 the outputs are put back, and what came since is kept" {
  with_entrypoint <<<"$changes; [[ -e second ]] || { echo \$\$ >'$BATS_TEST_TMPDIR/stay.pid'; exec sleep 1000; }"
  local before
  before=$(picture .)
  start_program
  poll_for test -s "$BATS_TEST_TMPDIR/stay.pid"
  kill -KILL "$program_pid"
  end_program
  printf 'mine\n' >data/mine
  write_program next <<'END'
plan() { step one Nothing reads; }
END
  "$test_bash" "$BATS_TEST_TMPDIR/next.sh" --root "$root"
  is "$(picture .)" "$before"
  content .insightpulse/recovered/*/data/mine "mine$nl"
}

@test "what a person wrote while it ran is kept when it fails, and named" {
  with_entrypoint <<<'printf "mine\n" >data/mine; printf "my edit\n" >data/a; exit 1'
  local before
  before=$(picture .)
  run the_program
  is "$status" 1
  is "$(picture .)" "$before"
  content .insightpulse/recovered/*/data/mine "mine$nl"
  content .insightpulse/recovered/*/data/a "my edit$nl"
  has "$output" 'what was there instead is kept: .insightpulse/recovered/'
  is "$(latest '.results[0].recovered[] | sub(".*/recovered/[^/]*/"; "")')" "data/a${nl}data/mine"
}

@test "what is not declared is neither saved nor touched by the undo" {
  with_entrypoint <<<'printf "new\n" >other; : >unknown; exit 1'
  run the_program
  content other "new$nl"
  [[ -e unknown ]]
}

@test "it knows its target, direction and that this is no dry run" {
  with_entrypoint <<<'printf "%s\n" "$SYNC_TARGET $SYNC_DIRECTION $SYNC_DRY_RUN $SYNC_CONFIG $0" >data/a'
  the_program
  content data/a "demo pull false {} ./script.sh$nl"
}

@test "in a dry run it cannot be known what it does" {
  extra='entrypoint_unknown() { skip "no dry-run mode"; }' with_entrypoint <<<': >data/n'
  run the_program --dry-run
  has "$output" 'cannot know Run it (0.'
  has "$output" 'no dry-run mode'
  [[ ! -e data/n ]]
}

@test "with dry_run=runs it is asked what it would do" {
  dry_run=runs with_entrypoint <<<'echo "two rows"; [[ $SYNC_DRY_RUN == true ]]'
  run the_program --dry-run
  is "$status" 0
  has "$output" 'would run   Run it ('
  has "$output" 'two rows'
}

@test "a carried script runs without its file; one that changed runs as it was" {
  extra="entrypoint_text() {
  cat <<'SCRIPT'
printf 'carried\n' >data/a
SCRIPT
}" with_entrypoint <<<'printf "file\n" >data/a'
  run the_program
  has "$output" 'script.sh has changed since this program was generated'
  content data/a "carried$nl"
  rm script.sh
  printf 'old\n' >data/a
  the_program
  content data/a "carried$nl"
}

@test "without its file a script that is not carried is missing: exit 3" {
  with_entrypoint </dev/null
  rm script.sh
  run the_program
  is "$status" 3
  has "$output" 'script.sh does not exist'
}

@test "an input that matches nothing gives exit 3 before anything" {
  inputs="'data/*' 'none/**'" with_entrypoint <<<': >data/n'
  run the_program
  is "$status" 3
  has "$output" 'inputs: nothing matches none/**'
  [[ ! -e data/n ]]
}

@test "outputs that lead out of the root through a link give exit 2" {
  outputs="'away/**'" with_entrypoint <<<': >away/x'
  mkdir "$BATS_TEST_TMPDIR/outside"
  ln -s "$BATS_TEST_TMPDIR/outside" away
  run the_program
  is "$status" 2
  has "$output" 'outputs: away/** leads out of'
  is "$(ls "$BATS_TEST_TMPDIR/outside")" ''
}

# sending: a program that runs the script only when its inputs moved.
sending() {
  inputs="'data/*'" outputs=sent
  extra='plan() {
  step look Look reads
  step entrypoint "Run it" changes
  ! is_function more || more
  step remember Remember changes
}
look() { compare_inputs; }
entrypoint_when() { inputs_moved || skip "as it was"; }
remember_when() { inputs_moved || skip "as it was"; }
remember() { remember_inputs; }
'"${more:-}" with_entrypoint <<<'echo ran >>ran; cat data/a >sent'
}

# times: how often the script ran.
times() {
  grep -c '' ran || :
}

@test "unchanged inputs with unchanged outputs mean nothing to do" {
  sending
  the_program
  the_program
  is "$(times)" 1
  is "$(latest '.results[0].status')" unchanged
  printf 'other\n' >data/a
  the_program
  is "$(times)" 2
  printf 'edited\n' >sent
  the_program
  is "$(times)" 3
  printf '#\n' >>script.sh
  the_program
  is "$(times)" 4
}

@test "only a verified success is remembered" {
  more='more() { step late Late checks; }
late() { [[ ! -e fail ]]; }' sending
  : >fail
  run the_program
  is "$status" 5
  rm fail
  the_program
  is "$(times)" 2
  the_program
  is "$(times)" 2
}
