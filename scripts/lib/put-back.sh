# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# Putting back what save_paths saved, and checking it by its digests. Doing it
# twice does no harm, so one that was interrupted is simply done again.

# put_back LIST COPIES OWNER [KEEP]: make what stands below the root as the
# entries of LIST say, with the files in COPIES. OWNER names what is put back:
# doing it again uses the same places. With KEEP, a folder, what stands there
# now and differs is moved there first: a person may have worked on it. Fails if
# anything is not as it should be then.
put_back() {
  local copies=$2 owner=$3 keep=${4:-} type mode path status=0 differing
  own_process_id differing
  differing=$run_dir/work/differing.$differing
  compare_with_root "$1" >"$differing" || return 1
  while IFS=$'\t' LC_ALL=C read -r type mode path; do
    decode_path path "$path"
    case $type in
      absent) remove_again "$path" || status=1 ;;
      folder) make_folder_again "$path" || status=1 ;;
      *) ;;
    esac
  done < <(cut -f 1,2,8 "$differing")
  restore_files < <(LC_ALL=C awk -F '\t' '/^(file|link)/ { print $8 }' "$differing") ||
    status=1
  while IFS=$'\t' LC_ALL=C read -r type mode path; do
    decode_path path "$path"
    case $type in
      folder) chmod "$mode" "./$path" || status=1 ;;
      folder_absent) rmdir -- "$path" 2>/dev/null || : ;;
      *) ;;
    esac
  done < <({
    cat -- "$differing"
    LC_ALL=C awk '/^folder_absent/' "$1"
  } | cut -f 1,2,8 | sed '1!G;h;$!d')
  compare_with_root "$1" >"$differing" || return 1
  [[ ! -s $differing ]] || status=1
  return "$status"
}

# compare_with_root LIST: print the entries of LIST that do not stand below the
# root as they say.
compare_with_root() {
  local now
  own_process_id now
  now=$run_dir/work/now.$now
  LC_ALL=C awk '!/^(folder_absent|artifact)/' "$1" >"$now.wanted" &&
    cut -f 8 "$now.wanted" | decode_paths | describe_paths . >"$now.facts" &&
    add_digests . "$now.facts" >"$now.full" || return 1
  differing_entries "$now.wanted" "$now.full"
}

# restore_files: encoded paths in; the files of one folder together, beside
# their places first.
restore_files() {
  local path folder='' status=0
  local batch=()
  while IFS= LC_ALL=C read -r path; do
    decode_path path "$path"
    if [[ ${path%"${path##*/}"} != "$folder" ]] || ((${#batch[@]} >= 200)); then
      restore_batch || status=1
      folder=${path%"${path##*/}"}
    fi
    batch+=("${path##*/}")
  done
  restore_batch || status=1
  return "$status"
}

restore_batch() {
  local beside=./$folder.lockstep-$owner name status=0
  local names=(${batch[@]+"${batch[@]}"}) sources=() ready=()
  batch=()
  ((${#names[@]} > 0)) || return 0
  make_folders_again "${folder%/}" || return 1
  note_scratch "$beside"
  rm -rf -- "$beside" && mkdir -- "$beside" || return 1
  for name in "${names[@]}"; do
    sources+=("$copies/$folder$name")
  done
  cp -pPR -- "${sources[@]}" "$beside/" || status=1
  for name in "${names[@]}"; do
    [[ -e $beside/$name || -L $beside/$name ]] || continue
    if [[ -n $keep || -d $folder$name && ! -L $folder$name ]]; then
      remove_again "$folder$name" || return 1
    fi
    ready+=("$beside/$name")
  done
  ((${#ready[@]} == 0)) || mv -f -- "${ready[@]}" "./$folder" || status=1
  rm -rf -- "$beside"
  return "$status"
}

remove_again() {
  [[ -e $1 || -L $1 ]] || return 0
  if [[ -n $keep ]]; then
    mkdir -p -- "$keep"
    [[ $1 != */* ]] || mkdir -p -- "$keep/${1%/*}"
    mv -f -- "$1" "$keep/$1"
  else
    rm -rf -- "$1"
  fi
  [[ ! -e $1 && ! -L $1 ]]
}

# make_folders_again FOLDER: and those that it is in, where anything else stands.
make_folders_again() {
  [[ -n $1 && (! -d $1 || -L $1) ]] || return 0
  [[ $1 != */* ]] || make_folders_again "${1%/*}" || return 1
  make_folder_again "$1"
}

make_folder_again() {
  [[ ! -d $1 || -L $1 ]] || return 0
  remove_again "$1" && mkdir -p -- "$1"
}
