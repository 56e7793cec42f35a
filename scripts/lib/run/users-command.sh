# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# A user's command, as bash -c without pipefail: find MISSING | wc -l is 0, not
# an error.

# run_users_command COMMAND: set command_status, empty if it was ended before it
# could say. Of what it prints the last 64 KB are kept, in command_output and
# command_errors (files), and passed on.
run_users_command() {
  local status_file=$run_dir/work/$step_id.status
  command_output=$run_dir/work/$step_id.output
  command_errors=$run_dir/work/$step_id.errors
  command_status=
  rm -f -- "$status_file"
  {
    {
      local status=0
      (as_the_user bash -c "$1" 3>&- 6>&- 7>&-) || status=$?
      printf '%d' "$status" >"$status_file"
    } 2>&1 >&3 | tail -c 65536 >"$command_errors" || :
  } 3>&1 | tail -c 65536 >"$command_output" || :
  cat -- "$command_errors" "$command_output"
  [[ ! -s $status_file ]] || command_status=$(<"$status_file")
}

# require_programs EXPECTED: end the step with 3 where that command did not find
# one, unless that is the exit code that it should have.
require_programs() {
  local text
  ((command_status == 127 && $1 != 127)) || return 0
  last_lines text "$command_errors" 1
  fail_step "a program is missing: ${text#bash: line [0-9]*: }" 3
}

# last_number NAME FILE: set NAME to the last line of FILE, a number without
# leading zeros if it is one.
last_number() {
  local its_line
  its_line=$(tail -n 1 -- "$2" | tr -d '\000')
  its_line=${its_line#"${its_line%%[![:space:]]*}"}
  its_line=${its_line%"${its_line##*[![:space:]]}"}
  [[ ! $its_line =~ ^(-?)0+([0-9].*)$ ]] ||
    its_line=${BASH_REMATCH[1]}${BASH_REMATCH[2]}
  printf -v "$1" '%s' "$its_line"
}

# json_number NUMBER: print it as JSON has it, null if it is none.
json_number() {
  if [[ $1 =~ ^-?(0|[1-9][0-9]{0,14})(\.[0-9]{1,15})?$ ]]; then
    printf '%s' "$1"
  else
    printf 'null'
  fi
}
