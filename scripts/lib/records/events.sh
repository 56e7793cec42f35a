# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# The event stream (--events): one JSON object a line, for whoever watches.

events_open=false

# open_events: file descriptor 7 is the stream.
open_events() {
  [[ $events_open == false ]] || return 0
  case $events_to in
    '') ;;
    fd:*)
      { eval "exec 7>&${events_to#fd:}"; } 2>/dev/null ||
        die 2 "--events $events_to: that descriptor is not open"
      # Whatever is started must not hold it open.
      case ${events_to#fd:} in
        0 | 1 | 2 | 7) ;;
        *) eval "exec ${events_to#fd:}>&-" ;;
      esac
      ;;
    *)
      { exec 7>>"$events_to"; } 2>/dev/null ||
        die 3 "--events $events_to: cannot be written"
      ;;
  esac
  events_open=true
}

# emit EVENT FIELDS: FIELDS is JSON without braces. One printf of at most 512
# bytes, the least that every pipe keeps whole.
emit() {
  local at
  [[ -n $events_to && $events_open == true ]] || return 0
  now_utc at %Y-%m-%dT%H:%M:%SZ
  printf '{"event":"%s","run":"%s","target":"%s","at":"%s"%s}\n' \
    "$1" "$run_id" "$target" "$at" "${2:+,$2}" >&7 || :
}

# short_json NAME TEXT: as json_string, cut so that an event stays a line of
# at most 512 bytes.
short_json() {
  local short=${2:0:160}
  [[ $short == "$2" ]] || short+=...
  json_string "$1" "$short"
  while ((${#short} > 3)) && json_longer_than "${!1}" 200; do
    short=${short:0:${#short}/2}...
    json_string "$1" "$short"
  done
}

json_longer_than() {
  local LC_ALL=C
  ((${#1} > $2))
}

# progress DONE TOTAL NOTE: how far the step in hand is.
progress() {
  local note
  if [[ -t 6 && $quiet == false ]]; then
    printf '\r\033[K%s: %d of %d  %s' "$target" "$1" "$2" "$3" >&6 || :
  fi
  [[ -n $events_to ]] || return 0
  short_json note "$3"
  emit step_progress "\"id\":\"$step_id\",\"done\":$1,\"total\":$2,\"note\":$note"
}
