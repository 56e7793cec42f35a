# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# Where the files of each repository stand: below the destination, or in a folder of
# its own.

# git_folder NAME: set folder to that of the repository NAME.
git_folder() {
  local index
  folder=$destination/$1
  ! git_index "$1" || folder=${own_folders[index]:-$folder}
}

# git_check_destination: no link on the way may lead out of the root. Sets
# nearest_folder, the part of the way that is there; the same for those that have a
# folder of their own.
git_check_destination() {
  local index place
  git_check_place nearest_folder "destination $destination" "$destination"
  real_path destination "$destination"
  real_path lock_file "$lock_file"
  for index in ${own_folders[@]+"${!own_folders[@]}"}; do
    git_check_place place "destination ${own_folders[index]}" "${own_folders[index]}"
    real_path place "${own_folders[index]}"
    own_folders[index]=$place
    # Never the folder itself, which may be there and empty: what is new is moved to it.
    if [[ $place == */* ]]; then place=${place%/*}; else place=.; fi
    git_check_place place "destination ${own_folders[index]}" "$place"
    own_nearest[index]=$place
  done
  git_check_apart
}

# git_check_place NAME WHAT FOLDER: set NAME to the part of the way to it that is there.
git_check_place() {
  local its_folder=$3
  while [[ ! -e $its_folder && ! -L $its_folder ]]; do
    if [[ $its_folder == */* ]]; then its_folder=${its_folder%/*}; else its_folder=.; fi
  done
  require_inside "$2" "$its_folder"
  [[ -w $its_folder ]] || die 3 "$2: no permission to write in $its_folder"
  real_path "$1" "$its_folder"
}

# git_check_apart: through links, two paths may be one folder.
git_check_apart() {
  local index name folder outer=''
  ((${#own_folders[@]} > 0)) || return 0
  while IFS=$'\t' read -r folder name; do
    [[ -z $outer || $folder != "$outer"* ]] ||
      die 2 "$name and another repository would both stand in ${outer%/}"
    outer=$folder
  done < <(for name in "${repositories[@]}"; do
    git_folder "$name"
    printf '%s/\t%s\n' "$folder" "$name"
  done | LC_ALL=C sort)
  for index in "${!own_folders[@]}"; do
    [[ $lock_file/ != "${own_folders[index]}"/* ]] ||
      die 2 "the lock file $lock_file would stand in the folder of ${repositories[index]}"
  done
}

# git_is_taken FOLDER: does another repository of the list than name stand in there, or
# around it?
git_is_taken() {
  local other folder
  for other in "${repositories[@]}"; do
    [[ $other != "$name" ]] || continue
    git_folder "$other"
    [[ $folder/ != "$1"/* && $1/ != "$folder"/* ]] || return 0
  done
  return 1
}

# git_stands_elsewhere: does name, by the lock file, still stand in another folder than it
# is to have? Nobody but the user knows what became of it there; refusal says so.
git_stands_elsewhere() {
  [[ -n $pin_folder && $pin_folder != "$folder" ]] || return 1
  # One within the other: what is there says nothing.
  [[ $folder/ != "$pin_folder"/* && $pin_folder/ != "$folder"/* ]] || return 1
  [[ -e $pin_folder || -L $pin_folder ]] || return 1
  ! git_is_taken "$pin_folder" || return 1
  refusal="it stands in $pin_folder and is to stand in $folder; move it there (git mv), or remove it"
}
