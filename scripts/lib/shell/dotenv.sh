# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# The .env file of the root: KEY=VALUE lines, parsed and never sourced.

dotenv_keys=()
dotenv_values=()
# The variables that bash has for itself, or that are ours.
of_shell=

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

keep_dotenv() {
  local index
  for index in ${dotenv_keys[@]+"${!dotenv_keys[@]}"}; do
    keep_variable "${dotenv_keys[index]}" "${dotenv_values[index]}"
  done
}

# keep_variable NAME VALUE: one that the environment does not have. Tools may look at
# what no shell has for itself. What bash lets nobody set, and docker compose wants to
# be told, is passed on as it is.
keep_variable() {
  of_shell=${of_shell:-" $(compgen -v | tr '\n' ' ')"}
  keep_setting "$1" "$2"
  case $1 in
    UID | EUID | PPID) [[ ! $2 =~ ^[0-9]+$ ]] || lockstep_numbers+=" $1=$2" ;;
    BASH* | SHELLOPTS | PWD | OLDPWD | SHLVL | _) ;;
    *)
      if is_for_tools "$1" && [[ $of_shell != *" $1 "* ]]; then
        export "$1=$2"
      fi
      ;;
  esac
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
