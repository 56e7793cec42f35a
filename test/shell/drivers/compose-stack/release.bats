#!/usr/bin/env bats
load ../../helper
source "$project/test/fixtures/docker.sh"
source "$project/test/fixtures/server.sh"

# Staging on a laptop, production on a server that ssh reaches: two daemons, each with a
# network of its own, and a real sshd. Both forms of the programs.

setup_file() {
  missing=$(docker_missing)
  [[ -z $missing || ${CI:-} == true ]] || skip "no stack is deployed: $missing"
  [[ -z $missing ]]
  laptop=$(mktemp -d) server=$(mktemp -d)
  export laptop server
  start_docker "$server"
  start_server "$server"
  start_docker "$laptop"
  busybox_image app-base
  app_image app:1 1
  app_image app:2 2
  app_image app:ill 3 unhealthy
  app_image app:crash 4 crash
  repository=$BATS_FILE_TMPDIR/pa
  export repository
  mkdir -p "$repository/.insightpulse"
  cd "$repository"
  cat >docker-compose.yml <<'END'
services:
  web:
    image: ${APP:-app:1}
    environment: {GREETING: "${GREETING:-hello}"}
    ports: ["8080:8080"]
  db:
    image: app-base
    command: ["sleep", "1000000"]
    stop_signal: SIGKILL
    volumes: ["data:/data"]
volumes: {data: {}}
END
  cat >.insightpulse/sync.yaml <<END
version: "1.0"
targets:
  pa:
    driver: compose_stack
    config:
      project: pa
      logs: logs
      health_timeout: 60
      environments:
        staging: { files: [docker-compose.yml], project: pa-staging, port_offset: 10000, env_file: .env.staging, machines: ["*"] }
        production: { host: "ssh://server$server/pa", files: [docker-compose.yml], protected: true }
      parts:
        data: { kind: volume, volume: data }
      health:
        site: { service: web, port: 8080, path: /healthz }
      tests:
        version: { service: web, port: 8080, path: /state.json, json: { state.version: 2 } }
END
  printf '.env*\n.insightpulse/state\n.insightpulse/logs\n.insightpulse/reports\ngenerated\nteam-sync-exports/\n' >.gitignore
  git init -q
  git add -A
  git commit -qm 'the stack'
  mkdir -p "$server/pa"
  (cd -- "$project" && npx tsx tasks/generate.ts --root "$repository" >/dev/null)
}

teardown_file() {
  [[ -z ${server:-} ]] || {
    stop_server "$server"
    stop_docker "$server"
    stop_docker "$laptop"
  }
}

setup() {
  cd -- "$repository"
}

# the VERB ARGUMENT...: by its script, on the laptop; node VERB ARGUMENT... by Node.
the() {
  in_network "$laptop" bash "generated/$1-pa.sh" --ci "${@:2}"
}

node() {
  (cd -- "$project" && in_network "$laptop" npx tsx "tasks/$1.ts" pa --root "$repository" --ci "${@:2}")
}

# stage IMAGE: what staging is to run.
stage() {
  printf 'APP=%s\n' "$1" >.env.staging
}

# version laptop|server PORT: what the application there says.
version() {
  in_network "${!1}" curl -fsS "http://127.0.0.1:$2/version"
}

# on_server ARGUMENT...: docker there.
on_server() {
  DOCKER_HOST=unix://$server/docker.sock docker "$@"
}

# release FOLDER PROJECT: what runs.
release() {
  cat -- "$1/.insightpulse/state/releases/$2/current"
}

@test "a first version takes over, by the script and by Node alike" {
  stage app:1
  the deploy
  is "$(version laptop 18080)" 1
  first=$(release . pa-staging)
  cp ".insightpulse/state/releases/pa-staging/$first/compose.yml" "$BATS_TEST_TMPDIR/compose.yml"
  run the deploy
  [[ $output == *"staging runs what it should: $first"* ]]
  docker rm -f $(docker ps -aq) >/dev/null
  rm -rf .insightpulse/state/releases
  node deploy
  is "$(version laptop 18080)" 1
  cmp ".insightpulse/state/releases/pa-staging/$(release . pa-staging)/compose.yml" "$BATS_TEST_TMPDIR/compose.yml"
}

@test "what does not become healthy never replaces what runs" {
  id=$(docker ps -q --filter name=web)
  for image in app:ill app:crash; do
    stage "$image"
    run the deploy
    is "$status" 1
    [[ $output == *'web, tried beside the one that runs, is '* ]]
    is "$(docker ps -q --filter name=web)" "$id"
    is "$(docker ps -aq --filter name=canary)" ''
  done
  [[ $output == *'boom'* ]]
}

