# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# What stands in the way of putting back. What the run is known to have written
# goes; whatever else stands there by then, a person's edit or another program's
# file, is moved to .insightpulse/recovered/RUN/ under its own path.

# move_into_place BESIDE PATH: a file of this run's, made beside its place.
move_into_place() {
  note_written "$1" "$2"
  mv -f -- "$1" "$2"
}

# note_written FILE PATH: FILE is about to become PATH, by this run.
note_written() {
  local place
  encode_path place "$2"
  printf '%s\0' "$1" | describe_paths . | add_written file "$place"
}

# note_written_below FOLDER PLACE: the same for the files in FOLDER, whose paths
# come in, NUL-ended.
note_written_below() {
  local place
  encode_path place "$2"
  describe_paths "$1" | add_written folder "$place"
}

# add_written file|folder PLACE: entries in; each process has a list of its own.
add_written() {
  local id
  own_process_id id
  KIND=$1 PLACE=$2 LC_ALL=C awk -F '\t' -v OFS='\t' '
    { $8 = ENVIRON["PLACE"] (ENVIRON["KIND"] == "file" ? "" : "/" $8); print }' \
    >>"$run_dir/wrote.$id"
}

# find_obstacles ENTRIES: print the encoded paths of what stands where the
# entries are to be put back: at their places, and above them.
find_obstacles() {
  local type path above
  while IFS=$'\t' LC_ALL=C read -r type path; do
    decode_path above "$path"
    case $type in
      absent | file | link) ! stands "$above" || printf '%s\n' "$path" ;;
      folder) [[ -d $above && ! -L $above ]] || ! stands "$above" || printf '%s\n' "$path" ;;
      *) continue ;;
    esac
    [[ $type != absent ]] || continue
    while [[ $above == */* ]]; do
      above=${above%/*}
      stands "$above" || continue
      [[ ! -d $above || -L $above ]] || break
      encode_path path "$above"
      printf '%s\n' "$path"
    done
  done < <(cut -f 1,8 "$1") | LC_ALL=C sort -u
}

stands() {
  [[ -e $1 || -L $1 ]]
}

# clear_way OBSTACLES KNOWN: afterwards nothing stands at these encoded paths.
# KNOWN has entries of what may be removed, as it is known or saved; the rest is
# moved. What comes in between is looked at again.
clear_way() {
  local attempt
  for attempt in 1 2 3; do
    clear_once "$1" "$2" || return 1
    any_stands "$1" || return 0
  done
  return 1
}

clear_once() {
  local path
  keep_repositories "$1" || return 1
  list_standing "$1" >"$1.paths" &&
    describe_paths . <"$1.paths" >"$1.standing" &&
    KNOWN=$2 LISTS=$1 LC_ALL=C awk -F '\t' '
      function facts() { return $1 FS $3 FS $5 FS $6 }
      BEGIN {
        while ((getline <ENVIRON["KNOWN"]) > 0) known[$8, facts()]
        printf "" >(ENVIRON["LISTS"] ".known")
        printf "" >(ENVIRON["LISTS"] ".others")
      }
      /^absent/ { next }
      { print $8 >(ENVIRON["LISTS"] ((($8, facts()) in known) ? ".known" : ".others")) }' \
      "$1.standing" || return 1
  while IFS= LC_ALL=C read -r path; do
    keep_recovered "$path" || return 1
  done <"$1.others"
  if [[ -s $1.known ]]; then
    decode_paths <"$1.known" | xargs -0 rm -f -- || return 1
  fi
  while IFS= LC_ALL=C read -r path; do
    decode_path path "$path"
    [[ ! -d $path || -L $path ]] ||
      find "./$path" -depth -type d -exec rmdir -- {} \; 2>/dev/null || :
  done <"$1"
}

# keep_repositories OBSTACLES: a repository of somebody's is kept as a whole: file
# by file its empty folders would be lost.
keep_repositories() {
  local path
  while IFS= LC_ALL=C read -r path; do
    decode_path path "$path"
    [[ ! -d $path || -L $path ]] || find "./$path" -name .git -prune -print0
  done <"$1" >"$1.repositories" || return 1
  while IFS= LC_ALL=C read -r -d '' path; do
    path=${path#./}
    [[ -d ${path%/.git} ]] || continue
    encode_path path "${path%/.git}"
    keep_recovered "$path" || return 1
  done <"$1.repositories"
}

# list_standing OBSTACLES: all files and links at and below, NUL-ended, each once.
list_standing() {
  local path
  while IFS= LC_ALL=C read -r path; do
    decode_path path "$path"
    if [[ -d $path && ! -L $path ]]; then
      find "./$path" ! -type d -print0 || return 1
    elif stands "$path"; then
      printf './%s\0' "$path" || return 1
    fi
  done <"$1" | LC_ALL=C sort -zu
}

any_stands() {
  local path
  while IFS= LC_ALL=C read -r path; do
    decode_path path "$path"
    ! stands "$path" || return 0
  done <"$1"
  return 1
}

# keep_recovered ENCODED: move it, over nothing that is kept there already. The
# paths where things are kept stand in recovered, for the report.
keep_recovered() {
  local path place folder=$recovered_store/$owner number=1
  decode_path path "$1"
  make_private_folder "$recovered_store"
  place=$folder/$path
  until mkdir -p -- "${place%/*}" 2>/dev/null && ! stands "$place"; do
    number=$((number + 1))
    ((number < 100)) || return 1
    place=$folder.$number/$path
  done
  mv -- "./$path" "$place" || return 1
  encode_path place "$place"
  printf '%s\n' "$place" >>"$run_dir/recovered"
}
