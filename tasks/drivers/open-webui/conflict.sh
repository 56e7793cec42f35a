# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# Where both sides changed the same field since they were last in step.

# webui_resolve NAME: set NAME to a JSON object that says how each conflict ends;
# what nothing settles ends the step, with a diff and the two ways out.
webui_resolve() {
  local updated unsettled
  updated=$(sed -n $'s/^updated\t//p' "$run_dir/work/verdicts")
  awk -F '\t' '$1 == "conflict" { printf "\"%s\"\t%s\n", $2, $2 }' "$run_dir/work/verdicts" >"$run_dir/work/conflicts"
  resolve_conflicts "$1" unsettled webui_settle <"$run_dir/work/conflicts"
  [[ -n $unsettled ]] || return 0
  webui_show_differences
  [[ $on_conflict != newest || -n $updated ]] ||
    unsettled+=' (it is not known which is newer: the time of the model did not change, or is missing)'
  fail_unsettled "$unsettled" files 'the files' database 'the database'
}

# webui_settle NAME FIELD: set NAME to merged, to_database, to_files or nothing.
webui_settle() {
  local its_file=$metadata
  if [[ $2 == params.system ]]; then
    its_file=$system_prompt
    if webui_merge; then
      printf -v "$1" merged
      return 0
    fi
  fi
  settle_conflict "$1" files "$(file_time "$its_file")" database "$updated"
}

# webui_merge: both edits in one text, in work/merged; fails where they touch.
webui_merge() {
  local work=$run_dir/work
  [[ -e $work/merge.base ]] &&
    git merge-file -p --quiet "$work/merge.files" "$work/merge.base" \
      "$work/merge.database" >"$work/merged"
}