@test "an address that is not right after the switch brings back what ran" {
  before=$(release . pa-staging)
  sed -i 's|/healthz }|/nothing }|' .insightpulse/sync.yaml
  (cd -- "$project" && npx tsx tasks/generate.ts --root "$repository" >/dev/null)
  sed -i 's/health_seconds=60/health_seconds=10/' generated/deploy-pa.sh
  stage app:2
  run the deploy
  git checkout -q .insightpulse/sync.yaml
  (cd -- "$project" && npx tsx tasks/generate.ts --force --root "$repository" >/dev/null)
  is "$status" 5
  [[ $output == *'/nothing: 404, expected 200'* ]]
  is "$(release . pa-staging)" "$before"
  is "$(version laptop 18080)" 1
}

@test "a setting that differs is named, its value is not" {
  printf 'APP=app:1\nGREETING=a-secret-word\n' >.env.staging
  run the deploy
  is "$status" 0
  [[ $output == *'settings that differ: web.GREETING'* ]]
  [[ $output != *a-secret-word* ]]
  run grep -rl a-secret-word .insightpulse
  is "$output" ".insightpulse/state/releases/pa-staging/$(release . pa-staging)/compose.yml"
  is "$(stat -c %a "$output")" 600
}

@test "back to what ran before, again further, and forward by its name" {
  stage app:2
  the deploy
  second=$(release . pa-staging)
  the rollback
  is "$(docker inspect -f '{{.Config.Image}}' "$(docker ps -q --filter name=web)")" "$(docker image inspect -f '{{.Id}}' app:1)"
  docker inspect -f '{{.Config.Env}}' "$(docker ps -q --filter name=web)" | grep -q a-secret-word
  node rollback
  docker inspect -f '{{.Config.Env}}' "$(docker ps -q --filter name=web)" | grep -q GREETING=hello
  bash generated/rollback.sh pa --list | grep "^$second *healthy"
  the rollback --to "$second"
  is "$(version laptop 18080)" 2
}

@test "health says what is wrong, and since when" {
  run the health --junit "$BATS_TEST_TMPDIR/health.xml"
  is "$status" 0
  [[ $output == *'all 5 are good'* ]]
  grep -q 'all 5 are good' logs/health/health-check-"$(date -u +%Y%m%d)".log
  [[ -s logs/staging/deploy-$(date -u +%Y%m%d).log && -z $(git status --porcelain logs) ]]
  grep -q '<testsuite name="pa.staging" tests="5" failures="0"' "$BATS_TEST_TMPDIR/health.xml"
  docker stop "$(docker ps -q --filter name=web)" >/dev/null
  run the health
  is "$status" 8
  [[ $output == *'service web: exited'*'since 20'*'2 of 5 are wrong'* ]]
  the rollback --to "$(release . pa-staging)"
  run the health
  is "$status" 0
}

@test "a port that somebody else has is named before anything starts" {
  sed -i 's/project: pa-staging/project: pa-other/' .insightpulse/sync.yaml
  (cd -- "$project" && npx tsx tasks/generate.ts --root "$repository" >/dev/null)
  run the deploy
  git checkout -q .insightpulse/sync.yaml
  (cd -- "$project" && npx tsx tasks/generate.ts --root "$repository" >/dev/null)
  is "$status" 4
  [[ $output == *'port 18080 is taken by the container pa-staging_web_1: stop that, or give staging a port_offset'* ]]
  is "$(docker ps -aq --filter label=com.docker.compose.project=pa-other)" ''
}

@test "only what passed its tests is promoted, by the id of its image" {
  run the promote --env production --yes
  is "$status" 4
  [[ $output == *'has not passed its tests'* ]]
  the test
  printf '\n' >>docker-compose.yml
  run the promote --env production --yes
  git checkout -q docker-compose.yml
  is "$status" 4
  [[ $output == *'not committed'* ]]
  run the promote --env production
  is "$status" 2
  [[ $output == *'--yes'* ]]
  the promote --env production --yes
  is "$(version server 8080)" 2
  is "$(on_server inspect -f '{{.Image}}' pa_web_1)" "$(docker image inspect -f '{{.Id}}' app:2)"
}

@test "what a promotion replaces has a tag, and comes back by it" {
  git commit -q --allow-empty -m 'another'
  stage app:1
  the deploy
  sed -i 's/state.version: 2/state.version: 1/' .insightpulse/sync.yaml
  git commit -qam 'another version'
  (cd -- "$project" && npx tsx tasks/generate.ts --root "$repository" >/dev/null)
  printf 'APP=app:1\nGREETING=new\n' >.env.staging
  the deploy
  the test
  on_server exec pa_db_1 sh -c 'echo precious >/data/word'
  node promote --env production --yes
  is "$(version server 8080)" 1
  archive=$(ls team-sync-exports/before-promote/team-export-*)
  is "$(tar -xOf "$archive" --wildcards '*/data.tar' | tar -xOf - ./word)" precious
  tag=$(git tag -l 'rollback-*')
  [[ $(git tag -l --format='%(contents)' "$tag") == *"image: $(docker image inspect -f '{{.Id}}' app:2)"* ]]
  the rollback --env production --list | grep "healthy.*$tag"
  the rollback --env production --tag "$tag" --yes
  is "$(version server 8080)" 2
}

