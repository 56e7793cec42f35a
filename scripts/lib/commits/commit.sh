# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# Committing what a run changed, and nothing else: in an index of its own, so
# that whatever else is staged or dirty stays as it is.

# check_commit: before the first step: would a commit be allowed, and whose? A
# push writes nothing here to commit.
check_commit() {
  local state
  [[ $direction != push ]] || return 0
  unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE GIT_OBJECT_DIRECTORY
  check_work_tree
  git_directory=$(git rev-parse --absolute-git-dir)
  for state in rebase-merge:rebase rebase-apply:rebase MERGE_HEAD:merge \
    CHERRY_PICK_HEAD:cherry-pick REVERT_HEAD:revert BISECT_LOG:bisect; do
    [[ ! -e $git_directory/${state%:*} ]] ||
      die 4 "git_commit: a ${state#*:} is in progress; finish or abort it first"
  done
  [[ $ci == true ]] || git symbolic-ref -q HEAD >/dev/null ||
    die 4 'git_commit: HEAD is detached, so a commit would be lost; check out a branch'
  check_identity
  if [[ -e $git_directory/index.lock && -z $(git_lock_run "$git_directory") ]]; then
    take_git_lock "$git_directory" "$run_id" || git_lock_held 3
    release_git_lock "$git_directory" "$run_id"
  fi
}

check_work_tree() {
  local words
  words=$(LC_ALL=C git rev-parse --is-inside-work-tree 2>&1) || :
  case $words in
    true) ;;
    *safe.directory*)
      die 4 "git_commit: Git does not use $root, which belongs to another user; run ${words##*$'\t'}"
      ;;
    *'not a git repository'* | false)
      die 4 "git_commit: $root is not in a working tree of Git; run git init there, or leave git_commit out"
      ;;
    *) die 4 "git_commit: Git cannot use $root: $words" ;;
  esac
}

check_identity() {
  local git_strict=(git -c user.useConfigOnly=true var)
  if "${git_strict[@]}" GIT_AUTHOR_IDENT >/dev/null 2>&1 &&
    "${git_strict[@]}" GIT_COMMITTER_IDENT >/dev/null 2>&1; then
    return 0
  fi
  [[ $ci == true ]] ||
    die 3 'Git does not know who commits: run git config user.name NAME and git config user.email ADDRESS'
  export GIT_AUTHOR_NAME="${GIT_AUTHOR_NAME:-Lockstep}"
  export GIT_AUTHOR_EMAIL="${GIT_AUTHOR_EMAIL:-lockstep@localhost}"
  export GIT_COMMITTER_NAME="${GIT_COMMITTER_NAME:-Lockstep}"
  export GIT_COMMITTER_EMAIL="${GIT_COMMITTER_EMAIL:-lockstep@localhost}"
}

git_lock_held() {
  local text="another git process is running here; if none is, remove $git_directory/index.lock"
  release_git_lock "$git_directory" "$run_id"
  [[ ${step_id:-} != commit ]] || fail_step "$text" 3
  die 3 "$text"
}

# commit_outputs [FORCED [EARLIER]]: set commit_id, where there is anything to
# commit. FORCED FOLDER prints the files in it, NUL-ended, that are committed even
# if Git ignores them; but nothing of a folder that is ignored as a whole. EARLIER
# prints lines of outputs that earlier runs should have committed. Other targets
# wait until this one's commit is there to stay.
commit_outputs() {
  local index=$git_directory/lockstep-$run_id.index owner reference base entry
  : >>"$run_dir/outputs"
  try_lock entry commit 600 || fail_step "$(lock_owner_text "$owner")" 3
  journal git_lock "$git_directory"
  take_git_lock "$git_directory" "$run_id" || git_lock_held 3
  reference=$(git symbolic-ref -q HEAD) || reference=HEAD
  base=$(git rev-parse -q --verify "$reference") || base=none
  stage_outputs "${1:-}" "${2:-}"
  if [[ $base != none ]] &&
    GIT_INDEX_FILE=$index git diff-index --cached --quiet "$base"; then
    note_step "nothing to commit$left_out"
    release_git_lock "$git_directory" "$run_id"
    return 0
  fi
  [[ ! -e $git_directory/index ]] ||
    cp -p -- "$git_directory/index" "$run_dir/work/index.before"
  journal commit "$reference" "$base"
  make_commit
  move_index "$git_directory" "$run_id" "$base" "$commit_id"
  cp -p -- "$git_directory/index" "$run_dir/work/index.after"
  journal indexed
  release_git_lock "$git_directory" "$run_id"
  note_step "${commit_id:0:12}$left_out"
}

# make_commit: hooks and signing are the user's own; only no cleaning up in the
# background, which would outlive the step.
make_commit() {
  local status=0
  commit_message >"$run_dir/work/message"
  GIT_INDEX_FILE=$index git -c gc.auto=0 -c maintenance.auto=false commit \
    --quiet --file="$run_dir/work/message" >&2 6>&- 7>&- || status=$?
  ((status == 0)) ||
    fail_step "a hook or Git refused the commit (exit code $status)"
  commit_id=$(git rev-parse "$reference")
  journal committed "$commit_id"
}

