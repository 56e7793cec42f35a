# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# idempotent: a run that is planned again must find nothing to do.

# plan_again: a step; this program asks itself whether anything is out of sync.
plan_again() {
  local result=$run_dir/work/again status code=0
  [[ -f $program_file ]] || fail_step "$program_file is not a file, so it cannot be planned again"
  (LOCKSTEP_RUN=$run_id LOCKSTEP_GATES=$run_id LOCKSTEP_RESULT=$result \
    LOCKSTEP_STALE=$lockstep_stale as_the_user \
    "$BASH" "$program_file" --check --root "$root" --direction "$direction" \
    ${own_options[@]+"${own_options[@]}"} 6>&- 7>&-) || code=$?
  [[ $code -eq 0 || $code -eq 8 ]] || fail_step "planning again failed: exit code $code"
  read -r status _ <"$result.words"
  ((code == 0)) ||
    fail_step 'not idempotent: a second run would change something again'
  note_step "${status//_/ }"
}
