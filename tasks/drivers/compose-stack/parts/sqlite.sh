# shellcheck shell=bash
# shellcheck disable=SC2016,SC2034,SC2154 # variables are shared between the parts; scripts for other shells
# A SQLite file as a part: here, or in a container. There it is copied in the moment
# in which its container is frozen, with its -wal and -journal, which is what a
# power cut would leave: sqlite3 here makes a whole database of it.

# stack_sqlite_find: set container, empty where the file is here.
stack_sqlite_find() {
  container=
  if [[ -n $part_service ]]; then
    stack_container container "$part_service" || stack_fail "Docker does not answer: start it, then try again" 3
    [[ -n $container ]] || stack_fail "there is no container of the service $part_service: start the stack first" 3
  fi
}

# stack_sqlite_sh SCRIPT ARGUMENT...: in a container beside that of the service,
# with its volumes: it may not be running.
stack_sqlite_sh() {
  local script=$1
  shift
  if [[ -z $container ]]; then
    sh -c "$script" sh "$@"
  else
    with_timeout "$stack_long" docker run --rm -i --network none --user 0 --entrypoint sh --volumes-from "$container" \
      "$(stack_docker inspect -f '{{.Image}}' "$container")" -c "$script" sh "$@" 6>&- 7>&-
  fi
}

# stack_sqlite_look: print the bytes; 0 where there is no such file.
stack_sqlite_look() {
  stack_sqlite_find
  stack_call "$run_dir/work/size.$part" stack_sqlite_sh 'if [ -e "$1" ]; then wc -c <"$1"; else echo 0; fi' "$part_path"
  awk '{ print $1 + 0 }' "$run_dir/work/size.$part"
}

# stack_sqlite_identify: print the daemon, the device and the number of the file; nothing where
# there is none.
stack_sqlite_identify() {
  local daemon
  stack_sqlite_find
  daemon=$(stack_docker info -f '{{.ID}}') || stack_fail 'Docker does not answer: start it, then try again' 3
  stack_call "$run_dir/work/identity.$part" stack_sqlite_sh '[ ! -e "$1" ] || stat -L -c "$2 %d %i" "$1"' "$part_path" "$daemon"
  cat -- "$run_dir/work/identity.$part"
}

# stack_sqlite_dump FOLDER
stack_sqlite_dump() {
  stack_sqlite_take "$1/$part.sqlite"
  stack_sqlite_check "$1/$part.sqlite"
  stack_sqlite_note "$1/$part.sqlite"
}

# stack_sqlite_note FILE: its facts.
stack_sqlite_note() {
  stack_sqlite_counts "$1" | jq -cs '{tables: length, rows: (map(.[1]) | add // 0), counts: .}' >"$run_dir/work/facts.$part"
}

