# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# Where both sides changed the same field since they were last in step.

# webui_resolve: set resolved to JSON members that say how each conflict ends;
# what nothing settles ends the step, with a diff and the two ways out.
webui_resolve() {
  local verdict field choice updated hint='' code=4 unsettled=''
  updated=$(sed -n $'s/^updated\t//p' "$run_dir/work/verdicts")
  while IFS=$'\t' read -r verdict field; do
    [[ $verdict == conflict ]] || continue
    webui_settle choice
    if [[ -n $choice ]]; then
      resolved+="${resolved:+,}\"$field\":\"$choice\""
    else
      unsettled+="${unsettled:+, }$field"
    fi
  done <"$run_dir/work/verdicts"
  [[ -n $unsettled ]] || return 0
  webui_show_differences
  [[ $check == false ]] || code=8
  [[ $on_conflict != newest || -n $updated ]] ||
    hint=' (it is not known which is newer: the time of the model did not change, or is missing)'
  fail_step "the files and the database both changed $unsettled$hint; to keep the files' version: generated/$program --take-files; to keep the database's: generated/$program --take-database" \
    "$code"
}

# webui_settle NAME: set NAME to merged, to_database, to_files or nothing.
webui_settle() {
  local its_file=$metadata its_time
  [[ $field != params.system ]] || its_file=$system_prompt
  if [[ $field == params.system ]] && webui_merge; then
    printf -v "$1" merged
    return 0
  fi
  case $on_conflict in
    files) printf -v "$1" to_database ;;
    database) printf -v "$1" to_files ;;
    newest)
      its_time=$(file_time "$its_file")
      printf -v "$1" '%s' ''
      if [[ -n $updated ]]; then
        ((its_time <= updated)) || printf -v "$1" to_database
        ((its_time >= updated)) || printf -v "$1" to_files
      fi
      ;;
    *) printf -v "$1" '%s' '' ;;
  esac
}

# webui_merge: both edits in one text, in work/merged; fails where they touch.
webui_merge() {
  local work=$run_dir/work
  [[ -e $work/merge.base ]] &&
    git merge-file -p --quiet "$work/merge.files" "$work/merge.base" \
      "$work/merge.database" >"$work/merged"
}
