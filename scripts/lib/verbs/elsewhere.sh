# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# What a backup holds that is no file of the user's, such as a row of a
# database: only the program of its target knows how to put that back.

full=false

# ask_target MODE FOLDER: differs (prints what is not as in FOLDER), save (what
# is there now, into this run), row or full (put back what is in FOLDER), ready
# (fails where full would be refused).
ask_target() {
  local index script='' status=0
  for index in "${!names[@]}"; do
    [[ ${names[index]} != "$target" ]] || target_script script "$index"
  done
  [[ -r $script ]] || fail_step "${script:-the program of $target} is missing; it must be in the same folder as $program" 3
  rm -f -- "$run_dir/reasons/asked"
  (LOCKSTEP_ASK=$1 LOCKSTEP_FOLDER=$2 LOCKSTEP_RUN_DIR=$run_dir LOCKSTEP_RUN=$run_id as_the_user \
    bash "$script" --root "$root" </dev/null) || status=$?
  ((status != 0)) || return 0
  [[ ! -s $run_dir/exit_code ]] || status=$(<"$run_dir/exit_code")
  fail_step "$(cat -- "$run_dir/reasons/asked" 2>/dev/null || printf '%s cannot be asked' "${script##*/}")" "$status"
}

# find_elsewhere: set elsewhere to the artifacts of that state, and
# elsewhere_differs to what of it is not as it was then.
find_elsewhere() {
  local folder index reached=false
  elsewhere=
  elsewhere_differs=
  [[ -z $rollback_file ]] || return 0
  while IFS= read -r folder; do
    [[ ${folder##*/} != "$rollback_id" ]] || reached=true
    [[ $reached == false || -n $elsewhere || ! -d $folder/artifacts ]] ||
      elsewhere=$root/$folder/artifacts
  done < <(list_backups "$target")
  for index in "${!names[@]}"; do
    [[ ${names[index]} != "$target" || ${answers[index]} == true ]] || elsewhere=
  done
  [[ -n $elsewhere ]] || return 0
  if [[ $full == true ]]; then
    elsewhere_differs='the whole database'
    return 0
  fi
  elsewhere_differs=$(reason_file=/dev/null && ask_target differs "$elsewhere" 2>/dev/null) || {
    rm -f -- "$run_dir/exit_code"
    elsewhere_differs='the database'
  }
}

may_restore_elsewhere() {
  [[ -z $rollback_file ]] || skip 'not with --file' || return 1
  [[ -n $rollback_id ]] || skip 'nothing to do' || return 1
  find_elsewhere
  [[ -n $elsewhere ]] || skip 'that backup holds files only' || return 1
  [[ $declined == false ]] || skip 'you answered no' || return 1
  [[ -n $elsewhere_differs && $dry_run == false && ${step_states[step_index - 1]} == skipped && $yes == false ]] || return 0
  warn "$target: back to $rollback_id: $elsewhere_differs"
  ask_to_restore "Restore $elsewhere_differs?"
}

# put_back_elsewhere: what is there now is saved first, for a rollback of this
# rollback; a database that cannot be read any more does not hinder --full.
put_back_elsewhere() {
  local problems differing mode=row aside
  problems=$(check_backup "${elsewhere%/artifacts}" read)
  [[ -z $problems ]] || fail_step "the backup is damaged: $problems" 5
  if [[ $full == true ]]; then
    mode=full
    ask_target ready ''
    (ask_target save '') || rm -rf -- "$run_dir/saved/artifacts" "$run_dir/exit_code"
  else
    differing=$(ask_target differs "$elsewhere")
    [[ -n $differing ]] || {
      note_step 'nothing to restore: it is as it was then'
      return 0
    }
    ask_target save ''
  fi
  ask_target "$mode" "$elsewhere"
  summarize "back to $rollback_id"
  read_journal "$run_dir/journal"
  [[ -z $journal_aside ]] || {
    decode_path aside "$journal_aside"
    summarize "back to $rollback_id; the former database is kept as $aside as long as the backup of this rollback"
  }
}
