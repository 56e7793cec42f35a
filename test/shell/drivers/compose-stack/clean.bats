#!/usr/bin/env bats
load ../../helper
source "$project/test/fixtures/docker.sh"
source "$project/test/fixtures/stack.sh"

# What a person does by hand with a stack: look into its database, start over, go back
# to what an import has replaced.

setup_file() {
  missing=$(docker_missing)
  [[ -z $missing || ${CI:-} == true ]] || skip "no stack in containers is tried: $missing"
  [[ -z $missing ]]
  daemon=$(mktemp -d)
  export daemon made=$BATS_FILE_TMPDIR/made
  start_docker "$daemon"
  postgres_image lockstep-test/postgres:1
  write_stack
  generate_programs "$made"
  compose up -d
  poll_for healthy
  sql <<<"CREATE TABLE t (x int); INSERT INTO t VALUES (1)"
}

teardown_file() {
  [[ -z ${daemon:-} ]] || stop_docker "$daemon"
}

write_stack() {
  mkdir -p "$made/.insightpulse"
  cat <<'END' >"$made/.insightpulse/sync.yaml"
version: "1.0"
targets:
  app:
    driver: compose_stack
    config:
      project: app
      files: [docker-compose.yml]
      health_timeout: 60
      parts:
        database: { kind: postgres, service: db, database: pilotpros, user: pilot }
        other: { kind: files, paths: [docker-compose.yml] }
END
  cat >"$made/docker-compose.yml" <<'END'
version: "3.8"
services:
  db:
    image: lockstep-test/postgres:1
    environment: {POSTGRES_USER: pilot, POSTGRES_PASSWORD: word-of-the-database, POSTGRES_DB: pilotpros}
    volumes: ["db:/var/lib/postgresql/data", "keys:/keys"]
volumes: {db: {}, keys: {}}
END
}

compose() {
  docker-compose -p app -f "$made/docker-compose.yml" "$@" 2>/dev/null
}

healthy() {
  [[ $(docker inspect -f '{{.State.Status}} {{.State.Health.Status}}' app_db_1) == 'running healthy' ]]
}

# sql: of standard input, as a person gives it; -t prints rows alone.
sql() {
  printf '\\set QUIET on\n\\pset tuples_only on\n\\pset format unaligned\n%s\n' "$(cat)" | app psql "$@"
}

# app VERB [OPTION]...
app() {
  bash "$made/generated/$1-app.sh" --root "$made" "${@:2}"
}

# left: what Docker has of the project.
left() {
  docker ps -aq --filter label=com.docker.compose.project=app
  docker volume ls -q --filter label=com.docker.compose.project=app
  docker network ls -q --filter label=com.docker.compose.project=app
}

@test "psql runs what it is given, and with --read-only changes nothing" {
  is "$(sql <<<'SELECT x FROM t')" 1
  run sql --read-only <<<'INSERT INTO t VALUES (2)'
  is "$status" 1
  has "$output" 'read-only transaction'
  run sql <<<'INSERT INTO nothing VALUES (2); SELECT 1'
  is "$status" 1
  run app psql --part other </dev/null
  is "$status" 2
  has "$output" 'app has no part other of the kind postgres'
  is "$(sql <<<'SELECT count(*) FROM t')" 1
}

@test "an import is taken back by the next one, and that one too" {
  run app import --yes --back
  is "$status" 3
  has "$output" 'no import has replaced anything'
  app export --quiet
  sql <<<'INSERT INTO t VALUES (2)'
  app import --yes --quiet
  is "$(sql <<<'SELECT count(*) FROM t')" 1
  app import --yes --quiet --back
  is "$(sql <<<'SELECT count(*) FROM t')" 2
  app import --yes --quiet --back
  is "$(sql <<<'SELECT count(*) FROM t')" 1
}

@test "a stack that is cleaned away is in an archive, its other volumes too" {
  local before archive
  docker exec app_db_1 sh -c 'echo key-of-the-app >/keys/key'
  before=$(left)
  run app clean
  is "$status" 2
  app clean --dry-run
  is "$(left)" "$before"
  # What somebody else uses stays, and whatever runs next does not stumble over it.
  docker run -d --name other -v app_keys:/keys --entrypoint sleep lockstep-test/postgres:1 1000 >/dev/null
  run app clean --yes
  is "$status" 1
  has "$output" 'the volume app_keys could not be removed'
  docker rm -f other >/dev/null
  compose up -d
  poll_for healthy
  archive=$(find "$made/team-sync-exports/before-clean" -name '*.tar*')
  app import --yes --quiet --archive "$archive"
  is "$(sql <<<'SELECT count(*) FROM t')" 1
  docker exec app_db_1 sh -c 'echo key-of-the-app >/keys/key'
  before=$(left)
  # A volume that nobody has exported yet is not removed.
  sed 's|^stack_remove() {$|&\n  docker volume create --label com.docker.compose.project=app --label com.docker.compose.volume=keys app_late >/dev/null|' \
    "$made/generated/clean-app.sh" >"$made/generated/late-app.sh"
  run app late --yes
  is "$status" 1
  has "$output" 'the volume app_late has been made since'
  docker volume rm app_late >/dev/null
  compose start
  poll_for healthy
  is "$(left)" "$before"
  # One that is killed while it removes leaves nothing that the next run stumbles over.
  sed "s|^stack_stop_one() {\$|&\n  [[ ! -e '$BATS_TEST_TMPDIR/there' ]] \|\| { docker rm -f \$1; : >'$BATS_TEST_TMPDIR/gone'; command sleep 600; }\n  : >'$BATS_TEST_TMPDIR/there'|" \
    "$made/generated/clean-app.sh" >"$made/generated/killed-app.sh"
  setsid bash "$made/generated/killed-app.sh" --root "$made" --yes >killed.out 2>&1 3>&- &
  poll_for test -e "$BATS_TEST_TMPDIR/gone"
  kill -KILL "$!"
  compose up -d
  poll_for healthy
  is "$(sql <<<'SELECT count(*) FROM t')" 1
  app clean --yes --quiet
  is "$(left)" ''
  archive=$(find "$made/team-sync-exports/before-clean" -name '*.tar*' | LC_ALL=C sort | tail -n 1)
  zstd -dqc "$archive" | tar -xOf - --wildcards '*/volumes/app_keys.tar' | tar -xOf - ./key >key
  content key "key-of-the-app$nl"
  compose up -d
  poll_for healthy
  app import --yes --quiet --archive "$archive"
  is "$(sql <<<'SELECT count(*) FROM t')" 1
  run app clean --yes
  is "$status" 0
  run app clean --yes
  is "$status" 0
  has "$output" 'app is removed'
}
