# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# Bringing a folder to the tree that upstream has.

# git_fetch NAME: get the commit into the cache, check what it holds, and list
# what is to be written and removed.
git_fetch() {
  local name=$1 url commit tree='' wanted ref=refs/heads/lockstep
  git_url "$name"
  read -r wanted <"$run_dir/work/$name.asked"
  git_read_pins
  git_pin "$name"
  commit=$wanted
  if [[ -e $cache_folder/$name.git/refs/heads/lockstep ]]; then
    tree=$(git_bare "$name" rev-parse --quiet --verify "$commit^{tree}" || :)
  fi
  if [[ -z $tree ]]; then
    git_prepare_cache "$name"
    [[ $locked == true ]] || wanted=refs/heads/$branch
    git_network "$tries" --git-dir="$cache_folder/$name.git" fetch --quiet \
      --depth 1 --no-tags --no-write-fetch-head --force REMOTE "+$wanted:$ref"
    { read -r commit && read -r tree; } < \
      <(git_bare "$name" rev-parse "$ref" "$ref^{tree}")
    git_pack_cache
  fi
  git_check_links "$name" "$tree"
  git_plan_files "$name" "$tree"
  printf '%s %s\n' "$commit" "$tree" >"$run_dir/work/$name.pinned"
}

# git_bare NAME COMMAND...: git in the bare cache of NAME.
git_bare() {
  git --git-dir="$cache_folder/$1.git" "${@:2}"
}

git_pack_cache() {
  local packs=("$cache_folder/$name.git/objects/pack"/*.pack)
  ((${#packs[@]} < 20)) || git_bare "$name" gc --quiet --prune=now
}

# git_check_links NAME TREE: a link must be relative, climb only at its start,
# and not above the destination. Folders in a tree are never links, so counting
# is exact; and what it then passes through are links of the same kind.
git_check_links() {
  local name=$1 mode kind object path header target climbs depth LC_ALL=C
  local links=$run_dir/work/$name.links
  git_bare "$name" ls-tree -r "$2" |
    awk -v ids="$links.ids" '/^120000 / { print; print $3 >ids }' >"$links"
  [[ -s $links ]] || return 0
  git_bare "$name" cat-file --batch <"$links.ids" >"$links.targets"
  while read -r mode kind object path <&3; do
    read -r header <&4
    IFS= read -r target <&4
    # With a newline in it the next header would be taken for a target.
    ((${#target} == ${header##* })) ||
      fail_step "the link $path has more than a path in it"
    depth=$name/$path
    depth=${depth//[!\/]/}
    climbs=0
    while [[ $target == ./* || $target == ../* || $target == .. ]]; do
      [[ $target != ..* ]] || climbs=$((climbs + 1))
      target=${target#.}
      target=${target#.}
      target=${target#/}
    done
    if [[ $target == /* || /$target/ == */../* ]] || ((climbs > ${#depth})); then
      fail_step "the link $path leads out of $destination"
    fi
  done 3<"$links" 4<"$links.targets"
}

# git_plan_files NAME TREE: write the paths to be written to work/NAME.write
# and those to be removed to work/NAME.remove; for a new folder write nothing.
git_plan_files() {
  local name=$1 tree=$2 kind path state
  read -r state <"$run_dir/work/$name.folder"
  if [[ $state == absent ]] || rmdir -- "$destination/$name" 2>/dev/null; then
    return 0
  fi
  if [[ $state == changed || $state == unknown ]]; then
    if [[ -L $destination/$name || ! -d $destination/$name/. || -e $destination/$name/.git ]] ||
      [[ $(git_actual_tree "$name") != "$tree" ]]; then
      git_may_overwrite "$name" || fail_step "$refusal"
    fi
  fi
  : >"$run_dir/work/$name.write"
  : >"$run_dir/work/$name.remove"
  while IFS= read -r -d '' kind && IFS= read -r -d '' path; do
    if [[ $kind == A ]]; then
      printf '%s\0' "$path" >>"$run_dir/work/$name.remove"
      continue
    fi
    if [[ $kind == D && (-e $destination/$name/$path || -L $destination/$name/$path) ]]; then
      git_cache "$name" ls-files --error-unmatch -- ":(literal)$path" >/dev/null 2>&1 ||
        fail_step "upstream brings $path, which is there already and not upstream's; move it away"
    fi
    printf '%s\0' "$path" >>"$run_dir/work/$name.write"
  done < <(git_cache "$name" diff-index --name-status --no-renames -z "$tree")
}

# git_update NAME: write what differs, beside its place first, and move it.
git_update() {
  local name=$1 commit tree scratch kind=changed
  read -r commit tree <"$run_dir/work/$name.pinned"
  scratch_folder scratch "$destination"
  # From here until the end nothing is known of the index.
  [[ ! -e $cache_folder/$name.git/index.tree ]] ||
    rm -f -- "$cache_folder/$name.git/index.tree"
  if [[ ! -e $run_dir/work/$name.write ]]; then
    git_write_folder
    kind=created
  elif [[ -s $run_dir/work/$name.write || -s $run_dir/work/$name.remove ]]; then
    git_write_files
  else
    kind=
  fi
  printf '%s\n' "$tree" >"$cache_folder/$name.git/index.tree"
  [[ -z $kind ]] || output "$kind" "$destination/$name"
}

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

git_write_folder() {
  local cache=$cache_folder/$name.git
  mkdir -- "$scratch/$name"
  [[ ! -e $cache/index ]] || rm -f -- "$cache/index"
  git --git-dir="$cache" --work-tree="$scratch/$name" read-tree --reset -u "$tree"
  mv -- "$scratch/$name" "$destination/$name"
}

git_write_files() {
  local index=$PWD/$cache_folder/$name.git/index.new
  cp -p -- "$cache_folder/$name.git/index" "$index"
  GIT_INDEX_FILE=$index git_cache "$name" read-tree --reset "$tree"
  mkdir -- "$scratch/$name"
  GIT_INDEX_FILE=$index git_cache "$name" checkout-index --force -z --stdin \
    --prefix="$PWD/$scratch/$name/" <"$run_dir/work/$name.write"
  git_remove_files <"$run_dir/work/$name.remove"
  git_move_files <"$run_dir/work/$name.write"
  GIT_INDEX_FILE=$index git_cache "$name" update-index -q --refresh ||
    fail_step "what was written is not what upstream has"
  mv -f -- "$index" "$cache_folder/$name.git/index"
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
  git_read_pins
  git_check_folder "$name"
  read -r state <"$run_dir/work/$name.folder"
  [[ $state == as_pin || $state == missing || $state == absent ]] ||
    fail_step "local changes in $destination/$name; it stays"
  git_cache "$name" ls-files -z | git_remove_files
  rmdir -- "$destination/$name" 2>/dev/null || :
  rm -rf -- "$cache_folder/$name.git"
  : >"$run_dir/work/$name.removed"
  output removed "$destination/$name"
}

git_remove_dropped_saves() {
  printf '%s\0' "$destination/$1"
}
