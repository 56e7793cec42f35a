# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# The global gates of a run of several targets, each once: those before the
# sync before the first target, the others after the last. The targets wait for
# them before they commit, and put back what they did if one fails. A run of one
# target leaves them to that target's program.

# guard_targets: the steps that global_guards plans; one that fails ends the run
# before any target was started.
guard_targets() {
  ((${#selected[@]} > 1)) || return 0
  target=gates
  read_dotenv .env
  collect_secrets
  encode_secrets
  require_guarded_names
  mkdir -- "$run_dir"/{work,out,reasons,notes,failed}
  lockstep_gates=$run_id
  emit run_start "\"direction\":\"${direction:-pull}\",\"dry_run\":$dry_run"
  global_guards
  announce_steps
  run_steps
  end_gates unchanged 0
}

# check_targets: the steps that global_checks plans, if a target waits for them or
# all went well.
check_targets() {
  local index first=${#step_ids[@]}
  ((${#selected[@]} > 1)) || return 0
  # In a dry run nothing waits, and all that only reads is of use.
  if [[ ${#held[@]} -eq 0 && $dry_run == false ]]; then
    for index in "${selected[@]}"; do
      case ${codes[index]} in 0 | 8) ;; *) return 0 ;; esac
    done
  fi
  target=gates
  outcome=checking
  emit run_start "\"direction\":\"${direction:-pull}\",\"dry_run\":$dry_run"
  global_checks
  announce_steps
  for ((step_index = first; step_index < ${#step_ids[@]}; step_index++)); do
    run_step
  done
  end_gates unchanged 0
  outcome=running
  release_targets
}

# release_targets [REASON]: one after the other goes on, unless one that it
# depends on failed then; with REASON, the last one first, puts back what it did.
release_targets() {
  local index depends_state reason order=()
  for index in ${started[@]+"${started[@]}"}; do
    [[ -n ${held[index]:-} ]] || continue
    if [[ -n ${1:-} ]]; then
      order+=("$index")
    else
      order=("$index" ${order[@]+"${order[@]}"})
    fi
  done
  for index in ${order[@]+"${order[@]}"}; do
    reason=${1:-}
    if [[ -z $reason ]]; then
      judge_dependencies "$index"
      [[ $depends_state == ready ]] || reason="$depends_state failed"
    fi
    printf '%s' "$reason" >"$run_dir/result.$index.verdict.new"
    mv -f -- "$run_dir/result.$index.verdict.new" "$run_dir/result.$index.verdict"
    codes[index]=0
    wait "${held[index]}" || codes[index]=$?
    unset "held[$index]"
  done
}

# end_gates STATUS CODE: what the gates said goes into the report of the run.
end_gates() {
  gates_json run_gates
  emit run_end "\"status\":\"$1\",\"exit_code\":$2,\"report\":\".insightpulse/reports/$run_id.json\""
  target=
}

# all_go DIRECTION: do all selected targets go that way?
all_go() {
  local index way
  for index in "${selected[@]}"; do
    way=${target_directions[index]}
    [[ $way != bidirectional || -z $direction ]] || way=$direction
    [[ $way == "$1" ]] || return 1
  done
}

# stop_gate: end the gate that is running.
stop_gate() {
  [[ -z $step_group ]] || stop_group "$step_group"
}

# fail_gates: a gate has ended the run.
fail_gates() {
  local index status=refused
  end_gates failed "$exit_code"
  [[ $check == false || $exit_code -ne 8 ]] || message+="; to settle it: generated/$program"
  warn "$message"
  if [[ $outcome == refused ]]; then
    [[ $exit_code -eq 4 ]] || status=failed
    for index in "${selected[@]}"; do
      skip_target "$index" "$status" "$exit_code" "${message%%$'\n'*}"
      [[ ${telling[index]} == false || $dry_run == true ]] || tell_by_target "$index" "refused $message" || :
    done
  else
    codes[${#names[@]}]=$exit_code
    release_targets "${message%%$'\n'*}"
  fi
}
