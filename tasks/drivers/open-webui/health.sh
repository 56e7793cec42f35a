# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# How the database and the files stand, for status: all that can be told, also
# where something is wrong. It takes no lock and changes nothing.

# webui_health: print lines WORD TAB TEXT. Exit code 3 if the database cannot be
# used, 8 if it is not in step.
webui_health() {
  local probe status=0
  make_scratch run_dir
  mkdir -- "$run_dir/work"
  reason_file=$run_dir/reason
  check=true
  health_line database "$database"
  for probe in reachable integrity locked schema model in_step; do
    : >"$reason_file"
    set +e
    (
      set -e
      "webui_probe_$probe"
    ) >"$run_dir/answer" 2>"$run_dir/complaint"
    status=$?
    set -e
    if ((status == 0)); then
      health_line "$probe" "$(<"$run_dir/answer")"
      [[ $probe != in_step || $(<"$run_dir/answer") == yes ]] ||
        exit_code=$((exit_code == 0 ? 8 : exit_code))
    else
      exit_code=3
      health_line "$probe" "no: $(cat -- "$reason_file")"
      [[ $probe != reachable ]] || break
    fi
  done
}

health_line() {
  local text=${2//[$'\t\n']/ }
  mask text
  printf '%s\t%s\n' "$1" "$text"
}

# Each prints what it found, or ends with fail_step.

webui_probe_reachable() {
  webui_ask "$run_dir/work/one" "${engine}_reach"
  printf 'yes'
}

webui_probe_integrity() {
  webui_ask "$run_dir/work/integrity" "${engine}_integrity"
  cat -- "$run_dir/work/integrity"
}

webui_probe_locked() {
  webui_ask "$run_dir/work/locked" "${engine}_try_lock"
  printf 'no'
}

webui_probe_schema() {
  webui_ask "$run_dir/work/schema" "${engine}_schema"
  cat -- "$run_dir/work/schema"
}

webui_probe_model() {
  webui_read_row
  printf 'found'
}

webui_probe_in_step() {
  local differing decided=$run_dir/work/
  [[ -s $run_dir/work/row.json ]] || fail_step 'the model cannot be read'
  webui_decide '{}'
  webui_differing differing
  printf '%s' "${differing:-yes}"
}
