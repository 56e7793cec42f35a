# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# One run at a time: a lock is a folder, and a taker an empty file in it whose
# name says who it is: HOST.PID.BIRTH.RUN. A taker first makes its own file and
# then looks for others, so of two at once at least one sees the other; the
# smaller name goes first. Who has it says so with a second file, NAME.held.
# Only files of dead takers are removed, and by their own name, so nobody can
# remove the file of somebody who came in between.
#
# A taker on another machine cannot be asked whether it lives. One that does not
# get as far as .held counts as dead after a while, though it may only be slow:
# so a taker looks whether its own file is still there once it has said that it
# holds the lock, and whoever removed that file looks for .held once more.

lock_entry=
# With each target that can write the same paths there is one more lock, named by
# both; a program says which, in the one order in which all are taken.
common_locks=()
common_entries=()
# Seconds until one that is undecided counts as dead, where a taker that lives
# needs milliseconds; and how long to wait at least for those that are undecided.
lock_undecided=10
lock_patience=30

# take_lock NAME SECONDS: wait for at most SECONDS, then exit 6.
take_lock() {
  local owner
  try_lock lock_entry "$1" "$2" || die 6 "$(lock_owner_text "$owner")"
}

# take_common_locks SECONDS: the targets of one run share them: that run keeps them
# apart, and one that waits for the gates of all must not contain up the others.
take_common_locks() {
  local pair entry owner
  for pair in ${common_locks[@]+"${common_locks[@]}"}; do
    try_lock entry ".outputs/$pair" "$1" "$run_id" ||
      die 6 "${pair/+/ and } can write the same files, so they never run at the same time; $(lock_owner_text "$owner")"
    common_entries+=("$entry")
  done
}

release_locks() {
  local entry
  for entry in ${common_entries[@]+"${common_entries[@]}"} "$lock_entry"; do
    release_lock "$entry"
  done
  common_entries=()
  lock_entry=
}

# try_lock ENTRY NAME SECONDS [RUN]: set ENTRY to the file to remove later, or fail
# and set owner. Takers of RUN do not count.
try_lock() {
  local folder=.insightpulse/state/locks/$2 companions=${4:-} verdict own_entry started limit now
  local undecided=''
  make_private_folder .insightpulse/state
  [[ -d $folder ]] || mkdir -p -- "$folder" || die 3 "$folder: cannot be created"
  owner_mark own_entry
  own_entry=$folder/$own_entry.$run_id
  owner=
  now_milliseconds started
  printf -v "$1" '%s' "$own_entry"
  while :; do
    { : >"$own_entry"; } 2>/dev/null || die 3 "$folder: cannot be written"
    judge_lock "$own_entry"
    if [[ $verdict == ours ]]; then
      { : >"$own_entry.held"; } 2>/dev/null || die 3 "$folder: cannot be written"
      [[ ! -e $own_entry ]] || return 0
    fi
    [[ $verdict == 'wait' ]] || rm -f -- "$own_entry.held" "$own_entry"
    [[ $verdict != held ]] || ! waits_for_us "$owner" || break
    now_milliseconds now
    limit=$3
    [[ $verdict == held ]] || ((limit > lock_patience)) || limit=$lock_patience
    ((now - started < limit * 1000)) || break
    case $verdict in
      held) sleep 0.2 ;;
      wait) sleep 0.02 ;;
      *) sleep "0.0$((RANDOM % 9 + 1))" ;;
    esac
  done
  rm -f -- "$own_entry"
  printf -v "$1" '%s' ''
  return 1
}

# judge_lock ENTRY: set verdict to ours, or with owner to held, wait (for a later
# taker to step back) or back_off (for an earlier one).
judge_lock() {
  local other name LC_ALL=C
  verdict=ours
  for other in "${1%/*}"/*; do
    other=${other%.held}
    [[ $other != "$1" && (-e $other || -e $other.held) ]] || continue
    name=${other##*/}
    [[ -z $companions || $name != *."$companions" ]] || continue
    if ! lock_owner_lives "$name"; then
      rm -f -- "$other.held" "$other"
      continue
    fi
    [[ -e $other.held ]] || ! is_abandoned "$name" || rm -f -- "$other"
    if [[ -e $other.held ]]; then
      verdict=held
      owner=$name
      return 0
    elif [[ -e $other && $verdict != back_off ]]; then
      verdict='wait'
      [[ $name > ${1##*/} ]] || verdict=back_off
      owner=$name
    fi
  done
}

# is_abandoned NAME: of another machine, and undecided for so long?
is_abandoned() {
  local since now
  ! is_of_this_host "$1" || return 1
  now_milliseconds now
  if [[ $undecided == *" $1="* ]]; then
    since=${undecided#*" $1="}
    ((now - ${since%% *} >= lock_undecided * 1000))
  else
    undecided+=" $1=$now "
    return 1
  fi
}

# owner_mark NAME: set NAME to what names this process: HOST.PID.BIRTH.
owner_mark() {
  local birth LC_ALL=C
  process_birth birth "$$"
  printf -v "$1" '%s.%s.%s' "${HOSTNAME//[!A-Za-z0-9_-]/_}" "$$" "$birth"
}

is_of_this_host() {
  local LC_ALL=C
  [[ ${1%%.*} == "${HOSTNAME//[!A-Za-z0-9_-]/_}" ]]
}

# lock_owner_lives HOST.PID.BIRTH.…: a process on another machine cannot be
# asked and counts as alive.
lock_owner_lives() {
  local birth rest=${1#*.}
  is_of_this_host "$1" || return 0
  process_birth birth "${rest%%.*}"
  rest=${rest#*.}
  [[ -n $birth && $birth == "${rest%%.*}" ]]
}

# waits_for_us NAME: was this process started, by whatever stands between, by that
# taker? To wait for it would never end.
waits_for_us() {
  local id=$$ rest=${1#*.}
  is_of_this_host "$1" || return 1
  while [[ -n $id ]] && ((id > 1)); do
    parent_process id "$id"
    [[ $id != "${rest%%.*}" ]] || return 0
  done
  return 1
}

lock_owner_text() {
  local host=${1%%.*} rest=${1#*.} text
  text="another run holds the lock: run ${1##*.}, process ${rest%%.*} on $host"
  if waits_for_us "$1"; then
    text+='; it started this one, which cannot wait for it'
  elif is_of_this_host "$1"; then
    text+='; wait until it has ended, or add --wait SECONDS'
  else
    text+="; if that machine no longer runs it, remove .insightpulse/state/locks/{*,.outputs/*}/$1*"
  fi
  printf '%s' "$text"
}

# release_lock ENTRY
release_lock() {
  [[ -z $1 || ! -e $1 && ! -e $1.held ]] || rm -f -- "$1.held" "$1"
}

# sweep_locks: of all targets, what dead takers left; whoever wants one of them
# does the same.
sweep_locks() {
  local entry
  for entry in .insightpulse/state/locks/*/* .insightpulse/state/locks/.outputs/*/*; do
    [[ -e $entry ]] || continue
    lock_owner_lives "${entry##*/}" || rm -f -- "${entry%.held}.held" "${entry%.held}"
  done
}
