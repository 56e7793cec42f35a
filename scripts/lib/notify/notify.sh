# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# Who is told how a run went. The own part of a program says it, in a function that
# is called with start, end, test, "overdue WHY" or "refused WHY":
#
#   tell_others() {
#     notify_about "$1" || return 0
#     notify 'failure recovery' notify_slack "${SLACK_WEBHOOK:-}"
#     notify heartbeat notify_heartbeat "${HEARTBEAT_URL:-}"
#     notify_over
#   }
#
# It is called in ( ), and what goes wrong changes nothing in how the run ended; it is
# said.

# Seconds for one attempt to reach somebody.
notify_seconds=10
# After so many seconds a failure that goes on is told again.
notify_again_seconds=86400
# What is said after the program where it alone does not go on.
program_words=

# notify_about MOMENT: is there anything to tell? Sets
#   notify_events  all that holds: failure, change, overdue, heartbeat, always
#   notify_lines   the end of the log
#   notify_next    the program that goes on
#   notify_folder  for this one time
notify_about() {
  local owner
  notify_moment=${1%% *}
  notify_events=
  notify_lines=
  notify_next=
  notify_missed=0
  notify_number=0
  case $notify_moment in
    start)
      [[ $dry_run == false ]] && has_heartbeat || return 1
      notify_events=heartbeat
      ;;
    test)
      notify_events='failure recovery change always overdue'
      message='Whoever reads this is told when something happens.'
      ;;
    overdue)
      notify_events='overdue always'
      notify_next=generated/$program
      message=${1#overdue }
      ;;
    refused)
      exit_code=4
      notify_events='failure always heartbeat'
      notify_next=generated/sync.sh
      message=${1#refused }
      ;;
    *) notify_judge_end || return 1 ;;
  esac
  owner_mark owner
  if ! notify_folder=$(mktemp -d "${TMPDIR:-/tmp}/lockstep.$owner.XXXXXX" 2>/dev/null) || ! mkdir "$notify_folder/work"; then
    warn "$target: nobody could be told: no folder can be made in ${TMPDIR:-/tmp}"
    return 1
  fi
}

# has_heartbeat: a backup or a rollback is no sign that the schedule is kept.
has_heartbeat() {
  [[ $verb != backup && $verb != rollback ]]
}

# notify_judge_end: what the end of a run is to others.
notify_judge_end() {
  # Nothing was done; another run is at work; or the person who ended it knows.
  [[ $dry_run == false ]] && ((exit_code != 6 && exit_code != 130)) || return 1
  # Who typed it knows.
  has_heartbeat || ((exit_code != 2)) || return 1
  # A target that a rollback holds neither failed nor works.
  if [[ $verb == 'sync' && $exit_code -eq 0 ]] && is_held '*'; then
    notify_events=heartbeat
  elif ((exit_code == 0 || exit_code == 8)); then
    notify_events='always heartbeat recovery'
    # What a backup changes is the store alone.
    [[ $status != 'done' || $verb == backup ]] || notify_events+=' change'
  else
    notify_events='always heartbeat failure'
    notify_next=generated/$program$program_words
    notify_log notify_lines
  fi
  has_heartbeat || notify_events=${notify_events/ heartbeat/}
}

