# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# Starting over: a stack is exported, then all of it stops, every volume that it has is
# exported as it is, and only then it goes.

# stack_look_at_all: a step: the parts, and in work/volumes all volumes of the project, by
# their names.
stack_look_at_all() {
  local total=0 volume bytes
  part_image=
  stack_reach_docker
  stack_look cleaned
  stack_volumes >"$run_dir/work/volumes"
  while IFS= read -r volume; do
    part=$volume
    stack_volume_bytes </dev/null >"$run_dir/work/bytes"
    bytes=$(<"$run_dir/work/bytes")
    total=$((total + bytes))
  done <"$run_dir/work/volumes"
  stack_check_room "$total"
}

# stack_volumes: print those of the project, and those without a name that its containers have.
stack_volumes() {
  local id of="label=com.docker.compose.project=$project"
  {
    stack_docker volume ls -q --filter "$of"
    for id in $(stack_docker ps -aq --no-trunc --filter "$of"); do
      stack_docker inspect -f '{{range .Mounts}}{{if eq .Type "volume"}}{{println .Name}}{{end}}{{end}}' "$id" | LC_ALL=C grep -xE '[0-9a-f]{64}' || :
    done
  } | LC_ALL=C sort -u
}

# stack_confirm_clean: a condition of the first step that exports.
stack_confirm_clean() {
  [[ $dry_run == true ]] ||
    ask_to_restore "Remove the containers, networks and volumes of $project, once its parts and volumes are exported? What its containers hold elsewhere goes with them" || return 1
  stack_has_something || skip 'nothing of it is here'
}

# stack_has_volumes: a condition of steps.
stack_has_volumes() {
  [[ $declined == false && -s $run_dir/work/volumes ]]
}

# stack_stop_all: a step: nobody writes any more.
stack_stop_all() {
  local id
  [[ ! -s $run_dir/failures ]] || fail_step 'not all of it could be exported, so nothing is removed'
  part=.stopped
  kind=''
  part_paths=$(stack_docker ps -q --no-trunc --filter "label=com.docker.compose.project=$project")
  stack_remember
  undo_with stack_undo_stop "$memory"
  for id in $part_paths; do stack_stop_one "$id"; done
}

# stack_stop_one CONTAINER: one that has ended by itself meanwhile is stopped too.
stack_stop_one() {
  stack_docker stop "$1" >/dev/null || ! stack_docker inspect "$1" >/dev/null 2>&1 || fail_step "the container $1 cannot be stopped"
}

# stack_save_volume VOLUME: a step for each: volumes/VOLUME.tar.
stack_save_volume() {
  volume=$1
  part=$1
  part_image=
  umask 077
  mkdir -p -- "$stack_out/volumes"
  stack_volume_image
  stack_call "$stack_out/volumes/$volume.tar" stack_volume_run "$volume:/volume:ro" 'tar -C /volume -cf - .'
  stack_volume_listing <"$stack_out/volumes/$volume.tar" >/dev/null || fail_step 'its tar cannot be read'
}

# stack_remove: a step, the last: what it cannot remove goes with the next one.
stack_remove() {
  local of="label=com.docker.compose.project=$project" what id
  [[ ! -s $run_dir/failures ]] || fail_step 'not all of it could be exported, so nothing is removed'
  stack_docker ps -aq --no-trunc --filter "$of" >"$run_dir/work/containers"
  stack_docker network ls -q --no-trunc --filter "$of" >"$run_dir/work/networks"
  id=$(stack_volumes | LC_ALL=C comm -13 "$run_dir/work/volumes" - | head -n 1)
  [[ -z $id ]] || fail_step "the volume $id has been made since, and is in no archive: nothing is removed"
  for what in container network volume; do
    while IFS= read -r id; do
      [[ $what != container ]] || stack_stop_one "$id"
      stack_docker "$what" rm "$id" </dev/null >/dev/null || ! stack_docker "$what" inspect "$id" </dev/null >/dev/null 2>&1 ||
        fail_step "the $what $id could not be removed: does something else use it? clean again then$(stack_in_which_archive)"
    done <"$run_dir/work/${what}s"
  done
  # What comes next descends from nothing that was here.
  rm -rf -- ".insightpulse/state/lineage/$target"
  summarize "$project is removed$(stack_in_which_archive)"
}

stack_in_which_archive() {
  [[ ! -s $run_dir/work/archive ]] || printf '; its parts and volumes are in %s' "$(<"$run_dir/work/archive")"
}
