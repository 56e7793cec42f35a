# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# The life of a run: what is done before, around and after the steps.

outcome=starting
verification=null
verification_passed=null
backup_kind=before
backup_reason=
# The commit of this run; a step that commits captures it.
commit_id=
# Until open_run has made it there is no such folder, and nothing in it.
run_dir=/dev/null/none
run_id=$lockstep_run

# main ARGUMENT...: the whole program of a target. It defines bind_config
# (variables from the environment), needs, plan, and perhaps after_backup.
main() {
  catch_signals
  absolute_path program_file "$0"
  parse_options "$@"
  stop_github_commands
  ((${#arguments[@]} == 0)) || usage_error "unexpected ${arguments[0]}"
  [[ -z $direction || " $directions " == *" $direction "* ]] ||
    usage_error "$target is ${directions// / or }-only"
  direction=${direction:-${directions%% *}}
  enter_root
  run_plan
}

catch_signals() {
  exec 6>&2
  trap 'judge_end "$BASH_COMMAND"; on_exit' EXIT
  trap 'on_signal 129' HUP
  trap 'on_signal 130' INT
  trap 'on_signal 141' PIPE
  trap 'on_signal 131' QUIT
  trap 'on_signal 143' TERM
  hold_lifeline
}

# run_plan: one run, from its beginning to its end, in the root.
run_plan() {
  begin_run
  read_dotenv .env
  collect_secrets
  needs
  [[ $lockstep_ask != tell\ * ]] || tell_when_asked
  stop_if_missing
  bind_config
  if [[ -n $lockstep_ask ]]; then
    exit_code=0
    target_answer "$lockstep_ask"
    finish "$exit_code"
  fi
  open_run
  stays_held || plan
  announce_steps
  run_steps
  complete_run
}

# tell_when_asked: what lockstep_ask says to tell others; ends the program.
tell_when_asked() {
  outcome=starting
  is_function tell_others || die 1 "$target: nobody is told of its runs"
  exit_code=0
  (tell_others "${lockstep_ask#tell }") || exit_code=1
  finish "$exit_code"
}

# begin_run: give the run its id.
begin_run() {
  now_milliseconds run_started
  now_utc timestamp %Y-%m-%dT%H:%M:%SZ
  [[ -n $run_id ]] || new_run_id run_id
  # An answer to a program over all targets is no run.
  [[ -n $lockstep_ask ]] || outcome=refused
}

# open_run: the lock, the folder of the run, and the undo of a run that died.
# A dry run has its folder elsewhere and leaves nothing.
open_run() {
  local advice
  open_events
  encode_secrets
  if [[ $dry_run == true ]]; then
    make_scratch run_dir
  else
    take_lock "$target" "$wait_seconds"
    take_common_locks "$wait_seconds"
    sweep_locks
    sweep_scratch
    open_log
    run_dir=$root/.insightpulse/state/runs/$target/$run_id
  fi
  (umask 077 && mkdir -p -- "$run_dir"/{work,out,reasons,notes,failed,saved}) ||
    die 3 "$run_dir: cannot be created"
  if [[ $dry_run == false ]]; then
    reserve_room 2>/dev/null || {
      recovered_advice advice
      die 3 "No space left on the disk of $root$advice"
    }
    recover
    journal run "$$"
  fi
  emit run_start "\"direction\":\"$direction\",\"dry_run\":$dry_run"
  [[ -n $lockstep_watched ]] || say "$target: $direction: $description"
  log_line "== $timestamp run $run_id: $target $direction"
  outcome=running
  ! is_function tell_others || (tell_others start) || :
}

# reserve_room: for the undo, should the disk be full then: of bytes and of files.
reserve_room() {
  local number
  printf '%65536s' '' >"$run_dir/reserve" || return 1
  for number in {1..32}; do
    : >"$run_dir/reserve.$number" || return 1
  done
}

# complete_run: from here on nothing is undone.
complete_run() {
  trap '' HUP INT PIPE QUIT TERM
  if [[ $dry_run == false ]]; then
    journal keep "$backup_layout" ".$artifact" "$direction" "$backup_kind" "${backup_reason:-before $verb}"
    journal complete
  fi
  outcome='done'
  exit_code=0
  if [[ -s $run_dir/failures ]]; then
    outcome=partial
    exit_code=1
  elif [[ $fail_on_diff == true || $check == true ]] && would_change; then
    exit_code=8
  fi
  finish "$exit_code"
}

# on_signal CODE
on_signal() {
  trap '' HUP INT PIPE QUIT TERM
  [[ $outcome == starting ]] || outcome=interrupted
  die "$1" interrupted
}