# notify_log NAME: set NAME to the last lines that this run has logged, but for its
# message.
notify_log() {
  local its_end
  [[ -n $log_file && -e $log_file ]] || return 0
  status_text its_end
  last_lines "$1" <(LC_ALL=C start="== $timestamp run $run_id: " end="$target: ${its_end%%$'\n'*}" awk '
    index($0, ENVIRON["start"]) == 1 { here = 1; next }
    here && index($0, ENVIRON["end"]) == 1 { exit }
    here { print }' "$log_file") 10
}

# notify EVENTS FUNCTION PLACE [MORE]: by FUNCTION, one of channels.sh, if one of
# EVENTS holds. What is remembered of a failure is each channel's own.
notify() {
  local event wanted='' problem record notify_event='' notify_title=$target
  notify_number=$((notify_number + 1))
  record=.insightpulse/state/notified/$verb-$target/$notify_number
  [[ $notify_moment != overdue ]] || record+=.overdue
  [[ $notify_moment != end ]] || rm -f -- "$record.overdue"
  for event in $1; do
    if [[ " $notify_events " == *" $event "* ]] && notify_is_new "$event" "$record"; then
      wanted=$event
      break
    fi
  done
  if [[ -z $wanted ]]; then
    [[ $notify_moment != end || " $notify_events " != *' recovery '* ]] || rm -f -- "$record"
    return 0
  fi
  notify_name_event "$wanted" "$record"
  notify_hide "$2" "$3"
  if [[ -z $3 ]]; then
    problem='its address is not set'
  elif problem=$("$2" "${@:3}" 2>"$notify_folder/errors"); then
    notify_remember "$record"
    [[ $notify_moment != 'test' ]] || warn "$target: ${2#notify_}: told"
    return 0
  fi
  notify_missed=$((notify_missed + 1))
  [[ -n $problem || ! -s $notify_folder/errors ]] || problem=$(tail -n 1 -- "$notify_folder/errors")
  problem="$target: ${2#notify_} could not be told: ${problem:-no reason given}"
  mask problem
  log_line "$problem"
  warn "$problem"
}

# notify_is_new EVENT RECORD: is it to be told? A failure, or that a target is overdue, is,
# unless it was less than a day ago; a recovery is where a failure was.
notify_is_new() {
  local told now
  [[ $notify_moment != 'test' ]] || return 0
  read_record "$2"
  case $1 in
    failure | overdue)
      [[ -n $record_at && $record_rest == "$(notify_reason)" ]] || return 0
      epoch_of told "$record_at"
      now_milliseconds now
      ((now / 1000 - told >= notify_again_seconds))
      ;;
    recovery) [[ -n $record_at ]] ;;
    *) ;;
  esac
}

# notify_reason: print what tells this failure from another: neither numbers nor ids.
notify_reason() {
  printf '%s' "$exit_code ${message//[0-9a-f]/}" | hash_text
}

# notify_name_event EVENT RECORD: set notify_event to the word for what happened, and
# notify_title to what is said of it in a few words; message has the rest.
notify_name_event() {
  [[ $verb == 'sync' ]] || notify_title="$verb of $target"
  case $notify_moment in
    start) notify_event=start ;;
    test)
      notify_event='test'
      notify_title+=': a test message'
      ;;
    overdue)
      notify_event=overdue
      notify_title+=' is overdue'
      ;;
    *)
      if [[ " $notify_events " == *' failure '* ]]; then
        notify_event=failure
        notify_title+=' failed'
      elif [[ $1 == recovery || -e $2 ]]; then
        notify_event=recovery
        notify_title+=' works again'
      elif [[ " $notify_events " == *' change '* ]]; then
        notify_event=change
        notify_title+=' changed something'
      else
        notify_event=success
        notify_title+=' has run'
      fi
      ;;
  esac
}

# notify_hide FUNCTION PLACE: whoever knows an address can write there; what a server
# answers may have its path alone.
notify_hide() {
  case $1 in
    notify_command | notify_email) ;;
    *) add_secret "$2"$'\n'"${2#*://*/}" ;;
  esac
}

# notify_remember RECORD: what was told; a failure is forgotten once all is well.
notify_remember() {
  case $notify_event in
    failure | overdue)
      [[ -w .insightpulse ]] || return 0
      make_private_folder .insightpulse/state
      mkdir -p -- "${1%/*}" && printf '%s %s\n' "$timestamp" "$(notify_reason)" >"$1"
      ;;
    recovery) rm -f -- "$1" ;;
    *) ;;
  esac
}

# notify_over: fails if somebody could not be told.
notify_over() {
  rm -rf -- "$notify_folder"
  ((notify_missed == 0))
}
