# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# Which targets a run of the workflow is to sync: those of the schedule that
# fired, or what a person chose.

# choose_due ARGUMENT...: a whole program; it defines targets.
choose_due() {
  trap 'judge_end "$BASH_COMMAND"; end_due' EXIT
  ci=true
  stop_github_commands
  (($# == 0)) || due_help "$@"
  targets
  read_due
  if [[ -n ${DUE_SCHEDULE:-} ]]; then
    select_scheduled "$DUE_SCHEDULE"
  else
    select_targets
  fi
  write_due
  finish 0
}

due_help() {
  [[ $1 == --help || $1 == -h ]] ||
    usage_error "unexpected $1"
  usage
  finish 0
}

# read_due: what a person chose, all of it text from outside.
read_due() {
  IFS=$' \t\r\n' read -r -d '' -a wanted < <(printf '%s' "${DUE_TARGET:-}") || :
  options=
  due_flag DUE_DRY_RUN --dry-run
  due_flag DUE_VERIFY --verify
  case ${DUE_DIRECTION:-all} in
    all) ;;
    pull | push | bidirectional)
      direction=$DUE_DIRECTION
      options+=" --direction $direction"
      ;;
    *) usage_error "unknown direction $DUE_DIRECTION; use pull, push, bidirectional or all" ;;
  esac
}

# due_flag NAME OPTION
due_flag() {
  case ${!1:-false} in
    true) options+=" $2" ;;
    false) ;;
    *) usage_error "$1 must be true or false, not ${!1}" ;;
  esac
}

# select_scheduled CRON: set selected to the indexes of its targets.
select_scheduled() {
  local index
  options=' --verify'
  selected=()
  for index in "${!names[@]}"; do
    [[ ${schedules[index]} != "$1" ]] || selected+=("$index")
  done
  ((${#selected[@]} > 0)) ||
    usage_error "no target has the schedule $1"
}

write_due() {
  local index due='' text
  for index in "${selected[@]}"; do
    due+=${due:+,}\"${names[index]}\"
  done
  printf -v text 'targets=[%s]\noptions=%s' "$due" "${options# }"
  if [[ -n ${GITHUB_OUTPUT:-} ]]; then
    printf '%s\n' "$text" >>"$GITHUB_OUTPUT"
  fi
  printf '%s\n' "$text"
}

end_due() {
  trap - EXIT
  resume_github_commands
  if [[ -n $message ]]; then
    warn "$program: $message"
    annotate "$program" "$message"
  fi
  exit "$exit_code"
}
