#!/usr/bin/env bats
load ../../helper
source "$project/test/fixtures/docker.sh"
source "$project/test/fixtures/server.sh"

# Production and staging, each with a database of its own, in one daemon; both forms.

setup_file() {
  missing=$(docker_missing)
  [[ -z $missing || ${CI:-} == true ]] || skip "no stack is refreshed: $missing"
  [[ -z $missing ]]
  daemon=$(mktemp -d)
  export daemon repository=$BATS_FILE_TMPDIR/pa
  start_docker "$daemon"
  postgres_image lockstep-test/postgres:1
  mkdir -p "$repository/.insightpulse"
  cd "$repository"
  cat >docker-compose.yml <<'END'
services:
  db:
    image: lockstep-test/postgres:1
    environment: {POSTGRES_USER: pilot, POSTGRES_PASSWORD: "secret-of-the-stack", POSTGRES_DB: shop}
    volumes: ["db:/var/lib/postgresql/data"]
  app:
    image: lockstep-test/postgres:1
    entrypoint: ["sh", "-c", "exec sleep 1000000"]
    stop_signal: SIGKILL
    healthcheck: {disable: true}
    volumes: ["chats:/chats"]
volumes: {db: {}, chats: {}}
END
  cat >.insightpulse/sync.yaml <<'END'
version: "1.0"
targets:
  pa:
    driver: compose_stack
    config:
      project: pa
      environments:
        staging: { files: [docker-compose.yml], project: pa-staging, machines: ["*"] }
        production: { files: [docker-compose.yml], protected: true }
        twin: { files: [docker-compose.yml], project: pa-twin, machines: ["*"] }
      parts:
        database: { kind: postgres, service: db, database: shop, user: pilot }
        chats: { kind: sqlite, service: app, path: /chats/webui.db }
END
  printf 'team-sync-exports/\n' >.gitignore
  git init -q
  for name in pa pa-staging; do
    docker-compose -p "$name" -f docker-compose.yml up -d 2>/dev/null
  done
  for name in pa pa-staging; do
    until [[ $(docker inspect -f '{{.State.Health.Status}}' "${name}_db_1") == healthy ]]; do sleep 0.1; done
  done
  sql pa shop <<'SQL'
CREATE SCHEMA n8n;
CREATE TABLE n8n.workflow_entity (id text PRIMARY KEY, active bool NOT NULL);
CREATE TABLE n8n.credentials_entity (id text, data text);
CREATE TABLE users (id int PRIMARY KEY, email text UNIQUE, note text);
INSERT INTO n8n.workflow_entity SELECT 'w' || g, true FROM generate_series(1, 5) g;
INSERT INTO n8n.credentials_entity VALUES ('c', 'encrypted-things');
INSERT INTO users SELECT g, 'person' || g || '@example.org', 'note ' || g FROM generate_series(1, 100) g;
SQL
  chats pa 100
  chats pa-staging 1
}

# chats PROJECT NUMBER: so many people and what they wrote, in the file of its app.
chats() {
  sqlite3 "$BATS_FILE_TMPDIR/chats.db" <<SQL
DROP TABLE IF EXISTS user;
DROP TABLE IF EXISTS chat;
CREATE TABLE user (id INTEGER PRIMARY KEY, email VARCHAR UNIQUE);
CREATE TABLE chat (id INTEGER PRIMARY KEY, user_id INTEGER REFERENCES user, chat JSON);
WITH RECURSIVE n(g) AS (VALUES (1) UNION ALL SELECT g + 1 FROM n WHERE g < $2)
INSERT INTO user SELECT g, 'person' || g || '@example.org' FROM n;
INSERT INTO chat SELECT id, id, json_object('title', 'I am person' || id, 'model', 'inna') FROM user;
SQL
  docker exec -i "${1}_app_1" sh -c 'cat >/chats/webui.db' <"$BATS_FILE_TMPDIR/chats.db"
}

# chats_of PROJECT: print the file of its app.
chats_of() {
  docker exec "${1}_app_1" cat /chats/webui.db
}

teardown_file() {
  [[ -z ${daemon:-} ]] || stop_docker "$daemon"
}

setup() {
  cd -- "$repository"
  cat >.insightpulse/sanitise.yaml <<'END'
database:
  n8n.workflow_entity: { keep: all }
  n8n.credentials_entity: empty
  public.users: { id: keep, email: email, note: text }
chats:
  main.user: { id: keep, email: email }
  main.chat: { id: keep, user_id: keep, chat: { json: { model: keep } } }
END
  generate
}

generate() {
  (cd -- "$project" && npx tsx tasks/generate.ts --root "$repository" >/dev/null)
}

# sql PROJECT DATABASE: SQL of standard input.
sql() {
  docker exec -i "${1}_db_1" sh -c 'PGPASSWORD=$POSTGRES_PASSWORD exec psql -X -q -At -v ON_ERROR_STOP=1 -U pilot -d "$0" -f -' "$2"
}

hash() {
  sha256sum | cut -c 1-64
}

the() {
  bash "generated/$1-pa.sh" --ci "${@:2}"
}

