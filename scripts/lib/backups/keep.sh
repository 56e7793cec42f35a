# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# Making a backup out of what a run has saved.

# keep_sets FOLDER COMMAND...: make what the run with this folder has saved into a
# backup; backup_made is its name, empty if there was nothing. It may be called
# again after a kill. COMMAND calls the function that follows it, so that a next
# run can end it if this one is killed.
keep_sets() {
  local folder=$1 saved_run=${1##*/} backup_id backup_number set sets=() kept
  read_journal "$folder/journal"
  # A run that was killed right after its commit could not write this line.
  kept=${journal_keep:-$backup_layout .$artifact $direction before before $verb}
  local backup_layout artifact direction kind reason
  local went_to=$journal_went_to aside=$journal_aside
  read -r backup_layout artifact direction kind reason <<<"$kept"
  artifact=${artifact#.}
  backup_made=
  backup_id=$journal_backup
  backup_number=$journal_number
  for set in ${journal_undos[@]+"${journal_undos[@]}"}; do
    [[ $set != 'saved '* ]] || sets=("$folder/saved/${set#saved }" ${sets[@]+"${sets[@]}"})
  done
  [[ ${#sets[@]} -gt 0 || -d $folder/saved/artifacts || -n $aside ]] || return 0
  if [[ -n $backup_id ]]; then
    [[ ! -e $store/$target/$backup_id ]] || return 0
  else
    merge_entries ${sets[@]+"${sets[@]}"} >"$folder/work/entries" || return 1
    [[ ! -d $folder/saved/artifacts ]] ||
      artifact_entries "$folder/saved" >>"$folder/work/entries" || return 1
    [[ -s $folder/work/entries || -n $aside ]] || return 0
    # What was saved and then left as it is needs no backup.
    if [[ $kind == before && ! -d $folder/saved/artifacts && -z $aside ]]; then
      compare_with_root "$folder/work/entries" >"$folder/work/overwritten" || return 1
      [[ -s $folder/work/overwritten ]] || return 0
    fi
    make_private_folder "$store"
    (umask 077 && mkdir -p -- "$store/$target") || return 1
    new_backup_id backup_id "$folder/work/entries"
    next_number backup_number
    printf 'backup %s\n' "$backup_id $backup_number" >>"$folder/journal" || return 1
  fi
  [[ -n $backup_number ]] || next_number backup_number
  "${@:2}" keep_entries "$folder/work/entries" || return 1
  backup_made=$backup_id
}

# keep_entries LIST: made beside its final name. Copies that it does not need go
# after its manifest is there, so that after a kill nothing that it says is missing.
keep_entries() {
  local partial=$store/$target/.partial-$saved_run
  umask 077
  if ! read_manifest "$partial/manifest.json"; then
    fill_partial "$1" || return 1
    [[ -d $partial ]] || return 0
    read_manifest "$partial/manifest.json" || return 1
  fi
  sync_folder "$partial"
  [[ $manifest_layout != git ]] || rm -rf -- "$partial/files" || return 1
  mv -- "$partial" "$store/$target/$backup_id"
}

# fill_partial LIST: all of it but its final name; no folder where all are siblings.
fill_partial() {
  local set layout=directory list=$1
  mkdir -p -- "$partial/files" || return 1
  for set in ${sets[@]+"${sets[@]}"}; do
    merge_tree "$set/files" "$partial/files" || return 1
  done
  [[ ! -d $folder/saved/artifacts ]] ||
    mv -- "$folder/saved/artifacts" "$partial/" || return 1
  if find_restore_point "$1" "$partial/files"; then
    layout=git
  elif [[ $backup_layout == sibling ]]; then
    keep_siblings "$1" "$partial/files" || return 1
    list=$1.rest
    if [[ ! -s $list ]]; then
      rm -rf -- "$partial"
      return
    fi
  fi
  write_manifest "$partial/manifest.json" "$list" "$layout" ''
}

# new_backup_id NAME LIST: of this second, or the next in which neither this
# target nor any file of LIST has a backup: two of one second, apart in their
# artifact only, would have no order.
new_backup_id() {
  local its_id
  while :; do
    now_utc its_id %Y%m%d_%H%M%S
    ! id_is_free "$its_id" "$2" || break
    sleep 0.2
  done
  printf -v "$1" '%s' "$its_id${artifact:+.$artifact}"
}

# id_is_free STAMP LIST
id_is_free() {
  local path copy
  [[ $(list_backups "$target") != *"/$1"* ]] || return 1
  [[ $backup_layout == sibling ]] || return 0
  while IFS= LC_ALL=C read -r path; do
    decode_path path "$path"
    for copy in "$path.bak.$1"*; do
      [[ ! -e $copy && ! -L $copy ]] || return 1
    done
  done < <(cut -f 8 "$2")
}

# merge_entries SET...: the entries of all, each path as the first one has it,
# without what was absent and is again.
merge_entries() {
  local set path encoded lists=$run_dir/work/merged
  for set in "$@"; do
    cat -- "$set/list" || return 1
  done | first_entries >"$lists" || return 1
  if ! LC_ALL=C grep -Eq '^(folder_)?absent' "$lists"; then
    # In a trap a bare return gives the status that the program ends with.
    cat -- "$lists" || return 1
    return 0
  fi
  while IFS= LC_ALL=C read -r encoded; do
    decode_path path "$encoded"
    [[ -e $path || -L $path ]] || printf '%s\n' "$encoded" || return 1
  done < <(LC_ALL=C awk -F '\t' '$1 ~ /absent$/ { print $8 }' "$lists") >"$lists.none" || return 1
  NONE=$lists.none LC_ALL=C awk -F '\t' '
    BEGIN { while ((getline <ENVIRON["NONE"]) > 0) none[$0] = 1 }
    $1 !~ /absent$/ || !($8 in none)' "$lists"
}

# merge_tree FROM TO: move what TO does not have yet.
merge_tree() {
  local path
  for path in "$1"/* "$1"/.[!.]* "$1"/..?*; do
    [[ -e $path || -L $path ]] || continue
    if [[ ! -e $2/${path##*/} && ! -L $2/${path##*/} ]]; then
      mv -- "$path" "$2/" || return 1
    elif [[ -d $path && ! -L $path ]]; then
      merge_tree "$path" "$2/${path##*/}" || return 1
    fi
  done
}

# keep_siblings LIST FILES: each file beside its original; what has too long a name
# for that is left in FILES, and its entry in LIST.rest.
keep_siblings() {
  local entry encoded path most final
  most=$(getconf NAME_MAX . 2>/dev/null) || most=255
  : >"$1.rest"
  while IFS= LC_ALL=C read -r entry; do
    case ${entry%%$'\t'*} in file | link | absent) ;; *) continue ;; esac
    encoded=${entry##*$'\t'}
    decode_path path "$encoded"
    if ! sibling_fits "$encoded" "${path##*/}.bak.$backup_id.new"; then
      printf '%s\n' "$entry" >>"$1.rest" || return 1
      continue
    fi
    final=$store/$target/siblings/$encoded/$backup_id
    # A sibling has none of its own, where a whole folder is saved.
    if [[ ! ${path##*/} =~ \.bak\.[0-9]{8}_[0-9]{6} && ! -e $final/manifest.json ]]; then
      [[ $entry == absent* ]] || keep_sibling "$2/$path" "$path.bak.$backup_id" || return 1
      mkdir -p -- "$final" && printf '%s\n' "$entry" >"$1.sibling" &&
        write_manifest "$final/manifest.json" "$1.sibling" sibling '' || return 1
    fi
    rm -f -- "$2/$path" || return 1
  done <"$1"
  sync_folder "$store"
}

# sibling_fits ENCODED NAME: NAME, and each name in the path ENCODED?
sibling_fits() {
  local LC_ALL=C name
  local names=()
  IFS=/ read -r -a names <<<"$1"
  for name in "$2" "${names[@]}"; do
    ((${#name} <= most)) || return 1
  done
}

# keep_sibling COPY NAME: the run may have removed the folder that it was in.
keep_sibling() {
  [[ $2 != */* || -d ${2%/*} ]] || mkdir -p -- "${2%/*}" || return 1
  rm -f -- "$2.new" && cp -pPR -- "$1" "$2.new" || return 1
  [[ -L $1 ]] || cmp -s -- "$1" "$2.new" || return 1
  mv -f -- "$2.new" "$2"
}
