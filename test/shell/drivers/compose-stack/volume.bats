#!/usr/bin/env bats
load ../../helper
source "$project/test/fixtures/docker.sh"
source "$project/test/fixtures/stack.sh"

# A volume, and a SQLite file on one, in two stacks as of two machines.

setup_file() {
  missing=$(docker_missing)
  [[ -z $missing || ${CI:-} == true ]] || skip "no stack in containers is tried: $missing"
  [[ -z $missing ]]
  daemon=$(mktemp -d)
  export daemon made=$BATS_FILE_TMPDIR/made
  start_docker "$daemon"
  busybox_image lockstep-test/busybox:1
  write_stack
  generate_programs "$made"
}

teardown_file() {
  [[ -z ${daemon:-} ]] || stop_docker "$daemon"
}

write_stack() {
  local name
  mkdir -p "$made/.insightpulse"
  printf 'version: "1.0"\ntargets:\n' >"$made/.insightpulse/sync.yaml"
  for name in here there; do
    cat <<END >>"$made/.insightpulse/sync.yaml"
  $name:
    driver: compose_stack
    config:
      project: $name
      files: [docker-compose.yml]
      parts:
        uploads: { kind: volume, volume: uploads, stop: true }
        chats: { kind: sqlite, service: app, path: /data/web ui.db }
END
  done
  cat >"$made/docker-compose.yml" <<'END'
version: "3.8"
services:
  app:
    image: lockstep-test/busybox:1
    command: ["sh", "-c", "exec sleep 1000000"]
    stop_signal: SIGKILL
    volumes: ["uploads:/uploads", "data:/data"]
volumes: {uploads: {}, data: {}}
END
}

# in_app PROJECT SCRIPT
in_app() {
  docker exec -i "$1_app_1" sh -c "$2"
}

# fresh: "here" and "there" run, each with files of its own.
fresh() {
  local name
  for name in here there; do
    docker-compose -p "$name" -f "$made/docker-compose.yml" down -v 2>/dev/null
    docker volume ls -q | xargs -r docker volume rm >/dev/null 2>&1 || :
    docker-compose -p "$name" -f "$made/docker-compose.yml" up -d 2>/dev/null
    sqlite3 "$BATS_TEST_TMPDIR/$name.db" "CREATE TABLE chat (id INTEGER PRIMARY KEY, title TEXT); INSERT INTO chat VALUES (1, 'of $name')"
    in_app "$name" 'cat >"/data/web ui.db"; chmod 640 "/data/web ui.db"; chown 1000:1000 "/data/web ui.db"' <"$BATS_TEST_TMPDIR/$name.db"
  done
  in_app here 'cd /uploads && mkdir -p "a b/-n" && echo one >"a b/-n/it'"'"'s" && ln -s "a b" link && ln "a b/-n/it'"'"'s" hard &&
    chown 1000:1001 hard && chmod 600 hard && : >.hidden && chmod 1777 .'
  in_app there 'echo mine >/uploads/mine'
}

# listing PROJECT: what is in the volume, with modes and owners.
listing() {
  in_app "$1" 'cd /uploads && find . | sort | while IFS= read -r path; do stat -c "%n %A %u:%g %N" "$path"; done; cat hard mine 2>/dev/null || :'
}

title() {
  in_app "$1" 'cat "/data/web ui.db"' >"$BATS_TEST_TMPDIR/now.db"
  sqlite3 "$BATS_TEST_TMPDIR/now.db" 'SELECT title FROM chat'
}

# a_program VERB-PROJECT [OPTION]...
a_program() {
  bash "$made/generated/$1.sh" --root "$root" "${@:2}"
}

state() {
  docker inspect -f '{{.State.Status}}' "$1_app_1"
}

@test "a volume and a file in a container are exported, and another stack takes them in" {
  fresh
  a_program export-here
  is "$(state here)" running
  a_program import-there --yes
  is "$(listing there)" "$(listing here)"
  is "$(title there)" 'of here'
  is "$(in_app there 'stat -c "%a %u:%g" "/data/web ui.db"')" '640 1000:1000'
  is "$(state there)" running
}

