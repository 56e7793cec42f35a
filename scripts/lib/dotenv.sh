# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# The .env file of the root: KEY=VALUE lines, parsed and never sourced.

# read_dotenv FILE: export what FILE sets and the environment does not.
read_dotenv() {
  local line key value number=0
  [[ -f $1 ]] || return 0
  [[ -r $1 ]] || die 3 "$1: cannot be read"
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
    [[ -n ${!key+set} ]] || export "$key=$value"
  done <"$1"
}

# dotenv_value NAME TEXT: in single quotes as it is; in double quotes with \n,
# \" \\ and \$; bare up to a space and #.
dotenv_value() {
  local its_value=$2
  case $its_value in
    \'*\'*)
      its_value=${its_value#\'}
      its_value=${its_value%%\'*}
      ;;
    \"*\"*)
      its_value=${its_value#\"}
      its_value=${its_value%\"*}
      its_value=${its_value//\\n/$'\n'}
      its_value=${its_value//\\\"/\"}
      its_value=${its_value//\\\$/\$}
      its_value=${its_value//\\\\/\\}
      ;;
    *)
      its_value=${its_value%%[[:space:]]#*}
      its_value=${its_value%"${its_value##*[![:space:]]}"}
      ;;
  esac
  printf -v "$1" '%s' "$its_value"
}
