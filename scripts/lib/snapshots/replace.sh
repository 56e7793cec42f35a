# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# Where a target writes.

# check_output_folder KEY PATH: before the first step, exit 2 or 3 where PATH, which
# is relative to the root, cannot become a folder. Sets nearest_folder, the part
# of the way that is there. real_path comes after it.
check_output_folder() {
  nearest_folder=$2
  until [[ -e $nearest_folder || -L $nearest_folder ]]; do
    if [[ $nearest_folder == */* ]]; then
      nearest_folder=${nearest_folder%/*}
    else
      nearest_folder=.
    fi
  done
  require_inside "$1 $2" "$nearest_folder"
  [[ -w $nearest_folder ]] || die 3 "$1 $2: no permission to write in $nearest_folder"
}

# check_output_file KEY PATH: before the first step, exit 2 or 3 where PATH, which
# is relative to the root, cannot become a file. real_path comes after it.
check_output_file() {
  local folder=./$2
  [[ ! -d $2 ]] || die 2 "$1: $2 is a folder, not a file"
  [[ ! -L $2 ]] || die 2 "$1: $2 is a link; name the file itself"
  until [[ -d $folder ]]; do
    folder=${folder%/*}
  done
  require_inside "$1 $2" "$folder"
  [[ -w $folder ]] || die 3 "$1: $2: no permission to write in ${folder#./}"
}

# replace_file SOURCE PATH: for a step that saves what replace_file_saves says;
# the mode stays.
replace_file() {
  local beside=$2.new-$run_id kind=changed
  [[ $2 != */* ]] || mkdir -p -- "${2%/*}"
  if [[ -e $2 ]]; then
    cp -p -- "$2" "$beside"
  else
    kind=created
  fi
  cat -- "$1" >"$beside"
  move_into_place "$beside" "$2"
  output "$kind" "$2"
}

# replace_file_saves PATH
replace_file_saves() {
  printf '%s\0' "$1" "$1.new-$run_id"
}
