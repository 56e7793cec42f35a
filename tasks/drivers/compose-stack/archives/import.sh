# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# The way in: an archive is looked through, all of it is loaded beside what is
# here and checked, and takes over in seconds.

# stack_in_archive: set unpacked; the parts to be taken from it go to work/loads.
stack_in_archive() {
  unpacked=$(<"$run_dir/work/unpacked")
  for part in "${stack_parts[@]}"; do
    stack_use "$part"
    # Those of an environment are in Git.
    [[ $kind != files || -z ${environment:-} ]] || continue
    jq -e --arg part "$part" --arg kind "$kind" '.parts[$part].kind == $kind' "$unpacked/manifest.json" >/dev/null || continue
    jq -c --arg part "$part" '.parts[$part]' "$unpacked/manifest.json" >"$run_dir/work/wanted.$part"
    printf '%s\n' "$part"
  done >"$run_dir/work/loads"
  [[ -s $run_dir/work/loads ]] ||
    fail_step "$(<"$run_dir/work/source") holds none of the parts of $target" 4
  while IFS= read -r part; do
    stack_use "$part"
    [[ $kind == n8n ]] || return 0
  done <"$run_dir/work/loads"
  fail_step "$(<"$run_dir/work/source") holds workflows alone, without their database: import --only $part --archive takes them" 4
}

# stack_compare: says what it is and what differs here; what would not go well is
# refused.
stack_compare() {
  local refused=''
  stack_in_archive
  stack_compare_versions >"$run_dir/work/verdict"
  stack_judge ''
  stack_loads
  for part in "${loads[@]}"; do
    stack_use "$part"
    # A rollback takes the n8n of then too.
    [[ $kind != n8n || $verb != rollback ]] || continue
    "stack_${kind}_accept" "$run_dir/work/wanted.$part" >"$run_dir/work/verdict"
    stack_judge "$part: "
  done
  [[ -z $refused || $force == true ]] || fail_step "${refused#; }$([[ $verb != import ]] || printf '; --force goes on all the same')" 4
}

# stack_judge PREFIX: work/verdict has lines: refuse, warn or note, and a text.
stack_judge() {
  local word text
  while IFS=' ' read -r word text; do
    [[ $word != room ]] || fail_step "$1$text" 3
    [[ $word != refuse ]] || refused+="; $1$text"
    [[ $word != warn ]] || warn "$target: $1$text" 2>&6
    printf '%s\n' "$1$text"
  done <"$run_dir/work/verdict"
}

