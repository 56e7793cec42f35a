# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# Where the live Odoo is: here, on a host, in a container of either. Nothing is
# installed there; what is read passes through a pipe, and only what is masked is
# ever written.

# odoo_settings: once they are bound.
odoo_settings() {
  local rest
  odoo_host=
  odoo_port=
  odoo_path=$live_source
  if [[ $live_source == ssh://* ]]; then
    rest=${live_source#ssh://}
    odoo_path=
    [[ $rest != */* ]] || odoo_path=/${rest#*/}
    odoo_host=${rest%%/*}
    if [[ $odoo_host =~ :([0-9]+)$ ]]; then
      odoo_port=${BASH_REMATCH[1]}
      odoo_host=${odoo_host%:*}
    fi
    [[ $odoo_host =~ ^([A-Za-z0-9_.-]+@)?[A-Za-z0-9_.-]+$ && $odoo_host != -* ]] ||
      die 2 'source: not of the form ssh://[USER@]HOST[:PORT][/PATH]; a password belongs into no address'
    need_program ssh openssh-client
  elif [[ $live_source == *://* ]]; then
    die 2 "source: neither a folder nor ssh://[USER@]HOST[:PORT][/PATH]: ${live_source%%://*}://"
  elif [[ -n $live_container ]]; then
    need_program docker docker.io
  fi
  [[ -z $live_container || $live_container =~ ^[A-Za-z0-9][A-Za-z0-9_.-]*$ ]] ||
    die 2 "container: not the name or id of a container: $live_container"
  [[ $odoo_path == /* || -z $odoo_path || -n $live_container ]] || odoo_path=$root/$odoo_path
  real_path destination "$destination"
  stop_if_missing
}

# odoo_command: set words to what runs a script of standard input where Odoo is,
# with odoo_path, and where the environment of Odoo is, as its arguments.
odoo_command() {
  local word text=''
  words=(sh -s -- "$odoo_path" "${live_container:+container}")
  [[ -z $live_container ]] || words=(docker exec -i "$live_container" "${words[@]}")
  [[ -n $odoo_host ]] || return 0
  # The shell there reads it once more.
  for word in "${words[@]}"; do
    text+=" '${word//\'/$apart}'"
  done
  words=(ssh -T -o BatchMode=yes -o ConnectTimeout=15 -o ServerAliveInterval=10
    ${odoo_port:+-p "$odoo_port"} -- "$odoo_host" "exec$text")
}

# Out of the quotes, a quote, and into them again.
apart="'\\''"

# odoo_reader: the script. Each line that it prints says what it is of: c of the
# configuration, e of the environment (a variable each), d of a .env file. The
# last is z: without it something was cut off.
odoo_reader() {
  cat <<'SCRIPT'
file=$1
if [ -z "$file" ]; then
  for each in "$ODOO_RC" "$OPENERP_SERVER" /etc/odoo/odoo.conf "$HOME/.odoorc" "$HOME/.openerp_serverrc"; do
    if [ -f "$each" ]; then
      file=$each
      break
    fi
  done
fi
if [ -d "$file" ]; then file=${file%/}/odoo.conf; fi
if ! [ -f "$file" ]; then
  echo 'x missing'
elif ! [ -r "$file" ]; then
  echo 'x closed'
else
  sed 's/^/c /' "$file" || exit
  echo
  if [ "$2" = container ]; then
    env -0 | tr '\n\000' '\001\n' | sed 's/^/e /' || exit
  elif [ -f "${file%/*}/.env" ]; then
    sed 's/^/d /' "${file%/*}/.env" || exit
    echo
  fi
fi
echo z
SCRIPT
}

# odoo_complain STATUS COMPLAINT: end the step; what the other side said is the
# reason, if it said anything.
odoo_complain() {
  local line place=${odoo_host:-here} what
  [[ -z $live_container ]] || place="container $live_container${odoo_host:+ on $odoo_host}"
  last_lines line "$2" 1
  case $1 in
    124) what="gave no answer in $timeout s" ;;
    127) what="a program is missing there: $line" ;;
    *) what=${line:-exit code $1} ;;
  esac
  fail_step "$place: $what" 3
}
