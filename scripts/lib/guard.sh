# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# The global pre-sync gates of a run of several targets: once, before the first.

# guard_targets: run the steps that are planned; one that fails ends the run
# before any target was started.
guard_targets() {
  target=gates
  read_dotenv .env
  collect_secrets
  encode_secrets
  mkdir -- "$run_dir"/{work,out,reasons,notes,failed}
  emit run_start "\"direction\":\"${direction:-pull}\",\"dry_run\":$dry_run"
  announce_steps
  run_steps
  end_guard unchanged 0
  export LOCKSTEP_GATES=$run_id
}

# end_guard STATUS CODE: what the gates said goes into the report of the run.
end_guard() {
  gates_json run_gates
  emit run_end "\"status\":\"$1\",\"exit_code\":$2,\"report\":\".insightpulse/reports/$run_id.json\""
  target=
}

# all_go DIRECTION: do all selected targets go that way?
all_go() {
  local index
  for index in "${selected[@]}"; do
    [[ ${target_directions[index]} == "$1" ]] || return 1
  done
}

# stop_guard: end the gate that is running.
stop_guard() {
  [[ -z $step_group ]] || stop_group "$step_group"
}

# refuse_targets: a gate failed, so none is started.
refuse_targets() {
  local index
  end_guard refused 4
  warn "$message"
  for index in "${selected[@]}"; do
    skip_target "$index" "${message%%$'\n'*}" 4
  done
}
