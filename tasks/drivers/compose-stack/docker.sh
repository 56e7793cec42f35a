# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# Docker. What runs is found by the labels that both versions of compose put on it, and
# asked by docker itself, which is the same with both.

# Seconds for one call that moves no data, and for one that does.
stack_patience=120
stack_long=86400

# stack_docker ARGUMENT...
stack_docker() {
  with_timeout "$stack_patience" docker "$@" 6>&- 7>&-
}

# stack_in CONTAINER COMMAND...: no terminal, which would spoil binary data.
stack_in() {
  with_timeout "$stack_long" docker exec -i "$@" 6>&- 7>&-
}

# stack_reach_docker: set docker_version; ends the step with 3 if nobody answers.
stack_reach_docker() {
  docker_version=$(stack_docker version --format '{{.Server.Version}}' 2>"$run_dir/work/docker") ||
    fail_step "Docker does not answer${DOCKER_HOST:+ at $DOCKER_HOST}: start it, then try again" 3
}

# stack_containers [SERVICE]: print the ids of this project, running or not.
stack_containers() {
  stack_docker ps -aq --no-trunc --filter "label=com.docker.compose.project=$project" \
    --filter label=com.docker.compose.oneoff=False ${1:+--filter "label=com.docker.compose.service=$1"}
}

# stack_container NAME SERVICE: set NAME to the container of SERVICE, or to nothing.
stack_container() {
  local its_ids
  its_ids=$(stack_containers "$2") || return 1
  printf -v "$1" '%s' "${its_ids%%$'\n'*}"
}

# stack_state NAME CONTAINER: set NAME to STATUS/HEALTH.
stack_state() {
  local its_state
  its_state=$(stack_docker inspect -f '{{.State.Status}}/{{if .State.Health}}{{.State.Health.Status}}{{else}}none{{end}}' "$2" 2>/dev/null) ||
    its_state=gone/none
  printf -v "$1" '%s' "$its_state"
}

# stack_service_of NAME CONTAINER
stack_service_of() {
  printf -v "$1" '%s' "$(stack_docker inspect -f '{{index .Config.Labels "com.docker.compose.service"}}' "$2" 2>/dev/null)"
}

# stack_require_service: set container to that of the part in hand; ends the step
# with 3 unless it runs and is healthy.
stack_require_service() {
  local state
  stack_container container "$part_service" || fail_step "Docker does not answer: start it, then try again" 3
  [[ -n $container ]] ||
    stack_fail "there is no container of the service $part_service in the project $project: start the stack first" 3
  stack_state state "$container"
  case $state in
    running/none | running/healthy) ;;
    *) stack_fail "the service $part_service is ${state/\/none/}, and has to be running${state#*/none}: see docker logs $part_service" 3 ;;
  esac
}

# stack_verdict NAME CONTAINER: set NAME to good, bad or open. A one-shot service
# that has ended with 0 is good.
stack_verdict() {
  local its_condition its_verdict=bad
  stack_state its_condition "$2"
  case $its_condition in
    running/none | running/healthy) its_verdict=good ;;
    running/starting | created/* | restarting/*) its_verdict=open ;;
    exited/*)
      [[ $(stack_docker inspect -f '{{.State.ExitCode}}' "$2") != 0 ]] || its_verdict=good
      ;;
    *) ;;
  esac
  printf -v "$1" '%s' "$its_verdict"
}

# stack_wait_healthy SECONDS CONTAINER...: until all are; fails with unhealthy, a
# text, once one is not or time is over. Prints what the container said last.
stack_wait_healthy() {
  local limit=$1 began=$SECONDS id verdict service
  shift
  for id in "$@"; do
    while :; do
      stack_verdict verdict "$id"
      [[ $verdict == open && $((SECONDS - began)) -lt limit ]] || break
      command sleep 0.2
    done
    [[ $verdict != good ]] || continue
    stack_service_of service "$id"
    stack_state verdict "$id"
    unhealthy="the service $service is ${verdict/\/none/} after $((SECONDS - began)) s"
    stack_docker logs --tail 20 "$id" 2>&1 || :
    return 1
  done
}

# stack_volume_run MOUNT SCRIPT ARGUMENT...: as root, without a network.
stack_volume_run() {
  local mount=$1 script=$2
  shift 2
  with_timeout "$stack_long" docker run --rm -i --network none --user 0 --entrypoint sh -v "$mount" "$image" -c "$script" sh "$@" 6>&- 7>&-
}

# stack_is_up: does the service of the part in hand run? Else its volumes, which are
# exported as they are, have to do.
stack_is_up() {
  local state
  [[ -n $part_service ]] || return 0
  stack_container container "$part_service" || fail_step 'Docker does not answer: start it, then try again' 3
  [[ -n $container ]] || return 1
  stack_state state "$container"
  [[ $state != running/none && $state != running/healthy ]] || return 0
  [[ -n $(stack_docker inspect -f '{{range .Mounts}}{{if eq .Type "volume"}}{{.Name}}{{end}}{{end}}' "$container") ]] || return 0
  warn "$target: $part: the service $part_service is ${state/\/none/}: of it there will be the volumes alone, as they are" 2>&6
  return 1
}
