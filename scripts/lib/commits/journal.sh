# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# What is left of a commit when its run failed or was killed: every program
# carries this, also of a target that commits no more.

# take_git_lock FOLDER RUN: hold FOLDER/index.lock, as git does while it writes
# the index. It says whose it is from its first moment. Fails when somebody
# else has held it for 5 seconds.
take_git_lock() {
  local tries=0
  printf 'lockstep %s\n' "$2" >"$1/lockstep-$2"
  until ln -- "$1/lockstep-$2" "$1/index.lock" 2>/dev/null; do
    tries=$((tries + 1))
    ((tries < 25)) || return 1
    sleep 0.2
  done
}

# git_lock_run FOLDER: print the run whose FOLDER/index.lock is, if it is ours.
git_lock_run() {
  local mark='' run='' LC_ALL=C
  { read -r mark run <"$1/index.lock"; } 2>/dev/null || :
  [[ $mark != lockstep ]] || printf '%s' "$run"
}

# release_git_lock FOLDER RUN: nobody else's, and the files beside it.
release_git_lock() {
  [[ $(git_lock_run "$1") != "$2" ]] || rm -f -- "$1/index.lock"
  rm -f -- "$1/lockstep-$2"*
}

# move_index FOLDER RUN FROM TO: let the index follow from one commit to the
# other where they differ, and leave whatever else it holds as it is. The lock
# must be held.
move_index() {
  local new=$1/lockstep-$2.new from=$3 to=$4 empty filter mode object path
  empty=$(git hash-object -t tree --stdin </dev/null)
  [[ $from != none ]] || from=$empty
  [[ $to != none ]] || to=$empty
  [[ ! -e $1/index ]] || cp -p -- "$1/index" "$new" || return 1
  # What goes, before what comes: a file may become a folder.
  for filter in D d; do
    git diff-tree -r -z --no-renames --diff-filter="$filter" "$from" "$to" |
      while read -r -d '' _ mode _ object _ && IFS= LC_ALL=C read -r -d '' path; do
        [[ $filter == d ]] || mode=0
        printf '%s %s\t%s\0' "$mode" "$object" "$path"
      done
  done | GIT_INDEX_FILE=$new git update-index -z --replace --index-info ||
    return 1
  GIT_INDEX_FILE=$new git update-index -q --refresh >/dev/null || :
  mv -f -- "$new" "$1/index"
}

# undo_commit: take back the commit of this run, the index first: a kill in
# between leaves a commit that recovery finds and keeps.
undo_commit() {
  local reference base
  [[ -n $journal_git ]] || return 0
  release_git_lock "$journal_git" "$run_id"
  find_commit "$run_id" || return 0
  [[ $(git rev-parse -q --verify "$reference") == "$journal_committed" ]] ||
    return 1
  take_git_lock "$journal_git" "$run_id" || return 1
  if [[ -e $run_dir/work/index.before ]] &&
    cmp -s -- "$journal_git/index" "$run_dir/work/index.after"; then
    cp -p -- "$run_dir/work/index.before" "$journal_git/lockstep-$run_id.new"
    mv -f -- "$journal_git/lockstep-$run_id.new" "$journal_git/index"
  else
    move_index "$journal_git" "$run_id" "$journal_committed" "$base"
  fi || return 1
  release_git_lock "$journal_git" "$run_id"
  if [[ $base == none ]]; then
    git update-ref -d "$reference" "$journal_committed"
  else
    git update-ref -m "lockstep: run $run_id failed" "$reference" "$base" \
      "$journal_committed"
  fi
}

# finish_commit RUN: of a run that was killed: is its commit there? Then the
# run is complete; the index follows if it did not yet.
finish_commit() {
  local reference base
  [[ -n $journal_git ]] || return 1
  unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE
  release_git_lock "$journal_git" "$1"
  find_commit "$1" || return 1
  say "$target: run $1 was interrupted after its commit, so it is complete"
  [[ $journal_indexed == false ]] || return 0
  take_git_lock "$journal_git" "$1" ||
    die 3 "another git process is running here; if none is, remove $journal_git/index.lock"
  move_index "$journal_git" "$1" "$base" "$journal_committed" ||
    die 3 "$journal_git/index cannot be written"
  release_git_lock "$journal_git" "$1"
}

# find_commit RUN: set reference, base and journal_committed to the commit of
# RUN, if its branch holds it. A kill may have come before the journal could
# name it.
find_commit() {
  [[ -n $journal_commit ]] || return 1
  read -r reference base <<<"$journal_commit"
  [[ -n $journal_committed ]] || journal_committed=$(
    [[ $base == none ]] || exclude=^$base
    git rev-list -n 1 --grep="^Lockstep-Run: $1\$" "$reference" \
      ${exclude:+"$exclude"} 2>/dev/null
  )
  [[ -n $journal_committed ]] &&
    git merge-base --is-ancestor "$journal_committed" "$reference" 2>/dev/null
}
