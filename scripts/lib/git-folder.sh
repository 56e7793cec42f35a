# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# A repository's folder, compared with the tree that the lock file names. The
# index in the cache remembers sizes and times, so this reads no content of
# files that nobody touched.

# git_cache NAME COMMAND...: git in the bare cache of NAME, with its folder.
git_cache() {
  git --git-dir="$cache_folder/$1.git" --work-tree="$destination/$1" "${@:2}"
}

# git_prepare_cache NAME: its own settings beat the user's: bytes are never
# changed on their way, no hook runs, nothing is cleaned up in the background.
git_prepare_cache() {
  local cache=$cache_folder/$1.git
  [[ ! -e $cache/info/attributes ]] || return 0
  rm -rf -- "$cache"
  [[ $dry_run == true ]] || make_private_folder .insightpulse/cache
  if [[ -d $run_dir/work/template.git ]]; then
    mkdir -p -- "$cache_folder"
    cp -R -- "$run_dir/work/template.git" "$cache"
  else
    git_new_cache "$cache"
  fi
}

# git_make_template: what many new caches are copied from.
git_make_template() {
  git_new_cache "$run_dir/work/template.git"
}

git_new_cache() {
  local cache=$1
  git init -q --bare --template= "$cache"
  printf '[core]\n\thooksPath = /dev/null\n\tautocrlf = false\n\tlogAllRefUpdates = false\n\tquotePath = true\n[gc]\n\tauto = 0\n[maintenance]\n\tauto = false\n' \
    >>"$cache/config"
  mkdir -p -- "$cache/info"
  printf '* -text -ident -filter -working-tree-encoding\n' \
    >"$cache/info/attributes"
}

# git_check_folders INDEX...: of the repositories with these indexes.
git_check_folders() {
  local index
  git_read_pins
  for index in "$@"; do
    git_check_folder "${repositories[index]}"
  done
}

# git_check_folder NAME: write a word to work/NAME.folder: absent, as_pin,
# missing (files are gone, nothing else), changed, or unknown (no pin).
git_check_folder() {
  local name=$1 state
  [[ -n ${pins+read} ]] || git_read_pins
  git_pin "$name"
  git_folder_state
  printf '%s\n' "$state" >"$run_dir/work/$name.folder"
}

git_folder_state() {
  local folder=$destination/$name tag path
  if [[ ! -e $folder && ! -L $folder ]]; then
    state=absent
    return 0
  elif [[ -L $folder || ! -d $folder || -e $folder/.git || -z $pin_tree ]]; then
    state=unknown
    return 0
  elif ! git_index_is "$pin_tree"; then
    state=changed
    [[ $(git_actual_tree "$name") != "$pin_tree" ]] || state=as_pin
    return 0
  fi
  state=as_pin
  while IFS= read -r -d '' path; do
    tag=${path%% *}
    path=${path#* }
    if [[ $tag == '?' || $tag == C && (-e $folder/$path || -L $folder/$path) ]]; then
      state=changed
      printf '%s\n' "$path" >>"$run_dir/work/$name.local"
    elif [[ $state == as_pin ]]; then
      state=missing
    fi
  done < <(git_cache "$name" ls-files -t -z --modified --deleted --others --exclude-standard)
  # An index that a killed run left behind describes something else.
  if [[ $state == changed && $(git_actual_tree "$name") == "$pin_tree" ]]; then
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

# git_actual_tree NAME: the tree id of what stands in the folder. Ignored files
# count only if that is needed to find the pinned tree.
git_actual_tree() {
  local name=$1 tree cache_folder=$cache_folder force
  [[ $dry_run == false ]] || cache_folder=$run_dir/work
  git_prepare_cache "$name"
  for force in '' --force; do
    rm -f -- "$cache_folder/$name.git/index"
    git_cache "$name" add --all ${force:+"$force"} .
    tree=$(git_cache "$name" write-tree)
    [[ $tree != "$pin_tree" ]] || break
  done
  [[ $dry_run == true ]] || printf '%s\n' "$tree" >"$cache_folder/$name.git/index.tree"
  printf '%s\n' "$tree"
}

# git_upstream_files FOLDER: the files that a repository's folder has from
# upstream, NUL-ended: they belong together even where one is ignored.
git_upstream_files() {
  local name=${1#"$destination/"} path
  [[ $1 == "$destination"/* ]] || return 0
  git_cache "$name" ls-files -z | while IFS= LC_ALL=C read -r -d '' path; do
    printf '%s/%s\0' "$1" "$path"
  done
}

# git_may_overwrite NAME: may the folder, which is not as the lock file says,
# be replaced? Only with on_conflict: theirs, and only what is committed. Else
# it fails and refusal says why.
git_may_overwrite() {
  local name=$1 folder=$destination/$1 tree files=''
  refusal=
  if [[ -L $folder || ! -d $folder ]]; then
    refusal="$folder is no folder; move it away"
  elif [[ -e $folder/.git ]]; then
    refusal="$folder has a .git folder of its own; if nothing in it is needed, remove $folder and run again"
  else
    tree=$(git_actual_tree "$name")
    if [[ $tree != "$(git rev-parse --quiet --verify "HEAD:./$folder" 2>/dev/null)" ]]; then
      [[ ! -s $run_dir/work/$name.local ]] ||
        files=": $(head -n 3 -- "$run_dir/work/$name.local" | paste -s -d ' ' -)"
      refusal="local changes in $folder$files; commit them or move them away"
    elif [[ $on_conflict != theirs ]]; then
      refusal="local commits in $folder; to take upstream's files instead, set on_conflict: theirs"
    fi
  fi
  [[ -z $refusal ]]
}

# git_check_destination: no link on the way may lead out of the root.
git_check_destination() {
  local folder=$destination physical
  while [[ ! -e $folder && ! -L $folder ]]; do
    [[ $folder == */* ]] || return 0
    folder=${folder%/*}
  done
  physical=$(cd -P -- "$folder" 2>/dev/null && pwd) ||
    die 2 "destination $destination: $folder is no folder that can be entered"
  [[ $physical == "$root" || $physical == "${root%/}"/* ]] ||
    die 2 "destination $destination: leads out of $root through a link"
  [[ -w $folder ]] || die 3 "destination $destination: $folder cannot be written"
}
