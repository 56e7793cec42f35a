# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# What a commit from upstream holds. Its symbolic links must stay within the
# destination, its own if it has one; a submodule has no files and is left out.

# git_inspect REVISION: of the cache of name; set commit to its id, and tree to
# that of what the folder is to hold.
# A link must be relative, climb only at its start, and not above the
# destination. Folders in a tree are never links, so counting is exact; and
# what it then passes through are links of the same kind.
git_inspect() {
  local mode kind object path header target LC_ALL=C
  local links=$run_dir/work/$name.links
  git_bare "$name" ls-tree -r "$1" |
    IDS=$links.ids REVISION=$1 awk '
      BEGIN { ids = ENVIRON["IDS"] }
      /^120000 / { print; print $3 >ids }
      /^160000 / { sub("160000", "0"); print >(ids ".modules") }
      END { print ENVIRON["REVISION"] >ids }' >"$links"
  git_bare "$name" cat-file --batch <"$links.ids" >"$links.targets"
  {
    while read -r mode kind object path <&3; do
      read -r header <&4
      IFS= read -r target <&4
      # With a newline in it the next header would be taken for a target.
      ((${#target} == ${header##* })) ||
        fail_step "the link $path has a line break in its target"
      git_check_link
    done
    read -r commit header <&4
    read -r header tree <&4
  } 3<"$links" 4<"$links.targets"
  [[ ! -e $links.ids.modules ]] || git_leave_out "$links.ids.modules"
}

# git_leave_out FILE: set tree to one without the entries in FILE.
git_leave_out() {
  local -x GIT_INDEX_FILE=$run_dir/work/$name.index
  git_bare "$name" read-tree "$tree"
  git_bare "$name" update-index --index-info <"$1"
  tree=$(git_bare "$name" write-tree)
  rm -f -- "$GIT_INDEX_FILE"
  printf '%s\n' "$name" >>"$run_dir/work/submodules"
  git_note_step
}

git_check_link() {
  local climbs=0 depth=$path folder
  git_folder "$name"
  if [[ $folder == "$destination/$name" ]]; then
    depth=$name/$path
    folder=$destination
  fi
  depth=${depth//[!\/]/}
  while [[ $target == ./* || $target == ../* || $target == .. ]]; do
    [[ $target != ..* ]] || climbs=$((climbs + 1))
    target=${target#.}
    target=${target#.}
    target=${target#/}
  done
  if [[ $target == /* || /$target/ == */../* ]] || ((climbs > ${#depth})); then
    fail_step "the link $path leads out of $folder"
  fi
}
