# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# Tell others of targets, through their own programs, which know whom.

tell_of_targets() {
  local index script why code worst=0
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
    target_script script "$index"
    [[ -e $script ]] || continue
    why='test'
    if [[ $overdue == true ]]; then
      last_run "$target"
      is_overdue "${longest_gaps[index]}" || continue
      say "$target is overdue"
      why="overdue Its schedule is ${schedules[index]}; it ran last at $last_at."
      worst=8
    fi
    code=0
    (LOCKSTEP_ASK="tell $why" as_the_user bash "$script" --root "$root" </dev/null) || code=$?
    ((code == 0)) || worst=1
  done
  target=
  finish "$worst"
}
