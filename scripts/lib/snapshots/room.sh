# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# Room on the disk for what is to be saved and written.

# check_room WHAT FILE: end the step with 3, while nothing is changed, if WHAT, of
# so many kB as FILE says, and a little more, does not fit. Little that does not
# fit is found by writing it.
check_room() {
  local needed free
  read -r needed <"$2" && ((needed >= 1024)) || return 0
  # The name of the file system may have spaces in it.
  read -r free < <(df -Pk "$run_dir" 2>/dev/null | LC_ALL=C awk '
    NR == 2 && match($0, /[0-9]+ +[0-9]+%/) { print substr($0, RSTART) + 0 }') || return 0
  ((needed + 1024 > free)) || return 0
  human_size needed "$((needed * 1024))"
  human_size free "$((free * 1024))"
  fail_step "$1 needs $needed and the disk of $root has $free free: make room first (backup --usage says what backups take)" 3
}

# measure_paths: paths in, NUL-ended; print how many kB they take on the disk.
measure_paths() {
  local path standing
  own_process_id standing
  standing=$run_dir/work/standing.$standing
  while IFS= LC_ALL=C read -r -d '' path; do
    path=${path#./}
    [[ ! -e $path && ! -L $path ]] || printf './%s\0' "$path"
  done >"$standing"
  if [[ ! -s $standing ]]; then
    printf '0\n'
    return 0
  fi
  # One that goes meanwhile needs no room.
  { LC_ALL=C xargs -0 du -skc <"$standing" 2>/dev/null || :; } |
    LC_ALL=C awk '$2 == "total" { sum += $1 } END { printf "%.0f\n", sum }'
}

# human_size NAME BYTES: set NAME to BYTES in the unit that a person would use.
human_size() {
  local its_tenths=$(($2 * 10)) its_unit
  for its_unit in B kB MB GB TB; do
    ((its_tenths >= 10000)) || break
    its_tenths=$((its_tenths / 1000))
  done
  if [[ $its_unit == B ]]; then
    printf -v "$1" '%d B' "$2"
  else
    printf -v "$1" '%d.%d %s' "$((its_tenths / 10))" "$((its_tenths % 10))" "$its_unit"
  fi
}
