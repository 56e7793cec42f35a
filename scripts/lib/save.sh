# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# What a step will overwrite or remove is saved first, as a set: a folder with
# list (one line a path) and files/ (copies, under their own paths). A set that
# the journal names is complete. Lines of the list:
#   made PATH      a folder that was not there
#   absent PATH    a file that was not there
#   file PATH      a file or link, copied
#   folder PATH    a folder that was there; what comes into it later is not
#                  undone, unless it is named itself
#   mode MODE PATH of such a folder

# save_paths SET: read paths, NUL-ended and relative to the root, and save them
# in run_dir/saved/SET.
save_paths() {
  local set=$run_dir/saved/$1 path copies=() copies_folder=''
  (umask 077 && mkdir -p -- "$set/files")
  : >"$set/list"
  while IFS= LC_ALL=C read -r -d '' path; do
    if [[ -d $path && ! -L $path ]]; then
      save_folder "$path"
    elif [[ -e $path || -L $path ]]; then
      save_file "$path"
    else
      save_absent "$path"
    fi
  done
  copy_saved
  journal saved "$1"
}

# Files of one folder are copied by one cp.
save_file() {
  local folder=${1%/*}
  [[ $1 == */* ]] || folder=.
  [[ -L $1 || -f $1 ]] || fail_step "$1: neither a file, a folder nor a link"
  if [[ $folder != "$copies_folder" ]] || ((${#copies[@]} >= 200)); then
    copy_saved
    copies_folder=$folder
  fi
  copies+=("$1")
  list_saved file "$1"
}

copy_saved() {
  ((${#copies[@]} > 0)) || return 0
  mkdir -p -- "$set/files/$copies_folder"
  cp -pPR -- "${copies[@]}" "$set/files/$copies_folder/"
  copies=()
}

save_absent() {
  local parent=$1
  local parents=()
  while [[ $parent == */* ]]; do
    parent=${parent%/*}
    [[ ! -d $parent ]] || break
    parents=("$parent" ${parents[@]+"${parents[@]}"})
  done
  for parent in ${parents[@]+"${parents[@]}"}; do
    list_saved made "$parent"
  done
  list_saved absent "$1"
}

save_folder() {
  local path
  while IFS= LC_ALL=C read -r -d '' path; do
    path=${path#./}
    if [[ -d $path && ! -L $path ]]; then
      list_saved folder "$path"
      list_saved "mode $(file_mode "$path")" "$path"
    else
      save_file "$path"
    fi
  done < <(find "./$1" -print0)
}

list_saved() {
  local line=$2
  line=${line//%/%25}
  printf '%s %s\n' "$1" "${line//$'\n'/%0A}" >>"$set/list"
}
