# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# A step, from its beginning to its end.

# step_body ITEMS: the step in hand, for each item if it is a pool.
step_body() {
  if [[ -n $1 ]]; then
    run_pool "$run_dir/work/$1"
  else
    save_for "$step_id"
    "$step_id"
  fi
}

announce_steps() {
  local index title
  for index in ${step_ids[@]+"${!step_ids[@]}"}; do
    short_json title "${step_titles[index]}"
    emit step_planned "\"id\":\"${step_ids[index]}\",\"title\":$title"
  done
}

run_steps() {
  for step_index in ${step_ids[@]+"${!step_ids[@]}"}; do
    run_step
  done
}

# run_step: the step at step_index, to its end; a failed one ends the run.
run_step() {
  local title items attempts attempt=1 text
  step_id=${step_ids[step_index]}
  now_milliseconds step_started
  short_json title "${step_titles[step_index]}"
  emit step_start "\"id\":\"$step_id\",\"title\":$title"
  setting items items
  if is_function "${step_id}_when" && ! "${step_id}_when"; then
    end_step skipped "$skip_reason" 0
    return 0
  fi
  if [[ $dry_run == true ]] && ! runs_in_dry_run; then
    tell_would_run "$items"
    return 0
  fi
  setting attempts retry
  while :; do
    run_in_group "$step_id" step_body "$items"
    ((step_status != 0 && attempt < ${attempts:-1})) || break
    # The next attempt saves anew, so it must find things as they were.
    put_back_step || break
    sleep "$((attempt * 2))"
    attempt=$((attempt + 1))
  done
  if ((step_status != 0)); then
    read_reason text "$step_id" "$step_status"
    mask_found text
    # The last line of the run says why.
    end_step failed "$text" "$step_status" ''
    stop_run "$text"
  fi
  setting text capture
  [[ -z $text ]] || printf -v "$text" '%s' "$(<"$run_dir/work/$text")"
  text=
  [[ ! -e $run_dir/notes/$step_id ]] || text=$(<"$run_dir/notes/$step_id")
  if [[ $dry_run == true && ${step_kinds[step_index]} == changes ]]; then
    end_dry_run
  elif [[ -e $run_dir/failed/$step_id ]]; then
    end_step failed "$text" 1
  else
    end_step ok "$text" 0
  fi
}

# put_back_step: what the step in hand has changed so far.
put_back_step() {
  local set status=0
  for set in "$run_dir/saved/$step_id" "$run_dir/saved/$step_id".*; do
    put_back_saved "${set##*/}" || status=1
  done
  return "$status"
}

# stop_run REASON: the step in hand failed; with the last lines that it printed.
stop_run() {
  local lines='' code=1
  [[ ! -s $run_dir/out/$step_id ]] || last_lines lines "$run_dir/out/$step_id" 20
  case ${step_kinds[step_index]} in
    # A dry run has changed nothing, so there is nothing to put back.
    checks)
      code=5
      [[ $dry_run == false ]] || code=8
      ;;
    guards)
      code=4
      outcome=refused
      ;;
    *) ;;
  esac
  [[ $no_room == false ]] || code=3
  [[ ! -s $run_dir/exit_code ]] || code=$(<"$run_dir/exit_code")
  # What fail_step said is the last of them.
  lines=${lines%"$1"}
  lines=${lines%$'\n'}
  die "$code" "${step_titles[step_index]}: $1${lines:+$'\n'$lines}"
}
