# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# Who is told how a run went. The own part of a program says it, in a function that
# is called with start, end, test or "overdue WHY":
#
#   tell_others() {
#     notify_about "$1" || return 0
#     notify 'failure recovery' notify_slack "${SLACK_WEBHOOK:-}"
#     notify heartbeat notify_heartbeat "${HEARTBEAT_URL:-}"
#     notify_over
#   }
#
# What goes wrong here changes nothing in how the run ended; it is said.

# Seconds for one message, and for a command of the user's.
notify_seconds=10
# After so many seconds a failure that goes on is told again.
notify_again_seconds=86400

# notify_about MOMENT: is there anything to tell? Sets
#   notify_event   the word for it; notify_events has all that hold
#   notify_title   in a few words; message has the rest
#   notify_lines   the end of the log
#   notify_next    the program that goes on
#   notify_folder  for this one time
notify_about() {
  [[ $dry_run == false ]] || return 1
  notify_events=
  notify_lines=
  notify_next=
  notify_reached=0
  notify_missed=0
  notify_record=.insightpulse/state/notified/$verb-$target
  case $1 in
    start) notify_events=heartbeat ;;
    test)
      notify_event='test'
      notify_events='failure recovery change always overdue heartbeat'
      notify_title="$target: a test message"
      message='Whoever reads this is told when something happens.'
      ;;
    overdue*)
      notify_event=overdue
      notify_events=overdue
      notify_title="$target is overdue"
      notify_next=generated/$program
      message=${1#overdue }
      ;;
    *) notify_judge_end || return 1 ;;
  esac
  notify_moment=$1
  make_scratch notify_folder
  mkdir "$notify_folder/work"
}

# notify_judge_end: what the end of a run is to others.
notify_judge_end() {
  local was
  # Another run is at work, or the person who ended this one knows.
  ((exit_code != 6 && exit_code != 130)) || return 1
  notify_title="$target"
  [[ $verb == 'sync' ]] || notify_title="$verb of $target"
  notify_known was
  if ((exit_code == 0 || exit_code == 8)); then
    notify_event=success
    notify_events='always heartbeat'
    if [[ $status == 'done' ]]; then
      notify_event=change
      notify_events+=' change'
    fi
    if [[ -n $was ]]; then
      notify_event=recovery
      notify_events+=' recovery'
    fi
    case $notify_event in
      recovery) notify_title+=' works again' ;;
      change) notify_title+=' changed something' ;;
      *) notify_title+=' has run' ;;
    esac
  else
    notify_event=failure
    notify_events='always heartbeat'
    [[ $was == "$(notify_reason)" ]] || notify_events+=' failure'
    notify_title+=' failed'
    notify_next=generated/$program
    notify_log notify_lines
  fi
}

# notify_log NAME: set NAME to the last lines that this run has logged, but for its
# message.
notify_log() {
  local its_end
  [[ -n $log_file && -e $log_file ]] || return 0
  status_text its_end
  last_lines "$1" <(LC_ALL=C awk -v run=" run $run_id: " -v end="$target: ${its_end%%$'\n'*}" '
    /^== / { here = index($0, run); next }
    here && index($0, end) == 1 { exit }
    here { print }' "$log_file") 10
}

# notify_reason: print what tells this failure from another: neither numbers nor ids.
notify_reason() {
  printf '%s' "$exit_code ${message//[0-9a-f]/}" | hash_text
}

# notify_known NAME: set NAME to the reason of the failure that was told last, empty
# if there is none, or if that is long ago.
notify_known() {
  local its_told now
  read_record "$notify_record"
  printf -v "$1" '%s' "$record_rest"
  [[ -n $record_at && $exit_code -ne 0 ]] || return 0
  epoch_of its_told "$record_at"
  now_milliseconds now
  ((now / 1000 - its_told < notify_again_seconds)) || printf -v "$1" '%s' long_ago
}

# notify EVENTS FUNCTION PLACE [MORE]: by FUNCTION, one of channels.sh, if one of
# EVENTS holds.
notify() {
  local event wanted=false problem
  for event in $1; do
    [[ " $notify_events " != *" $event "* ]] || wanted=true
  done
  [[ $wanted == true ]] || return 0
  if [[ -z $3 ]]; then
    problem='its address is not set'
  elif ! problem=$("$2" "${@:3}" 2>"$notify_folder/errors"); then
    [[ -n $problem ]] || problem=$(tail -n 1 -- "$notify_folder/errors")
  else
    [[ $1 == heartbeat ]] || notify_reached=$((notify_reached + 1))
    [[ $notify_moment != test ]] || warn "$target: ${2#notify_}: told"
    return 0
  fi
  notify_missed=$((notify_missed + 1))
  problem="$target: ${2#notify_} could not be told: ${problem:-no reason given}"
  mask problem
  log_line "$problem"
  warn "$problem"
}

# notify_over: remember a failure that was told, and forget it once all is well. Fails
# if somebody could not be told.
notify_over() {
  rm -rf -- "$notify_folder"
  [[ $notify_moment != end || ! -w . ]] || notify_remember
  ((notify_missed == 0))
}

notify_remember() {
  if [[ " $notify_events " == *' failure '* ]]; then
    ((notify_reached > 0)) || return 0
    make_private_folder .insightpulse/state
    mkdir -p -- "${notify_record%/*}"
    printf '%s %s\n' "$timestamp" "$(notify_reason)" >"$notify_record"
  elif [[ $notify_event != failure ]] && ((notify_missed == 0)); then
    rm -f -- "$notify_record"
  fi
}
