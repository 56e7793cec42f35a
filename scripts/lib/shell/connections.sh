# shellcheck shell=bash
# Connections of ssh that several commands of a run share.

# end_connections FOLDER: those that a run has opened whose folder it is, as lines
# SOCKET HOST of ssh/hosts.
end_connections() {
  local socket host
  [[ -s $1/ssh/hosts ]] || return 0
  while read -r socket host _; do
    [[ ! -S $socket ]] || with_timeout 5 ssh -S "$socket" -O exit -- "$host" </dev/null >/dev/null 2>&1 || :
  done <"$1/ssh/hosts"
}
