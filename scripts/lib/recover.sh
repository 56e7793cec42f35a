# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# What a run that was killed left behind is put back by the next one.

# The run that was put back, if any.
recovered=

# recover: with the lock in our hand, every other run of this target is dead.
recover() {
  local folder
  clear_store
  for folder in .insightpulse/state/runs/"$target"/*/; do
    folder=${folder%/}
    [[ -d $folder && ${folder##*/} != "$run_id" ]] || continue
    recover_run "$folder"
  done
}

recover_run() {
  local folder=$1 former=${1##*/} cache=.insightpulse/cache/$target
  local group undo status=0
  local keep=.insightpulse/state/recovered/$former
  rm -f -- "$folder/reserve"
  if [[ -s $folder/journal ]]; then
    read_journal "$folder/journal"
    for group in ${journal_groups[@]+"${journal_groups[@]}"}; do
      stop_former_group "${group% *}" "${group#* }"
    done
    # The group may have saved more before it was ended.
    read_journal "$folder/journal"
    remove_scratch
    [[ $journal_complete == true ]] || ! finish_commit "$former" ||
      journal_complete=true
    if [[ $journal_complete == true ]]; then
      commit_id=$journal_committed
      keep_backup "$folder" || die 3 "run $former: its backup could not be finished"
      backup_made=
      commit_id=
    else
      for undo in ${journal_undos[@]+"${journal_undos[@]}"}; do
        undo_one "$folder" "$undo" "$keep" || status=1
      done
      [[ ! -d $cache ]] || find "$cache" '(' -name '*.lock' -o -name index.new ')' -exec rm -f {} +
      recovered=$former
      say "$target: run $former was interrupted; it is put back"
      log_line "$target: run $former was interrupted; it is put back"
      ledger recovered "$former" 'it was interrupted'
    fi
    [[ ! -d $keep ]] ||
      warn "$target: what stood there since is kept in $keep"
  fi
  ((status == 0)) ||
    die 7 "run $former was interrupted and could not be put back: its saved files are in $folder/saved"
  forget_run "$folder"
}

# forget_run FOLDER: nothing of it is to be undone any more. The journal goes
# first: with half of what was saved nobody could undo anything.
forget_run() {
  rm -f -- "$1/journal" && rm -rf -- "$1"
}

remove_scratch() {
  ((${#journal_scratch[@]} == 0)) || rm -rf -- "${journal_scratch[@]}"
}

# put_back_run: undo this run, the newest change first. Fails if anything is
# not as it was.
put_back_run() {
  local undo status=0
  read_journal "$run_dir/journal"
  remove_scratch
  undo_commit || return 1
  for undo in ${journal_undos[@]+"${journal_undos[@]}"}; do
    undo_one "$run_dir" "$undo" || status=1
  done
  return "$status"
}

# undo_one FOLDER UNDO [KEEP]: of the run whose folder that is.
undo_one() {
  local words=()
  if [[ $2 == 'saved '* ]]; then
    put_back_set "$1/saved/${2#saved }" "${3:-}"
  else
    IFS=' ' read -r -a words <<<"$2"
    call_undo "${words[@]:1}"
  fi
}

# put_back_saved SET: of this run; nothing to do where nothing was saved.
put_back_saved() {
  [[ -e $run_dir/saved/$1/list ]] || return 0
  put_back_set "$run_dir/saved/$1" && journal put_back "$1"
}

# put_back_set SET [KEEP]: a folder that save_paths made.
put_back_set() {
  local run=${1%/saved/*}
  put_back "$1/list" "$1/files" "${run##*/}" "${2:-}"
}
