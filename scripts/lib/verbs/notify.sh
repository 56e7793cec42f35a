# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# Tell others of targets, through their own programs, which know whom.

tell_of_targets() {
  local index why code missed=0 late=0
  outcome=starting
  exit_code=0
  run_dir=
  trap 'judge_end "$BASH_COMMAND"; end_status' EXIT
  targets
  parse_options "$@"
  [[ $overdue != "$test" ]] || usage_error 'say either --overdue or --test'
  select_targets
  find_scripts
  enter_root
  for index in "${selected[@]}"; do
    target=${names[index]}
    why='test'
    if [[ $overdue == true ]]; then
      last_run "$target"
      read_hold "$target"
      await_first_run "$index"
      is_overdue "$index" || continue
      if is_held '*' || is_running "$target"; then continue; fi
      say "$target is overdue"
      late=8
      why="overdue Its schedule is ${schedules[index]}; it ${last_at:+ran last at }${last_at:-never ran}."
    fi
    code=0
    tell_by_target "$index" "$why" || code=$?
    ((code == 0)) || missed=1
  done
  target=
  finish "$((missed > 0 ? missed : late))"
}

# is_running TARGET: does a process hold its lock?
is_running() {
  local entry
  for entry in .insightpulse/state/locks/"$1"/*; do
    [[ ! -e $entry ]] || ! lock_owner_lives "${entry##*/}" || return 0
  done
  return 1
}
