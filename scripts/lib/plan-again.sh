# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# idempotent: a run that is planned again must find nothing to do.

# plan_again: a step; a dry run of this program.
plan_again() {
  local result=$run_dir/work/again status
  [[ -f $program_file ]] || fail_step "$program_file: is no file, so it cannot be planned again"
  (LOCKSTEP_RUN=$run_id LOCKSTEP_GATES=$run_id LOCKSTEP_RESULT=$result as_the_user \
    "$BASH" "$program_file" --dry-run --root "$root" --direction "$direction" \
    6>&- 7>&-) || fail_step "planning again failed: exit code $?"
  status=$(<"$result")
  status=${status#*'"status":"'}
  status=${status%%'"'*}
  [[ $status != would_run ]] ||
    fail_step 'not idempotent: a second run would change something again'
  note_step "${status//_/ }"
}
