#!/usr/bin/env bats
load ../helper

@test "the clock in milliseconds is between two looks at date" {
  local before after now
  before=$(date +%s)
  now=$(in_lib 'now_milliseconds now; printf %s "$now"')
  after=$(date +%s)
  [[ $now =~ ^[0-9]{13}$ ]]
  ((now / 1000 >= before && now / 1000 <= after))
}

@test "the clock does not mind a locale with a decimal comma" {
  is "$(in_lib 'unset EPOCHREALTIME
    EPOCHREALTIME=1700000000,123456
    now_milliseconds now
    printf %s "$now"')" 1700000000123
}

@test "without the clock of bash 5, date tells whole seconds" {
  in_lib 'unset EPOCHREALTIME; now_milliseconds now; printf %s "$now"' \
    >"$BATS_TEST_TMPDIR/now"
  [[ $(<"$BATS_TEST_TMPDIR/now") =~ ^[0-9]{10}000$ ]]
}

@test "the time is UTC whatever TZ is" {
  local before after now
  before=$(date -u +%Y-%m-%dT%H:%MZ)
  now=$(TZ=XXX-11:30 in_lib 'now_utc now %Y-%m-%dT%H:%MZ; printf %s "$now"')
  after=$(date -u +%Y-%m-%dT%H:%MZ)
  [[ $now == "$before" || $now == "$after" ]]
}

@test "telling UTC leaves TZ as it was" {
  is "$(TZ=XXX-3 in_lib 'now_utc now %H; printf %s "$TZ"')" XXX-3
}

@test "seconds are rounded to one decimal" {
  is "$(in_lib 'for to in 1000 1049 1050 2234 61000; do
      seconds_between seconds 1000 "$to"
      printf "%s " "$seconds"
    done')" '0.0 0.0 0.1 1.2 60.0 '
}

@test "a clock that was set back gives no negative seconds" {
  is "$(in_lib 'seconds_between seconds 5000 1000; printf %s "$seconds"')" 0.0
}

@test "a run id is a date, a time and four hex digits" {
  local id
  id=$(in_lib 'new_run_id id; printf %s "$id"')
  [[ $id =~ ^20[0-9]{6}_[0-2][0-9][0-5][0-9][0-6][0-9]_[0-9a-f]{4}$ ]]
}

@test "run ids of one second differ" {
  is "$(in_lib 'now_utc() { printf -v "$1" "%s" same; }
    for ((i = 0; i < 8; i++)); do new_run_id id; printf "%s\n" "$id"; done' |
    sort -u | wc -l | awk '$1 > 4 { print "they do" }')" 'they do'
}

@test "a time in words becomes the seconds since 1970" {
  local text
  for text in 1970-01-01T00:00:00Z 2024-02-29T23:59:59Z 2026-11-20T08:09:10Z 2100-03-01T00:00:00Z; do
    is "$(in_lib 'epoch_of seconds "$1"; printf %s "$seconds"' "$text")" "$(date -u -d "$text" +%s)"
  done
}

@test "a record begins with a time, or is none" {
  local text
  for text in '2026-11-21T15:00:00Z done' '2026-99-21T15:00:00Z done' '2026-11-21T15:' 'x[$(touch executed)] y' ''; do
    printf '%s' "$text" >record
    in_lib 'read_record record
      epoch_of seconds "$record_at"
      printf "%s|%s|%s\n" "$record_at" "$record_rest" "$seconds"'
  done >seen
  content seen "2026-11-21T15:00:00Z|done|1795273200$nl||0$nl||0$nl||0$nl||0$nl"
  is "$(in_lib 'read_record no_such_file; printf "%s" "$record_at"')" ''
}