@test "the former volume is kept, and goes with the import after the next" {
  fresh
  a_program export-here
  a_program import-there --yes
  former=$(docker volume ls -q --filter label=lockstep.former=there_uploads)
  is "$(docker run --rm -v "$former:/former" lockstep-test/busybox:1 cat /former/mine)" mine
  in_app there 'echo again >/uploads/again'
  a_program import-there --yes
  former=$(docker volume ls -q --filter label=lockstep.former=there_uploads)
  is "$(docker run --rm -v "$former:/former" lockstep-test/busybox:1 cat /former/again)" again
  is "$(docker volume ls -q | grep -c new || :)" 0
  is "$(in_app there 'ls -d /data/*before* | wc -l')" 1
}

@test "who has a volume is stopped while it is read, and runs again however that ends" {
  fresh
  before=$(docker inspect -f '{{.State.StartedAt}}' here_app_1)
  a_program export-here
  [[ $(docker inspect -f '{{.State.StartedAt}}' here_app_1) != "$before" ]]
  program=$BATS_TEST_TMPDIR/export.sh
  sed "s|^  for id in \$stopped; do stack_docker start .*|  : >'$BATS_TEST_TMPDIR/there'; command sleep 600|" "$made/generated/export-here.sh" >"$program"
  start_program
  poll_for test -e "$BATS_TEST_TMPDIR/there"
  is "$(state here)" exited
  kill -KILL "$program_pid"
  end_program
  a_program export-here
  is "$(state here)" running
}

@test "a container that was frozen by a killed export goes on with the next run" {
  fresh
  program=$BATS_TEST_TMPDIR/export.sh
  sed "s|^ *for suffix in '' -wal -journal; do|  : >'$BATS_TEST_TMPDIR/there'; command sleep 600\n&|; s/kind volume volume uploads stop true/kind volume volume uploads/" \
    "$made/generated/export-here.sh" >"$program"
  start_program
  poll_for test -e "$BATS_TEST_TMPDIR/there"
  kill -KILL "$program_pid"
  end_program
  a_program export-here
  is "$(state here)" running
}

@test "an import that was killed in a switch leaves volume and file as they were" {
  local point before
  fresh
  a_program export-here
  before=$(listing there)
  for point in stack_volume_switch stack_volume_place stack_sqlite_switch stack_start stack_prove; do
    rm -f "$BATS_TEST_TMPDIR/there"
    program=$BATS_TEST_TMPDIR/import.sh
    sed "s|^$point() {\$|&\n  : >'$BATS_TEST_TMPDIR/there'; command sleep 600|" "$made/generated/import-there.sh" >"$program"
    start_program --yes
    poll_for test -e "$BATS_TEST_TMPDIR/there"
    kill -KILL "$program_pid"
    end_program
    run a_program import-there --archive missing.tar.gz
    is "$status" 3
    is "$point $(state there)" "$point running"
    is "$(listing there)" "$before"
    is "$(title there)" 'of there'
    is "$(docker volume ls -q | sort | paste -sd ' ')" 'here_data here_uploads there_data there_uploads'
  done
}

@test "a volume of another driver is refused, and a file on no volume" {
  fresh
  a_program export-here
  docker-compose -p there -f "$made/docker-compose.yml" down -v 2>/dev/null
  docker volume create --label com.docker.compose.project=there --label com.docker.compose.volume=uploads \
    --opt type=tmpfs --opt device=tmpfs there_uploads >/dev/null
  # compose would not take it over.
  docker run -d --name there_app_1 --label com.docker.compose.project=there --label com.docker.compose.service=app \
    --label com.docker.compose.oneoff=False -v there_uploads:/uploads -v there_data:/data lockstep-test/busybox:1 sleep 1000000 >/dev/null
  run a_program import-there --yes
  is "$status" 4
  has "$output" 'is not of the plain driver local'
  sed "s|/data/web ui.db|/elsewhere.db|" "$made/generated/import-here.sh" >"$made/generated/import-elsewhere.sh"
  in_app here ': >/elsewhere.db'
  run a_program import-elsewhere --yes
  has "$output" '/elsewhere.db is on no volume'
  is "$(state here)" running
}
