# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# Bringing a folder to the tree that upstream has: what differs stands beside
# the destination already.

# git_update NAME: move it to its place.
git_update() {
  local name=$1 commit tree inputs scratch cache=$cache_folder/$1.git
  read -r commit tree inputs <"$run_dir/work/$name.fetched"
  git_scratch
  # From here until the end nothing is known of the index.
  [[ ! -e $cache/index.tree ]] || rm -f -- "$cache/index.tree"
  if [[ ! -e $run_dir/work/$name.write ]]; then
    [[ -d $destination ]] || mkdir -p -- "$destination"
    (cd -- "$scratch/$name" && find . ! -type d -print0) |
      note_written_below "$scratch/$name" "$destination/$name"
    mv -- "$scratch/$name" "$destination/$name"
    output created "$destination/$name"
  elif [[ -s $run_dir/work/$name.write || -s $run_dir/work/$name.remove ]]; then
    note_written_below "$scratch/$name" "$destination/$name" <"$run_dir/work/$name.write"
    git_remove_files <"$run_dir/work/$name.remove"
    git_move_files <"$run_dir/work/$name.write"
    GIT_INDEX_FILE=$PWD/$cache/index.new git_cache "$name" update-index -q --refresh ||
      fail_step "the files that were written differ from upstream's; run again"
    mv -f -- "$cache/index.new" "$cache/index"
    output changed "$destination/$name"
  fi
  printf '%s\n' "$tree" >"$cache/index.tree"
  printf '%s %s %s\n' "$commit" "$tree" "$inputs" >"$run_dir/work/$name.pinned"
}

# git_update_saves NAME: the paths that git_update will overwrite or remove.
git_update_saves() {
  local path list
  if [[ ! -e $run_dir/work/$1.write ]]; then
    printf '%s\0' "$destination/$1"
    return 0
  fi
  for list in "$run_dir/work/$1.remove" "$run_dir/work/$1.write"; do
    while IFS= read -r -d '' path; do
      printf '%s\0' "$destination/$1/$path"
    done <"$list"
  done
}

git_remove_files() {
  local path folder
  while IFS= read -r -d '' path; do
    rm -f -- "$destination/$name/$path"
    folder=$path
    while [[ $folder == */* ]]; do
      folder=${folder%/*}
      rmdir -- "$destination/$name/$folder" 2>/dev/null || break
    done
  done
}

# git_move_files: the files of one folder with one mv.
git_move_files() {
  local path folder current=''
  local files=()
  while IFS= read -r -d '' path; do
    folder=$destination/$name/$path
    folder=${folder%/*}
    if [[ $folder != "$current" ]] || ((${#files[@]} >= 200)); then
      git_move_batch
      current=$folder
    fi
    files+=("$scratch/$name/$path")
  done
  git_move_batch
}

git_move_batch() {
  ((${#files[@]} > 0)) || return 0
  mkdir -p -- "$current"
  mv -f -- "${files[@]}" "$current/"
  files=()
}

# git_remove_dropped NAME: of a repository that left the list, remove what is
# upstream's; what is not stays.
git_remove_dropped() {
  local name=$1 path state
  git_check_folder "$name"
  read -r state <"$run_dir/work/$name.folder"
  [[ $state == as_pin || $state == missing || $state == absent ]] ||
    fail_step "$destination/$name stays, as it has local changes; commit them or move them away"
  [[ $state == absent ]] || git_cache "$name" ls-files -z | git_remove_files
  rmdir -- "$destination/$name" 2>/dev/null || :
  rm -rf -- "$cache_folder/$name.git"
  : >"$run_dir/work/$name.removed"
  output removed "$destination/$name"
}

git_remove_dropped_saves() {
  printf '%s\0' "$destination/$1"
}
