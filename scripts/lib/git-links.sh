# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# Symbolic links from upstream stay within the destination.

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
