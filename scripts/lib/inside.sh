# shellcheck shell=bash
# shellcheck disable=SC2154 # root is a variable of the program
# Nothing that is written or removed may lie outside of the root.

# require_inside WHAT FOLDER: exit 2 if a link on the way to FOLDER, which is
# relative to the root, leads out of it.
require_inside() {
  local part=${2#./} physical
  while [[ ! -L $part && $part == */* ]]; do
    part=${part%/*}
  done
  [[ -L $part || ! -d $2 || ! -x $2 ]] || return 0
  physical=$(cd -P -- "$2" 2>/dev/null && pwd) ||
    die 2 "$1: $2 is no folder that can be entered"
  [[ $physical == "$root" || $physical == "${root%/}"/* ]] ||
    die 2 "$1 leads out of $root through a link"
}
