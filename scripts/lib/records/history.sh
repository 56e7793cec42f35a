# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# The history: one line a run, and one for each backup or run that was dealt
# with: who, where, what, when.

# add_history RESULTS: one line a run.
add_history() {
  [[ $dry_run == true ]] ||
    history_line "\"verb\":\"$verb\",\"exit_code\":$exit_code,\"results\":[$1]"
}

# ledger EVENT WHAT REASON [FIELDS]: one line for a backup or run that was dealt with.
ledger() {
  local what why
  json_string what "$2"
  json_string why "$3"
  history_line "\"event\":\"$1\",\"target\":\"$target\",\"what\":$what,\"reason\":$why${4:+,$4}"
}

# history_line FIELDS: under a lock of its own, and in a line of its own, though
# the one before was cut off.
history_line() {
  local who where at entry owner end='' file=.insightpulse/state/history.jsonl
  json_string who "${LOGNAME:-${USER:-$(id -un)}}"
  json_string where "${HOSTNAME:-unknown}"
  now_utc at %Y-%m-%dT%H:%M:%SZ
  if try_lock entry history 10; then
    [[ -z $(tail -c 1 -- "$file" 2>/dev/null | tr '\000' x) ]] || end=$'\n'
    printf '%s{"run":"%s","at":"%s","who":%s,"where":%s,%s}\n' "$end" \
      "$run_id" "$at" "$who" "$where" "$1" >>"$file" || :
    release_lock "$entry"
  else
    warn "this run is not in the history: $(lock_owner_text "$owner")"
  fi
}
