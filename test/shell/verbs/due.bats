#!/usr/bin/env bats
# Which targets a run of the workflow is to sync.
load ../helper

# due: the program, with the inputs in its environment.
due() {
  "$test_bash" -c "set -euo pipefail
    program=due.sh lockstep_profile=
    usage() { printf '%s\n' 'the usage'; }
    for part in verbs/due run/github shell/{mask,message,nearest} run/options targets/selection; do source $(printf %q "$lib")/\$part.sh; done
    targets() {
      target_is one pull '' '0 2 * * *' ''
      target_is two_a push '' '0 2 * * *' ''
      target_is two_b bidirectional '' '' ''
    }
    choose_due \"\$@\"" due.sh "$@"
}

@test "nothing asked is every target, without options" {
  run due
  [[ $status == 0 && $output == 'targets=["one","two_a","two_b"]'"$nl"'options=' ]]
}

@test "a schedule is its targets, verified, whatever else is set" {
  DUE_SCHEDULE='0 2 * * *' DUE_TARGET=nobody run due
  [[ $status == 0 && $output == 'targets=["one","two_a"]'"$nl"'options=--verify' ]]
}

@test "a schedule is no pattern" {
  DUE_SCHEDULE='*' run due
  [[ $status == 2 && $output == 'due.sh: no target has the schedule *;'* ]]
}

@test "patterns and a direction select as in sync.sh" {
  DUE_TARGET=$'two_*\n' DUE_DIRECTION=push DUE_DRY_RUN=true DUE_VERIFY=false run due
  [[ $status == 0 && $output == 'targets=["two_a","two_b"]'"$nl"'options=--dry-run --direction push' ]]
}

@test "what is asked for goes to GITHUB_OUTPUT too" {
  GITHUB_OUTPUT=$BATS_TEST_TMPDIR/output DUE_TARGET=one run due
  [[ $status == 0 && $(<"$BATS_TEST_TMPDIR/output") == "$output" ]]
}

@test "what is not understood is exit 2 and writes nothing" {
  local name
  export GITHUB_OUTPUT=$BATS_TEST_TMPDIR/output
  for name in DUE_TARGET DUE_DIRECTION DUE_DRY_RUN DUE_VERIFY; do
    run env "$name=noone" "$BASH" -c "$(declare -f due); lib=$(printf %q "$lib") test_bash=$test_bash; due"
    [[ $status == 2 && $output == due.sh:*noone* && ! -e $GITHUB_OUTPUT ]]
  done
}

@test "an unknown target is named with the nearest, as an annotation too" {
  GITHUB_ACTIONS=true DUE_TARGET='one twoa' run due
  [[ $status == 2 ]]
  [[ ${lines[0]} == ::stop-commands::* && ${lines[1]} == "::${lines[0]#::stop-commands::}::" ]]
  [[ ${lines[2]} == 'due.sh: no target twoa; did you mean two_a?'* ]]
  [[ ${lines[3]} == '::error title=due.sh::no target twoa; did you mean two_a?'* ]]
}

@test "a pattern of 65,000 characters is refused at once" {
  local text
  printf -v text '%65000s' ''
  DUE_TARGET=${text// /x} run due
  [[ $status == 2 ]]
}

@test "--help shows the usage, any other word is exit 2" {
  run due --help
  [[ $status == 0 && $output == 'the usage' ]]
  run due one
  [[ $status == 2 ]]
}
