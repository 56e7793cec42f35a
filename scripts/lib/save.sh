# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# What a step will overwrite or remove is saved first, as a set: a folder with
# list (entries, see describe.sh) and files/ (copies, under their own paths). A
# set that the journal names is complete: each copy was compared with its
# original, which did not change meanwhile.

# A former backup (a folder with files/), its entries, and when it was begun:
# what has not changed since then is linked from there instead of copied.
base=
base_entries=
base_started=

# save_paths SET: read paths, NUL-ended and relative to the root, and save them
# in run_dir/saved/SET.
save_paths() {
  local set=$run_dir/saved/$1 path attempt=1
  local folders=()
  (umask 077 && mkdir -p -- "$set/files")
  : >"$set/list.single"
  while IFS= LC_ALL=C read -r -d '' path; do
    path=${path#./}
    if [[ -d $path && ! -L $path ]]; then
      folders+=("$path")
    else
      printf '%s\0' "$path" >>"$set/list.single"
    fi
  done
  until save_once; do
    ((attempt < 3)) || fail_step 'what is to be saved changes all the time'
    rm -rf -- "$set/files"
    mkdir -- "$set/files"
    attempt=$((attempt + 1))
  done
  rm -f -- "$set"/list.*
  journal saved "$1"
}

# save_once: fails if anything changes meanwhile, or cannot be read.
save_once() {
  list_paths >"$set/list.paths" || return 1
  describe_paths . <"$set/list.paths" >"$set/list.before" || return 1
  refuse_odd_types "$set/list.before"
  if LC_ALL=C grep -q '^[fl]' "$set/list.before"; then
    match_base || return 1
    copy_folders || return 1
    copy_files || return 1
    compare_copies || return 1
    list_paths | cmp -s - "$set/list.paths" || return 1
    describe_paths . <"$set/list.paths" | cmp -s - "$set/list.before" || return 1
    sync_folder "$set"
  else
    cp -- "$set/list.before" "$set/list.full"
  fi
  add_absent_parents <"$set/list.full" >"$set/list"
}

# list_paths: all of this set, NUL-ended.
list_paths() {
  local folder
  cat -- "$set/list.single"
  for folder in ${folders[@]+"${folders[@]}"}; do
    find "./$folder" -print0 || return 1
  done
}

# refuse_odd_types LIST: sockets and the like hold nothing that can be saved.
refuse_odd_types() {
  local type path
  while IFS=$'\t' LC_ALL=C read -r type path; do
    decode_path path "$path"
    fail_step "$path: a $type cannot be saved"
  done < <(LC_ALL=C awk -F '\t' -v OFS='\t' \
    '$1 !~ /^(file|link|folder|absent)$/ { print $1, $8 }' "$1")
}

# match_base: of what is as it was in base, the digest is known; list.dropped
# has what base holds beside that.
match_base() {
  : >"$set/list.dropped"
  if [[ -z $base ]]; then
    cp -- "$set/list.before" "$set/list.matched"
    return
  fi
  BASE=$base_entries STARTED=$base_started DROPPED=$set/list.dropped \
    LC_ALL=C awk -F '\t' -v OFS='\t' '
    function facts() { return $1 "\t" $2 "\t" $3 "\t" $5 "\t" $6 "\t" $7 }
    BEGIN {
      while ((getline <ENVIRON["BASE"]) > 0) {
        old[$8] = facts()
        digest[$8] = $4
      }
    }
    $1 == "folder" { delete old[$8] }
    $8 in old && old[$8] == facts() && $7 < ENVIRON["STARTED"] {
      $4 = digest[$8]
      delete old[$8]
    }
    { print }
    END { for (path in old) print path >ENVIRON["DROPPED"] }' \
    "$set/list.before" >"$set/list.matched"
}

# copy_folders: each by one process; from base, if that has it, by links.
copy_folders() {
  local folder parent
  for folder in ${folders[@]+"${folders[@]}"}; do
    parent=$set/files
    [[ $folder != */* ]] || parent+=/${folder%/*}
    mkdir -p -- "$parent" || return 1
    [[ -n $base && -d $base/files/$folder ]] &&
      cp -pPRl -- "$base/files/$folder" "$parent/" 2>/dev/null ||
      cp -pPR -- "$folder" "$parent/" || return 1
  done
  # The user's folder may be one that cannot be written in.
  find "$set/files" -type d ! -perm -u=rwx -exec chmod u+rwx {} + || return 1
  [[ ! -s $set/list.dropped ]] ||
    decode_paths <"$set/list.dropped" | (cd -- "$set/files" && xargs -0 rm -rf --)
}

# copy_files: what does not stand there yet, the files of one folder by one cp.
copy_files() {
  local path folder=''
  local batch=()
  while IFS= LC_ALL=C read -r path; do
    decode_path path "$path"
    [[ ! -e $set/files/$path && ! -L $set/files/$path ]] || continue
    if [[ ${path%"${path##*/}"} != "$folder" ]] || ((${#batch[@]} >= 200)); then
      copy_batch || return 1
      folder=${path%"${path##*/}"}
    fi
    batch+=("./$path")
  done < <(fresh_entries "$set/list.matched" | cut -f 8)
  copy_batch
}

copy_batch() {
  ((${#batch[@]} > 0)) || return 0
  mkdir -p -- "$set/files/$folder" &&
    cp -pPR -- "${batch[@]}" "$set/files/$folder" || return 1
  batch=()
}

# fresh_entries LIST: of files and links whose digest is not known yet.
fresh_entries() {
  LC_ALL=C awk -F '\t' '$1 ~ /^(file|link)$/ && $4 == "-"' "$1"
}

# compare_copies: originals and copies are read at the same time.
compare_copies() {
  local reader
  fresh_entries "$set/list.matched" >"$set/list.fresh"
  cut -f 8 "$set/list.fresh" | decode_paths |
    describe_paths "$set/files" >"$set/list.copies" || return 1
  add_digests . "$set/list.matched" >"$set/list.full" &
  reader=$!
  add_digests "$set/files" "$set/list.copies" >"$set/list.copied" || return 1
  wait "$reader" || return 1
  differing_entries "$set/list.copied" "$set/list.full" >"$set/list.differing"
  [[ ! -s $set/list.differing ]]
}

# add_absent_parents: entries in and out; before a path that is absent, the
# folders that are absent with it.
add_absent_parents() {
  local entry path parent parents
  while IFS= LC_ALL=C read -r entry; do
    if [[ $entry == absent* ]]; then
      parents=
      parent=${entry##*$'\t'}
      while [[ $parent == */* ]]; do
        parent=${parent%/*}
        decode_path path "$parent"
        [[ ! -d $path ]] || break
        parents=folder_absent$no_facts$parent$'\n'$parents
      done
      printf '%s' "$parents"
    fi
    printf '%s\n' "$entry"
  done
}
