# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# Putting back what save_paths saved, checked byte by byte. Doing it twice does
# no harm, so one that was interrupted is simply done again.

# put_back SET [KEEP]: restore the saved set SET (a folder). With KEEP, a
# folder, what stands there now and differs is moved there first: after a crash
# a person may have worked on. Fails if anything is not as it was.
put_back() {
  local set=$1 keep=${2:-} kind path status=0
  local made=() modes=()
  while IFS= LC_ALL=C read -r path; do
    kind=${path%% *}
    path=${path#* }
    path=${path//%0A/$'\n'}
    path=${path//%25/%}
    case $kind in
      made) made=("$path" ${made[@]+"${made[@]}"}) ;;
      mode) modes=("$path" ${modes[@]+"${modes[@]}"}) ;;
      absent) remove_again "$path" || status=1 ;;
      folder) make_folder_again "$path" || status=1 ;;
      file) restore_file "$path" || status=1 ;;
      *) status=1 ;;
    esac
  done <"$set/list"
  for path in ${made[@]+"${made[@]}"}; do
    rmdir -- "$path" 2>/dev/null || :
  done
  for path in ${modes[@]+"${modes[@]}"}; do
    [[ $(file_mode "${path#* }") == "${path%% *}" ]] ||
      chmod "${path%% *}" "./${path#* }" || status=1
  done
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

make_folder_again() {
  [[ ! -d $1 || -L $1 ]] || return 0
  remove_again "$1" && mkdir -p -- "$1"
}

restore_file() {
  local saved=$set/files/$1 folder=${1%/*} run=${set%/saved/*} beside
  # Named by the run that is undone: doing it again finds the same place.
  beside=$1.lockstep-${run##*/}
  same_file "$saved" "$1" && return 0
  if [[ -n $keep || -d $1 ]]; then
    remove_again "$1" || return 1
  fi
  if [[ $1 == */* ]]; then
    [[ -d $folder && ! -L $folder ]] || remove_again "$folder" || return 1
    mkdir -p -- "$folder" || return 1
  fi
  cp -pPR -- "$saved" "$beside" && mv -f -- "$beside" "$1" &&
    same_file "$saved" "$1"
}

# same_file ONE OTHER: the same link, or the same bytes and mode.
same_file() {
  [[ -e $2 || -L $2 ]] || return 1
  if [[ -L $1 || -L $2 ]]; then
    [[ -L $1 && -L $2 && $(readlink -- "$1") == "$(readlink -- "$2")" ]]
  else
    [[ -f $2 ]] && cmp -s -- "$1" "$2" &&
      [[ $(file_mode "$1") == "$(file_mode "$2")" ]]
  fi
}

file_mode() {
  stat -c %a -- "$1" 2>/dev/null || stat -f %Lp -- "$1"
}
