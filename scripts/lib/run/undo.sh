# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# Everything as it was before: of a run that failed, or of one that died.

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
  put_back_set "$run_dir/saved/$1" && journal restored "$1"
}

# put_back_set SET: a folder that save_paths made.
put_back_set() {
  local run=${1%/saved/*} known
  own_process_id known
  known=$run_dir/work/known.$known
  cat -- "$run"/wrote.* >"$known" 2>/dev/null || : >"$known"
  put_back "$1/list" "$1/files" "${run##*/}" "$known"
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

# call_undo FUNCTION ARGUMENT...: as undo_with wrote them.
call_undo() {
  local undo=$1 argument
  local decoded=()
  shift
  for argument in "$@"; do
    argument=${argument//%0A/$'\n'}
    argument=${argument//%20/ }
    decoded+=("${argument//%25/%}")
  done
  knows_undo "$undo" || {
    warn "$target: this program does not know how to undo $undo; run the one that was interrupted"
    return 1
  }
  "$undo" ${decoded[@]+"${decoded[@]}"}
}
