# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# The clock. bash 5 tells it without a process; older ones ask date.

# now_milliseconds NAME: set NAME to the milliseconds since 1970 (whole
# seconds where bash is older than 5).
now_milliseconds() {
  local clock=${EPOCHREALTIME:-}
  if [[ -n $clock ]]; then
    clock=${clock/[!0-9]/}
    printf -v "$1" '%s' "${clock%???}"
  else
    printf -v "$1" '%s' "$(date +%s)000"
  fi
}

# now_utc NAME FORMAT: set NAME to the time in UTC, FORMAT as date(1) has it.
now_utc() {
  if ((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] >= 402)); then
    local TZ=UTC0
    printf -v "$1" "%($2)T" -1
  else
    printf -v "$1" '%s' "$(date -u "+$2")"
  fi
}

# seconds_between NAME FROM TO: set NAME to the seconds, with one decimal,
# between two times in milliseconds.
seconds_between() {
  local tenths=$((($3 - $2 + 50) / 100))
  ((tenths >= 0)) || tenths=0
  printf -v "$1" '%d.%d' "$((tenths / 10))" "$((tenths % 10))"
}

# new_run_id NAME: set NAME to YYYYMMDD_HHMMSS_xxxx.
new_run_id() {
  local stamp
  now_utc stamp %Y%m%d_%H%M%S
  printf -v "$1" '%s_%04x' "$stamp" "$(((RANDOM << 1 ^ RANDOM) & 65535))"
}

# read_record FILE: set record_at and record_rest to the time and the words that
# FILE begins with, both empty if it does not begin so: whoever wrote it may have
# been cut off.
read_record() {
  record_at=''
  record_rest=''
  { IFS=' ' read -r record_at record_rest <"$1"; } 2>/dev/null || :
  is_time "$record_at" || record_at='' record_rest=''
}

# is_time TEXT: is it YYYY-MM-DDThh:mm:ssZ?
is_time() {
  local LC_ALL=C
  [[ $1 =~ ^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3])(:[0-5][0-9]){2}Z$ ]]
}

# epoch_of NAME TIME: set NAME to the seconds since 1970 of YYYY-MM-DDThh:mm:ssZ;
# 0 if TIME is none.
epoch_of() {
  local its_day its_first
  is_time "$2" || set -- "$1" 1970-01-01T00:00:00Z
  day_number its_day "${2:0:4}${2:5:2}${2:8:2}"
  day_number its_first 19700101
  printf -v "$1" '%d' "$(((its_day - its_first) * 86400 + 10#${2:11:2} * 3600 + 10#${2:14:2} * 60 + 10#${2:17:2}))"
}

# day_number NAME YYYYMMDD: set NAME to the days since 0000-03-01.
day_number() {
  local year=$((10#${2:0:4})) month=$((10#${2:4:2}))
  ((month > 2)) || { year=$((year - 1)) month=$((month + 12)); }
  printf -v "$1" '%d' "$((365 * year + year / 4 - year / 100 + year / 400 + (153 * (month - 3) + 2) / 5 + 10#${2:6:2}))"
}

# age_of NAME TIME: set NAME to how far TIME, YYYY-MM-DDThh:mm[:ss]Z, is from now.
age_of() {
  local its_then its_now its_seconds its_time=$2
  ((${#its_time} == 20)) || its_time=${its_time%Z}:00Z
  epoch_of its_then "$its_time"
  now_milliseconds its_now
  its_seconds=$((its_now / 1000 - its_then))
  its_seconds=${its_seconds#-}
  if ((its_seconds < 7200)); then
    printf -v "$1" '%d min' "$((its_seconds / 60))"
  elif ((its_seconds < 172800)); then
    printf -v "$1" '%d h' "$((its_seconds / 3600))"
  else
    printf -v "$1" '%d days' "$((its_seconds / 86400))"
  fi
}
