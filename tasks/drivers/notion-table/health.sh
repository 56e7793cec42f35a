# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# How the files and the rows stand, for status; it takes no lock and changes nothing.

# notion_health: print lines WORD TAB TEXT. Exit code 3 if Notion or the files cannot
# be used, 8 if the rows are not as they should be.
notion_health() {
  local probe status
  make_scratch run_dir
  mkdir -- "$run_dir"/{work,notes}
  reason_file=$run_dir/reason
  step_id=health
  for probe in rows reachable in_step; do
    : >"$reason_file"
    set +e
    (
      set -e
      "notion_probe_$probe"
    ) >"$run_dir/answer" 2>"$run_dir/complaint"
    status=$?
    set -e
    if ((status == 0)); then
      notion_health_line "$probe" "$(<"$run_dir/answer")"
      [[ $probe != in_step || $(<"$run_dir/answer") == yes ]] ||
        exit_code=$((exit_code == 0 ? 8 : exit_code))
    else
      exit_code=3
      notion_health_line "$probe" "no: $(cat -- "$reason_file")"
      break
    fi
  done
}

notion_health_line() {
  local text=${2//[$'\t\n']/ }
  mask text
  printf '%s\t%s\n' "$1" "$text"
}

# Each prints what it found, or ends with fail_step.

notion_probe_rows() {
  read_rows >&2
  grep -c '' "$run_dir/work/rows" || :
}

notion_probe_reachable() {
  notion_ask >&2
  printf 'yes, %d rows' "$(grep -c '' "$run_dir/work/pages")"
}

notion_probe_in_step() {
  local text=yes
  notion_compare >&2
  [[ ! -e $run_dir/work/changes ]] || text=$(<"$run_dir/notes/health")
  printf '%s' "$text"
}
