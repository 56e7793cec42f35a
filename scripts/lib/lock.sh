# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# One run at a time: a lock is a folder, and a taker an empty file in it whose
# name says who it is: HOST.PID.BIRTH.RUN. A taker first makes its own file and
# then looks for others, so of two at once at least one sees the other; the
# smaller name goes first. Only files of dead takers are removed, and by their
# own name, so nobody can remove the file of somebody who came in between.

lock_entry=

# take_lock NAME SECONDS: wait for at most SECONDS, then exit 6.
take_lock() {
  local owner
  try_lock lock_entry "$1" "$2" || die 6 "$(lock_owner_text "$owner")"
}

# try_lock ENTRY NAME SECONDS: set ENTRY to the file to remove later, or fail
# and set owner.
try_lock() {
  local folder=.insightpulse/state/locks/$2 birth verdict own_entry started now
  make_private_folder .insightpulse/state
  [[ -d $folder ]] || mkdir -p -- "$folder" || die 3 "$folder: cannot be made"
  process_birth birth "$$"
  own_entry=$folder/${HOSTNAME//[!A-Za-z0-9_-]/_}.$$.$birth.$run_id
  now_milliseconds started
  while :; do
    printf -v "$1" '%s' "$own_entry"
    { : >"$own_entry"; } 2>/dev/null || die 3 "$folder: cannot be written"
    while :; do
      judge_lock "$own_entry"
      [[ $verdict == wait ]] || break
      sleep 0.02
    done
    if [[ $verdict == ours ]]; then
      : >"$own_entry.held"
      return 0
    fi
    rm -f -- "$own_entry"
    printf -v "$1" ''
    if [[ $verdict == held ]]; then
      ! waits_for_us "$owner" || return 1
      now_milliseconds now
      ((now - started < $3 * 1000)) || return 1
      sleep 0.2
    else
      sleep "0.0$((RANDOM % 9 + 1))"
    fi
  done
}

# judge_lock ENTRY: set verdict to ours, held (by owner), wait (for a later
# taker to step back) or back_off (for an earlier one).
judge_lock() {
  local other name
  verdict=ours
  for other in "${1%/*}"/*; do
    [[ $other != *.held && $other != "$1" && -e $other ]] || continue
    name=${other##*/}
    if ! lock_owner_lives "$name"; then
      rm -f -- "$other.held" "$other"
    elif [[ -e $other.held ]]; then
      verdict=held
      owner=$name
      return 0
    elif [[ $name < ${1##*/} ]]; then
      verdict=back_off
    elif [[ $verdict == ours ]]; then
      verdict='wait'
    fi
  done
}

# lock_owner_lives NAME: a taker on another machine cannot be asked and counts
# as alive.
lock_owner_lives() {
  local birth host=${1%%.*} rest=${1#*.}
  [[ $host == "${HOSTNAME//[!A-Za-z0-9_-]/_}" ]] || return 0
  process_birth birth "${rest%%.*}"
  rest=${rest#*.}
  [[ -n $birth && $birth == "${rest%%.*}" ]]
}

# waits_for_us NAME: was this process started, by whatever stands between, by that
# taker? To wait for it would never end.
waits_for_us() {
  local id=$$ rest=${1#*.}
  [[ ${1%%.*} == "${HOSTNAME//[!A-Za-z0-9_-]/_}" ]] || return 1
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
  elif [[ $host == "${HOSTNAME//[!A-Za-z0-9_-]/_}" ]]; then
    text+='; wait for it, or use --wait SECONDS'
  else
    text+="; if that machine is gone, remove .insightpulse/state/locks/*/$1*"
  fi
  printf '%s' "$text"
}

# release_lock ENTRY
release_lock() {
  [[ -z $1 || ! -e $1 ]] || rm -f -- "$1.held" "$1"
}
