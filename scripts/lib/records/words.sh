# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# The words of a step: why it failed, and what its line and the run say when all goes
# well.

# fail_step TEXT [CODE]: end the step, or the item of a pool, that this is in,
# and with CODE, the run with that exit code.
fail_step() {
  local reason
  printable reason "$1"
  printf '%s' "$reason" >"$reason_file"
  [[ -z ${2:-} ]] || printf '%s' "$2" >"$run_dir/exit_code"
  printf '%s\n' "$reason" >&2
  exit 1
}

# fail_item ITEM REASON: the run goes on without ITEM and ends as partial.
fail_item() {
  local reason=${2//[$'\n\t']/ }
  mask_found reason
  printable reason "$reason"
  printf '%s\t%s\n' "$reason" "$1" >>"$run_dir/failures"
  : >"$run_dir/failed/$step_id"
}

# note_step TEXT: what the line about this step says when it has ended well.
note_step() {
  printf '%s' "$1" >"$run_dir/notes/$step_id"
}

# summarize TEXT: for steps; the message of the report when all goes well.
summarize() {
  printf '%s' "$1" >"$run_dir/summary"
}

# note_command STATUS COMMAND: the reason, where neither the step nor what it
# printed gives one.
note_command() {
  [[ -e $reason_file || -s $run_dir/out/${reason_file##*/} ]] ||
    printf '%s: exit %s' "${2:0:200}" "$1" >"$reason_file"
}

# Has the disk taken nothing more, so that no exit code could be kept on it?
no_room=false

# read_reason NAME WHICH STATUS: set NAME to why a step or item failed: what it
# said, else the last line that it printed.
read_reason() {
  if [[ -s $run_dir/reasons/$2 ]]; then
    printf -v "$1" '%s' "$(<"$run_dir/reasons/$2")"
  else
    last_lines "$1" "$run_dir/out/$2" 1
    [[ -n ${!1} ]] || printf -v "$1" 'exit %s' "$3"
    if ! { printf '%s\n' "${!1}" >"$run_dir/reasons/$2"; } 2>/dev/null; then
      no_room=true
      printf -v "$1" 'No space left on the disk of %s, or it cannot be written' "$root"
    fi
  fi
}
