# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# A run of several targets: one run id, one merged report. Each target is a
# program of its own and puts its own changes back.

target_options=()
codes=()
pids=()
# All that were started, the newest first.
started=()
# Those that are done but for their commits, and wait for the global gates.
held=()
# The program for each target, called with its name, where it is not its own.
every_target_by=

run_targets() {
  outcome=starting
  run_dir=
  run_id=
  watch_targets
  find_scripts
  targets
  parse_options "$@"
  select_targets
  enter_root
  set_target_options
  if runs_on_hosts; then
    choose_hosts
    run_on_hosts
  fi
  if [[ $list == true ]]; then
    list_targets
    finish 0
  fi
  run_chosen
}

watch_targets() {
  exec 6>&2
  trap 'judge_end "$BASH_COMMAND"; end_targets' EXIT
  trap 'stop_targets HUP 129' HUP
  trap 'stop_targets INT 130' INT
  trap 'stop_targets PIPE 141' PIPE
  trap 'stop_targets QUIT 131' QUIT
  trap 'stop_targets TERM 143' TERM
  hold_lifeline
}

# run_chosen: the selected targets, to the merged report and the end.
run_chosen() {
  now_milliseconds run_started
  now_utc timestamp %Y-%m-%dT%H:%M:%SZ
  new_run_id run_id
  open_events
  make_scratch run_dir
  outcome=running
  ! is_function before_targets || before_targets
  run_selected
  ! is_function after_targets || after_targets
  outcome='done'
  finish 0
}

# set_target_options: what every target's program is called with, wherever it runs.
set_target_options() {
  target_options=(--wait "$wait_seconds" ${passed[@]+"${passed[@]}"})
  [[ $dry_run == false ]] || target_options+=(--dry-run)
  [[ $check == false ]] || target_options+=(--check)
  [[ $release == false ]] || target_options+=(--release)
  [[ $verify == false ]] || target_options+=(--verify)
  [[ -z $direction ]] || target_options+=(--direction "$direction")
  [[ $init == false ]] || target_options+=(--init)
  [[ $yes == false ]] || target_options+=(--yes)
  [[ $ci == false ]] || target_options+=(--ci)
  [[ $verbose == false ]] || target_options+=(--verbose)
  [[ $quiet == false ]] || target_options+=(--quiet)
}

# run_selected: start what waits for nothing, skip what waits for a failure.
run_selected() {
  local place index depends_state depends_code again
  local waiting=("${selected[@]}")
  while :; do
    again=false
    for place in ${waiting[@]+"${!waiting[@]}"}; do
      index=${waiting[place]}
      judge_dependencies "$index"
      [[ $depends_state != wait ]] || continue
      if [[ $depends_state == ready ]]; then
        ((${#pids[@]} < jobs)) || continue
        ! meets_running "$index" || continue
        start_target "$index"
      else
        skip_target "$index" skipped "$depends_code" "$depends_state failed"
      fi
      unset "waiting[$place]"
      again=true
    done
    [[ $again == false ]] || continue
    ((${#pids[@]} > 0)) || break
    wait_for_target
  done
}

# meets_running INDEX: does a target run that can write the same files?
meets_running() {
  local pair other
  for pair in ${target_locks[$1]}; do
    for other in ${pids[@]+"${!pids[@]}"}; do
      [[ " ${target_locks[other]} " != *" $pair "* ]] || return 0
    done
  done
  return 1
}

# judge_dependencies INDEX: set depends_state to ready, wait, or the name of a
# target that failed, and depends_code to how. What was not selected is not waited
# for.
judge_dependencies() {
  local name other
  depends_state=ready
  depends_code=0
  for name in ${needed_targets[$1]}; do
    for other in "${selected[@]}"; do
      [[ ${names[other]} == "$name" ]] || continue
      case ${codes[other]:-waiting} in
        0 | 8) ;;
        waiting) depends_state='wait' ;;
        *)
          depends_state=$name
          depends_code=${codes[other]}
          return 0
          ;;
      esac
    done
  done
}

# start_target INDEX: in a process group of its own, so that a signal reaches it
# when we pass it on.
start_target() {
  local script=$every_target_by
  [[ -n $script ]] || target_script script "$1"
  if [[ ! -r $script ]]; then
    warn "${names[$1]}: $script is missing; it must be in the same folder as sync.sh"
    skip_target "$1" failed 3 "$script is missing"
    return 0
  fi
  set -m
  LOCKSTEP_RUN=$run_id LOCKSTEP_GATES=$lockstep_gates LOCKSTEP_RESULT=$run_dir/result.$1 \
    LOCKSTEP_PUSH=$lockstep_push LOCKSTEP_STALE=$lockstep_stale \
    LOCKSTEP_TRACE=$lockstep_trace LOCKSTEP_WATCHED=$lockstep_watched as_the_user \
    bash "$script" ${every_target_by:+"${names[$1]}"} --root "$root" ${events_to:+--events fd:7} \
    "${target_options[@]}" </dev/null >&2 5>&- &
  pids[$1]=$!
  started=("$1" ${started[@]+"${started[@]}"})
  set +m
}

# wait_for_target: until one has ended, or waits for the gates. bash 3.2 cannot
# wait for any of several.
wait_for_target() {
  local index code=0
  while :; do
    for index in "${!pids[@]}"; do
      if [[ -e $run_dir/result.$index.waits ]]; then
        held[index]=${pids[index]}
        codes[index]=0
        unset "pids[$index]"
        return 0
      fi
      if ((${#pids[@]} == 1)) && ! is_function global_checks ||
        ! kill -0 "${pids[index]}" 2>/dev/null; then
        wait "${pids[index]}" || code=$?
        codes[index]=$code
        unset "pids[$index]"
        return 0
      fi
    done
    sleep 0.1
  done
}

# skip_target INDEX STATUS CODE REASON: what is not started still has its place in
# the report.
skip_target() {
  local text result status=$2
  target=${names[$1]}
  codes[$1]=$3
  json_string text "$4"
  emit run_start "\"direction\":\"${target_directions[$1]}\",\"dry_run\":$dry_run"
  emit run_end "\"status\":\"$status\",\"exit_code\":${codes[$1]},\"report\":\".insightpulse/reports/$run_id.json\""
  say "$target: $status: $4"
  result_object result "$target" "${target_directions[$1]}" false "$status" "${codes[$1]}" "$text" 0.0
  hand_over "$run_dir/result.$1" "$result" "$status" false "${codes[$1]}"
  target=
}