commit_message() {
  local text
  text=$(cat -- "$run_dir/summary" 2>/dev/null) || :
  text=${text%%$'\n'*}
  if [[ -z $text ]]; then
    text=$(LC_ALL=C sort -u "$run_dir/outputs" | grep -c '')
    text+=" output$([[ $text == 1 ]] || printf 's') changed"
  fi
  mask text
  printf 'sync(%s): %s\n\nLockstep-Run: %s\nLockstep-Target: %s\n' \
    "$target" "$text" "$run_id" "$target"
}

# stage_outputs FORCED EARLIER: HEAD and what the run changed, in the index of the
# commit. Sets left_out to what was not taken, and why.
stage_outputs() {
  export GIT_INDEX_FILE=$index
  [[ ! -e $git_directory/index ]] || cp -p -- "$git_directory/index" "$index"
  if [[ $base == none ]]; then
    git read-tree --empty
  else
    git read-tree --reset "$base"
  fi
  list_committed "$1" "$2"
  git update-index -z --force-remove --stdin <"$run_dir/work/commit.files.gone"
  git update-index -z --add --remove --replace --stdin \
    <"$run_dir/work/commit.files"
  unset GIT_INDEX_FILE
}

# list_committed FORCED EARLIER: write the files of the outputs that lie within the
# declared ones and that Git does not ignore to work/commit.files, and those
# that are gone since a folder on their way is a link to commit.files.gone,
# NUL-ended.
list_committed() {
  local forced=$1 path kind source pattern expression outside=0 foreign=0 ignored=0
  local files=$run_dir/work/commit.files link link_folder=''
  : >"$files.single"
  cat -- "$run_dir/outputs" >"$files.outputs"
  [[ -z $2 ]] || "$2" >>"$files.outputs"
  while IFS= LC_ALL=C read -r path; do
    kind=${path%% *}
    decode_path path "${path#* }"
    if behind_link "$path"; then
      [[ $kind == removed ]] ||
        fail_step "git_commit: $path is behind the link $link, which Git does not follow; put its real path under outputs"
      printf '%s\0' "$path"
    elif own_repository "$path"; then
      foreign=$((foreign + 1))
    elif [[ -d $path && ! -L $path ]]; then
      folder_files "$path"
    else
      # What is gone may have been a folder.
      [[ -e $path || -L $path ]] ||
        git ls-files -z --cached -- ":(literal)$path"
      printf '%s\0' "$path" >>"$files.single"
    fi
  done < <(LC_ALL=C sort -u "$files.outputs") >"$files.all"
  find_ignored <"$files.single" >"$files.checked"
  while read -r -d '' source && read -r -d '' && read -r -d '' pattern &&
    IFS= LC_ALL=C read -r -d '' path; do
    if [[ -n $source && $pattern != '!'* ]]; then
      ignored=$((ignored + 1))
    else
      printf '%s\0' "$path"
    fi
  done <"$files.checked" >>"$files.all"
  patterns_expression expression "${declared_outputs[@]}"
  while IFS= LC_ALL=C read -r -d '' path; do
    if is_sibling "$path"; then
      continue
    elif ! path_matches "$path" "$expression"; then
      outside=$((outside + 1))
    elif behind_link "$path"; then
      printf '%s\0' "$path" >&4
    else
      printf '%s\0' "$path"
    fi
  done <"$files.all" >"$files" 4>"$files.gone"
  left_out=
  ((outside == 0)) || left_out+="; $outside not within outputs"
  ((foreign == 0)) || left_out+="; $foreign in repositories of their own"
  ((ignored == 0)) || left_out+="; $ignored ignored by Git"
}

# folder_files FOLDER: what stands there and what is gone, without what Git
# ignores, but with what FORCED says.
folder_files() {
  local file
  while IFS= LC_ALL=C read -r -d '' file; do
    # Neither a repository of its own nor a file that became a folder.
    [[ -d $file && ! -L $file ]] || printf '%s\0' "$file"
  done < <(git ls-files -z --cached --others --exclude-standard -- ":(literal)$1")
  if git check-ignore -q -- "$1"; then
    ignored=$((ignored + 1))
  elif [[ -n $forced ]]; then
    (unset GIT_INDEX_FILE && "$forced" "$1")
  fi
}

# find_ignored: NUL-ended paths in; 1 is Git's word for none.
find_ignored() {
  local status=0
  git check-ignore -z -v -n --stdin || status=$?
  ((status <= 1)) || return "$status"
}

# behind_link PATH: is a folder on its way a link? Sets link to that. It looks
# once for all files of a folder that come one after another.
behind_link() {
  [[ $1 == */* ]] || return 1
  if [[ ${1%/*} != "$link_folder" ]]; then
    link_folder=${1%/*}
    link=$link_folder
    while [[ -n $link && ! -L $link ]]; do
      [[ $link == */* ]] || link=/
      link=${link%/*}
    done
  fi
  [[ -n $link ]]
}

# own_repository PATH: is it in a repository of its own below the root?
own_repository() {
  local folder=$1
  while [[ ! -e $folder/.git ]]; do
    [[ $folder == */* ]] || return 1
    folder=${folder%/*}
  done
}
