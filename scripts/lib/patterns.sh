# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# Patterns for paths: * and ? stay within a folder, ** does not. What names a
# folder means all that is in it.

# patterns_expression NAME PATTERN...: set NAME to one regular expression for
# path_matches.
patterns_expression() {
  local LC_ALL=C its_all='' its_one its_rest
  for its_rest in "${@:2}"; do
    its_one=
    while [[ -n $its_rest ]]; do
      case $its_rest in
        '**/'*)
          its_one+='(.*/)?'
          its_rest=${its_rest:3}
          ;;
        '**'*)
          its_one+='.*'
          its_rest=${its_rest:2}
          ;;
        *)
          case ${its_rest:0:1} in
            '*') its_one+='[^/]*' ;;
            '?') its_one+='[^/]' ;;
            [].\{\}\(\)+^\$\|\\[]) its_one+=\\${its_rest:0:1} ;;
            *) its_one+=${its_rest:0:1} ;;
          esac
          its_rest=${its_rest:1}
          ;;
      esac
    done
    its_all+=${its_all:+|}$its_one
  done
  printf -v "$1" '^(%s)(/.*)?$' "$its_all"
}

# path_matches PATH EXPRESSION
path_matches() {
  local LC_ALL=C
  [[ $1 =~ $2 ]]
}
