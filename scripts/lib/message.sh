# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# Messages for people: always to standard error, always masked.

exit_code=1
message=
# Set by what ends the program on purpose.
ended=false

# say TEXT: shown unless --quiet.
say() {
  [[ $quiet == true ]] || warn "$1"
}

# warn TEXT: shown always.
warn() {
  local text=$1
  mask text
  [[ ! -t 2 ]] || text=$'\r\033[K'$text
  printf '%s\n' "$text" >&2 || :
}

# die CODE TEXT: the one way to end the program for a reason of its own. The
# text becomes the message of the report; on_exit prints it and cleans up.
die() {
  ended=true
  exit_code=$1
  message=$2
  exit "$1"
}

# finish CODE: the last line of a program that came to it.
finish() {
  die "$1" ''
}

# judge_end COMMAND: first in a trap of EXIT. What neither die nor finish has
# ended did not succeed, whatever the exit status is.
judge_end() {
  [[ $ended == false ]] || return 0
  exit_code=1
  message="ended unexpectedly at: ${1%%$'\n'*}"
}

# usage_error TEXT: wrong usage, exit 2.
usage_error() {
  die 2 "$1; $program --help lists what there is"
}
