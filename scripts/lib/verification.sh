# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# A target's verification command. The count is the last line that it prints.

# verify_command COMMAND EXIT_CODE MINIMUM MAXIMUM: fail unless COMMAND ends
# with EXIT_CODE and its count is within the limits (empty: no limit). Users'
# commands run as bash -c, without pipefail: find MISSING | wc -l is 0, not an
# error.
verify_command() {
  local status=0 count='' printed=$run_dir/work/verification.printed text
  bash -c "$1" >"$printed" 6>&- 7>&- || status=$?
  cat -- "$printed"
  count=$(tail -n 1 -- "$printed")
  count=${count#"${count%%[![:space:]]*}"}
  count=${count%"${count##*[![:space:]]}"}
  if [[ $count =~ ^(-?)0+([0-9]{1,15})$ ]]; then
    count=${BASH_REMATCH[1]}$((10#${BASH_REMATCH[2]}))
  fi
  json_string text "$1"
  printf '{"command":%s,"exit_code":%d,"count":%s,"expected_exit_code":%d,"expected_min":%s,"expected_max":%s}' \
    "$text" "$status" "$(json_number "$count")" "$2" "${3:-null}" "${4:-null}" \
    >"$run_dir/verification"
  ((status == $2)) || fail_step "exit code $status, expected $2"
  [[ -n $3$4 ]] || return 0
  [[ $count =~ ^-?[0-9]{1,15}$ ]] || fail_step "its last line is no number: $count"
  [[ -z $3 ]] || ((count >= $3)) || fail_step "counted $count, expected at least $3"
  [[ -z $4 ]] || ((count <= $4)) || fail_step "counted $count, expected at most $4"
  note_step "counted $count${3:+, at least $3}${4:+, at most $4}"
}

json_number() {
  if [[ $1 =~ ^-?(0|[1-9][0-9]{0,14})$ ]]; then
    printf '%s' "$1"
  else
    printf 'null'
  fi
}
