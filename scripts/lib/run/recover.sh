# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# What a run that was killed left behind is put back by the next one.

# The run that was put back, if any.
recovered=

# recover: with the lock in our hand, every other run of this target is dead.
recover() {
  local folder
  clear_store
  for folder in .insightpulse/state/runs/"$target"/.ended-*/; do
    [[ ! -d $folder ]] || rm -rf -- "$folder"
  done
  for folder in .insightpulse/state/runs/"$target"/*/; do
    folder=${folder%/}
    [[ -d $folder && ${folder##*/} != "$run_id" ]] || continue
    recover_run "$folder"
  done
}

# recover_run FOLDER: of a run that is dead. What it has saved is never left
# behind: it becomes a backup if that run was complete, else it is put back, even
# where a power cut has taken its line from the journal.
recover_run() {
  local folder=$1 former=${1##*/} cache=.insightpulse/cache/$target group status=0
  rm -f -- "$folder"/reserve*
  [[ -e $folder/journal ]] || : >"$folder/journal"
  read_journal "$folder/journal"
  for group in ${journal_groups[@]+"${journal_groups[@]}"}; do
    stop_former_group "${group% *}" "${group#* }"
  done
  # The group may have saved more before it was ended.
  read_journal "$folder/journal"
  add_unnamed_sets "$folder"
  end_connections "$folder"
  remove_scratch
  [[ $journal_complete == true ]] || ! finish_commit "$former" ||
    journal_complete=true
  if [[ $journal_complete == true ]]; then
    commit_id=$journal_committed
    keep_backup "$folder" || die 3 "run $former: its backup could not be finished"
    backup_made=
    commit_id=
  elif [[ -s $folder/journal || ${#journal_undos[@]} -gt 0 ]]; then
    undo_all "$folder" || status=1
    [[ ! -d $cache ]] || find "$cache" '(' -name '*.lock' -o -name index.new ')' -exec rm -f {} +
    ((status == 0)) ||
      die 7 "run $former was interrupted and could not be put back: its saved files are in $folder/saved"
    recovered=$former
    say "$target: run $former was interrupted; it is put back"
    log_line "$target: run $former was interrupted; it is put back"
    ledger recovered "$former" 'it was interrupted'
  fi
  forget_run "$folder"
}

# add_unnamed_sets FOLDER: sets that are whole without a line in the journal are
# to be put back too, the newest first.
add_unnamed_sets() {
  local set undo unnamed=()
  [[ -d $1/saved ]] || return 0
  while IFS= read -r set; do
    [[ -e $1/saved/$set/list ]] || continue
    for undo in ${journal_sets[@]+"${journal_sets[@]}"}; do
      [[ $undo != "$set" ]] || continue 2
    done
    unnamed+=("saved $set")
  done < <(ls -t -- "$1/saved")
  journal_undos=(${unnamed[@]+"${unnamed[@]}"} ${journal_undos[@]+"${journal_undos[@]}"})
}
