# shellcheck shell=bash
# shellcheck disable=SC2154 # root is a variable of the program
# Nothing that is written or removed may lie outside of the root.

# require_inside WHAT FOLDER: exit 2 if a link on the way to FOLDER, which is
# relative to the root, leads out of it.
require_inside() {
  local status=0
  is_inside "$2" || status=$?
  ((status != 1)) || die 2 "$1 leads out of $root through a link"
  ((status == 0)) || die 2 "$1: $2 is not a folder, or cannot be entered"
}

# is_inside FOLDER: 1 if it leads out of the root, 2 if it cannot be entered.
is_inside() {
  local physical
  [[ ! -d $1 || ! -x $1 ]] || leads_through_link "${1#./}" || return 0
  physical=$(cd -P -- "$1" 2>/dev/null && pwd) || return 2
  [[ $physical == "$root" || $physical == "${root%/}"/* ]]
}

# real_path NAME PATH: set NAME to PATH, relative to the root, with the links to
# folders on its way followed, its last part too: so files are saved, compared,
# put back and committed where they are. Exit 2 if that is not in the root.
real_path() {
  local its_part=${2#./} its_rest=''
  until [[ -d $its_part || $its_part != */* ]]; do
    its_rest=/${its_part##*/}$its_rest
    its_part=${its_part%/*}
  done
  printf -v "$1" '%s' "${2#./}"
  [[ -d $its_part ]] || return 0
  leads_through_link "$its_part" || return 0
  require_inside "$2" "$its_part"
  its_part=$(cd -P -- "$its_part" && pwd && printf x)
  its_part=${its_part%$'\n'x}
  its_part=${its_part#"${root%/}"}$its_rest
  its_part=${its_part#/}
  printf -v "$1" '%s' "${its_part:-.}"
}

# leads_through_link PATH
leads_through_link() {
  local part=$1
  while [[ ! -L $part ]]; do
    [[ $part == */* ]] || return 1
    part=${part%/*}
  done
}
