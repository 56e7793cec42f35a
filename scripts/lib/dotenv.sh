# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# The .env file of the root: KEY=VALUE lines, parsed and never sourced.

dotenv_keys=()
dotenv_values=()

# read_dotenv FILE: export what FILE sets and the environment does not.
read_dotenv() {
  parse_dotenv "$1"
  export_dotenv
}

parse_dotenv() {
  local line key value number=0 in_environment
  [[ -f $1 ]] || return 0
  [[ -r $1 ]] || die 3 "$1: cannot be read"
  in_environment=" $(compgen -e | tr '\n' ' ')"
  while IFS= read -r line || [[ -n $line ]]; do
    number=$((number + 1))
    line=${line%$'\r'}
    line=${line#"${line%%[![:space:]]*}"}
    [[ -n $line && $line != '#'* ]] || continue
    line=${line#export }
    key=${line%%=*}
    if [[ $line != *=* || ! $key =~ ^[A-Za-z_][A-Za-z0-9_]*$ ]]; then
      die 2 "$1:$number: not a KEY=VALUE line"
    fi
    dotenv_value value "${line#*=}"
    [[ $in_environment != *" $key "* ]] || continue
    dotenv_keys+=("$key")
    dotenv_values+=("$value")
  done <"$1"
}

# export_dotenv: apart from the reader, whose own variables are local.
export_dotenv() {
  local dotenv_index
  for dotenv_index in ${dotenv_keys[@]+"${!dotenv_keys[@]}"}; do
    export "${dotenv_keys[dotenv_index]}=${dotenv_values[dotenv_index]}"
  done
}

# dotenv_value NAME TEXT: in single quotes as it is; in double quotes with \n,
# \" \\ and \$; bare up to a space and #.
dotenv_value() {
  local its_value=$2 rest char
  case $its_value in
    \'*\'*)
      its_value=${its_value#\'}
      its_value=${its_value%%\'*}
      ;;
    \"*\"*)
      rest=${its_value#\"}
      its_value=
      while [[ -n $rest && $rest != \"* ]]; do
        char=${rest:0:1}
        rest=${rest:1}
        if [[ $char == \\ ]]; then
          char=${rest:0:1}
          rest=${rest:1}
          case $char in
            n) char=$'\n' ;;
            \" | \\ | \$) ;;
            *) char=\\$char ;;
          esac
        fi
        its_value+=$char
      done
      ;;
    *)
      its_value=${its_value%%[[:space:]]#*}
      its_value=${its_value%"${its_value##*[![:space:]]}"}
      ;;
  esac
  printf -v "$1" '%s' "$its_value"
}
