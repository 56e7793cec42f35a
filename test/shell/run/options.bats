#!/usr/bin/env bats
load ../helper

# after NAME ARGUMENT...: the variable NAME after parse_options ARGUMENT...
after() {
  local name=$1
  shift
  in_lib 'usage() { printf "the usage\n"; }
    task_option() {
      taken=1
      case $1 in
        --two) taken=2; two=$2 ;;
        -*) known_options=(--two) && unknown_option "$1" ;;
        *) arguments+=("$1") ;;
      esac
    }
    two=
    name=$1
    shift
    trap '\''[[ -z $message ]] || printf "%s\n" "$message"'\'' EXIT
    message=
    parse_options "$@"
    printf %s "${!name}"' "$name" "$@"
}

@test "each switch sets its variable" {
  local option
  for option in dry-run verify yes ci verbose quiet json; do
    is "$(after "${option//-/_}")" false
    is "$(after "${option//-/_}" "--$option")" true
  done
  is "$(after verbose -v)" true
  is "$(after quiet -q)" true
}

@test "a program is of one profile, and runs with no other" {
  is "$(after asked_profile)" ''
  is "$(after asked_profile --profile '')" ''
  is "$(after message --profile staging)" 't.sh is of no profile; of staging is t.staging.sh; t.sh --help lists the options'
  is "$(LOCKSTEP_PROFILE=staging after message --yes)" 't.sh is of no profile; of staging is t.staging.sh; t.sh --help lists the options'
}

@test "a value may stand after the option or behind an equal sign" {
  is "$(after direction --direction push)" push
  is "$(after direction --direction=push)" push
  is "$(after wait_seconds --wait=15 --yes)" 15
  is "$(after yes --wait=15 --yes)" true
}

@test "a value may hold equal signs and spaces" {
  is "$(after report_file '--report=/tmp/b=c d')" '/tmp/b=c d'
}

@test "a switch takes no value" {
  run after json --json=yes
  is "$status" 2
  has "$output" '--json takes no value'
}

@test "an option that needs a value says so" {
  local option
  for option in --direction --report --events --root --wait; do
    run after json "$option"
    is "$status" 2
    has "$output" "$option needs a value"
  done
}

@test "--direction knows three words" {
  run after direction --direction sideways
  is "$status" 2
  has "$output" 'pull, push or bidirectional'
}

@test "--wait takes whole seconds" {
  local value
  for value in soon -1 1.5 '' 1234567; do
    run after wait_seconds --wait "$value"
    is "$status" 2
    has "$output" 'whole seconds'
  done
}

@test "--wait reads a number with leading zeros as decimal" {
  write_program </dev/null
  run the_program --wait 08
  is "$status" 0
}

@test "--report that cannot be written gives 3 before anything is done" {
  write_program </dev/null
  run the_program --report /nonexistent/r.json
  is "$status" 3
  has "$output" '--report /nonexistent/r.json cannot be written'
  [[ ! -e a ]]
}

@test "--report and --events are relative to where the program is called" {
  is "$(after report_file --report a.json)" "$PWD/a.json"
  is "$(after events_to --events b)" "$PWD/b"
  is "$(after events_to --events /c)" /c
  is "$(after events_to --events fd:5)" fd:5
}

@test "a root that is not there gives exit 3" {
  run after root --root "$root/none"
  is "$status" 3
  has "$output" 'there is no such folder'
}

@test "an unknown option gives exit 2 and the nearest known one" {
  write_program </dev/null
  run the_program --dry-rum
  is "$status" 2
  has "$output" 't.sh: unknown option --dry-rum; did you mean --dry-run?; t.sh --help lists the options'
  is "$(picture "$root")" ''
  is "$(ls -A .insightpulse)" ''
}

@test "an option of the task may take a value" {
  is "$(after two --two x --yes)" x
  is "$(after yes --two x --yes)" true
}

@test "an argument that nobody takes gives exit 2" {
  write_program <<'END'
task_option() {
  taken=1
  arguments+=("$1")
}
END
  run the_program surplus
  is "$status" 2
  has "$output" 'unexpected surplus'
}

@test "a direction that the target does not go gives exit 2" {
  write_program </dev/null
  run the_program --direction push
  is "$status" 2
  has "$output" 'demo is pull-only'
}

@test "--help shows the usage and --version the version, with exit 0" {
  is "$(after json --help --no-such)" 'the usage'
  is "$(after json -h)" 'the usage'
  is "$(after json --version)" 't.sh 0'
}

@test "the root is the nearest folder upwards with .insightpulse" {
  mkdir -p a/b
  is "$(cd a/b && in_lib 'enter_root; printf %s "$PWD"')" "$(pwd -P)"
}

@test "--root goes before the folder that would be found" {
  mkdir -p a/b/.insightpulse
  is "$(cd a && in_lib 'root=b; enter_root; printf %s "$root"')" "$(pwd -P)/a/b"
}

# in_generated FOLDER WORD...: a program that stands in FOLDER/generated.
in_generated() {
  mkdir -p "$1/generated"
  write_program <<<''
  cp "$program" "$1/generated/t.sh"
  with_tools "$test_bash" "$1/generated/t.sh" "${@:2}"
}

@test "a program in generated/ knows the root that it was made for, wherever one stands" {
  mkdir -p "$BATS_TEST_TMPDIR/made for/.insightpulse" elsewhere
  in_generated "$BATS_TEST_TMPDIR/made for"
  [[ -e $BATS_TEST_TMPDIR/made\ for/a && ! -e a ]]
  ln -s "../made for/generated/t.sh" "$BATS_TEST_TMPDIR/tmp/link"
  rm "$BATS_TEST_TMPDIR/made for/a"
  (cd / && with_tools "$test_bash" "$BATS_TEST_TMPDIR/tmp/link")
  [[ -e $BATS_TEST_TMPDIR/made\ for/a ]]
}

@test "where no root is, none is made: exit 2, and the way out" {
  local place
  mkdir -p "$BATS_TEST_TMPDIR/bare"
  cd "$BATS_TEST_TMPDIR/bare"
  for place in . /; do
    cd "$place"
    run in_generated "$BATS_TEST_TMPDIR/bare"
    is "$status" 2
    has "$output" 'no .insightpulse here or in a folder above; use --root DIR'
    has "$output" '--init'
  done
  run in_generated "$BATS_TEST_TMPDIR/bare" --root "$BATS_TEST_TMPDIR/bare"
  is "$status" 2
  has "$output" 'bare has no .insightpulse; if it is the right folder, add --init'
  is "$(ls -A "$BATS_TEST_TMPDIR/bare")" generated
}

@test "--init makes a root, but not in a dry run" {
  mkdir "$BATS_TEST_TMPDIR/bare"
  in_generated "$BATS_TEST_TMPDIR/bare" --root "$BATS_TEST_TMPDIR/bare" --init --dry-run
  [[ ! -e $BATS_TEST_TMPDIR/bare/.insightpulse ]]
  in_generated "$BATS_TEST_TMPDIR/bare" --root "$BATS_TEST_TMPDIR/bare" --init
  [[ -e $BATS_TEST_TMPDIR/bare/a ]]
  in_generated "$BATS_TEST_TMPDIR/bare" --root "$BATS_TEST_TMPDIR/bare"
}
