# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# A repository's folder, compared with the tree that the lock file names. The
# index in the cache remembers sizes and times, so this reads no content of
# files that nobody touched.

# git_check_folders INDEX...: of the repositories with these indexes.
git_check_folders() {
  local index
  for index in "$@"; do
    git_check_folder "${repositories[index]}"
  done
}

# git_check_folder NAME: write a word to work/NAME.folder: absent, as_pin,
# missing (files are gone, nothing else), changed, unknown (no pin), or
# unreadable (git cannot tell).
git_check_folder() {
  local name=$1 state
  git_pin "$name"
  git_folder_state
  printf '%s\n' "$state" >"$run_dir/work/$name.folder"
}

git_folder_state() {
  local folder
  git_folder "$name"
  if [[ ! -e $folder && ! -L $folder ]]; then
    state=absent
    return 0
  elif [[ -L $folder || ! -d $folder || -e $folder/.git || -z $pin_tree ]]; then
    state=unknown
    return 0
  fi
  if git_index_is "$pin_tree"; then
    if git_cache "$name" ls-files -t -z --modified --deleted --others \
      --exclude-standard >"$run_dir/work/$name.differs" 2>/dev/null; then
      git_read_differences
      [[ $state == changed ]] || return 0
    elif [[ $dry_run == false ]]; then
      git_discard_cache "$name"
    fi
  fi
  # An index that a killed run left behind describes something else.
  state=changed
  if ! git_actual_tree "$name"; then
    state=unreadable
  elif [[ $actual_tree == "$pin_tree" ]]; then
    state=as_pin
  fi
}

# git_index_is TREE: does the index of the cache describe TREE?
git_index_is() {
  local described=''
  [[ -e $cache_folder/$name.git/index ]] &&
    { read -r described <"$cache_folder/$name.git/index.tree"; } 2>/dev/null &&
    [[ $described == "$1" ]]
}

git_read_differences() {
  local tag path
  state=as_pin
  while IFS= read -r -d '' path; do
    tag=${path%% *}
    path=${path#* }
    if [[ $tag == '?' ]] && is_sibling "$path"; then
      continue
    elif [[ $tag == '?' || $tag == C && (-e $folder/$path || -L $folder/$path) ]]; then
      state=changed
      printf '%s\n' "$path" >>"$run_dir/work/$name.local"
    elif [[ $state == as_pin ]]; then
      state=missing
    fi
  done <"$run_dir/work/$name.differs"
}

# git_actual_tree NAME: set actual_tree to the tree id of what stands in the
# folder; fails if git cannot tell, with its words in work/NAME.add.
git_actual_tree() {
  local name=$1 cache_folder=$cache_folder
  [[ $dry_run == false ]] || cache_folder=$run_dir/work
  git_add_all && return 0
  ! git_cache_is_sound "$name" || return 1
  git_discard_cache "$name"
  git_add_all
}

# Ignored files count only if that is needed to find the pinned tree.
git_add_all() {
  local force cache=$cache_folder/$name.git
  local no_siblings=':(exclude)*.bak.[0-9]*_[0-9]*'
  actual_tree=
  for force in '' --force; do
    git_prepare_cache "$name" && rm -f -- "$cache/index" "$cache/index.tree" &&
      git_cache "$name" add --all ${force:+"$force"} -- . "$no_siblings" 2>"$run_dir/work/$name.add" &&
      actual_tree=$(git_cache "$name" write-tree 2>>"$run_dir/work/$name.add") ||
      return 1
    [[ $actual_tree != "$pin_tree" ]] || break
  done
  printf '%s\n' "$actual_tree" >"$cache/index.tree"
}

# git_upstream_files FOLDER: the files that a repository's folder has from
# upstream, NUL-ended: they belong together even where one is ignored.
git_upstream_files() {
  local name=${1##*/} index='' folder path
  if ! git_index "$name" || ! git_folder "$name" || [[ $1 != "$folder" ]]; then
    for index in ${own_folders[@]+"${!own_folders[@]}"}; do
      [[ ${own_folders[index]} != "$1" ]] || break
    done
    [[ -n $index && ${own_folders[index]:-} == "$1" ]] || return 0
    name=${repositories[index]}
  fi
  git_cache "$name" ls-files -z | while IFS= LC_ALL=C read -r -d '' path; do
    printf '%s/%s\0' "$1" "$path"
  done
}

# git_uncommitted: the folders that are as the lock file says and that HEAD has
# nothing of, as lines of outputs: brought by runs that did not commit.
git_uncommitted() {
  local name state folder committed
  committed=$(git ls-tree -d --name-only "HEAD:./$destination" 2>/dev/null | tr '\n' ' ') || :
  for name in "${repositories[@]}"; do
    # Nobody looks at one that is held.
    [[ -e $run_dir/work/$name.folder ]] || continue
    read -r state <"$run_dir/work/$name.folder"
    [[ $state == as_pin ]] || continue
    git_folder "$name"
    if [[ $folder == "$destination/$name" ]]; then
      [[ " $committed" != *" $name "* ]] || continue
    elif git rev-parse --quiet --verify "HEAD:./$folder" >/dev/null 2>&1; then
      continue
    fi
    encode_path folder "$folder"
    printf 'created %s\n' "$folder"
  done
}

# git_may_overwrite NAME: may the folder, which is not as the lock file says,
# be replaced? Only with on_conflict: theirs, and only what is committed. Else
# it fails and refusal says why.
git_may_overwrite() {
  local folder committed files=''
  git_folder "$1"
  refusal=
  if [[ -L $folder || ! -d $folder ]]; then
    refusal="$folder is not a folder; move it away"
  elif [[ -e $folder/.git ]]; then
    refusal="$folder has a .git folder of its own; if you need nothing in it, remove $folder and run again"
  elif ! git_actual_tree "$1"; then
    refusal="git cannot read $folder"
  else
    committed=$(git rev-parse --quiet --verify "HEAD:./$folder" 2>/dev/null || :)
    if [[ $actual_tree != "$committed" ]]; then
      [[ ! -s $run_dir/work/$1.local ]] ||
        files=": $(head -n 3 -- "$run_dir/work/$1.local" | paste -s -d ' ' -)"
      refusal="local changes in $folder$files; commit them or move them away"
    elif [[ $on_conflict != theirs && -z $pin_commit ]]; then
      refusal="$folder has files that $1 never put there; choose another folder, or move them away. If they are an older copy of $1, on_conflict: theirs replaces all of them"
    elif [[ $on_conflict != theirs ]]; then
      refusal="local commits in $folder; keep them with the verb patch, or, to take upstream's files instead, set on_conflict: theirs"
    fi
  fi
  [[ -z $refusal ]]
}
