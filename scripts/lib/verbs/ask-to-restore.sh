# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# The question before a rollback changes anything.

# ask_to_restore QUESTION: fails, with what there is to say, if the answer is no.
ask_to_restore() {
  [[ $yes == false ]] || return 0
  ask_person "$1" && return 0
  declined=true
  # There is nothing to tell.
  unset -f tell_others
  summarize 'nothing was changed: you answered no'
  skip 'you answered no'
}
