# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# The report of a run.

# The gates of a run of several targets, as JSON.
run_gates=

# report_json NAME RESULTS TOTAL SUCCESSFUL DURATION: the report of a run.
report_json() {
  printf -v "$1" '%s' "{\"timestamp\":\"$timestamp\",\"run\":\"$run_id\",\"total_targets\":$3,\"successful\":$4,\"failed\":$(($3 - $4)),\"total_duration\":$5,\"dry_run\":$dry_run,\"exit_code\":$exit_code,${stale:+\"stale\":$stale,}${run_gates:+\"gates\":$run_gates,}\"results\":[$2]}"
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
