# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# What GNU, BSD and busybox do differently, and what bash 3.2 lacks.

# process_birth NAME PID: set NAME to a mark that tells this process from any
# other that had or will have the same id; empty if there is none. Linux says
# it in /proc (field 22 of stat, since boot); elsewhere ps knows the start time.
process_birth() {
  local its_birth='' its_boot='' its_fields
  if [[ -r /proc/self/stat ]]; then
    if { IFS= read -r its_fields <"/proc/$2/stat"; } 2>/dev/null; then
      its_fields=${its_fields##*) }
      # A zombie has ended; its parent has not asked yet.
      if [[ $its_fields != Z* ]]; then
        # shellcheck disable=SC2086 # split on purpose
        set -- "$1" "$2" $its_fields
        IFS= read -r its_boot </proc/sys/kernel/random/boot_id || :
        its_birth=${its_boot%%-*}-${22}
      fi
    fi
  else
    its_birth=$(ps -o lstart= -p "$2" || :)
    its_birth=${its_birth//[!A-Za-z0-9]/}
  fi
  printf -v "$1" '%s' "$its_birth"
}

# parent_process NAME PID: set NAME to the process that started PID, or to nothing.
parent_process() {
  local its_parent='' its_fields
  if [[ ! -r /proc/self/stat ]]; then
    its_parent=$(ps -o ppid= -p "$2" || :)
  elif { IFS= read -r its_fields <"/proc/$2/stat"; } 2>/dev/null; then
    its_fields=${its_fields##*) }
    its_parent=${its_fields#* }
    its_parent=${its_parent%% *}
  fi
  printf -v "$1" '%s' "${its_parent//[!0-9]/}"
}

# own_process_id NAME: the id of this subshell; bash 3.2 has no BASHPID.
own_process_id() {
  local own_id=${BASHPID:-}
  if [[ -z $own_id ]] && { read -r own_id _ </proc/self/stat; } 2>/dev/null; then :; fi
  [[ -n $own_id ]] || own_id=$(exec sh -c 'echo "$PPID"')
  printf -v "$1" '%s' "$own_id"
}

# find_timeout: once in the main shell, else each subshell looks again.
find_timeout() {
  timeout_kind='own'
  if timeout --foreground 9 true 2>/dev/null; then timeout_kind=gnu; fi
}

# with_timeout SECONDS COMMAND...: 124 if COMMAND takes longer. It stays in our
# process group (timeout would make one of its own that we could not end), and
# macOS has no timeout, so where --foreground is unknown bash watches itself.
with_timeout() {
  local seconds=$1 status=0
  shift
  [[ -n ${timeout_kind:-} ]] || find_timeout
  if [[ $timeout_kind == gnu ]]; then
    timeout --foreground -k 5 "$seconds" "$@" || status=$?
    ((status != 137)) || status=124
    return "$status"
  fi
  "$@" <&0 &
  local command=$! watcher
  (
    trap 'kill "$!"; exit' TERM
    sleep "$seconds" &
    wait "$!"
    kill -TERM "$command"
    sleep 5 &
    wait "$!"
    kill -KILL "$command"
  ) >/dev/null 2>&1 &
  watcher=$!
  { wait "$command" || status=$?; } 2>/dev/null
  kill -TERM "$watcher" 2>/dev/null || :
  wait "$watcher" 2>/dev/null || :
  ((status != 143 && status != 137)) || status=124
  return "$status"
}

# file_time FILE: print when it was changed, in seconds since 1970.
file_time() {
  stat -c %Y -- "$1" 2>/dev/null || stat -f %m -- "$1"
}

# make_private_folder DIR: mode 700, and git never looks inside.
make_private_folder() {
  [[ ! -d $1 ]] || return 0
  (umask 077 && mkdir -p -- "$1") || die 3 "$1: cannot be created"
  [[ $1 != .insightpulse/* ]] || printf '*\n' >"$1/.gitignore"
}

# sync_folder DIR: onto the disk; only GNU can sync one file system.
sync_folder() {
  sync -f "$1" 2>/dev/null || sync
}

# sync_file FILE: the same for one file, where sync knows how.
sync_file() {
  sync -d "$1" 2>/dev/null || sync
}

is_function() {
  declare -F "$1" >/dev/null
}

# reverse_lines: standard input, the last line first; tac is GNU's alone, and what
# sed has for it takes four times as long for twice the lines.
reverse_lines() {
  LC_ALL=C awk '{ line[NR] = $0 } END { for (i = NR; i > 0; i--) print line[i] }'
}