# that_runs IMAGE: the newest release of it in production.
that_runs() {
  local name
  name=$(grep -l "image: $(docker image inspect -f '{{.Id}}' "$1")" "$server"/pa/.insightpulse/state/releases/pa/*/compose.yml | tail -n 1)
  name=${name%/compose.yml}
  printf '%s' "${name##*/}"
}

@test "the way back needs no image by its name" {
  on_server rmi -f app:1 >/dev/null 2>&1 || :
  on_server image prune -f >/dev/null
  the rollback --env production --to "$(that_runs app:1)" --yes
  is "$(version server 8080)" 1
}

# halfway: the switch on the server has begun.
halfway() {
  grep -qx switching "$server"/pa/.insightpulse/state/releases/pa/*/state 2>/dev/null
}

# settled: nobody holds the lock there.
settled() {
  [[ ! -e $server/pa/.insightpulse/state/releases/pa/lock ]]
}

# to IMAGE: in the background, production goes to another.
to() {
  setsid nsenter --net -t "$(<"$laptop/pid")" bash generated/rollback-pa.sh --ci --env production --to "$(that_runs "$1")" --yes >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
  pid=$!
}

well() {
  [[ $(on_server inspect -f '{{.State.Health.Status}}' pa_web_1 2>/dev/null) == healthy ]]
}

@test "a laptop that dies half way leaves production well, and the next run puts back" {
  before=$(version server 8080)
  to app:2
  poll_for halfway
  kill -KILL -- "-$pid"
  poll_for settled
  poll_for well
  is "$(version server 8080)" 2
  run the health --env production
  [[ $output == *'was interrupted; it is put back'* ]]
  is "$(version server 8080)" "$before"
}

@test "a connection that is cut half way leaves production well" {
  to app:2
  poll_for halfway
  pkill -KILL -P "$(<"$server/sshd.pid")"
  wait "$pid" || ended=$?
  poll_for settled
  poll_for well
  [[ ${ended:-0} != 0 ]]
  is "$(version server 8080)" 1
}

@test "a Docker of the server that is killed half way runs one of both versions once it is back" {
  to app:2
  poll_for halfway
  restart_docker "$server" "$(<"$server/sshd.pid")"
  wait "$pid" || :
  poll_for settled
  poll_for well
  [[ $(version server 8080) == [12] ]]
  is "$(on_server inspect -f '{{.State.Status}}' pa_db_1)" running
  the rollback --env production --to "$(that_runs app:1)" --yes || the health --env production
  is "$(version server 8080)" 1
}

@test "of two laptops at once one is refused" {
  the rollback --env production --to "$(release "$server/pa" pa)" --yes
  to app:2
  poll_for halfway
  cp -r . "$BATS_TEST_TMPDIR/another"
  rm -rf "$BATS_TEST_TMPDIR"/another/.insightpulse/state/{locks,runs}
  name=$(that_runs app:1)
  run in_network "$laptop" bash "$BATS_TEST_TMPDIR/another/generated/rollback-pa.sh" --ci --env production --to "$name" --yes
  wait "$pid"
  is "$status" 6
  [[ $output == *'somebody else has deployed'* ]]
  is "$(version server 8080)" 2
}

@test "a promotion that is killed leaves the former version well, and once all is done the new one" {
  local tested former point program_pid
  tested=$(sed -n 's/.*state.version: \([12]\).*/\1/p' .insightpulse/sync.yaml)
  former=$((3 - tested))
  stage "app:$tested"
  the deploy
  the test
  printf 'APP=app:%s\n' "$former" >"$server/pa/.env"
  the deploy --env production --yes
  for point in dump_parts switch_release prove tag keep_backup; do
    rm -f "$BATS_TEST_TMPDIR/there"
    # It stops there for good: what comes after never happens.
    sed "s|^$point() {\$|&\n  : >'$BATS_TEST_TMPDIR/there'; command sleep 600|" generated/promote-pa.sh >generated/stopped-pa.sh
    setsid nsenter --net -t "$(<"$laptop/pid")" bash generated/stopped-pa.sh --ci --env production --yes >"$BATS_TEST_TMPDIR/started.out" 2>&1 3>&- &
    program_pid=$!
    poll_for test -e "$BATS_TEST_TMPDIR/there"
    end_program KILL
    [[ $point != keep_backup ]] || former=$tested
    run the health --env production
    is "$point $status $(version server 8080)" "$point 0 $former"
    poll_for well
  done
}
