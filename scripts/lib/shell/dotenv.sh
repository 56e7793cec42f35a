# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# The .env file of the root: KEY=VALUE lines, parsed and never sourced.

dotenv_keys=()
dotenv_values=()

# read_dotenv FILE: what FILE sets and the environment does not is the user's too.
read_dotenv() {
  parse_dotenv "$1"
  keep_dotenv
}

parse_dotenv() {
  local line key value number=0 in_environment=' '
  [[ -f $1 ]] || return 0
  [[ -r $1 ]] || die 3 "$1: cannot be read"
  for line in ${lockstep_environment[@]+"${lockstep_environment[@]}"}; do
    in_environment+="${line%%=*} "
  done
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

# keep_dotenv: tools may look at what no shell has for itself. What bash lets
# nobody set, and docker compose wants to be told, is passed on as it is.
keep_dotenv() {
  local index key value of_shell
  of_shell=" $(compgen -v | tr '\n' ' ')"
  for index in ${dotenv_keys[@]+"${!dotenv_keys[@]}"}; do
    key=${dotenv_keys[index]}
    value=${dotenv_values[index]}
    keep_setting "$key" "$value"
    case $key in
      UID | EUID | PPID) [[ ! $value =~ ^[0-9]+$ ]] || lockstep_numbers+=" $key=$value" ;;
      BASH* | SHELLOPTS | PWD | OLDPWD | SHLVL | _) ;;
      *)
        if is_for_tools "$key" && [[ $of_shell != *" $key "* ]]; then
          export "$key=$value"
        fi
        ;;
    esac
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
