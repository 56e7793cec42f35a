# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# The report of a run.

# The gates of a run of several targets, as JSON.
run_gates=

# report_json NAME RESULTS TOTAL SUCCESSFUL DURATION: the report of a run.
report_json() {
  printf -v "$1" '%s' "{\"timestamp\":\"$timestamp\",\"run\":\"$run_id\",\"total_targets\":$3,\"successful\":$4,\"failed\":$(($3 - $4)),\"total_duration\":$5,\"dry_run\":$dry_run,\"exit_code\":$exit_code,${stale:+\"stale\":$stale,}${run_gates:+\"gates\":$run_gates,}\"results\":[$2]}"
}

# write_report REPORT: to the reports folder unless this is a dry run, and to whoever
# asked for it.
write_report() {
  # Where nothing can be written, the end is told all the same.
  [[ $dry_run == true ]] || (keep_report "$1") || :
  give_report "$1"
}

# give_report REPORT: to --report, and to standard output with --json. Whoever does
# not get it is told, also by the exit code, if all else went well.
give_report() {
  local lost=''
  [[ -z $report_file ]] || { printf '%s\n' "$1" >"$report_file"; } 2>/dev/null || lost=$report_file
  [[ $json == false ]] || printf '%s\n' "$1" 2>/dev/null || lost='standard output'
  [[ -n $lost ]] || return 0
  warn "the report cannot be written to $lost"
  ((exit_code != 0 && exit_code != 8)) || exit_code=3
}

keep_report() {
  local beside
  make_private_folder .insightpulse/reports
  for beside in "$run_id" latest; do
    beside=.insightpulse/reports/$beside.json
    printf '%s\n' "$1" >"$beside.new" && mv -f -- "$beside.new" "$beside"
  done
}
