# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# The end of a run of several targets: signals are passed on, the reports become
# one, and the exit code is the worst of all.

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
