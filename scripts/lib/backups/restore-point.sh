# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# After a commit that holds the change, what the run overwrote is in that
# commit's parent, if it was committed. Then a backup is redundant: only its
# manifest is kept, which names the two commits.

# What becomes of a run's backup after its commit: remove or keep.
after_commit=remove
point_commit=
point_parent=

# find_restore_point LIST FILES: set point_commit and point_parent if the parent
# of commit_id has every file of LIST as FILES has it; else fail.
find_restore_point() {
  local prefix path lists=$run_dir/work/point
  point_commit=
  [[ -n $commit_id && $after_commit == remove ]] || return 1
  point_parent=$(git rev-parse -q --verify "$commit_id^") || return 1
  prefix=$(git rev-parse --show-prefix) || return 1
  # These programs of Git read a path a line.
  ! grep -qE '%0A|^artifact' "$1" || return 1
  point_paths file <"$1" >"$lists.files" &&
    point_paths link <"$1" >"$lists.links" || return 1
  before_each "$PWD/$2/" <"$lists.files" |
    git hash-object --no-filters --stdin-paths >"$lists.saved" || return 1
  while IFS= LC_ALL=C read -r path; do
    printf '%s' "$(readlink -- "$2/$path")" | git hash-object --stdin || return 1
  done <"$lists.links" >>"$lists.saved" || return 1
  cat -- "$lists.files" "$lists.links" | before_each "$point_parent:$prefix" |
    git cat-file --batch-check='%(objectname)' >"$lists.committed" || return 1
  cmp -s -- "$lists.saved" "$lists.committed" || return 1
  point_commit=$commit_id
}

before_each() {
  START=$1 LC_ALL=C awk '{ print ENVIRON["START"] $0 }'
}

# point_paths TYPE: entries in, the paths of this type out, a line each.
point_paths() {
  LC_ALL=C awk -F '\t' -v type="$1" '$1 == type { print $8 }' | decode_paths |
    tr '\0' '\n' | sed 's,^\./,,'
}

# checkout_point LIST FOLDER: the files of LIST from the parent commit, as they
# were: through no filter of Git's, with the modes of the manifest.
checkout_point() {
  local type mode path prefix
  git cat-file -e "$manifest_parent^{commit}" 2>/dev/null || return 1
  prefix=$(git rev-parse --show-prefix)
  while IFS=$'\t' LC_ALL=C read -r type mode path; do
    decode_path path "$path"
    [[ $path != */* ]] || mkdir -p -- "$2/${path%/*}"
    if [[ $type == link ]]; then
      ln -s -- "$(git cat-file blob "$manifest_parent:$prefix$path")" "$2/$path"
    else
      git cat-file blob "$manifest_parent:$prefix$path" >"$2/$path" &&
        chmod "$mode" "$2/$path"
    fi || return 1
  done < <(LC_ALL=C awk -F '\t' -v OFS='\t' '/^(file|link)/ { print $1, $2, $8 }' "$1")
}
