# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# Starting over: a stack is exported with every volume that it has, and goes then.

# stack_take_all: each volume of the project that is no part becomes one; a part whose
# service has no container is none.
stack_take_all() {
  local name volume volumes there=()
  for name in ${stack_parts[@]+"${stack_parts[@]}"}; do
    stack_use "$name"
    container=
    [[ -z $part_service ]] || stack_container container "$part_service" || die 3 "Docker does not answer: start it, then try again"
    [[ -n $part_service && -z $container ]] || there+=("$name")
  done
  stack_parts=(${there[@]+"${there[@]}"})
  volumes=$(stack_docker volume ls --filter "label=com.docker.compose.project=$project" \
    --format '{{.Label "com.docker.compose.volume"}}') || die 3 "Docker does not answer: start it, then try again"
  while IFS= read -r volume; do
    [[ -z $volume ]] || stack_has_volume "$volume" ||
      stack_part "volume-$volume" kind volume volume "$volume" stop true pauses true
  done <<<"$volumes"
}

# stack_has_volume VOLUME: is it a part?
stack_has_volume() {
  local index
  for ((index = 0; index < ${#stack_keys[@]}; index += 3)); do
    [[ ${stack_keys[index + 1]} != volume || ${stack_keys[index + 2]} != "$1" ]] || return 0
  done
  return 1
}

# stack_confirm_clean: a condition of the first step that exports.
stack_confirm_clean() {
  [[ $dry_run == true ]] || ask_to_restore "Remove the containers, networks and volumes of $project, once all is exported?" || return 1
  stack_has_something || skip 'nothing of it is here'
}

# stack_remove: a step, the last: what it cannot remove goes with the next one.
stack_remove() {
  local of="label=com.docker.compose.project=$project" what id name
  [[ ! -s $run_dir/failures ]] || fail_step 'not all of it could be exported, so nothing is removed'
  stack_docker ps -aq --no-trunc --filter "$of" >"$run_dir/work/containers"
  stack_docker network ls -q --no-trunc --filter "$of" >"$run_dir/work/networks"
  stack_docker volume ls --filter "$of" --format '{{.Name}} {{.Label "com.docker.compose.volume"}}' >"$run_dir/work/volumes"
  while IFS=' ' read -r id name; do
    stack_has_volume "$name" || fail_step "the volume $id has been made since, and is in no archive: nothing is removed"
  done <"$run_dir/work/volumes"
  for what in container network volume; do
    while IFS=' ' read -r id name; do
      [[ $what != container ]] || stack_docker stop "$id" </dev/null >/dev/null
      stack_docker "$what" rm "$id" </dev/null >/dev/null ||
        fail_step "the $what ${name:-$id} could not be removed: does something else use it?$(stack_in_which_archive)"
    done <"$run_dir/work/${what}s"
  done
  summarize "$project is removed$(stack_in_which_archive)"
}

stack_in_which_archive() {
  [[ ! -s $run_dir/work/archive ]] || printf '; all of it is in %s' "$(<"$run_dir/work/archive")"
}
