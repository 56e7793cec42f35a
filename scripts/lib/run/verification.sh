# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# A target's verification command. The count is the last line that it prints.

# verify_command COMMAND EXIT_CODE MINIMUM MAXIMUM: fail unless COMMAND ends
# with EXIT_CODE and its count is within the limits (empty: no limit).
verify_command() {
  local count text
  SYNC_DIRECTION=$direction run_users_command "$1"
  last_number count "$command_output"
  text=$1
  mask_found text
  json_string text "$text"
  printf '{"command":%s,"exit_code":%s,"count":%s,"expected_exit_code":%d,"expected_min":%s,"expected_max":%s}' \
    "$text" "${command_status:-null}" "$(json_number "$count")" "$2" \
    "${3:-null}" "${4:-null}" >"$run_dir/verification"
  [[ -n $command_status ]] || fail_step 'it was killed before it could end'
  require_programs "$2"
  ((command_status == $2)) || fail_step "exit code $command_status, expected $2"
  [[ -n $3$4 ]] || return 0
  [[ $count =~ ^-?[0-9]{1,15}$ ]] || fail_step "the last line of what it prints is not a number: $count"
  [[ -z $3 ]] || ((count >= $3)) || fail_step "counted $count, expected at least $3"
  [[ -z $4 ]] || ((count <= $4)) || fail_step "counted $count, expected at most $4"
  note_step "counted $count${3:+, at least $3}${4:+, at most $4}"
}