# stack_compare_versions: of the application, and who made the archive.
stack_compare_versions() {
  local index name here there
  if [[ ! -s $unpacked/export-metadata.json ]]; then
    printf 'warn it has no export-metadata.json: nobody knows where it comes from\n'
    return 0
  fi
  jq -r '"note exported \(.exportDate) by \(.exportedBy) on \(.hostname), from the project \(.project)"' "$unpacked/export-metadata.json"
  for ((index = 0; index < ${#stack_versions[@]}; index += 2)); do
    name=${stack_versions[index]}
    here=${stack_versions[index + 1]}
    there=$(jq -r --arg name "$name" '.[$name] // "unknown"' "$unpacked/export-metadata.json")
    [[ $there == "$here" ]] || printf 'warn %s is %s there and %s here\n' "$name" "$there" "$here"
  done
}

# stack_confirm, stack_goes_on, stack_has_something: conditions of steps.
stack_confirm() {
  [[ $dry_run == true ]] || ask_to_restore "Replace the data of $target by that of $(<"$run_dir/work/source")?" || return 1
  stack_has_something || skip 'nothing of it is here yet'
}

stack_goes_on() {
  [[ $declined == false ]]
}

stack_has_something() {
  [[ $declined == false && (-s $run_dir/work/parts || -s $run_dir/work/held) ]]
}

# stack_load PART: a step for each part of the archive.
stack_load() {
  unpacked=$(<"$run_dir/work/unpacked")
  stack_use "$1"
  umask 077
  "stack_${kind}_load" "$unpacked" "$run_dir/work/wanted.$part"
}

# stack_stop: a step: what uses the data stops; the databases go on.
stack_stop() {
  local id service ids=()
  [[ ! -s $run_dir/failures ]] || fail_step 'not all parts could be loaded, so nothing is switched'
  stack_needs_docker || return 0
  part=.stopped
  kind=''
  stack_database_services >"$run_dir/work/databases"
  while IFS= read -r id; do
    stack_service_of service "$id"
    ! grep -qxF -- "$service" "$run_dir/work/databases" || continue
    ids=("$id" ${ids[@]+"${ids[@]}"})
  done < <(stack_docker ps -q --no-trunc --filter "label=com.docker.compose.project=$project" \
    --filter label=com.docker.compose.oneoff=False)
  part_paths=$(printf '%s\n' ${ids[@]+"${ids[@]}"})
  stack_remember
  undo_with stack_undo_stop "$memory"
  ((${#ids[@]} == 0)) || stack_docker stop "${ids[@]}" >/dev/null
}

# stack_database_services: print the servers of the databases that are parts.
stack_database_services() {
  local index of=''
  for ((index = 0; index < ${#stack_keys[@]}; index += 3)); do
    [[ ${stack_keys[index + 1]} != kind ]] || of=${stack_keys[index + 2]}
    [[ $of != postgres || ${stack_keys[index + 1]} != service ]] || printf '%s\n' "${stack_keys[index + 2]}"
  done
}

# stack_loads: set loads to the parts that come in. What is called for each may read
# standard input, so no loop reads them from it.
stack_loads() {
  local name
  loads=()
  while IFS= read -r name; do
    loads+=("$name")
  done <"$run_dir/work/loads"
}

# stack_switch: a step: all parts, one after the other.
stack_switch() {
  stack_loads
  for part in "${loads[@]}"; do
    stack_use "$part"
    "stack_${kind}_switch"
  done
}

# stack_take_saves: the files that will be written, NUL-ended.
stack_take_saves() {
  local path
  unpacked=$(<"$run_dir/work/unpacked")
  while IFS= read -r path; do
    printf '%s\0' "$path" "$path.lockstep-$run_id"
  done < <(stack_files_to_take)
}

# stack_files_to_take: of all parts; the environment of this machine stays, for its
# ports and passwords are its own.
stack_files_to_take() {
  local path
  while IFS= read -r part; do
    stack_use "$part"
    [[ $kind == files ]] || continue
    while IFS= read -r path; do
      [[ -e $path && $take_env == false ]] && stack_is_env "$path" || printf '%s\n' "$path"
    done < <(stack_files_differing)
  done <"$run_dir/work/loads"
}

# stack_take_files: a step: the files of the archive, each beside its name first.
stack_take_files() {
  local path
  unpacked=$(<"$run_dir/work/unpacked")
  while IFS= read -r path; do
    mkdir -p -- "./$(dirname -- "$path")"
    cp -p -- "$unpacked/$path" "$path.lockstep-$run_id"
    if [[ -e $path ]]; then output changed "$path"; else output created "$path"; fi
    mv -f -- "$path.lockstep-$run_id" "$path"
    printf '%s\n' "$path" >>"$run_dir/work/taken"
  done < <(stack_files_to_take)
}

# stack_start: a step: what was stopped goes on, and is healthy.
stack_start() {
  local id ids=()
  stack_needs_docker || return 0
  stack_recall "$run_dir/stack/.stopped" || exit 1
  undo_with stack_undo_start "${run_dir#"$root"/}/stack/.stopped"
  while IFS= read -r id; do
    [[ -z $id ]] || ids+=("$id")
  done <<<"$part_paths"
  ((${#ids[@]} > 0)) || return 0
  stack_docker start "${ids[@]}" >/dev/null
  stack_wait_healthy "$health_seconds" "${ids[@]}" || fail_step "$unhealthy"
}

# stack_prove: a step, a check: what runs now is what the archive holds.
stack_prove() {
  unpacked=$(<"$run_dir/work/unpacked")
  stack_loads
  for part in "${loads[@]}"; do
    stack_use "$part"
    [[ $kind != n8n ]] || stack_n8n_prove "$unpacked"
    [[ $kind != sqlite ]] || stack_sqlite_prove
  done
}

# stack_forget: a step.
stack_forget() {
  stack_forget_former
  stack_note_replaced
  summarize "taken in: $(<"$run_dir/work/source")"
}

# stack_forget_former: former ones go, but for the newest.
stack_forget_former() {
  stack_loads
  for part in "${loads[@]}"; do
    stack_use "$part"
    (
      [[ $kind != postgres ]] || stack_postgres_ready
      "stack_${kind}_forget" "$keep_previous"
    ) ||
      warn "$target: $part: what was here before could not be removed; the next one tries again" 2>&6
  done
}
