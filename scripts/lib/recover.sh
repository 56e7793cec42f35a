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

# forget_run FOLDER: nothing of it is to be undone any more. It goes out of sight
# first: with half of what was saved nobody could undo anything.
forget_run() {
  local ended=${1%/*}/.ended-${1##*/}
  mv -- "$1" "$ended" && rm -rf -- "$ended"
}

remove_scratch() {
  ((${#journal_scratch[@]} == 0)) || rm -rf -- "${journal_scratch[@]}"
}

# put_back_run: undo this run. Fails if anything is not as it was.
put_back_run() {
  read_journal "$run_dir/journal"
  remove_scratch
  undo_commit || return 1
  undo_all "$run_dir"
}

# undo_all FOLDER: of the run whose folder that is, the newest change first.
undo_all() {
  local undo status=0 owner=${1##*/}
  local words=()
  for undo in ${journal_undos[@]+"${journal_undos[@]}"}; do
    # The disk may be full.
    rm -f -- "$run_dir"/work/{describe,digests}.*
    if [[ $undo == 'saved '* ]]; then
      put_back_set "$1/saved/${undo#saved }" || status=1
    else
      IFS=' ' read -r -a words <<<"$undo"
      call_undo "${words[@]:1}" || status=1
    fi
  done
  return "$status"
}

# put_back_saved SET: of this run; nothing to do where nothing was saved.
put_back_saved() {
  [[ -e $run_dir/saved/$1/list ]] || return 0
  put_back_set "$run_dir/saved/$1" && journal put_back "$1"
}

# put_back_set SET: a folder that save_paths made.
put_back_set() {
  local run=${1%/saved/*} known
  own_process_id known
  known=$run_dir/work/known.$known
  cat -- "$run"/wrote.* >"$known" 2>/dev/null || : >"$known"
  put_back "$1/list" "$1/files" "${run##*/}" "$known"
}
