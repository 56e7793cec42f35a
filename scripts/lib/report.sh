# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# The result of a target, the report of a run, and the line in the history.

# output created|changed|removed PATH: for steps; stands in the report.
output() {
  printf '%s %s\n' "$1" "${2//$'\n'/%0A}" >>"$run_dir/outputs"
}

# outputs_json NAME KIND: set NAME to the JSON array of what was KIND.
outputs_json() {
  local kind path paths=''
  if [[ -s $run_dir/outputs && $outcome != failed ]]; then
    while IFS= LC_ALL=C read -r path; do
      kind=${path%% *}
      path=${path#* }
      [[ $kind != "$2" ]] || paths+=${paths:+$'\n'}$path
    done < <(LC_ALL=C sort -u "$run_dir/outputs")
  fi
  json_list "$1" "$paths"
}

# result_json NAME: set NAME to the JSON object about this target's run.
result_json() {
  local text changed=false success=false created='' rewritten='' removed=''
  local steps failures backup=null
  case $status in
    done | unchanged | would_run | skipped) success=true ;;
    *) ;;
  esac
  json_string text "$message"
  outputs_json created created
  outputs_json rewritten changed
  outputs_json removed removed
  [[ $created$rewritten$removed == '[][][]' ]] || changed=true
  steps_json steps
  failures_json failures
  [[ -z $backup_made ]] || backup="\"$store/$target/$backup_made\""
  printf -v "$1" '%s' "{\"target\":\"$target\",\"direction\":\"$direction\",\"success\":$success,\"status\":\"$status\",\"exit_code\":$exit_code,\"message\":$text,\"duration\":$duration,\"changed\":$changed,\"outputs_created\":$created,\"outputs_changed\":$rewritten,\"outputs_removed\":$removed,\"verification_passed\":$verification_passed,\"verification\":$verification,\"backup\":$backup,\"commit\":null,\"failures\":$failures,\"steps\":$steps}"
}

steps_json() {
  local index title reason list=''
  for index in ${step_ids[@]+"${!step_ids[@]}"}; do
    [[ -n ${step_states[index]} ]] || continue
    json_string title "${step_titles[index]}"
    json_string reason "${step_reasons[index]}"
    list+=${list:+,}"{\"id\":\"${step_ids[index]}\",\"title\":$title,\"status\":\"${step_states[index]}\",\"exit_code\":${step_codes[index]},\"seconds\":${step_durations[index]},\"reason\":$reason}"
  done
  printf -v "$1" '[%s]' "$list"
}

failures_json() {
  local item reason list=''
  if [[ -s $run_dir/failures ]]; then
    while IFS=$'\t' LC_ALL=C read -r reason item; do
      json_string item "$item"
      json_string reason "$reason"
      list+=${list:+,}"{\"item\":$item,\"reason\":$reason}"
    done < <(LC_ALL=C sort -t $'\t' -k 2 "$run_dir/failures")
  fi
  printf -v "$1" '[%s]' "$list"
}

# report_json NAME RESULTS TOTAL SUCCESSFUL DURATION: the report of a run.
report_json() {
  printf -v "$1" '%s' "{\"timestamp\":\"$timestamp\",\"run\":\"$run_id\",\"total_targets\":$3,\"successful\":$4,\"failed\":$(($3 - $4)),\"total_duration\":$5,\"dry_run\":$dry_run,\"exit_code\":$exit_code,\"results\":[$2]}"
}

# write_report REPORT: to the reports folder unless this is a dry run, to
# --report, and to standard output with --json.
write_report() {
  local beside
  if [[ $dry_run == false ]]; then
    make_private_folder .insightpulse/reports
    for beside in "$run_id" latest; do
      beside=.insightpulse/reports/$beside.json
      printf '%s\n' "$1" >"$beside.new" && mv -f -- "$beside.new" "$beside"
    done
  fi
  [[ -z $report_file ]] || printf '%s\n' "$1" >"$report_file"
  [[ $json == false ]] || printf '%s\n' "$1"
}

# add_history RESULTS: one line a run.
add_history() {
  [[ $dry_run == true ]] ||
    history_line "\"verb\":\"$verb\",\"exit_code\":$exit_code,\"results\":[$1]"
}

# ledger EVENT WHAT REASON: one line for a backup or run that was dealt with.
ledger() {
  local what why
  json_string what "$2"
  json_string why "$3"
  history_line "\"event\":\"$1\",\"target\":\"$target\",\"what\":$what,\"reason\":$why"
}

# history_line FIELDS: under a lock of its own.
history_line() {
  local who where at entry owner
  json_string who "${USER:-$(id -un)}"
  json_string where "${HOSTNAME:-unknown}"
  now_utc at %Y-%m-%dT%H:%M:%SZ
  if try_lock entry history 10; then
    printf '{"run":"%s","at":"%s","who":%s,"where":%s,%s}\n' \
      "$run_id" "$at" "$who" "$where" "$1" >>.insightpulse/state/history.jsonl || :
    release_lock "$entry"
  else
    warn "history: $owner has held its lock for 10 s; this run is not in it"
  fi
}
