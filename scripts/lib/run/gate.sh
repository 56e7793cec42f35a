# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# Gates: users' checks that can stop a run, before it or before its commit.

# run_gate PHASE NAME COMMAND EXIT_CODE MAX_DRIFT_SCORE MIN_VALUE MAX_VALUE: fail
# unless COMMAND ends with EXIT_CODE and the number in its last line is within
# the limits (empty: no limit).
run_gate() {
  local expected="exit code $4" number='' name phase text limit command=$3 shown
  [[ -z $5 ]] || expected+=", a drift score of at most $5"
  [[ -z $6 ]] || expected+=", a value of at least $6"
  [[ -z $7 ]] || expected+=", a value of at most $7"
  json_string phase "$1"
  json_string name "$2"
  mask_found command
  shown=${command%%$'\n'*}
  json_string command "$command"
  json_string text "$expected"
  printf '"name":%s,"phase":%s,"command":%s,"expected":%s' \
    "$name" "$phase" "$command" "$text" >"$run_dir/work/$step_id.gate"
  SYNC_DIRECTION=$direction run_users_command "$3"
  [[ -z $5$6$7 ]] || last_number number "$command_output"
  printf '"exit_code":%s,"value":%s' "${command_status:-null}" \
    "$(json_number "$number")" >"$run_dir/work/$step_id.result"
  [[ -n $command_status ]] ||
    fail_step "it was killed before it could end; expected exit code $4"
  require_programs "$4"
  ((command_status == $4)) ||
    fail_step "exit code $command_status, expected $4: ${shown:0:120}"
  [[ -n $5$6$7 ]] || return 0
  if [[ $(json_number "$number") == null ]]; then
    mask_found number
    fail_step "the last line of what it prints is not a number: ${number:0:80}; expected $expected"
  fi
  for limit in "$5" "$7"; do
    [[ -z $limit ]] || is_at_most "$number" "$limit" ||
      fail_step "got $number, expected at most $limit"
  done
  [[ -z $6 ]] || is_at_most "$6" "$number" ||
    fail_step "got $number, expected at least $6"
  note_step "got $number"
}

# is_at_most ONE OTHER: numbers, perhaps with decimals.
is_at_most() {
  LC_ALL=C awk -v one="$1" -v other="$2" 'BEGIN { exit !(one <= other) }'
}

# await_gates: in a run of several targets, until the global gates have been
# passed; fails with their reason if one was not.
await_gates() {
  local verdict=$lockstep_result.verdict reason
  : >"$lockstep_result.waits"
  until [[ -e $verdict ]]; do
    kill -0 "$PPID" 2>/dev/null || fail_step 'the run of all targets has ended' 1
    sleep 0.1
  done
  reason=$(<"$verdict")
  [[ -z $reason ]] || fail_step "$reason"
}
