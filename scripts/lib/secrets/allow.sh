# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# What a person accepted: .insightpulse/secrets.allow, a file to commit.
#
#   key 0f3a…                        32 hexadecimal digits, chance
#   github 5c0de # config/a.env:12   a rule, a mark, where it stood
#
# The mark is the beginning of a SHA-256 over key, rule and secret: it moves
# with the secret, and another secret has another. The key keeps marks from being
# compared between repositories, but whoever reads the file has it too, and could
# try all short secrets; no hash is slow enough in bash to prevent that. So a
# mark keeps 20 bits only: a million guesses at a password all fit one of each
# million times, and none can be told to be right. In return one new secret
# in a million passes for an accepted one.
#
# A machine that finds no key in the file makes one up for the run and prints it
# with the mark; so there may be several, and each is tried.

allow_file=.insightpulse/secrets.allow
allow_key=
allow_keys=()
allowed=$'\n'

# read_allowed: its keys and marks.
read_allowed() {
  local rule mark
  allow_keys=()
  allowed=$'\n'
  [[ -f $allow_file ]] || return 0
  while read -r rule mark _ || [[ -n $rule ]]; do
    case $rule in
      key) allow_keys+=("$mark") ;;
      '' | '#'*) ;;
      *) allowed+="$rule $mark"$'\n' ;;
    esac
  done <"$allow_file"
  [[ ${#allow_keys[@]} -eq 0 ]] || allow_key=${allow_keys[0]}
}

is_allowed() {
  local mark allow_key
  [[ $allowed == *$'\n'"$1 "* ]] || return 1
  for allow_key in ${allow_keys[@]+"${allow_keys[@]}"}; do
    allow_mark mark "$1" "$2"
    [[ $allowed != *$'\n'"$1 $mark"$'\n'* ]] || return 0
  done
  return 1
}

# allow_mark NAME RULE VALUE: set NAME to the mark.
allow_mark() {
  local its_mark
  its_mark=$(printf '%s\n%s\n%s' "$allow_key" "$2" "$3" | hash_text)
  printf -v "$1" '%s' "${its_mark:0:5}"
}

# allow_command NAME RULE VALUE PLACE: set NAME to the command that accepts it.
allow_command() {
  local mark its_line its_words="printf '%s\\n'"
  if ((${#allow_keys[@]} == 0)); then
    [[ -n $allow_key ]] ||
      allow_key=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
    its_words+=" 'key $allow_key'"
  fi
  allow_mark mark "$2" "$3"
  printf -v its_line '%s %s # %q' "$2" "$mark" "$4"
  if [[ $its_line == *\'* ]]; then
    printf -v its_line '%q' "$its_line"
  else
    its_line="'$its_line'"
  fi
  printf -v "$1" '%s' "$its_words $its_line >>$allow_file"
}
