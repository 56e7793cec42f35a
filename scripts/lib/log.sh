# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# The log: everything that steps printed, masked, a file a target and day,
# kept 30 days.

log_file=

# open_log: no log in a dry run.
open_log() {
  local day
  [[ $dry_run == false ]] || return 0
  now_utc day %Y%m%d
  make_private_folder .insightpulse/logs
  log_file=.insightpulse/logs/$target-$day.log
  if [[ ! -e $log_file ]]; then
    find .insightpulse/logs -name '*.log' -mtime +30 -exec rm -f {} +
  fi
}

# log_line TEXT: TEXT is masked already.
log_line() {
  [[ -z $log_file ]] || printf '%s\n' "$1" >>"$log_file" || :
}

# log_output FILE: copy what a step printed into the log, and to the screen
# with --verbose. With --verbose it runs beside the step and ends once the step
# has and FILE.ended exists: a writer that never closes FILE cannot hold it up.
log_output() {
  local line='' part ended=false
  while :; do
    [[ $verbose == false || -e $1.ended ]] && ended=true
    while IFS= read -r part; do
      line+=$part
      log_output_line
    done
    line+=$part
    [[ $ended == false ]] || break
    sleep 0.2
  done <"$1"
  [[ -z $line ]] || log_output_line
}

log_output_line() {
  mask line
  log_line "$line"
  [[ $verbose == false ]] || printf '  | %s\n' "$line" >&2 || :
  line=
}

# last_lines NAME FILE COUNT: set NAME to the last COUNT lines of FILE, masked.
last_lines() {
  local its_text
  its_text=$(tail -n "$3" -- "$2" | tr -d '\000')
  mask its_text
  printf -v "$1" '%s' "$(printf '%s\n' "$its_text" | cut -c 1-400)"
}
