# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# Questions to the person at the terminal.

# ask_person QUESTION: fails if the answer is no; exit 2 if nobody is there.
ask_person() {
  local answer=''
  [[ $ci == false && -t 0 ]] || die 2 'no terminal to ask on: add --yes'
  printf '%s [y/N] ' "$1" >&2
  read -r answer || :
  [[ $answer == [yY]* ]]
}
