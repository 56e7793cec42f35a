# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# Has the schedule of a target passed without a run?

# is_overdue INDEX: more than the longest gap of its schedule since last_at, or, where
# it never ran, since it was first awaited? Schedulers may be late: a quarter of an
# hour is.
is_overdue() {
  local since=$last_at now
  [[ -n ${longest_gaps[$1]} ]] || return 1
  [[ -n $since ]] || first_awaited since "$1"
  [[ -n $since ]] || return 1
  epoch_of since "$since"
  now_milliseconds now
  ((now / 1000 - since > longest_gaps[$1] + 900))
}

# first_awaited NAME INDEX: set NAME to the time since when somebody here counts on
# its schedule, as it is now: since "notify --overdue" saw it first, or since it was
# installed by "schedule". Elsewhere another machine may run it.
first_awaited() {
  read_record ".insightpulse/state/awaited/${names[$2]}"
  [[ $record_rest == "${schedules[$2]}" ]] || record_at=
  printf -v "$1" '%s' "$record_at"
}

# await_first_run INDEX: from now on, unless somebody does already.
await_first_run() {
  local since
  [[ -z $last_at && -n ${longest_gaps[$1]} && -w .insightpulse ]] || return 0
  first_awaited since "$1"
  [[ -z $since ]] || return 0
  now_utc since %Y-%m-%dT%H:%M:%SZ
  make_private_folder .insightpulse/state
  # Who cannot note it still tells of the others.
  {
    mkdir -p .insightpulse/state/awaited &&
      printf '%s %s\n' "$since" "${schedules[$1]}" >".insightpulse/state/awaited/${names[$1]}"
  } 2>/dev/null || warn "${names[$1]}: .insightpulse/state/awaited cannot be written, so it is never overdue before it ran"
}
