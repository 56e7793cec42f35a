# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# One ssh connection for all repositories of a host: it is opened once, and each git
# is a session on it. Where that cannot be, each git connects as it always did.

# git_open_connections URL...: to each host that two or more of them are on.
git_open_connections() {
  local host port path number=0 opening=() pid
  path=${run_dir#"$root"/}/ssh/999
  # The path of a socket has at most 103 bytes, of which ssh takes 17 for another name
  # at first; and what is no plain character would need quotation marks.
  [[ $shares_connections == true && ${#path} -le 86 && $path != *[!A-Za-z0-9._/-]* ]] || return 0
  mkdir -p -- "$run_dir/ssh"
  while read -r host port; do
    number=$((number + 1))
    # A group of its own: a ProxyCommand would end with that of the step.
    set -m
    git_open_connection "${path%999}$number" "$host" "$port" </dev/null >/dev/null 2>&1 6>&- 7>&- &
    set +m
    opening+=("$!")
  done < <(git_shared_hosts "$@")
  for pid in ${opening[@]+"${opening[@]}"}; do
    wait "$pid" || :
  done
}

# git_shared_hosts URL...: print USER@HOST and PORT, which may be missing, of each that
# more than one of them has.
git_shared_hosts() {
  local each host port
  for each in "$@"; do
    ! git_ssh_host "$each" || printf '%s %s\n' "$host" "$port"
  done | LC_ALL=C sort | uniq -d
}

# git_ssh_host URL: set host and port; fails where it is not over ssh.
git_ssh_host() {
  local rest=${1#ssh://}
  port=
  if [[ $rest != "$1" ]]; then
    host=${rest%%/*}
    if [[ $host =~ ^(.*):([0-9]+)$ ]]; then
      host=${BASH_REMATCH[1]}
      port=${BASH_REMATCH[2]}
    fi
  else
    [[ $1 != *://* && $1 == *@*:* ]] || return 1
    host=${1%%:*}
  fi
  [[ $host == [A-Za-z0-9]* && $host != *[!A-Za-z0-9@._-]* ]]
}

# git_open_connection SOCKET HOST PORT: not where the user has settings of his own for
# that. It outlives the step, and ends by itself when nothing has used it for 10 s,
# whatever becomes of the run.
git_open_connection() {
  local settings
  settings=$(with_timeout "$timeout" ssh -G ${3:+-p "$3"} -- "$2") || return 0
  settings=${settings/$'\ncontrolpath none'/}
  [[ $settings == *$'\ncontrolmaster false'* && $settings != *$'\ncontrolpath '* ]] || return 0
  printf '%s %s %s\n' "$1" "$2" "$3" >>"$run_dir/ssh/hosts"
  with_timeout "$timeout" ssh -f -N -M -S "$1" -o ControlPersist=10 -o ClearAllForwardings=yes \
    -o BatchMode=yes -o ConnectTimeout=20 -o ServerAliveInterval=5 -o ServerAliveCountMax=3 ${3:+-p "$3"} -- "$2" || :
}

# git_may_share: set shares_connections. Not where the user says how to call ssh, nor
# where git goes to another host than the address names, nor below the top of a work
# tree, where git starts ssh in another folder than ours.
git_may_share() {
  shares_connections=false
  [[ -z ${GIT_SSH_COMMAND:-}${GIT_SSH:-} && -z $(git rev-parse --show-prefix 2>/dev/null) ]] || return 0
  ! git config --get-regexp '^(core\.sshcommand|url\..*\.insteadof)$' >/dev/null || return 0
  shares_connections=true
}

# git_use_connection: set GIT_SSH_COMMAND for the url, if its host has one.
git_use_connection() {
  local socket its_host its_port host port
  git_ssh_host "$url" || return 0
  while read -r socket its_host its_port; do
    [[ $its_host == "$host" && $its_port == "$port" ]] || continue
    [[ ! -S $socket ]] || GIT_SSH_COMMAND+=" -o ControlPath=$socket"
  done <"$run_dir/ssh/hosts"
}
