# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# Where a stack runs: an environment is a folder, here or on a host that is reached
# by ssh, with a project of its own. What happens there happens by one call: bash
# with the functions of there.sh. Nothing is installed on a host.

stack_environments=()
# By threes: an environment, a key, its value.
stack_environment_keys=()
environment_keys='host files project env_file passes port_offset protected machines
  made_from made_set made_new made_blank made_keep'

# stack_environment NAME [KEY VALUE]...: an environment, with its settings.
stack_environment() {
  local name=$1
  shift
  stack_environments+=("$name")
  while (($# > 1)); do
    stack_environment_keys+=("$name" "$1" "$2")
    shift 2
  done
}

# stack_use_environment NAME: set environment, env_KEY for each of its keys, and
# env_folder, the folder there.
stack_use_environment() {
  local index key
  environment=$1
  for key in $environment_keys; do
    printf -v "env_$key" '%s' ''
  done
  for ((index = 0; index < ${#stack_environment_keys[@]}; index += 3)); do
    [[ ${stack_environment_keys[index]} != "$1" ]] ||
      printf -v "env_${stack_environment_keys[index + 1]}" '%s' "${stack_environment_keys[index + 2]}"
  done
  env_folder=$root
  [[ -n $env_project ]] || env_project=$project
  [[ -n $env_env_file ]] || env_env_file=.env
  [[ -z $env_host ]] || stack_split_host
}

# stack_split_host: ssh://USER@HOST:PORT/FOLDER is an address and a folder.
stack_split_host() {
  local rest=${env_host#ssh://}
  env_folder=/${rest#*/}
  env_host=ssh://${rest%%/*}
}

# stack_choose_environment: the one that --env names, or that of this machine, or
# the only one. Exit 2 where that does not say which.
stack_choose_environment() {
  local name pattern chosen=${env:-} why=''
  ((${#stack_environments[@]} > 0)) || die 2 "$target has no environments in sync.yaml, and no files"
  if [[ -n $chosen ]]; then
    [[ " ${stack_environments[*]} " == *" $chosen "* ]] ||
      die 2 "--env $chosen: $target has ${stack_environments[*]}"
  elif ((${#stack_environments[@]} == 1)); then
    chosen=${stack_environments[0]}
  else
    for name in "${stack_environments[@]}"; do
      stack_use_environment "$name"
      while IFS= read -r pattern; do
        # shellcheck disable=SC2053 # a pattern
        [[ -z $pattern || -n $chosen || $HOSTNAME != $pattern ]] || {
          chosen=$name
          why=", for this machine is $HOSTNAME, and its machines are $pattern"
        }
      done <<<"$env_machines"
    done
    [[ -n $chosen ]] ||
      die 2 "which environment? this machine is $HOSTNAME, which none names under machines: say --env ${stack_environments[*]}"
  fi
  stack_use_environment "$chosen"
  [[ -z $why ]] || say "$target: environment $chosen$why"
}

# stack_there NAME ARGUMENT...: the function there_NAME of there.sh, in the folder of the
# environment; standard input goes to it.
stack_there() {
  local command text
  printf -v command '%q ' "there_$1" "${@:2}"
  text=$(
    printf 'set -euo pipefail\nfolder=%q\nproject=%q\nenv_file=%q\n' "$env_folder" "$env_project" "$env_env_file"
    # shellcheck disable=SC2016 # for that bash
    printf 'releases=%q\ncd -- "$folder" || exit 3\n' ".insightpulse/state/releases/$env_project"
    # shellcheck disable=SC2046 # names
    declare -f $(compgen -A function there_)
  )
  case $1 in
    compose | resolve) stack_pass_variables | stack_on_host "$env_host" "IFS= read -r -d '' passed; eval \"\$passed\""$'\n'"$text"$'\n'"$command" ;;
    facts | images | listens | releases | show | read_env | env_state | published | disk) stack_try_on_host "$env_host" "$text"$'\n'"$command" ;;
    *) stack_on_host "$env_host" "$text"$'\n'"$command" ;;
  esac
}

# stack_pass_variables: print those of this machine that the compose files may use, ended by
# NUL, then standard input: in arguments everybody would see them.
stack_pass_variables() {
  local variable name
  while IFS= read -r variable; do
    name=lockstep_env_$variable
    [[ -z $variable || -z ${!name+set} ]] || printf 'export %s=%q\n' "$variable" "${!name}"
  done <<<"$env_passes"
  printf '\0'
  cat
}

# stack_try_on_host HOST TEXT: as stack_on_host, of what can be done twice and reads nothing:
# a connection that fails is tried again.
stack_try_on_host() {
  local tries=0 status
  while :; do
    status=0
    stack_on_host "$1" "$2" </dev/null || status=$?
    tries=$((tries + 1))
    ((status == 255 && tries < 4)) || return "$status"
    sleep "$tries"
  done
}

# stack_on_host HOST TEXT: run the bash TEXT; HOST is empty or "here" for this machine.
# Here the environment is a plain one too: what this program has of the user's would win
# over the file of the environment.
stack_on_host() {
  local rest address quoted status=0 name host_variables=() options=(-T -o BatchMode=yes -o ConnectTimeout=15
    -o ServerAliveInterval=10 -o ServerAliveCountMax=3 -o RemoteCommand=none -o ClearAllForwardings=yes)
  if [[ -z $1 || $1 == here ]]; then
    for name in PATH HOME USER LOGNAME LANG TMPDIR SSH_AUTH_SOCK XDG_RUNTIME_DIR DOCKER_HOST DOCKER_CONFIG DOCKER_CONTEXT \
      DOCKER_CERT_PATH DOCKER_TLS_VERIFY http_proxy https_proxy no_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY; do
      [[ -z ${!name:-} ]] || host_variables+=("$name=${!name}")
    done
    env -i "${host_variables[@]}" "$BASH" -c "$2" 6>&- 7>&- || status=$?
    # Bare, in a trap it would be the status from before that.
    return "$status"
  fi
  rest=${1#ssh://}
  address=${rest%:*}
  [[ $rest != *:* ]] || options+=(-p "${rest##*:}")
  quoted=${2//\'/\'\\\'\'}
  with_timeout "$stack_long" ssh "${options[@]}" -- "$address" "bash -c '$quoted'" 6>&- 7>&- || status=$?
  return "$status"
}

# stack_host_name NAME: set NAME to where the environment is, for people.
stack_host_name() {
  if [[ -z $env_host ]]; then
    printf -v "$1" 'here'
  else
    printf -v "$1" '%s' "${env_host#ssh://}"
  fi
}

# stack_release_settings: once they are bound, for the verbs of environments.
stack_release_settings() {
  # That of rollback is another.
  local list=false
  agreed=false
  stack_settings
  stack_choose_environment
}

# stack_of_environment COMMAND...: in a step of its own: COMMAND, of the data of the
# environment, where it is.
stack_of_environment() {
  project=$env_project
  [[ -z $env_host ]] || export DOCKER_HOST=$env_host
  "$@"
}
