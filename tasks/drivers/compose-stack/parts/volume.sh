# shellcheck shell=bash
# shellcheck disable=SC2016,SC2034,SC2154 # variables are shared between the parts; scripts for other shells
# A volume of Docker as a part: as tar, by a container of an image that is here
# anyway. A volume cannot be renamed; but what is in one is a folder, and that can.

# stack_volume_name: set volume to what Docker calls it; empty if it is not here.
stack_volume_name() {
  volume=$(stack_docker volume ls -q --filter "label=com.docker.compose.project=$project" \
    --filter "label=com.docker.compose.volume=$part_volume") || stack_fail "Docker does not answer" 3
  volume=${volume%%$'\n'*}
  if [[ -z $volume ]] && stack_docker volume inspect "${project}_$part_volume" >/dev/null 2>&1; then
    volume=${project}_$part_volume
  fi
}

# stack_volume_image: set image to one that is here and has sh and tar: that of the
# part, of who has the volume, or of the project.
stack_volume_image() {
  local candidate
  for candidate in $part_image $(stack_docker ps -a --no-trunc --filter "volume=${volume:-none}" --format '{{.Image}}') \
    $(stack_docker ps -a --no-trunc --filter "label=com.docker.compose.project=$project" --format '{{.Image}}'); do
    image=$candidate
    ! stack_docker image inspect "$image" >/dev/null 2>&1 ||
      ! stack_docker run --rm --network none --entrypoint sh "$image" -c 'command -v tar' >/dev/null 2>&1 || return 0
  done
  stack_fail "no image of the project has sh and tar: name one with image" 3
}

# stack_volume_look: print its bytes; 0 where it is not here.
stack_volume_look() {
  stack_volume_name
  if [[ -z $volume ]]; then
    printf '0\n'
    return 0
  fi
  stack_volume_bytes
}

# stack_volume_bytes: print those of volume.
stack_volume_bytes() {
  stack_volume_image
  stack_call "$run_dir/work/size.$part" stack_volume_run "$volume:/volume:ro" 'du -sk /volume'
  awk '{ print ($1 + 1) * 1024 }' "$run_dir/work/size.$part"
}

# stack_volume_dump FOLDER: with stop, while nobody who has it runs.
stack_volume_dump() {
  local id stopped='' since_base='' volume_why=''
  stack_volume_name
  [[ -n $volume ]] || stack_fail "there is no volume $part_volume in the project $project" 3
  stack_volume_image
  if [[ $part_stop == true ]]; then
    stopped=$(stack_docker ps -q --no-trunc --filter "volume=$volume")
    part_paths=$stopped
    stack_remember
    undo_with stack_undo_stop "$memory"
    for id in $stopped; do stack_docker stop "$id" >/dev/null; done
  fi
  if [[ $verb == export ]]; then
    stack_volume_record "$volume:/volume:ro" "$part_stop"
    stack_volume_since "$1"
  fi
  if [[ -z $since_base ]]; then
    stack_call "$1/$part.tar" stack_volume_run "$volume:/volume:ro" 'tar -C /volume -cf - .'
    stack_volume_settled
  fi
  for id in $stopped; do stack_docker start "$id" >/dev/null; done
  stack_volume_listing <"$1/$part.tar" >"$run_dir/work/listing.$part" || stack_fail "its tar cannot be read"
  stack_volume_note "$1"
}

# stack_volume_listing: of a tar, a line an entry, whatever their order. Not every
# tar gives folders and links their times back.
stack_volume_listing() {
  LC_ALL=C TZ=UTC0 tar --numeric-owner -tvf - | LC_ALL=C awk '/^[^-]/ {
    sub(/[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9] [0-9][0-9]:[0-9][0-9]/, "")
    sub(/[A-Z][a-z][a-z] +[0-9]+ +[0-9:]+/, "") } { print }' | LC_ALL=C sort
}

stack_volume_accept() {
  local size
  stack_volume_name
  if [[ -z $volume ]]; then
    printf 'note the volume %s is not here yet\n' "$part_volume"
  elif [[ $(stack_docker volume inspect -f '{{.Driver}}{{if .Options}} with options{{end}}' "$volume") != local ]]; then
    printf 'refuse the volume %s is not of the plain driver local: it cannot be switched\n' "$volume"
  fi
  [[ -z $volume ]] || {
    stack_volume_image
    { stack_volume_run "$volume:/volume:ro" 'df -Pk /volume' 2>/dev/null || :; } | stack_judge_room "$(wc -c <"$unpacked/$part.tar")"
  }
  human_size size "$(wc -c <"$unpacked/$part.tar")"
  printf 'note the volume %s: %s entries, %s\n' "$part_volume" "$(jq .entries "$1")" "$size"
}

