# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# Putting a repository together in its cache: a commit, what is merged upon it, and
# what is applied then.
# Whoever puts the same inputs together gets the same commit.

# git_build: of name, from its inputs; set commit, and inputs to those that it was
# made of: a branch may have moved on since it was asked for.
git_build() {
  local number url wanted_ref input_urls input_refs id ids=()
  git_inputs "$name"
  git_prepare_cache "$name"
  read -r -a ids <<<"$inputs"
  for number in "${!input_refs[@]}"; do
    url=${input_urls[number]}
    wanted_ref=${input_refs[number]}
    if [[ $wanted_ref == file:* ]]; then
      git_apply "${wanted_ref#file:}"
    elif ((number == 0)); then
      git_get_base "${ids[0]}"
    else
      git_get_history "${ids[number]}" "refs/lockstep/input-$number"
      git_merge "$id"
    fi
    ids[number]=$id
  done
  inputs=${ids[*]}
  git_bare "$name" update-ref refs/lockstep/built "$commit"
  git_pack_cache "$name"
}

# git_get_commit COMMIT: fetch it, or what the branch of name has by now, without what
# came before; set commit to what names it in the cache.
git_get_commit() {
  local what=$1 ref=refs/heads/lockstep
  commit=$what
  ! git_has_all "$what" || return 0
  git_prepare_cache "$name"
  if ! git_fetch_from_share; then
    [[ $locked == true || $wanted_ref != refs/heads/* ]] || what=$wanted_ref
    git_network "$tries" --git-dir="$cache_folder/$name.git" fetch --quiet \
      --depth 1 --no-tags --no-write-fetch-head --force REMOTE "+$what:$ref"
  fi
  commit=$ref
  git_pack_cache "$name"
}

# git_has_all COMMIT: is it in the cache of name, with all that it holds? Git has
# looked at what its branch names; of what came before a connection was lost a
# commit may be there without its files.
git_has_all() {
  local tip=''
  [[ $1 != new && -e $cache_folder/$name.git/$ref ]] || return 1
  read -r tip <"$cache_folder/$name.git/$ref" || :
  [[ $1 == "$tip" ]] || git_bare "$name" rev-list --objects --quiet "$1" -- 2>/dev/null
}

# git_get_base COMMIT: that all starts from; without its history, if nothing is merged.
git_get_base() {
  if [[ ${#input_refs[@]} -gt 1 && ${input_refs[1]} != file:* ]]; then
    git_get_history "$1" refs/heads/lockstep
  else
    git_get_commit "$1"
    id=$(git_bare "$name" rev-parse --verify "$commit")
  fi
  commit=$id
}

# git_get_history COMMIT REF: fetch it, or what its branch has by now, to REF, with all
# that came before it, which merging needs; set id to the commit.
git_get_history() {
  local what=$1 shallow=''
  [[ ! -e $cache_folder/$name.git/shallow ]] || shallow=--unshallow
  id=$(git_bare "$name" rev-parse --quiet --verify "$2" || :)
  [[ $id != "$1" || -n $shallow ]] || return 0
  [[ $locked == true || $wanted_ref != refs/* || $wanted_ref == refs/tags/* ]] || what=$wanted_ref
  git_network "$tries" --git-dir="$cache_folder/$name.git" fetch --quiet ${shallow:+"$shallow"} \
    --no-tags --no-write-fetch-head --force REMOTE "+$what:$2"
  id=$(git_bare "$name" rev-parse --verify "$2")
}

# git_merge COMMIT: merge it upon commit, as far as it is not in there.
git_merge() {
  local tree text status=0 merged=$run_dir/work/$name.merged
  ! git_bare "$name" merge-base --is-ancestor "$1" "$commit" || return 0
  if git_bare "$name" merge-base --is-ancestor "$commit" "$1"; then
    commit=$1
    return 0
  fi
  git_ref_text text "$wanted_ref"
  # Whatever the user has set, the same comes of the same.
  GIT_ATTR_NOSYSTEM=1 LC_ALL=C git_bare "$name" -c core.attributesFile=/dev/null \
    -c merge.renames=true -c merge.directoryRenames=conflict -c merge.renameLimit=7000 \
    -c merge.renormalize=false merge-tree --write-tree --name-only --no-messages \
    "$commit" "$1" >"$merged" 2>"$run_dir/work/$name.errors" || status=$?
  ((status != 1)) || git_fail_merge "$1"
  ((status == 0)) || git_fail "$status" "$run_dir/work/$name.errors"
  read -r tree <"$merged"
  git_commit_layer "$tree" "Merge $text" "$1"
}

# git_fail_merge COMMIT: it conflicts in the files that come after the tree.
git_fail_merge() {
  local files count
  count=$(($(grep -c '' "$merged") - 1))
  files=$(sed -n '2,4p' "$merged" | paste -s -d ' ' -)
  ((count <= 3)) || files="$files and $((count - 3)) more"
  [[ $text == "commit $1" ]] || text="$text (commit ${1:0:12})"
  fail_step "$text conflicts with what it is merged upon: $files"
}

# git_apply PATH: a patch, upon commit; set id to its digest.
git_apply() {
  local tree line text='' status=0 patch=$run_dir/work/$name.patch
  local -x GIT_INDEX_FILE=$run_dir/work/$name.index
  git_digest id "$1"
  cat -- "$1" >"$patch"
  git_bare "$name" read-tree "$commit"
  LC_ALL=C git_bare "$name" -c apply.ignoreWhitespace=no apply --cached --whitespace=nowarn "$patch" \
    2>"$run_dir/work/$name.errors" || status=$?
  if ((status != 0)); then
    while IFS= read -r line; do
      [[ $line != error:* || $line == 'error: patch failed:'* ]] || text="$text; ${line#error: }"
    done <"$run_dir/work/$name.errors"
    fail_step "$1 does not apply upon commit ${commit:0:12}${text}"
  fi
  tree=$(git_bare "$name" write-tree)
  rm -f -- "$GIT_INDEX_FILE"
  git_commit_layer "$tree" "Apply $1"
}

# git_commit_layer TREE MESSAGE [PARENT]: upon commit, which it sets, with the time of the
# newest commit that is in it.
git_commit_layer() {
  local stamp
  stamp=$(git_bare "$name" rev-list --max-count=1 --no-commit-header --format=%ct "$commit" ${3:+"$3"})
  commit=$(GIT_AUTHOR_NAME=Lockstep GIT_AUTHOR_EMAIL=lockstep@localhost GIT_AUTHOR_DATE="$stamp +0000" \
    GIT_COMMITTER_NAME=Lockstep GIT_COMMITTER_EMAIL=lockstep@localhost GIT_COMMITTER_DATE="$stamp +0000" \
    git_bare "$name" -c i18n.commitEncoding=UTF-8 commit-tree -p "$commit" ${3:+-p "$3"} -m "$2" "$1")
}

# git_is_as_locked: does what was put together agree with the lock file, if that is to be
# followed?
git_is_as_locked() {
  [[ $locked == false || -z $inputs || $tree == "$pin_tree" ]] ||
    fail_step "what comes of it here is not what $lock_file says: $(git version) puts it together otherwise"
}

# git_is_kept: is all that is other in the folder of name than the lock file says in
# patches that it does not name yet?
git_is_kept() {
  local number input_urls input_refs ids=() newer=()
  [[ -n $actual_tree ]] || return 1
  git_inputs "$name"
  read -r -a ids <<<"$inputs"
  for number in "${!input_refs[@]}"; do
    [[ ${input_refs[number]} == file:* && " $pin_inputs " != *" ${ids[number]} "* ]] || continue
    newer+=("${input_refs[number]#file:}")
  done
  ((${#newer[@]} > 0)) && git_patches_give "$actual_tree" "${newer[@]}"
}

# git_patches_give TREE FILE...: do the patches make it of what the lock file names?
git_patches_give() {
  local file tree
  local -x GIT_INDEX_FILE=$run_dir/work/$name.index
  git_with_all read-tree "$pin_tree" 2>/dev/null || return 1
  for file in "${@:2}"; do
    git_with_all apply --cached --whitespace=nowarn "$file" 2>/dev/null || return 1
  done
  tree=$(git_with_all write-tree) && rm -f -- "$GIT_INDEX_FILE" && [[ $tree == "$1" ]]
}

# git_with_all COMMAND...: git that sees what is in the cache of name and what is committed
# here, and writes to neither.
git_with_all() {
  local objects
  objects=$(git rev-parse --git-path objects 2>/dev/null || :)
  [[ $objects == /* ]] || objects=$PWD/$objects
  mkdir -p -- "$run_dir/work/$name.objects"
  GIT_OBJECT_DIRECTORY=$run_dir/work/$name.objects \
    GIT_ALTERNATE_OBJECT_DIRECTORIES=$PWD/$cache_folder/$name.git/objects:$objects git_bare "$name" "$@"
}
