# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# The verb status: once, or with --watch again and again in the place of what was
# there.

watch_seconds=

show_status() {
  local width
  outcome=starting
  exit_code=0
  run_dir=
  run_id=
  trap 'judge_end "$BASH_COMMAND"; end_status' EXIT
  targets
  parse_options "$@"
  select_targets
  find_scripts
  enter_root
  [[ -z $watch_seconds ]] || watch_status
  screen_width width
  show_targets
  finish "$exit_code"
}

# status_option ARGUMENT...: the options of the verb status.
status_option() {
  if [[ $1 != --watch ]]; then
    target_option "$@"
    return
  fi
  taken=1
  watch_seconds=5
  [[ ${2:-} =~ ^[0-9]+$ ]] || return 0
  [[ $2 =~ ^[1-9][0-9]{0,4}$ ]] || usage_error "--watch $2 is not a number of whole seconds from 1 to 99999"
  watch_seconds=$2
  taken=2
}

# watch_status: until a signal comes; what was seen last stays on the screen.
watch_status() {
  local frame='' rows sleeper=''
  [[ $json == false ]] || usage_error '--watch shows a screen, and --json none; call it again for each'
  [[ -t 1 ]] || usage_error '--watch needs a terminal; elsewhere call it again for each look'
  trap 'stop_watching 129' HUP
  trap 'stop_watching 130' INT
  trap 'stop_watching 131' QUIT
  trap 'stop_watching 143' TERM
  hold_lifeline
  # Another screen, without a cursor.
  printf '\033[?1049h\033[?25l'
  while :; do
    screen_width width
    set +e
    frame=$(
      set -e
      exec 2>&1
      trap 'judge_end "$BASH_COMMAND"; end_status' EXIT
      show_targets
      finish "$exit_code"
    )
    set -e
    draw_frame
    sleep "$watch_seconds" &
    sleeper=$!
    wait "$sleeper" || :
  done
}

# draw_frame: as much of frame as there is room for.
draw_frame() {
  local line text='' count=0 more='' now end=$'\033[K\r\n'
  rows=$(stty size 2>/dev/null </dev/tty) || :
  rows=${rows%% *}
  now_utc now %Y-%m-%dT%H:%M:%SZ
  while IFS= read -r line; do
    count=$((count + 1))
    ((count > ${rows:-24} - 2)) || text+=$line$end
  done <<<"$frame"
  ((count <= ${rows:-24} - 2)) || more="$((count - ${rows:-24} + 2)) more lines; "
  fit line "$width" "$more$now, every $watch_seconds s; Ctrl-C ends"
  printf '\033[H%s' "$text$end$line"$'\033[J'
}

# stop_watching CODE
stop_watching() {
  trap '' HUP INT PIPE QUIT TERM
  [[ -z $sleeper ]] || kill "$sleeper" 2>/dev/null || :
  printf '\033[?25h\033[?1049l'
  [[ -z $frame ]] || printf '%s\n' "$frame"
  finish "$1"
}
