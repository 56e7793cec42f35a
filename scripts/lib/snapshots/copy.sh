# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# Copies of files and folders, compared with what they were copied from.

# copy_folders: each by one process; from base, if that has it, by links.
copy_folders() {
  local folder parent
  ((${#folders[@]} > 0)) || return 0
  for folder in ${folders[@]+"${folders[@]}"}; do
    parent=$set/files
    [[ $folder != */* ]] || parent+=/${folder%/*}
    mkdir -p -- "$parent" || return 1
    if [[ -n $base && -d $base/files/$folder ]]; then
      cp -pPRl -- "$base/files/$folder" "$parent/" 2>/dev/null || return 1
    else
      cp -pPR -- "$folder" "$parent/" || return 1
    fi
  done
  # The user's folder may be one that cannot be written in.
  find "$set/files" -type d ! -perm -u=rwx -exec chmod u+rwx {} + || return 1
  [[ ! -s $set/list.dropped ]] ||
    decode_paths <"$set/list.dropped" | (cd -- "$set/files" && xargs -0 rm -rf --)
}

# copy_files: what does not stand there yet; of what is in base, a link.
copy_files() {
  look_at_copies || return 1
  [[ -s $set/list.missing ]] || return 0
  [[ -z $base ]] ||
    copy_each "$base/files" -pPRl < <(LC_ALL=C awk -F '\t' '$4 != "-" { print $8 }' "$set/list.missing") || return 1
  copy_each . -pPR < <(LC_ALL=C awk -F '\t' '$4 == "-" { print $8 }' "$set/list.missing") && look_at_copies
}

# look_at_copies: list.missing has the files and links that have no copy yet,
# list.odd the copies that are not as they should be.
look_at_copies() {
  describe_copies || return 1
  : >"$set/list.odd" && : >"$set/list.missing" &&
    COPIES=$set/list.copies LISTS=$set/list LC_ALL=C awk -F '\t' '
      function facts() { return $1 "\t" $2 "\t" $3 }
      BEGIN {
        while ((getline <ENVIRON["COPIES"]) > 0) copied[$8] = facts()
      }
      !/^(file|link)/ { next }
      !($8 in copied) { print >(ENVIRON["LISTS"] ".missing"); next }
      copied[$8] != facts() { print $8 >(ENVIRON["LISTS"] ".odd") }
      { delete copied[$8] }
      END { for (path in copied) print path >(ENVIRON["LISTS"] ".odd") }' "$set/list.matched"
}

describe_copies() {
  (cd -- "$set/files" && find . ! -type d -print0) >"$set/list.paths" &&
    describe_paths "$set/files" <"$set/list.paths" >"$set/list.copies"
}

# copy_each FROM OPTIONS: encoded paths in; the files of one folder by one cp.
copy_each() {
  local path folder=''
  local batch=()
  while IFS= LC_ALL=C read -r path; do
    decode_path path "$path"
    if [[ ${path%"${path##*/}"} != "$folder" ]] || ((${#batch[@]} >= 200)); then
      copy_batch "$2" || return 1
      folder=${path%"${path##*/}"}
    fi
    batch+=("$1/$path")
  done
  copy_batch "$2"
}

copy_batch() {
  ((${#batch[@]} > 0)) || return 0
  mkdir -p -- "$set/files/$folder" &&
    cp "$1" -- "${batch[@]}" "$set/files/$folder" || return 1
  batch=()
}
