# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# Getting what upstream has: into the cache, and out of it to a place beside
# the destination. All that reads the objects in a cache is called here, so a
# damaged one shows here.

# git_fetch NAME: after any failure that git_bring has no reason for, and where
# the cache turns out to be damaged, it is made anew, once.
git_fetch() {
  local name=$1 status=0
  # Without the trap that gives a reason where nobody has given one.
  (trap - ERR && git_bring) &
  wait "$!" || status=$?
  ((status != 0)) || return 0
  [[ ! -e $reason_file ]] || ! git_cache_is_sound "$name" || exit "$status"
  git_discard_cache "$name"
  git_note_step
  rm -f -- "$reason_file" "$run_dir/work/$name".{write,remove,links.ids.modules}
  git_bring
}

# git_fetch_ahead: name is asked; what has moved is fetched at once, into its cache,
# while others are still being asked. Should that fail, the step says why that fetches.
# Not while its folder is still looked at, which reads the cache too.
git_fetch_ahead() {
  local url wanted_ref asked commit tries=1
  [[ $dry_run == false && -e $cache_folder/$name.git/info/attributes && -s $run_dir/work/$name.folder ]] || return 0
  ! git_is_layered "$name" || return 0
  read -r asked <"$run_dir/work/$name.asked"
  git_pin "$name"
  [[ $asked != "$pin_inputs" ]] || return 0
  git_source "$name"
  (
    trap - ERR
    reason_file=/dev/null
    git_get_commit "$asked"
  ) >/dev/null 2>&1 &
  wait "$!" || :
}

# git_bring: get the commit of name, check what it holds, list what is to be
# written and removed, and write the new files beside their place.
git_bring() {
  local url wanted_ref commit='' tree inputs scratch
  git_source "$name"
  git_pin "$name"
  read -r inputs <"$run_dir/work/$name.asked"
  if git_is_layered "$name"; then
    git_build
  else
    git_get_commit "$inputs"
    inputs=
  fi
  git_inspect "$commit"
  git_is_as_locked
  git_plan_files "$tree"
  git_scratch
  if [[ ! -e $run_dir/work/$name.write ]]; then
    git_write_folder
  elif [[ -s $run_dir/work/$name.write || -s $run_dir/work/$name.remove ]]; then
    git_write_files
  fi
  printf '%s %s %s\n' "$commit" "$tree" "$inputs" >"$run_dir/work/$name.fetched"
}

# git_scratch: set scratch to a folder on the file system of the destination,
# which need not be there yet.
git_scratch() {
  local index nearest=$nearest_folder
  ! git_index "$name" || nearest=${own_nearest[index]:-$nearest}
  scratch_folder scratch "$nearest"
}

# git_plan_files TREE: write the paths to be written to work/NAME.write and
# those to be removed to work/NAME.remove; for a new folder write nothing.
git_plan_files() {
  local tree=$1 folder kind path state actual_tree=''
  git_folder "$name"
  read -r state <"$run_dir/work/$name.folder"
  if [[ $state == absent ]] || rmdir -- "$folder" 2>/dev/null; then
    return 0
  fi
  if [[ $state == changed || $state == unknown ]]; then
    if [[ -L $folder || ! -d $folder || -e $folder/.git ]] ||
      ! git_actual_tree "$name" || [[ $actual_tree != "$tree" ]]; then
      git_is_kept || git_may_overwrite "$name" || fail_step "$refusal"
    fi
  elif [[ ! -e $cache_folder/$name.git/index ]]; then
    git_actual_tree "$name" || fail_step "git cannot read $folder"
  fi
  git_cache "$name" diff-index --name-status --no-renames --ignore-submodules=all -z "$tree" \
    >"$run_dir/work/$name.differs"
  : >"$run_dir/work/$name.write"
  : >"$run_dir/work/$name.remove"
  while IFS= read -r -d '' kind && IFS= read -r -d '' path; do
    if [[ $kind == A ]]; then
      printf '%s\0' "$path" >>"$run_dir/work/$name.remove"
      continue
    fi
    if [[ $kind == D && (-e $folder/$path || -L $folder/$path) ]]; then
      git_cache "$name" ls-files --error-unmatch -- ":(literal)$path" >/dev/null 2>&1 ||
        fail_step "upstream adds $path, but a file of yours is there; move it away"
    fi
    printf '%s\0' "$path" >>"$run_dir/work/$name.write"
  done <"$run_dir/work/$name.differs"
}

git_write_folder() {
  local folder cache=$cache_folder/$name.git
  git_folder "$name"
  [[ ! -e $cache/index ]] || rm -f -- "$cache/index" "$cache/index.tree"
  [[ ! -e $scratch/$name ]] || rm -rf -- "${scratch:?}/$name"
  git_measure_tree >"$run_dir/work/$name.size"
  check_room "$folder" "$run_dir/work/$name.size"
  mkdir -- "$scratch/$name"
  git --git-dir="$cache" --work-tree="$scratch/$name" read-tree --reset -u "$tree"
}

# git_measure_tree: print how many kB the files of tree take on a disk. Before a
# fetch nobody knows: no server says how much it will send.
git_measure_tree() {
  git_bare "$name" ls-tree -r -l --full-tree "$tree" |
    LC_ALL=C awk '{ sum += int(($4 + 4095) / 4096) * 4 } END { printf "%.0f\n", sum }'
}

git_write_files() {
  local index=$PWD/$cache_folder/$name.git/index.new
  cp -p -- "$cache_folder/$name.git/index" "$index"
  GIT_INDEX_FILE=$index git_cache "$name" read-tree --reset "$tree"
  mkdir -p -- "$scratch/$name"
  GIT_INDEX_FILE=$index git_cache "$name" checkout-index --force -z --stdin \
    --prefix="$PWD/$scratch/$name/" <"$run_dir/work/$name.write"
}
