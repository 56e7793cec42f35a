# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# The store: .insightpulse/backups/TARGET/YYYYMMDD_HHMMSS[.ARTIFACT]/ holds
# manifest.json, files/ (or an archive of it), and artifacts/, where a step made
# something for the backup that is no file of the user's: a dump, a row. With the
# layout sibling the copy of FILE stands beside it as
# FILE.bak.YYYYMMDD_HHMMSS[.ARTIFACT], and its manifest in siblings/FILE/ of the
# target. Nothing unfinished has such a name.

store=.insightpulse/backups
artifact=
backup_layout=directory
backup_made=

# list_backups TARGET: the folders of its backups, the oldest first.
list_backups() {
  local folder
  for folder in "$store/$1"/[0-9]*; do
    [[ ! -d $folder ]] || printf '%s\n' "$folder"
  done
  list_siblings "$1" | awk -F / '$NF !~ /^\.removed-/ { print $NF "\t" $0 }' |
    LC_ALL=C sort | cut -f 2
}

list_siblings() {
  [[ ! -d $store/$1/siblings ]] ||
    find "$store/$1/siblings" -type f -name manifest.json | sed 's,/manifest\.json$,,'
}

# sibling_path NAME FOLDER: set NAME to the file that a sibling's manifest is of.
sibling_path() {
  local its_path=${2#"$store"/*/siblings/}
  decode_path "$1" "${its_path%/*}"
}

# remove_backup FOLDER: out of sight first, so that it is never half there.
remove_backup() {
  local removed=${1%/*}/.removed-${1##*/}
  mv -- "$1" "$removed" && finish_removal "$removed"
}

# finish_removal FOLDER: what remove_backup began.
finish_removal() {
  local path
  if [[ $1 == */siblings/* ]]; then
    sibling_path path "$1"
    rm -f -- "$path.bak.${1##*/.removed-}" || return 1
  fi
  rm -rf -- "$1"
}

# clear_store: of this target, what runs that were killed left unfinished.
clear_store() {
  local folder
  for folder in "$store/$target"/.removed-*; do
    [[ ! -d $folder ]] || rm -rf -- "$folder"
  done
  for folder in "$store/$target"/.partial-*; do
    [[ -d $folder ]] || continue
    [[ -d .insightpulse/state/runs/$target/${folder##*/.partial-} ]] || rm -rf -- "$folder"
  done
  [[ -d $store/$target/siblings ]] || return 0
  while IFS= LC_ALL=C read -r folder; do
    finish_removal "$folder"
  done < <(find "$store/$target/siblings" -type d -name '.removed-*')
}
