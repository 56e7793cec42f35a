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
  local set=$run_dir/saved/$1 path attempt=1 changed stands=false
  local folders=()
  (umask 077 && mkdir -p -- "$set/files")
  : >"$set/list.single"
  while IFS= LC_ALL=C read -r -d '' path; do
    path=${path#./}
    if [[ -d $path && ! -L $path ]]; then
      folders+=("$path")
    else
      [[ ! -e $path && ! -L $path ]] || stands=true
      printf './%s\0' "$path" >>"$set/list.single"
    fi
  done
  # Each new repository of many comes this way: it needs hardly a process.
  if [[ ${#folders[@]} -eq 0 && $stands == false ]]; then
    describe_paths . <"$set/list.single" | add_absent_parents >"$set/list"
    rm -f -- "$set/list.single"
    journal saved "$1"
    return 0
  fi
  until save_once; do
    ((attempt < 3)) || give_up_saving
    rm -rf -- "$set/files"
    mkdir -- "$set/files"
    # A former backup that is damaged is no help.
    base=
    attempt=$((attempt + 1))
  done
  rm -f -- "$set"/list.*
  journal saved "$1"
  # Before anything is changed.
  sync_file "$run_dir/journal"
}

give_up_saving() {
  rm -rf -- "$set"
  [[ -z $changed ]] || fail_step "$changed: keeps changing while it is saved"
  # What failed has said why.
  exit 1
}

# save_once: fails if anything cannot be read or copied, or changes meanwhile
# (changed is one such path). Originals are read beside the copying, and the
# copies beside their way onto the disk.
save_once() {
  local reader
  changed=
  list_paths >"$set/list.paths" || return 1
  describe_paths . <"$set/list.paths" >"$set/list.before" || return 1
  match_base || return 1
  refuse_odd_types
  check_room 'the backup' "$set/list.needed"
  if [[ -s $set/list.fresh || -s $set/list.known ]]; then
    add_digests . "$set/list.fresh" >"$set/list.here" &
    reader=$!
    copy_and_read || {
      wait "$reader" || :
      return 1
    }
    wait "$reader" || return 1
    name_difference "$set/list.here" "$set/list.there" || return 1
    list_paths >"$set/list.paths" || return 1
    describe_paths . <"$set/list.paths" >"$set/list.after" || return 1
    name_difference "$set/list.before" "$set/list.after" || return 1
  fi
  fill_in_digests || return 1
  if [[ -s $set/list.absent ]]; then
    add_absent_parents <"$set/list.full" >"$set/list"
  else
    mv -f -- "$set/list.full" "$set/list"
  fi
}

# list_paths: all of this set, NUL-ended, a folder before what is in it.
list_paths() {
  local folder
  {
    cat -- "$set/list.single"
    for folder in ${folders[@]+"${folders[@]}"}; do
      find "./$folder" -print0 || return 1
    done
  } | LC_ALL=C sort -zu
}

# name_difference ONE OTHER: fails if the entries are not the same; changed is
# then the path of one that differs.
name_difference() {
  ! cmp -s -- "$1" "$2" || return 0
  changed=$(LC_ALL=C sort -- "$1" "$2" | uniq -u | cut -f 8 | sed -n 1p)
  return 1
}

# refuse_odd_types: sockets and the like hold nothing that can be saved.
refuse_odd_types() {
  local type path
  while IFS=$'\t' LC_ALL=C read -r type path; do
    decode_path path "$path"
    fail_step "$path: a $type cannot be saved"
  done <"$set/list.refused"
}

# match_base: list.matched has the entries, with digests where a file is as it
# was in base; list.dropped has what base holds beside that. Files and links are
# in list.known or, without a digest, in list.fresh (list.needed: so many kB);
# list.absent and list.refused have what is neither these nor a folder.
match_base() {
  local name
  for name in dropped known fresh absent refused; do
    : >"$set/list.$name" || return 1
  done
  BASE=${base:+$base_entries} STARTED=$base_started LISTS=$set/list \
    LC_ALL=C awk -F '\t' -v OFS='\t' '
    function facts() { return $1 "\t" $2 "\t" $3 "\t" $5 "\t" $6 "\t" $7 }
    function put(name, text) { print text >(ENVIRON["LISTS"] "." name) }
    BEGIN {
      while (ENVIRON["BASE"] != "" && (getline <ENVIRON["BASE"]) > 0) {
        old[$8] = facts()
        digest[$8] = $4
      }
    }
    $1 == "folder" && $8 in old && old[$8] ~ /^folder/ { delete old[$8] }
    $8 in old && old[$8] == facts() && $7 < ENVIRON["STARTED"] {
      $4 = digest[$8]
      delete old[$8]
    }
    { print }
    /^file/ && $4 == "-" { needed += int($3 / 1024) + 1 }
    /^(file|link)/ { put($4 == "-" ? "fresh" : "known", $0) }
    /^absent/ { put("absent", $0) }
    !/^(file|link|folder|absent)/ { put("refused", $1 OFS $8) }
    END {
      put("needed", sprintf("%.0f", needed))
      for (path in old) put("dropped", path)
    }' \
    "$set/list.before" >"$set/list.matched"
}

# copy_and_read: list.there has the entries of list.fresh as the copies are.
copy_and_read() {
  local syncing status=0
  copy_folders && copy_files || return 1
  if [[ -s $set/list.missing || -s $set/list.odd ]]; then
    changed=$(sed -n 1p "$set/list.odd")
    cut -f 8 "$set/list.missing" | sed 's/$/: could not be copied/' >&2
    return 1
  fi
  sync_folder "$set" &
  syncing=$!
  add_digests "$set/files" "$set/list.fresh" >"$set/list.there" || status=1
  wait "$syncing" || status=1
  return "$status"
}

# fill_in_digests: list.full has those of all files and links.
fill_in_digests() {
  if [[ ! -s $set/list.fresh ]]; then
    mv -f -- "$set/list.matched" "$set/list.full"
    return
  fi
  FRESH=$set/list.here LC_ALL=C awk -F '\t' -v OFS='\t' '
    BEGIN { while ((getline <ENVIRON["FRESH"]) > 0) digest[$8] = $4 }
    $8 in digest { $4 = digest[$8] }
    { print }' "$set/list.matched" >"$set/list.full"
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
      printf '%s' "$parents" || return 1
    fi
    printf '%s\n' "$entry" || return 1
  done
}
