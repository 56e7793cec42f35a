# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# The plan of a run. A step is a function named by the step's id; beside it may
# stand ID_when (a condition; it says why with skip) and ID_saves (prints the
# paths that the step will overwrite, NUL-ended).

step_ids=()
step_titles=()
step_kinds=()
step_settings=()
step_states=()
step_reasons=()
step_codes=()
step_durations=()
skip_reason=
step_index=0

# step ID TITLE reads|changes|checks|guards [SETTING=VALUE...]: put a step into
# the plan. A check that fails ends the run with exit code 5; a guard, which
# comes before all that touches anything, with 4.
# Settings: dry_run (runs: it runs in a dry run too; with_verify: with --verify it
# does), retry (attempts), timeout (seconds), capture (a variable's name), and for
# a pool items (a file in work) and jobs.
step() {
  step_ids+=("$1")
  step_titles+=("$2")
  step_kinds+=("$3")
  shift 3
  step_settings+=("$*")
  step_states+=('')
  step_reasons+=('')
  step_codes+=(0)
  step_durations+=(0.0)
}

# setting NAME SETTING: set NAME to a setting of the step in hand.
setting() {
  local settings=" ${step_settings[step_index]-} "
  settings=${settings#*" $2="}
  printf -v "$1" '%s' "${settings%% *}"
  [[ " ${step_settings[step_index]-}" == *" $2="* ]] || printf -v "$1" '%s' ''
}

# skip REASON: for ID_when.
skip() {
  skip_reason=$1
  return 1
}
