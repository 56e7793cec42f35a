# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# Bringing a folder to the tree that upstream has: what differs stands beside
# the destination already.

# git_update NAME: move it to its place.
git_update() {
  local name=$1 folder commit tree inputs scratch cache=$cache_folder/$1.git
  git_folder "$name"
  read -r commit tree inputs <"$run_dir/work/$name.fetched"
  git_scratch
  # From here until the end nothing is known of the index.
  [[ ! -e $cache/index.tree ]] || rm -f -- "$cache/index.tree"
  if [[ ! -e $run_dir/work/$name.write ]]; then
    [[ ! -e $folder && ! -L $folder ]] || fail_step "$folder is there by now; run again"
    [[ $folder != */* || -d ${folder%/*} ]] || mkdir -p -- "${folder%/*}"
    (cd -- "$scratch/$name" && find . ! -type d -print0) |
      note_written_below "$scratch/$name" "$folder"
    mv -- "$scratch/$name" "$folder"
    output created "$folder"
  elif [[ -s $run_dir/work/$name.write || -s $run_dir/work/$name.remove ]]; then
    note_written_below "$scratch/$name" "$folder" <"$run_dir/work/$name.write"
    git_remove_files <"$run_dir/work/$name.remove"
    git_move_files <"$run_dir/work/$name.write"
    GIT_INDEX_FILE=$PWD/$cache/index.new git_cache "$name" update-index -q --refresh ||
      fail_step "the files that were written differ from upstream's; run again"
    mv -f -- "$cache/index.new" "$cache/index"
    output changed "$folder"
  fi
  printf '%s\n' "$tree" >"$cache/index.tree"
  printf '%s %s %s\n' "$commit" "$tree" "$inputs" >"$run_dir/work/$name.pinned"
}

# git_update_saves NAME: the paths that git_update will overwrite or remove.
git_update_saves() {
  local path list folder
  git_folder "$1"
  if [[ ! -e $run_dir/work/$1.write ]]; then
    printf '%s\0' "$folder"
    return 0
  fi
  for list in "$run_dir/work/$1.remove" "$run_dir/work/$1.write"; do
    while IFS= read -r -d '' path; do
      printf '%s\0' "$folder/$path"
    done <"$list"
  done
}

git_remove_files() {
  local path parent
  while IFS= read -r -d '' path; do
    rm -f -- "$folder/$path"
    parent=$path
    while [[ $parent == */* ]]; do
      parent=${parent%/*}
      rmdir -- "$folder/$parent" 2>/dev/null || break
    done
  done
}

# git_move_files: the files of one folder with one mv.
git_move_files() {
  local path place current=''
  local files=()
  while IFS= read -r -d '' path; do
    place=$folder/$path
    place=${place%/*}
    if [[ $place != "$current" ]] || ((${#files[@]} >= 200)); then
      git_move_batch
      current=$place
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
# upstream's; what is not stays, and what another one has taken over. A folder of its
# own is no output any more, and may be another target's.
git_remove_dropped() {
  local name=$1 folder state=absent
  git_pin "$name"
  folder=$pin_folder
  if git_is_taken "$folder"; then
    :
  elif [[ $folder != "$destination/$name" ]]; then
    [[ ! -e $folder && ! -L $folder ]] ||
      fail_step "it left the list, and $folder is no output of this target any more: remove it (git rm -r), or list it again"
  else
    git_check_folder "$name"
    read -r state <"$run_dir/work/$name.folder"
  fi
  [[ $state == as_pin || $state == missing || $state == absent ]] ||
    fail_step "$folder stays, as it has local changes; commit them or move them away"
  if [[ $state != absent ]]; then
    git_cache "$name" ls-files -z | git_remove_files
    rmdir -- "$folder" 2>/dev/null || :
    output removed "$folder"
  fi
  rm -rf -- "$cache_folder/$name.git"
  : >"$run_dir/work/$name.removed"
}

git_remove_dropped_saves() {
  local name=$1
  git_pin "$name"
  [[ $pin_folder != "$destination/$name" ]] || git_is_taken "$pin_folder" || printf '%s\0' "$pin_folder"
}
