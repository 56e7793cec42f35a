# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# A look that is repeated until a signal comes.

# check_watch SECONDS: as --watch has them.
check_watch() {
  [[ $1 =~ ^[1-9][0-9]{0,4}$ ]] || usage_error "--watch $1 is not a number of whole seconds from 1 to 99999"
}

# watch_again SECONDS LOOK: LOOK sets frame; what it waits for meanwhile is awaited. At a
# terminal each takes the place of the one before, and what was seen last stays; elsewhere,
# and with --json, they follow each other.
watch_again() {
  local frame='' rows width awaited='' on_screen=false
  trap 'stop_watching 129' HUP
  trap 'stop_watching 130' INT
  trap 'stop_watching 131' QUIT
  trap 'stop_watching 141' PIPE
  trap 'stop_watching 143' TERM
  hold_lifeline
  if [[ -t 1 && $json == false ]]; then
    on_screen=true
    # Another screen, without a cursor.
    printf '\033[?1049h\033[?25l'
  fi
  while :; do
    screen_width width
    "$2"
    if [[ $on_screen == true ]]; then draw_frame "$1"; else printf '%s\n' "$frame"; fi
    sleep "$1" &
    awaited=$!
    wait "$awaited" || :
    awaited=
  done
}

# draw_frame SECONDS: as much of frame as there is room for.
draw_frame() {
  local line text='' count=0 more='' now end=$'\033[K\r\n'
  rows=$(stty size 2>/dev/null </dev/tty) || :
  rows=${rows%% *}
  now_utc now %Y-%m-%dT%H:%M:%SZ
  while IFS= read -r line; do
    count=$((count + 1))
    fit line "$width" "$line"
    ((count > ${rows:-24} - 2)) || text+=$line$end
  done <<<"$frame"
  ((count <= ${rows:-24} - 2)) || more="$((count - ${rows:-24} + 2)) more lines; "
  fit line "$width" "$more$now, every $1 s; Ctrl-C ends"
  printf '\033[H%s' "$text$end$line"$'\033[J'
}

# stop_watching CODE
stop_watching() {
  trap '' HUP INT PIPE QUIT TERM
  if [[ -n $awaited ]]; then
    kill "$awaited" 2>/dev/null || :
    wait "$awaited" || :
  fi
  if [[ $on_screen == true ]]; then
    printf '\033[?25h\033[?1049l'
    [[ -z $frame ]] || printf '%s\n' "$frame"
  fi
  finish "$1"
}
