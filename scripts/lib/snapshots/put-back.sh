# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# Putting back what save_paths saved, and checking it by its digests. Doing it
# twice does no harm, so one that was interrupted is simply done again.

# put_back LIST COPIES OWNER KNOWN: make what stands below the root as the
# entries of LIST say, with the files in COPIES. OWNER is the run that this is
# of: doing it again uses the same places. KNOWN, a file, has entries of what may
# be removed from the way; the rest is kept (see clear-way.sh). Fails if anything
# is not as it should be then.
put_back() {
  local copies=$2 owner=$3 type mode path status=0 differing
  own_process_id differing
  differing=$run_dir/work/differing.$differing
  compare_with_root "$1" >"$differing" || return 1
  find_obstacles "$differing" >"$differing.obstacles" || return 1
  clear_way "$differing.obstacles" "$4" || status=1
  { cut -f 1,2,8 "$differing" && LC_ALL=C awk '/^folder_absent/' "$1" | cut -f 1,2,8; } \
    >"$differing.places" || return 1
  while IFS=$'\t' LC_ALL=C read -r type mode path; do
    [[ $type == folder ]] || continue
    decode_path path "$path"
    mkdir -p -- "./$path" || status=1
  done <"$differing.places"
  LC_ALL=C awk -F '\t' '/^(file|link)/ { print $8 }' "$differing" >"$differing.files" || return 1
  restore_files <"$differing.files" || status=1
  LC_ALL=C sort -t $'\t' -k 3 -r "$differing.places" >"$differing.folders" || return 1
  while IFS=$'\t' LC_ALL=C read -r type mode path; do
    decode_path path "$path"
    case $type in
      folder) chmod "$mode" "./$path" || status=1 ;;
      folder_absent) rmdir -- "$path" 2>/dev/null || : ;;
      *) ;;
    esac
  done <"$differing.folders"
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
  local names=(${batch[@]+"${batch[@]}"}) sources=() ready=() all_copied=true
  batch=()
  ((${#names[@]} > 0)) || return 0
  mkdir -p -- "./$folder" || return 1
  note_scratch "$beside"
  rm -rf -- "$beside" && mkdir -- "$beside" || return 1
  for name in "${names[@]}"; do
    sources+=("$copies/$folder$name")
  done
  cp -pPR -- "${sources[@]}" "$beside/" || all_copied=false
  [[ $all_copied == true ]] || status=1
  for name in "${names[@]}"; do
    stands "$beside/$name" || continue
    # One that was broken off gets no name.
    [[ $all_copied == true || -L $beside/$name ]] || cmp -s -- "$copies/$folder$name" "$beside/$name" || continue
    ready+=("$beside/$name")
  done
  if ((${#ready[@]} > 0)); then
    printf '%s\0' "${ready[@]##*/}" | note_written_below "$beside" "${folder%/}"
    mv -f -- "${ready[@]}" "./$folder" || status=1
  fi
  rm -rf -- "$beside"
  return "$status"
}
