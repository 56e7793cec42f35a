# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# A run of several targets: one run id, one merged report. Each target is a
# program of its own and puts its own changes back.

target_arguments=()
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
  if [[ $list == true ]]; then
    list_targets
    finish 0
  fi
  set_target_arguments
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

# set_target_arguments: what every target's program is called with.
set_target_arguments() {
  target_arguments=(--root "$root" --wait "$wait_seconds"
    ${passed[@]+"${passed[@]}"})
  [[ $dry_run == false ]] || target_arguments+=(--dry-run)
  [[ $check == false ]] || target_arguments+=(--check)
  [[ $release == false ]] || target_arguments+=(--release)
  [[ $verify == false ]] || target_arguments+=(--verify)
  [[ -z $direction ]] || target_arguments+=(--direction "$direction")
  [[ $init == false ]] || target_arguments+=(--init)
  [[ $yes == false ]] || target_arguments+=(--yes)
  [[ $ci == false ]] || target_arguments+=(--ci)
  [[ $verbose == false ]] || target_arguments+=(--verbose)
  [[ $quiet == false ]] || target_arguments+=(--quiet)
  [[ -z $events_to ]] || target_arguments+=(--events fd:7)
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
    LOCKSTEP_WATCHED=$lockstep_watched as_the_user \
    bash "$script" ${every_target_by:+"${names[$1]}"} "${target_arguments[@]}" </dev/null >&2 5>&- &
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

# stop_targets SIGNAL CODE: pass it on and let every target put its changes back.
stop_targets() {
  local index
  trap '' HUP INT PIPE QUIT TERM
  exec 2>&6
  [[ $outcome == starting ]] || outcome=interrupted
  ! is_function while_stopping || while_stopping
  for index in ${held[@]+"${!held[@]}"}; do
    pids[index]=${held[index]}
  done
  # The newest first; and those that can write the same files one by one.
  for index in ${started[@]+"${started[@]}"}; do
    [[ -n ${pids[index]:-} ]] || continue
    kill "-$1" "${pids[index]}" 2>/dev/null || :
    [[ -n ${target_locks[index]} ]] || continue
    codes[index]=0
    wait "${pids[index]}" || codes[index]=$?
    unset "pids[$index]"
  done
  for index in ${pids[@]+"${!pids[@]}"}; do
    codes[index]=0
    wait "${pids[index]}" || codes[index]=$?
  done
  die "$2" ''
}

# end_targets: the merged report; the exit code is the worst of all.
end_targets() {
  local index result results='' total=0 report duration now
  local successful=0 current=0 changing=0 unknown=0
  trap '' HUP INT PIPE QUIT TERM
  trap - EXIT
  set +e
  if [[ $outcome == starting ]]; then
    [[ -z $message ]] || warn "$program: $message"
    exit "$exit_code"
  fi
  case $outcome in
    refused | checking) when_refused ;;
    *) [[ -z $message ]] || warn "$program: $message" ;;
  esac
  # What ended this program counts too.
  codes[${#names[@]}]=$exit_code
  worst_code
  for index in "${selected[@]}"; do
    result=
    [[ ! -s $run_dir/result.$index ]] || result=$(<"$run_dir/result.$index")
    [[ -n $result ]] || continue
    total=$((total + 1))
    results+=${results:+,}$result
    count_result "$index"
  done
  now_milliseconds now
  seconds_between duration "$run_started" "$now"
  report_json report "$results" "$total" "$successful" "$duration"
  # A run that only met a lock leaves the records to the one that holds it.
  if ((exit_code == 6)); then
    [[ $json == false ]] || printf '%s\n' "$report"
  else
    write_report "$report"
    (add_history "$results") || :
  fi
  ((total < 2)) || say_total
  [[ ! -d $run_dir ]] || rm -rf -- "$run_dir"
  exit "$exit_code"
}

# count_result INDEX: one more of what came of the targets.
count_result() {
  local status success code
  read -r status success code <"$run_dir/result.$1.words"
  [[ $success != true ]] || successful=$((successful + 1))
  case $status in
    unchanged) current=$((current + 1)) ;;
    would_run) changing=$((changing + 1)) ;;
    cannot_know) unknown=$((unknown + 1)) ;;
    failed) [[ $check == false || $code != 8 ]] || changing=$((changing + 1)) ;;
    *) ;;
  esac
}

# say_total: the last line.
say_total() {
  local failed=$((total - current - changing - unknown)) text=''
  if [[ $dry_run == false ]]; then
    say "$successful of $total targets done ($duration s)"
  elif [[ $check == true ]]; then
    say_counts verify 'in sync' 'out of sync'
  else
    say_counts 'dry run' 'up to date' 'would run'
  fi
}

# say_counts WHAT CURRENT CHANGING: the words of what there is none of are left out.
say_counts() {
  ((current == 0)) || text+=", $current $2"
  ((changing == 0)) || text+=", $changing $3"
  ((unknown == 0)) || text+=", $unknown unknown"
  ((failed == 0)) || text+=", $failed failed"
  say "$1: ${text#, } ($duration s)"
}

# worst_code: of all targets, in the order of the contract.
worst_code() {
  local code index
  for code in 7 143 141 131 130 129 5 1 3 4 6 8 2; do
    for index in ${codes[@]+"${!codes[@]}"}; do
      if ((codes[index] == code)); then
        exit_code=$code
        return 0
      fi
    done
  done
  exit_code=0
  for index in ${codes[@]+"${!codes[@]}"}; do
    ((codes[index] == 0)) || exit_code=1
  done
}
