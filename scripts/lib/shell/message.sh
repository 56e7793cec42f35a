# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# Messages for people: always to standard error, always masked, and never with
# anything in them that a terminal obeys: a file may have any name.

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
  printable text "$text"
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
  die 2 "$1; $program --help lists the options"
}

# printable NAME TEXT: set NAME to TEXT with its control characters, but newline
# and tab, as \e and \x0D, and bytes that are no UTF-8 likewise.
printable() {
  local LC_ALL=C its_rest=$2 its_text='' its_char its_length
  while [[ $its_rest == *[!\ -~]* ]]; do
    its_char=${its_rest%%[!\ -~]*}
    its_text+=$its_char
    its_rest=${its_rest:${#its_char}}
    utf8_length its_length "$its_rest"
    ((its_length > 0)) || its_length=1
    its_char=${its_rest:0:its_length}
    case $its_char in
      $'\n' | $'\t') ;;
      $'\e') its_char='\e' ;;
      [$'\001'-$'\037'$'\177'-$'\377'] | $'\302'[$'\200'-$'\237'])
        printf -v its_char '%02X' "'${its_char: -1}"
        its_char="\\x${its_char: -2}"
        ;;
      *) ;;
    esac
    its_text+=$its_char
    its_rest=${its_rest:its_length}
  done
  printf -v "$1" '%s' "$its_text$its_rest"
}