# stack_volume_load FOLDER FACTS: into a new volume; then it is read back.
stack_volume_load() {
  stack_volume_name
  stack_volume_image
  new_name=${volume:-${project}_$part_volume}_new_$run_id
  former_name=${volume:-${project}_$part_volume}_before_$run_id
  part_image=$image
  stack_remember
  undo_with stack_undo_load "$memory"
  stack_call /dev/null stack_docker volume create --label lockstep=import "$new_name"
  if [[ -e $1/$part.kept ]]; then
    stack_volume_load_both "$1"
  else
    stack_call /dev/null stack_volume_run "$new_name:/volume" 'tar -C /volume -xpf -' <"$1/$part.tar"
    stack_call "$run_dir/work/loaded.$part" stack_volume_run "$new_name:/volume:ro" 'tar -C /volume -cf - .'
  fi
  stack_volume_listing <"$1/$part.tar" >"$run_dir/work/listing.$part"
  stack_volume_listing <"$run_dir/work/loaded.$part" | cmp -s - "$run_dir/work/listing.$part" ||
    stack_fail "what was loaded is not what was dumped"
  rm -f -- "$run_dir/work/loaded.$part"
}

# stack_volume_place NAME VOLUME: set NAME to the folder of all volumes.
stack_volume_place() {
  local its_place
  its_place=$(stack_docker volume inspect -f '{{.Mountpoint}}' "$2") || stack_fail "there is no volume $2"
  printf -v "$1" '%s' "${its_place%/*/_data}"
  [[ $its_place == "${!1}/$2/_data" ]] || stack_fail "the volume $2 does not lie where volumes do"
}

# stack_volume_switch: what is in the volume goes into that of the former one, and
# what is in the new one takes its place.
stack_volume_switch() {
  local place
  stack_recall "$run_dir/stack/$part" || exit 1
  stack_volume_name
  if [[ -z $volume ]]; then
    volume=${project}_$part_volume
    stack_call /dev/null stack_docker volume create --label "com.docker.compose.project=$project" \
      --label "com.docker.compose.volume=$part_volume" "$volume"
  fi
  image=$part_image
  undo_with stack_undo_switch "${run_dir#"$root"/}/stack/$part"
  stack_call /dev/null stack_docker volume create --label "lockstep.former=$volume" "$former_name"
  stack_volume_place place "$volume"
  stack_call /dev/null stack_volume_run "$place:/volumes" 'set -e; cd /volumes
    rmdir "$3/_data"; : >"$3/moved"
    mv "$1/_data" "$3/_data"; mv "$2/_data" "$1/_data"; mkdir "$2/_data"' "$volume" "$new_name" "$former_name"
  stack_docker volume rm "$new_name" >/dev/null || :
}

# stack_volume_back: from wherever the switch was left.
stack_volume_back() {
  local place
  stack_volume_name
  image=$part_image
  stack_docker volume inspect "$former_name" >/dev/null 2>&1 || return 0
  stack_volume_place place "$volume"
  stack_call /dev/null stack_volume_run "$place:/volumes" 'set -e; cd /volumes
    if [ -e "$2/moved" ] && [ -d "$2/_data" ]; then
      [ ! -d "$1/_data" ] || mv "$1/_data" "$2/taken-back"
      mv "$2/_data" "$1/_data"
    fi
    [ -d "$1/_data" ]; rm -rf "$2/moved" "$2/taken-back"; mkdir -p "$2/_data"' "$volume" "$former_name"
  stack_docker volume rm "$former_name" >/dev/null || :
}

# stack_volume_drop: what was loaded beside.
stack_volume_drop() {
  ! stack_docker volume inspect "$new_name" >/dev/null 2>&1 || stack_call /dev/null stack_docker volume rm "$new_name"
}

# stack_volume_forget KEEP
stack_volume_forget() {
  local former count=0
  stack_volume_name
  while IFS= read -r former; do
    count=$((count + 1))
    ((count <= $1)) || stack_call /dev/null stack_docker volume rm "$former"
  done < <(stack_docker volume ls -q --filter "label=lockstep.former=$volume" | LC_ALL=C sort -r)
}
