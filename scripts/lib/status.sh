# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# How the targets stand, from the records of their last runs.

outcome=starting
exit_code=0
message=
run_dir=
run_id=

show_status() {
  local index state lines='' next_at last_at last_status text
  local run_durations durations runs p50 p95 p99
  trap end_status EXIT
  targets
  parse_options "$@"
  select_targets
  enter_root
  run_durations=$(read_durations)
  [[ $json == true ]] || print_header "$(with_durations 'P50 P95 P99 (s)' STATE)"
  for index in "${selected[@]}"; do
    last_run "${names[index]}"
    next_run "${names[index]}"
    target_state "${names[index]}"
    percentiles "${names[index]}"
    if [[ $json == true ]]; then
      json_string text "$state"
      durations=null
      ((runs == 0)) || durations="{\"runs\":$runs,\"p50\":$p50,\"p95\":$p95,\"p99\":$p99}"
      lines+=${lines:+,}"{\"target\":\"${names[index]}\",\"direction\":\"${target_directions[index]}\",\"next_run\":\"$next_at\",\"last_run\":\"$last_at\",\"last_status\":\"$last_status\",\"durations\":$durations,\"state\":$text}"
    else
      ((runs > 0)) || p50=- p95='' p99=''
      print_target "$index" "$(with_durations "$p50 $p95 $p99" "$state")"
    fi
  done
  [[ $json == false ]] || printf '{"exit_code":%d,"targets":[%s]}\n' "$exit_code" "$lines"
}

with_durations() {
  printf '%-20s %s' "$1" "$2"
}

# target_state NAME: set state: running, interrupted, ok, or how it failed.
target_state() {
  local run entry
  state=ok
  case $last_status in
    '') state='never ran' ;;
    done | unchanged) ;;
    *) state="last run: ${last_status//_/ }" ;;
  esac
  for run in .insightpulse/state/runs/"$1"/*/; do
    [[ -d $run ]] || continue
    run=${run%/}
    for entry in .insightpulse/state/locks/"$1"/*."${run##*/}"; do
      if [[ -e $entry ]] && lock_owner_lives "${entry##*/}"; then
        state="running (run ${run##*/})"
        return 0
      fi
    done
    state="interrupted, will be undone (run ${run##*/})"
    exit_code=8
  done
}

end_status() {
  trap - EXIT
  [[ -z $message ]] || warn "$program: $message"
  exit "$exit_code"
}
