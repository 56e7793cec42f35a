#!/usr/bin/env bats
load ../../helper
source "$project/test/fixtures/docker.sh"
source "$project/test/fixtures/stack.sh"

# Two stacks in containers, as of two machines.

setup_file() {
  missing=$(docker_missing)
  [[ -z $missing || ${CI:-} == true ]] || skip "no stack in containers is tried: $missing"
  [[ -z $missing ]]
  daemon=$(mktemp -d)
  export daemon
  start_docker "$daemon"
  postgres_image lockstep-test/postgres:1
}

teardown_file() {
  [[ -z ${daemon:-} ]] || stop_docker "$daemon"
}

# compose PROJECT ARGUMENT...
compose() {
  docker-compose -p "$1" -f "$root/docker-compose.yml" "${@:2}" 2>/dev/null
}

# sql PROJECT DATABASE: SQL of standard input.
sql() {
  compose "$1" exec -T db sh -c 'PGPASSWORD=$POSTGRES_PASSWORD exec psql -X -q -At -v ON_ERROR_STOP=1 -U pilot -d "$0" -f -' "$2"
}

# raise PROJECT: up, and healthy.
raise() {
  compose "$1" up -d
  poll_for healthy "$1"
  [[ $state == running* ]]
}

healthy() {
  state=$(docker inspect -f '{{.State.Status}} {{.State.Health.Status}}' "$1_db_1")
  # Nothing is waited for that cannot come.
  [[ $state != exited* ]] || docker logs "$1_db_1"
  [[ $state == 'running healthy' || $state == exited* ]]
}

database='stack_part database kind postgres service db database pilotpros user pilot schemas n8n'

write_stack() {
  cat >docker-compose.yml <<'END'
version: "3.8"
services:
  db:
    image: lockstep-test/postgres:1
    environment: {POSTGRES_USER: pilot, POSTGRES_PASSWORD: "secret-of-${COMPOSE_PROJECT_NAME:-x}", POSTGRES_DB: pilotpros}
    volumes: ["db:/var/lib/postgresql/data"]
  app:
    image: lockstep-test/postgres:1
    entrypoint: ["sh", "-c", "exec sleep 1000000"]
    stop_signal: SIGKILL
    healthcheck: {disable: true}
volumes: {db: {}}
END
}

@test "a stack in containers is exported, and another takes it in" {
  write_stack
  raise here
  raise there
  sql here pilotpros <<'SQL'
CREATE SCHEMA n8n;
CREATE TABLE n8n.workflow_entity (id text PRIMARY KEY, active bool NOT NULL);
INSERT INTO n8n.workflow_entity SELECT 'w' || g, g % 2 = 0 FROM generate_series(1, 31) g;
CREATE TABLE "La""rge" AS SELECT g AS x, repeat(md5(g::text), 8) AS word FROM generate_series(1, 5000) g;
SQL
  sql there pilotpros <<<"CREATE TABLE mine (note text); INSERT INTO mine VALUES ('not to be lost');"
  with_stack "project=here; $database" "$stack_export"
  app=$(compose there ps -q app)
  started=$(docker inspect -f '{{.State.StartedAt}}' "$app")
  with_stack "project=there; $database" "$stack_import"
  is "$(sql there pilotpros <<<'SELECT count(*), count(*) FILTER (WHERE active) FROM n8n.workflow_entity')" '31|15'
  is "$(sql there postgres <<<"SELECT count(*) FROM pg_database WHERE datname LIKE 'pilotpros_before_%'")" 1
  is "$(docker inspect -f '{{.State.Running}}' "$app")" true
  [[ $(docker inspect -f '{{.State.StartedAt}}' "$app") != "$started" ]]
  sql here pilotpros <<<'UPDATE n8n.workflow_entity SET active = true'
  with_stack "project=here; since=last; $database" "$stack_export"
  archive=$(ls team-sync-exports/team-export-*-since-*)
  [[ $(wc -c <"$archive") -lt 20000 ]]
  with_stack "project=there; $database" "$stack_import"
  is "$(sql there pilotpros <<<'SELECT count(*) FILTER (WHERE active) FROM n8n.workflow_entity')" 31
  is "$(sql there pilotpros <<<'SELECT md5(string_agg(x || word, $$ $$ ORDER BY x)) FROM "La""rge"')" \
    "$(sql here pilotpros <<<'SELECT md5(string_agg(x || word, $$ $$ ORDER BY x)) FROM "La""rge"')"
  is "$(docker exec "$(compose there ps -q db)" sh -c 'ls /tmp')" ''
}

# ask SQL GIVES: what a check says of the stack here.
ask() {
  with_stack "project=here; $database" "target=demo verb=test HOSTNAME=here stack_environment here project here
    stack_use_environment here
    stack_has_check tests rows part database sql '$1' gives '$2' within 5
    (stack_check_one 'tests rows') || :
    cut -f 1,3 \"\$run_dir/work/verdicts\""
}

@test "a test asks the database, and can only read it" {
  is "$(ask 'SELECT count(*) FROM n8n.workflow_entity' 31)" "good	gives 31"
  [[ $(ask 'SELECT count(*) FROM n8n.workflow_entity' 30) == *"bad	it gives 31, not 30" ]]
  [[ $(ask 'DELETE FROM n8n.workflow_entity RETURNING 1' '') == *'read-only transaction'* ]]
  [[ $(ask 'COMMIT; DELETE FROM n8n.workflow_entity RETURNING 1' '') == *'read-only transaction'* ]]
  [[ $(ask 'SELECT 1 WHERE false' '') == *'it gives no row' ]]
  is "$(ask 'SELECT count(*) FROM n8n.workflow_entity' 31)" "good	gives 31"
}
