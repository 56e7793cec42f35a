# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# HTTP: which server a target talks to. A driver says so once, as soon as its
# settings are bound:
#
#   http_service NAME ADDRESS [TOKEN [HELP]]
#
# and, where it differs from what stands here, how the server is to be asked.
# Its steps then call http_get and the others (words.sh). A driver needs the
# programs curl and jq.

# What messages call it, and where it is; a token goes to this origin only.
http_name=
http_base=
http_origin=
http_login=
# The way to get a token.
http_help=
# Header lines of every request to that origin: "Notion-Version: 2025-09-03".
http_lines=()
# Seconds for one request, and attempts.
http_timeout=60
http_tries=4
# Seconds that a server may make a run wait before it is asked again.
http_patience=120
# Milliseconds from one request to the next; only where one step asks at a time.
http_pace=0
# Statuses, beside 429 and 529, that say: not done, ask again.
http_again=
# Kilobytes that an answer may have.
http_most=65536
# Origins that may be asked too, without token and header lines.
http_others=()

# http_service NAME ADDRESS [TOKEN [HELP]]: ADDRESS is http:// or https://, a
# host, and perhaps a path that stands before each PLACE; HELP is said when the
# server does not accept TOKEN.
http_service() {
  http_name=$1
  http_base=${2%/}
  http_login=${3:-}
  http_help=${4:-}
  if [[ $http_base == *'?'* ]] || ! is_http_address "$http_base"; then
    die 2 "'$2' is not an address for $1: http:// or https://, a host, and perhaps a path"
  fi
  http_origin_of http_origin "$http_base"
  [[ -n $http_login ]] || return 0
  [[ $http_login != *[![:graph:]]* ]] ||
    die 2 "the token for $1 holds white space or control characters; copy it again"
  add_secret "$http_login"
  case $http_origin in
    https://* | http://127.* | http://localhost | http://localhost:* | 'http://[::1]'*) ;;
    *) die 2 "the token for $1 would travel to $http_origin for everybody to read; use https://" ;;
  esac
}

# is_http_address TEXT: no login, no fragment, and nothing that one reader of an
# address takes for the end of the host and another does not.
is_http_address() {
  local LC_ALL=C
  local pattern="^[Hh][Tt][Tt][Pp][Ss]?://([A-Za-z0-9][A-Za-z0-9._-]*|\\[[0-9A-Fa-f:.]+\\])(:[0-9]{1,5})?([/?][][A-Za-z0-9._~:/?@!\$&'()*+,;=%-]*)?\$"
  [[ $1 =~ $pattern ]]
}

# http_origin_of NAME ADDRESS: set NAME to its scheme, host and port.
http_origin_of() {
  local its_scheme=${2%%://*} its_rest=${2#*://}
  its_rest=${its_rest%%[/?]*}
  its_rest=$(printf '%s' "$its_scheme://$its_rest" | tr '[:upper:]' '[:lower:]')
  case $its_rest in
    http://*:80) its_rest=${its_rest%:80} ;;
    https://*:443) its_rest=${its_rest%:443} ;;
    *) ;;
  esac
  printf -v "$1" '%s' "$its_rest"
}

# http_place NAME PLACE: set NAME to the address of PLACE: a path below the base,
# or an address on the origin or one of the others. Fails where it is neither.
http_place() {
  local its_origin other
  if [[ $2 == /* ]]; then
    printf -v "$1" '%s' "$http_base$2"
    is_http_address "$http_base$2"
    return
  fi
  printf -v "$1" '%s' "$2"
  is_http_address "$2" || return 1
  http_origin_of its_origin "$2"
  for other in "$http_origin" ${http_others[@]+"${http_others[@]}"}; do
    [[ $its_origin != "$other" ]] || return 0
  done
  return 1
}
