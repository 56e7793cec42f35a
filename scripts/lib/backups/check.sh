# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# Looking into a backup: what it holds, and whether it is whole.

# look_at_backup FOLDER: print what is wrong with a backup as far as that shows
# without unpacking it or taking it out of Git.
look_at_backup() {
  if ! read_manifest "$1/manifest.json"; then
    printf '%s\n' "$problem"
  elif [[ $manifest_layout == git ]]; then
    git cat-file -e "$manifest_parent^{commit}" 2>/dev/null ||
      printf 'the commit %s is no longer in Git\n' "$manifest_parent"
  elif [[ -n $manifest_archive ]]; then
    [[ -s $1/$manifest_archive ]] || printf '%s: is missing\n' "$manifest_archive"
  else
    check_backup "$1"
  fi
}

# check_backup FOLDER [read]: print what is wrong with a backup, a line each;
# with read, also every byte of it.
check_backup() {
  local folder=$1 entries=$run_dir/work/checked
  if ! read_manifest "$folder/manifest.json"; then
    printf '%s\n' "$problem"
    return 0
  fi
  open_backup "$folder" || return 0
  manifest_entries "$folder/manifest.json" >"$entries"
  LC_ALL=C awk '/^(file|link)/' "$entries" >"$entries.wanted"
  check_tree "$opened" "$entries.wanted" "${2:-}"
  LC_ALL=C awk 'sub(/^artifact/, "file")' "$entries" >"$entries.wanted"
  [[ ! -s $entries.wanted && ! -d $folder/artifacts ]] ||
    check_tree "$folder/artifacts" "$entries.wanted" "${2:-}"
}

# check_tree FOLDER ENTRIES [read]: print how FOLDER differs from ENTRIES.
check_tree() {
  local tree=$run_dir/work/tree
  : >"$tree"
  # Lists that are not whole would show what is not so, or hide what is.
  [[ ! -d $1 ]] || (cd -- "$1" && find . ! -type d -print0) | describe_paths "$1" >"$tree" || {
    printf 'cannot be read\n'
    return 0
  }
  if [[ $3 == read ]]; then
    add_digests "$1" "$tree" >"$tree.full" || {
      printf 'cannot be read\n'
      return 0
    }
  else
    WANTED=$2 LC_ALL=C awk -F '\t' -v OFS='\t' '
      BEGIN { while ((getline <ENVIRON["WANTED"]) > 0) digest[$8] = $4 }
      { $4 = digest[$8]; print }' "$tree" >"$tree.full"
  fi
  FULL=$tree.full LC_ALL=C awk -F '\t' '
    BEGIN {
      while ((getline <ENVIRON["FULL"]) > 0) {
        type[$8] = $1; mode[$8] = $2; size[$8] = $3; digest[$8] = $4
      }
    }
    { wanted[$8] = 1 }
    !($8 in type) { print $8 ": is missing"; next }
    type[$8] != $1 { print $8 ": is a " type[$8] " instead of a " $1; next }
    size[$8] != $3 { print $8 ": has " size[$8] " bytes instead of " $3; next }
    mode[$8] != $2 { print $8 ": has the mode " mode[$8] " instead of " $2 }
    digest[$8] != $4 { print $8 ": has other content" }
    END { for (path in type) if (!(path in wanted)) print path ": does not belong there" }' "$2"
}

# open_backup FOLDER: set opened to a folder with its files, under their own
# paths; else print why not, and fail. read_manifest comes first.
open_backup() {
  local path
  case $manifest_layout in
    directory)
      opened=$1/files
      if [[ -n $manifest_archive ]]; then
        opened=$run_dir/work/opened/${1##*/}
        rm -rf -- "$opened"
        mkdir -p -- "$opened"
        unpack_archive "$1/$manifest_archive" "$opened" || {
          printf '%s: cannot be unpacked\n' "$manifest_archive"
          return 1
        }
      elif [[ ! -d $opened ]]; then
        printf 'files: is missing\n'
        return 1
      fi
      ;;
    sibling)
      opened=$run_dir/work/opened/${1#"$store"/}
      sibling_path path "$1"
      rm -rf -- "$opened"
      mkdir -p -- "$opened"
      if [[ -e $path.bak.${1##*/} || -L $path.bak.${1##*/} ]]; then
        [[ $path != */* ]] || mkdir -p -- "$opened/${path%/*}"
        cp -pPR -- "$path.bak.${1##*/}" "$opened/$path"
      fi
      ;;
    git)
      opened=$run_dir/work/opened/${1##*/}
      rm -rf -- "$opened"
      mkdir -p -- "$opened"
      manifest_entries "$1/manifest.json" >"$run_dir/work/point"
      checkout_point "$run_dir/work/point" "$opened" || {
        printf 'the commit %s is no longer in Git\n' "$manifest_parent"
        return 1
      }
      ;;
    *)
      printf 'unknown layout %s\n' "$manifest_layout"
      return 1
      ;;
  esac
}