# harmless: staging has all of it, and nothing that could harm.
harmless() {
  is "$(sql pa-staging shop <<<"SELECT count(*), count(*) FILTER (WHERE email LIKE 'test+%@example.com'), max(note) FROM users")" '100|100|xxxxxxxx'
  is "$(sql pa-staging shop <<<'SELECT count(*) FILTER (WHERE active), count(*) FROM n8n.workflow_entity')" '0|5'
  is "$(sql pa-staging shop <<<'SELECT count(*) FROM n8n.credentials_entity')" 0
  is "$(docker inspect -f '{{.State.Running}}' pa-staging_app_1)" true
  chats_of pa-staging >"$BATS_TEST_TMPDIR/chats.db"
  is "$(sqlite3 "$BATS_TEST_TMPDIR/chats.db" "SELECT count(*), min(chat), max(chat) FROM user JOIN chat ON user_id = user.id")" '100|{"model":"inna"}|{"model":"inna"}'
  is "$(grep -aci person "$BATS_TEST_TMPDIR/chats.db" || :)" 0
  # Who is the same in both is the same still.
  is "$(sqlite3 "$BATS_TEST_TMPDIR/chats.db" 'SELECT id, email FROM user ORDER BY id')" "$(sql pa-staging shop <<<'SELECT id, email FROM users ORDER BY id')"
}

@test "staging gets a copy without personal data; production is only read" {
  sql pa-staging shop <<<"CREATE TABLE mine (note text); INSERT INTO mine VALUES ('of staging')"
  before=$(docker inspect -f '{{.State.StartedAt}}' pa_app_1 pa_db_1)
  before_chats=$(chats_of pa | hash)
  run the refresh --yes
  is "$status" 0
  [[ $output == *'from production to staging; kept as they are: n8n.workflow_entity'* ]]
  [[ $output == *'app stood still for '[0-9]*' s at most'* ]]
  harmless
  is "$(docker inspect -f '{{.State.StartedAt}}' pa_app_1 pa_db_1)" "$before"
  is "$(sql pa shop <<<"SELECT count(*) FILTER (WHERE email LIKE 'person%') FROM users")" 100
  is "$(chats_of pa | hash)" "$before_chats"
  is "$(docker inspect -f '{{.State.Status}}' pa_app_1)" running
  is "$(docker exec pa-staging_app_1 sh -c 'ls /chats | grep -c webui.db.before-')" 1
  is "$(sql pa-staging postgres <<<"SELECT count(*) FROM pg_database WHERE datname LIKE 'shop_before_%'")" 1
  run grep -rlE 'person[0-9]+@' team-sync-exports .insightpulse/state .insightpulse/logs .insightpulse/reports
  is "$output" ''
  (cd -- "$project" && npx tsx tasks/refresh.ts pa --root "$repository" --ci --yes)
  harmless
}

@test "what has no rule, is found in clear, or acts on the world changes nothing" {
  state=$(sql pa-staging postgres <<<"SELECT string_agg(datname, ' ' ORDER BY datname) FROM pg_database")
  sed -i 's/, note: text//' .insightpulse/sanitise.yaml
  generate
  run the refresh --yes
  is "$status" 4
  [[ $output == *'public.users: note has no rule'* ]]
  run the sanitise --env production
  is "$status" 4
  # A program that was made before somebody masked more.
  printf '\n' >>.insightpulse/sanitise.yaml
  run the refresh --yes
  is "$status" 2
  [[ $output == *'has changed since this program was made'* ]]
  sed -i '/public.users/s/email: email/email: email, note: keep/' .insightpulse/sanitise.yaml
  generate
  sql pa shop <<<"UPDATE users SET note = 'of person5@example.org' WHERE id = 9"
  run the refresh --yes
  is "$status" 5
  [[ $output == *'stands in clear in public.users'* && $output != *person5* ]]
  sql pa shop <<<"UPDATE users SET note = 'note 9' WHERE id = 9"
  sed -i 's/credentials_entity: empty/credentials_entity: { keep: all }/' .insightpulse/sanitise.yaml
  generate
  run the refresh --yes
  is "$status" 4
  [[ $output == *'n8n.credentials_entity: these act on the world'* ]]
  run the refresh --env production --from staging --yes
  is "$status" 4
  [[ $output == *'production is protected: it is only read'* ]]
  run the refresh
  [[ $status == 4 || $status == 2 ]]
  is "$(sql pa-staging postgres <<<"SELECT string_agg(datname, ' ' ORDER BY datname) FROM pg_database")" "$state"
  harmless
  is "$(find . -name '*.sql' | wc -l)" 0
}

@test "an environment that has the very file of production is refused" {
  docker run -d --rm --entrypoint sleep -v pa_chats:/chats --label com.docker.compose.project=pa-twin --label com.docker.compose.service=app \
    --label com.docker.compose.oneoff=False --name pa-twin_app_1 lockstep-test/postgres:1 1000000 >/dev/null
  before_chats=$(chats_of pa | hash)
  run the refresh --env twin --from production --yes
  docker rm -f pa-twin_app_1 >/dev/null
  is "$status" 4
  [[ $output == *'twin has the same file /chats/webui.db as the environment that is copied'* && $output != *'stood still'* ]]
  is "$(chats_of pa | hash)" "$before_chats"
}

@test "rules are proposed from production, and fit" {
  the sanitise --env production --propose 2>/dev/null >"$BATS_TEST_TMPDIR/out" || :
  the sanitise --env production --propose 2>&1 | sed -n -e '/^database:/,/^    note/p' -e '/^chats:/,/^    email/p' >proposed
  is "$(grep -cx '    email: email' proposed)" 2
  cp proposed .insightpulse/sanitise.yaml
  generate
  the sanitise --env production
}
