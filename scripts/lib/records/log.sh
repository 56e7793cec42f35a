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
    forget_recovered
  fi
}

# log_line TEXT: TEXT is masked already.
log_line() {
  [[ -z $log_file ]] || printf '%s\n' "$1" >>"$log_file" || :
}

# log_output FILE: copy what a step has printed into the log.
log_output() {
  pass_output "$1" log_line true
}

# show_lines TEXT: what a step prints, while it runs.
show_lines() {
  local break=$'\n'
  printf '  | %s\n' "${1//$break/$break  | }" >&2 || :
}

# tell_last_line TEXT: the last line of what a step prints, for who watches it.
tell_last_line() {
  local line=${1%$'\n'} json
  line=${line##*$'\n'}
  printable line "${line##*$'\r'}"
  [[ -n $line ]] || return 0
  short_json json "$line"
  emit step_output "\"id\":\"$step_id\",\"line\":$json"
}

# pass_output FILE FUNCTION ENDED: call FUNCTION with the lines of FILE, masked,
# many at a time, until it has ended: the step, and FILE.ended exists. A writer that
# never closes FILE cannot hold it up.
pass_output() {
  local line='' part text='' size=0 key_lines=0 ended=$3 LC_ALL=C
  while :; do
    [[ ! -e $1.ended ]] || ended=true
    while IFS= read -r part; do
      line+=$part
      text+=$line$'\n'
      size=$((size + ${#line} + 1))
      follow_key "$line"
      line=
      ((size < 65536 || key_lines > 0)) || pass_text "$2"
    done
    line+=$part
    [[ $ended == false ]] || break
    ((key_lines > 0)) || pass_text "$2"
    kill -0 "$$" 2>/dev/null || return 0
    sleep 0.2 >/dev/null 2>&1 6>&- 7>&-
  done <"$1"
  text+=$line
  pass_text "$2"
}

pass_text() {
  [[ -n $text ]] || return 0
  text=${text%$'\n'}
  mask_found text
  "$1" "$text"
  text=
  size=0
}

# last_lines NAME FILE COUNT: set NAME to the last COUNT lines of FILE, masked.
last_lines() {
  local its_text
  its_text=$(tail -n "$3" -- "$2" | tr -d '\000')
  mask_found its_text
  printf -v "$1" '%s' "$(printf '%s\n' "$its_text" | cut -c 1-400)"
}
