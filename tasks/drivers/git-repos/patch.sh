# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# Local commits of a mirrored folder, kept as patches.

# git_find_local: write to work/local the repositories whose folder is committed otherwise
# than the lock file says; of all, or of repo.
git_find_local() {
  local name folder committed
  [[ -z $repo || " ${repositories[*]} " == *" $repo "* ]] || fail_step "$target has no repository $repo" 2
  git_read_pins
  : >"$run_dir/work/local"
  for name in "${repositories[@]}"; do
    [[ -z $repo || $repo == "$name" ]] || continue
    git_pin "$name"
    git_folder "$name"
    committed=$(git rev-parse --quiet --verify "HEAD:./$folder" || :)
    [[ -z $pin_tree || -z $committed || $committed == "$pin_tree" ]] ||
      printf '%s\n' "$name" >>"$run_dir/work/local"
  done
  [[ -s $run_dir/work/local ]] || summarize 'no folder has local commits'
}

# git_write_patches NAME: its commits, or, where they do not give what is committed, all
# that is other in one.
git_write_patches() {
  local name=$1 folder committed dirty number=0 made=$run_dir/work/$1.patches
  git_pin "$name"
  git_folder "$name"
  committed=$(git rev-parse --verify "HEAD:./$folder")
  dirty=$(git status --porcelain -- "$folder" ':(exclude)*.bak.[0-9]*_[0-9]*')
  [[ -z $dirty ]] || fail_step "$folder has changes that are not committed; commit them first"
  mkdir -p -- "$made"
  git_prepare_cache "$name"
  git_number_patches
  git_format_patches
  git_patches_give "$committed" "$made"/*.patch || git_make_one_patch
  git_keep_patches
}

# git_number_patches: set number to that of the next one.
git_number_patches() {
  local file
  for file in "$patch_folder/$name"/[0-9][0-9][0-9][0-9]-*.patch; do
    [[ -e $file ]] || continue
    file=${file##*/}
    ((10#${file%%-*} <= number)) || number=$((10#${file%%-*}))
  done
  number=$((number + 1))
}

# git_format_patches: of the commits since the one that has the folder as the lock file
# says, if there is one.
git_format_patches() {
  local commit base='' prefix
  while IFS= read -r commit; do
    [[ $(git rev-parse --quiet --verify "$commit:./$folder" || :) != "$pin_tree" ]] || {
      base=$commit
      break
    }
  done < <(git rev-list --max-count=1000 HEAD -- "$folder")
  [[ -n $base ]] || return 0
  prefix=$(git rev-parse --show-prefix)
  git -c format.signOff=false -c format.useAutoBase=false -c format.notes=false format-patch --quiet \
    --relative="$prefix$folder/" --start-number "$number" --no-numbered --zero-commit --no-signature \
    --no-attach --no-thread --no-cover-letter --no-to --no-cc --no-ext-diff --no-color --no-renames --binary \
    --full-index --suffix=.patch --src-prefix=a/ --dst-prefix=b/ --output-directory "$made" \
    "$base..HEAD" -- "$folder"
}

# git_make_one_patch: of all. What Git ignores here is not committed, and not removed.
git_make_one_patch() {
  local file path
  git_with_all cat-file -e "$pin_tree" 2>/dev/null ||
    fail_step "the files that $lock_file names are in no commit here, and not in the cache"
  rm -f -- "$made"/*.patch
  git_with_all diff --name-only --no-renames --diff-filter=D -z "$pin_tree" "$committed" >"$run_dir/work/$name.gone"
  while IFS= read -r -d '' path; do
    [[ ! -e $folder/$path && ! -L $folder/$path ]] ||
      fail_step "$folder/$path is not committed, perhaps because Git ignores it; git add --force it first"
  done <"$run_dir/work/$name.gone"
  printf -v file '%s/%04d-local-changes.patch' "$made" "$number"
  printf 'Subject: [PATCH] Local changes of %s\n\n---\n' "$name" >"$file"
  git_with_all diff --no-ext-diff --no-color --no-renames --binary --full-index \
    --src-prefix=a/ --dst-prefix=b/ "$pin_tree" "$committed" >>"$file"
  git_patches_give "$committed" "$file" || fail_step "no patch makes $folder of what $lock_file names"
}

# git_keep_patches: where nothing is yet; say what to do with them.
git_keep_patches() {
  local file old place list=''
  for file in "$made"/*.patch; do
    for old in "$patch_folder/$name"/*.patch; do
      ! cmp -s -- "$file" "$old" || fail_step "$old has it already; add it to patches: of $name and sync"
    done
  done
  mkdir -p -- "$patch_folder/$name"
  for file in "$made"/*.patch; do
    place=$patch_folder/$name/${file##*/}
    [[ ! -e $place && ! -L $place ]] || fail_step "$place is there already"
    cat -- "$file" >"$place.new-$run_id"
    move_into_place "$place.new-$run_id" "$place"
    output created "$place"
    list="$list${list:+, }$place"
  done
  printf 'add to patches: of %s: [%s]\n' "$name" "$list" >>"$run_dir/work/lines"
  summarize "$(paste -s -d ';' -- "$run_dir/work/lines")"
}