# stack_sqlite_take FILE [HOW]: a whole copy of the database; "meanwhile" nothing is frozen, so
# it may be none.
stack_sqlite_take() {
  local file=$1 copy=$stack_scratch/$part.copy suffix state began=$SECONDS
  stack_sqlite_find
  if [[ -n $container ]]; then
    stack_state state "$container"
    [[ ${2:-} != meanwhile ]] || state=
    if [[ $state == running/* ]]; then
      undo_with stack_undo_pause "$container" "${DOCKER_HOST:--}"
      stack_call /dev/null stack_docker pause "$container"
    fi
    for suffix in '' -wal -journal; do
      stack_sqlite_fetch "$part_path$suffix" "$copy$suffix"
    done
    if [[ $state == running/* ]]; then
      stack_call /dev/null stack_docker unpause "$container"
      note_step "$part_service stood still for $((SECONDS - began + 1)) s at most"
    fi
    [[ -e $copy ]] || stack_fail "there is no $part_path in the service $part_service" 3
  else
    copy=$part_path
    [[ -e $copy ]] || stack_fail "there is no $part_path" 3
  fi
  stack_call /dev/null stack_sqlite_backup "$copy" "$file"
  stack_call /dev/null stack_sqlite "$file" <<<'PRAGMA journal_mode = DELETE;'
  [[ -z $container ]] || rm -f -- "$copy" "$copy-wal" "$copy-journal" "$copy-shm"
}

# stack_sqlite_fetch FILE COPY: out of the container, if it is there. What else goes wrong
# ends the step: without its -wal a file lacks what was written last.
stack_sqlite_fetch() {
  local status=0 said=$run_dir/work/fetched.$part
  with_timeout "$stack_long" docker cp "$container:$1" "$2" >/dev/null 2>"$said" 6>&- 7>&- || status=$?
  ((status != 0)) || return 0
  grep -i -e 'could not find the file' -e 'no such container:path' -e 'no such file' -e 'not be found on container' "$said" >/dev/null ||
    stack_fail "$1 could not be copied: $(tail -n 1 -- "$said")"
}

# stack_sqlite_backup FILE COPY: in the folder of COPY: a command of sqlite3 has no way to write
# both quotes.
stack_sqlite_backup() (
  from=$1
  [[ $from == /* ]] || from=$PWD/$from
  cd -- "${2%/*}" || exit 1
  stack_sqlite "$from" <<<".backup '${2##*/}'"
)

# stack_sqlite FILE: run what standard input says.
stack_sqlite() {
  with_timeout "$stack_long" sqlite3 -batch -bail -init /dev/null -cmd '.timeout 10000' "$1" 6>&- 7>&-
}

stack_sqlite_check() {
  stack_call "$run_dir/work/checked.$part" stack_sqlite "$1" <<<'PRAGMA integrity_check(1);'
  [[ $(<"$run_dir/work/checked.$part") == ok ]] || stack_fail "the database is damaged: $(<"$run_dir/work/checked.$part")"
}

# stack_sqlite_counts FILE: a line of JSON for each table: name, rows.
stack_sqlite_counts() {
  local ask=$run_dir/work/ask.$part
  stack_sqlite "$1" >"$ask" <<'SQL'
SELECT 'SELECT json_array(' || quote(name) || ', count(*)) FROM "' || replace(name, '"', '""') || '";'
FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\_%' ESCAPE '\' AND sql NOT LIKE 'CREATE VIRTUAL%' ORDER BY name;
SQL
  stack_sqlite "$1" <"$ask"
}

stack_sqlite_accept() {
  jq -r '"note \(.tables) tables, \(.rows) rows"' "$1"
  stack_sqlite_find
  { stack_sqlite_sh 'df -Pk "$(dirname -- "$1")"' "$part_path" 2>/dev/null || :; } | stack_judge_room "$(wc -c <"$unpacked/$part.sqlite")"
}

# stack_sqlite_load FOLDER FACTS: beside the file; read back there.
stack_sqlite_load() {
  local wanted
  stack_sqlite_find
  stack_sqlite_check "$1/$part.sqlite"
  new_name=$part_path.lockstep-new-$run_id
  former_name=$part_path.before-$run_id
  stack_remember
  undo_with stack_undo_load "$memory"
  [[ -z $container ]] || stack_sqlite_on_volume
  stack_call /dev/null stack_sqlite_sh 'umask 077; cat >"$2"; [ ! -e "$1" ] || { chown "$(stat -c %u:%g "$1")" "$2"; chmod "$(stat -c %a "$1")" "$2"; }' \
    "$part_path" "$new_name" <"$1/$part.sqlite"
  wanted=$(hash_text <"$1/$part.sqlite")
  [[ $(stack_sqlite_sh 'cat "$1"' "$new_name" | hash_text) == "$wanted" ]] || stack_fail "what was loaded is not what was dumped"
}

# stack_sqlite_on_volume: else the next container would not have it.
stack_sqlite_on_volume() {
  local mount
  while IFS= read -r mount; do
    [[ -z $mount || $part_path != "${mount%/}"/* ]] || return 0
  done < <(stack_docker inspect -f '{{range .Mounts}}{{.Destination}}{{"\n"}}{{end}}' "$container")
  stack_fail "$part_path is on no volume: it would go with its container" 4
}

# stack_sqlite_switch: what belongs to the former file goes with it.
stack_sqlite_switch() {
  stack_recall "$run_dir/stack/$part" || exit 1
  stack_sqlite_find
  undo_with stack_undo_switch "${run_dir#"$root"/}/stack/$part"
  stack_call /dev/null stack_sqlite_sh 'set -e
    for end in -wal -shm -journal ""; do [ ! -e "$1$end" ] || mv "$1$end" "$3$end"; done
    mv "$2" "$1"' "$part_path" "$new_name" "$former_name"
}

# stack_sqlite_prove: the file that was loaded is the one that is in use.
stack_sqlite_prove() {
  stack_recall "$run_dir/stack/$part" || exit 1
  stack_sqlite_find
  stack_call /dev/null stack_sqlite_sh '[ -e "$1" ] && [ ! -e "$2" ]' "$part_path" "$new_name"
}

stack_sqlite_back() {
  stack_sqlite_find
  stack_call /dev/null stack_sqlite_sh 'set -e
    if [ -e "$3" ]; then
      [ ! -e "$1" ] || mv "$1" "$2"
      rm -f "$1-wal" "$1-shm" "$1-journal"
    fi
    for end in -wal -shm -journal ""; do [ ! -e "$3$end" ] || mv "$3$end" "$1$end"; done' "$part_path" "$new_name" "$former_name"
}

stack_sqlite_drop() {
  stack_sqlite_find
  stack_call /dev/null stack_sqlite_sh 'rm -f "$1"' "$new_name"
}

# stack_sqlite_forget KEEP
stack_sqlite_forget() {
  stack_sqlite_find
  stack_call /dev/null stack_sqlite_sh 'ls -d "$1".before-[0-9]* 2>/dev/null | grep -v -e -wal$ -e -shm$ -e -journal$ | sort -r |
    tail -n "+$(($2 + 1))" | while IFS= read -r file; do rm -f "$file" "$file-wal" "$file-shm" "$file-journal"; done' "$part_path" "$1"
}
