# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# The verb status: once, or with --watch again and again in the place of what was
# there.

watch_seconds=

show_status() {
  local width
  outcome=starting
  exit_code=0
  run_dir=
  run_id=
  trap 'judge_end "$BASH_COMMAND"; end_status' EXIT
  targets
  parse_options "$@"
  select_targets
  find_scripts
  enter_root
  [[ -z $watch_seconds ]] || watch_status
  screen_width width
  show_targets
  finish "$exit_code"
}

# status_option ARGUMENT...: the options of the verb status.
status_option() {
  if [[ $1 != --watch ]]; then
    target_option "$@"
    return
  fi
  taken=1
  watch_seconds=5
  [[ ${2:-} =~ ^[0-9]+$ ]] || return 0
  check_watch "$2"
  watch_seconds=$2
  taken=2
}

# watch_status: until a signal comes.
watch_status() {
  [[ $json == false ]] || usage_error '--watch shows a screen, and --json none; call it again for each'
  [[ -t 1 ]] || usage_error '--watch needs a terminal; elsewhere call it again for each look'
  watch_again "$watch_seconds" look_at_targets
}

# look_at_targets: set frame to them.
look_at_targets() {
  set +e
  frame=$(
    set -e
    exec 2>&1
    trap 'judge_end "$BASH_COMMAND"; end_status' EXIT
    show_targets
    finish "$exit_code"
  )
  set -e
}
