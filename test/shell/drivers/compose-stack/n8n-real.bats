#!/usr/bin/env bats
load ../../helper
source "$project/test/fixtures/docker.sh"
source "$project/test/fixtures/stack.sh"

# A real n8n, where LOCKSTEP_N8N is a folder with its node_modules (2.8.4 is the newest for
# Node 20). It is not installed by the tests: 1.6 GB.

setup_file() {
  [[ -n ${LOCKSTEP_N8N:-} ]] || skip 'LOCKSTEP_N8N names no folder with an n8n'
  [[ -z $(docker_missing) ]]
  daemon=$(mktemp -d)
  export daemon made=$BATS_FILE_TMPDIR/made
  start_docker "$daemon"
  postgres_image lockstep-test/postgres:1
  real_n8n_image lockstep-test/real-n8n:1
  write_stack
  generate_programs "$made"
  for name in here there; do
    docker-compose -p "$name" -f "$made/docker-compose.yml" up -d 2>/dev/null
  done
  poll_for healthy here
  poll_for healthy there
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
      health_timeout: 120
      parts:
        database: { kind: postgres, service: db, database: n8n, user: pilot }
        workflows: { kind: n8n, service: n8n }
END
  done
  cat >"$made/docker-compose.yml" <<END
version: "3.8"
services:
  db:
    image: lockstep-test/postgres:1
    environment: {POSTGRES_USER: pilot, POSTGRES_PASSWORD: word-of-the-database, POSTGRES_DB: n8n}
  n8n:
    image: lockstep-test/real-n8n:1
    volumes: ["$LOCKSTEP_N8N:/opt/n8n:ro"]
    restart: always
    environment:
      DB_TYPE: postgresdb
      DB_POSTGRESDB_HOST: db
      DB_POSTGRESDB_DATABASE: n8n
      DB_POSTGRESDB_USER: pilot
      DB_POSTGRESDB_PASSWORD: word-of-the-database
      N8N_ENCRYPTION_KEY: key-of-both-1234
      N8N_DIAGNOSTICS_ENABLED: "false"
      N8N_VERSION_NOTIFICATIONS_ENABLED: "false"
      N8N_VERSION_NOTIFICATIONS_WHATS_NEW_ENABLED: "false"
      N8N_PERSONALIZATION_ENABLED: "false"
      N8N_HIRING_BANNER_ENABLED: "false"
      N8N_DYNAMIC_BANNERS_ENABLED: "false"
      N8N_TEMPLATES_ENABLED: "false"
      N8N_LICENSE_AUTO_RENEW_ENABLED: "false"
      N8N_COMMUNITY_PACKAGES_ENABLED: "false"
      EXTERNAL_FRONTEND_HOOKS_URLS: ""
      N8N_SECURE_COOKIE: "false"
    healthcheck: {test: ["CMD", "wget", "-q", "-O", "/dev/null", "http://127.0.0.1:5678/healthz/readiness"], interval: 1s, timeout: 5s, retries: 200}
END
}

# healthy PROJECT
healthy() {
  [[ $(docker inspect -f '{{.State.Status}}/{{.State.Health.Status}}' "$1_db_1" "$1_n8n_1" | sort -u) == running/healthy ]]
}

# listens PROJECT: it is ready before it has all its addresses.
listens() {
  http "$1" GET /rest/settings >/dev/null 2>&1
}

# http PROJECT METHOD PATH [JSON]: the answer of its n8n, asked in its container.
http() {
  docker exec -i "$1_n8n_1" node -e '
    const [method, path, body] = process.argv.slice(1)
    const fs = require("fs"), jar = "/tmp/cookie"
    const headers = { "content-type": "application/json", ...(fs.existsSync(jar) && { cookie: fs.readFileSync(jar, "utf8") }) }
    fetch("http://127.0.0.1:5678" + path, { method, headers, ...(body && { body }) }).then(async (answer) => {
      const set = answer.headers.getSetCookie()
      if (set.length) fs.writeFileSync(jar, set.map((each) => each.split(";")[0]).join("; "))
      console.log(await answer.text())
      process.exit(answer.ok ? 0 : 1)
    })' "${@:2}"
}

# workflow NAME ANSWER: JSON of one whose webhook is NAME and says ANSWER.
workflow() {
  jq -n --arg name "$1" --arg answer "$2" '{name: $name, settings: {executionOrder: "v1"}, nodes: [
    {id: "a1", name: "Webhook", type: "n8n-nodes-base.webhook", typeVersion: 2, position: [0, 0], webhookId: ("wh-" + $name),
     parameters: {path: $name, httpMethod: "GET", responseMode: "lastNode"}},
    {id: "a2", name: "Set", type: "n8n-nodes-base.set", typeVersion: 3.4, position: [200, 0],
     parameters: {assignments: {assignments: [{id: "x", name: "v", value: $answer, type: "string"}]}, options: {}}}],
    connections: {Webhook: {main: [[{node: "Set", type: "main", index: 0}]]}}}'
}

# add PROJECT NAME ANSWER: an active workflow; prints its id.
add() {
  local made_one id
  made_one=$(http "$1" POST /rest/workflows "$(workflow "$2" "$3")")
  id=$(jq -r .data.id <<<"$made_one")
  activate "$1" "$id"
  printf '%s\n' "$id"
}

# activate PROJECT ID
activate() {
  local version
  version=$(http "$1" GET "/rest/workflows/$2" | jq -r .data.versionId)
  http "$1" POST "/rest/workflows/$2/activate" "{\"versionId\": \"$version\"}" >/dev/null
}

# change PROJECT ID NAME ANSWER
change() {
  local version
  version=$(http "$1" GET "/rest/workflows/$2" | jq -r .data.versionId)
  http "$1" PATCH "/rest/workflows/$2" "$(workflow "$3" "$4" | jq --arg version "$version" '. + {versionId: $version}')" >/dev/null
  activate "$1" "$2"
}

# answers PROJECT NAME ANSWER
answers() {
  [[ $(http "$1" GET "/webhook/$2" 2>/dev/null) == *"$3"* ]]
}

owner() {
  poll_for listens "$1"
  http "$1" POST /rest/owner/setup '{"email": "owner@example.org", "firstName": "Ann", "lastName": "Owner", "password": "Passw0rd123"}' >"$BATS_FILE_TMPDIR/owner" || {
    cat "$BATS_FILE_TMPDIR/owner"
    return 1
  }
}

# program VERB NAME [OPTION]...
program() {
  bash "$made/generated/$1-$2.sh" --root "$made" --quiet "${@:3}"
}

@test "a real n8n goes from one machine to the other, its webhooks answer there, and its credentials can be read" {
  owner here
  add here first one >"$BATS_FILE_TMPDIR/first"
  add here second two >"$BATS_FILE_TMPDIR/second"
  http here POST /rest/workflows "$(workflow idle none)" >/dev/null
  http here POST /rest/credentials '{"name": "My header", "type": "httpHeaderAuth", "data": {"name": "X-Key", "value": "s3cret-value-42"}}' >/dev/null
  program export here
  program import there --yes
  poll_for answers there first one
  poll_for answers there second two
  is "$(docker exec there_n8n_1 n8n export:workflow --all | jq -c 'map([.name, .active]) | sort')" '[["first",true],["idle",false],["second",true]]'
  is "$(docker exec there_n8n_1 n8n export:credentials --all --decrypted | jq -r '.[].data.value')" s3cret-value-42
  is "$(grep -rlF s3cret-value-42 "$made" || :)" ''
}
