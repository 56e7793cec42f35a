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

# tell_last_lines FILE: the last line of what a step prints, while it runs and again and
# again, for who watches it. A line that may not be whole yet might hold half a secret.
tell_last_lines() {
  local line told='' json break=$'\n'
  while kill -0 "$$" 2>/dev/null; do
    sleep 0.5 >/dev/null 2>&1 6>&- 7>&-
    [[ -e $1 ]] || break
    line=$(last_part "$1" 2>/dev/null 6>&- 7>&-)
    [[ $line != "$told" ]] || continue
    told=$line
    line=${line%.}
    line=${line%"${line##*"$break"}"}
    mask_found line
    line=${line%"${line##*[!"$break"]}"}
    line=${line##*"$break"}
    printable line "${line:0:400}"
    [[ -n $line ]] || continue
    short_json json "$line"
    emit step_output "\"id\":\"$step_id\",\"line\":$json"
  done
}

# last_part FILE: print the end of FILE, in lines that are whole at their beginning, with
# a point behind it. What a carriage return would overwrite is a line of its own; what
# only colours and moves is left out.
last_part() {
  local LC_ALL=C escape=$'\033' bell=$'\007' break=$'\n' text
  text=$(tail -c 8192 -- "$1" | tr '\000' '\n' | tr '\r' '\n' && printf .)
  text=${text%.}
  ((${#text} < 8192)) || text=${text#"${text%%"$break"*}"}
  printf '%s' "$text" |
    sed -e "s/${escape}\\[[0-9;?]*[A-Za-z]//g" -e "s/${escape}\\][^$bell]*$bell//g" -e "s/${escape}[()][A-Za-z0-9]//g"
  printf .
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
