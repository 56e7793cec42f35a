# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# Questions to the person at the terminal. Where Node draws, it has the terminal: it
# is told the question as an event, and gives the answer on descriptor 5.

# ask_person QUESTION: fails if the answer is no; exit 2 if nobody is there.
ask_person() {
  local answer='' text
  if [[ $lockstep_answers == 5 ]]; then
    printf '%s [y/N] ' "$1" >&2
    json_string text "$1"
    emit question "\"text\":$text"
    read -r answer <&5 || :
  else
    [[ $ci == false && -t 0 ]] || die 2 'no terminal to ask on: add --yes'
    printf '%s [y/N] ' "$1" >&2
    read -r answer || :
  fi
  [[ $answer == [yY]* ]]
}
