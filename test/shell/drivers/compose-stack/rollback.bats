#!/usr/bin/env bats
load ../../helper
source "$project/test/fixtures/docker.sh"
source "$project/test/fixtures/server.sh"
source "$project/test/fixtures/stack.sh"

# A second version migrates the data, and the first cannot run with it any more: the way
# back is the one with the data. Production is here and, at the end, on a server.

setup_file() {
  missing=$(docker_missing)
  [[ -z $missing || ${CI:-} == true ]] || skip "no stack is rolled back: $missing"
  [[ -z $missing ]]
  laptop=$(mktemp -d) server=$(mktemp -d) repository=$BATS_FILE_TMPDIR/pa
  export laptop server repository
  start_docker "$server"
  start_server "$server"
  start_docker "$laptop"
  busybox_image app-base
  postgres_image lockstep-test/postgres:1
  shop_image shop:1 1 'true'
  shop_image shop:2 2 'echo 2 >/data/schema'
  mkdir -p "$repository/.insightpulse" "$server/pa"
  cd "$repository"
  cat >docker-compose.yml <<'END'
services:
  web:
    image: ${APP:-shop:1}
    ports: ["8080:8080"]
    volumes: ["data:/data"]
  db:
    image: lockstep-test/postgres:1
    environment: {POSTGRES_USER: pilot, POSTGRES_PASSWORD: "secret-of-the-stack", POSTGRES_DB: shop}
    volumes: ["db:/var/lib/postgresql/data"]
volumes: {data: {}, db: {}}
END
  cat >.insightpulse/sync.yaml <<END
version: "1.0"
targets:
  pa:
    driver: compose_stack
    config:
      project: pa
      health_timeout: 60
      environments:
        staging: { files: [docker-compose.yml], project: pa-staging, port_offset: 10000, env_file: .env.staging, machines: ["*"] }
        production: { files: [docker-compose.yml], env_file: .env.production, protected: true }
        far: { host: "ssh://server$server/pa", files: [docker-compose.yml], protected: true }
      parts:
        database: { kind: postgres, service: db, database: shop, user: pilot }
        data: { kind: volume, volume: data }
        config: { kind: files, paths: [docker-compose.yml] }
      health:
        site: { service: web, port: 8080, path: /healthz }
      tests:
        site: { service: web, port: 8080, path: /healthz }
END
  printf '.env*\n.insightpulse/state\n.insightpulse/logs\n.insightpulse/reports\n.insightpulse/backups\ngenerated\nteam-sync-exports/\n' >.gitignore
  git init -q
  git add -A
  git commit -qm 'the first version'
  : >.env.production
  generate_programs "$repository"
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

# shop_image TAG VERSION MIGRATION: an application that is healthy with the data of its own
# version only.
shop_image() {
  local folder
  folder=$(mktemp -d)
  mkdir "$folder/www"
  printf '%s\n' "$2" >"$folder/www/version"
  printf 'ok\n' >"$folder/www/healthz"
  printf '#!/bin/sh\n[ -e /data/schema ] || echo %s >/data/schema\n%s\nexec httpd -f -p 8080 -h /www\n' "$2" "$3" >"$folder/start"
  chmod 755 "$folder/start"
  cat >"$folder/Dockerfile" <<END
FROM app-base
COPY www /www
COPY start /start
ENV PATH=/bin:/sbin
STOPSIGNAL SIGKILL
HEALTHCHECK --interval=1s --timeout=5s --start-period=1s --retries=2 CMD grep -qx $2 /data/schema && wget -q -O /dev/null http://127.0.0.1:8080/healthz
CMD ["/start"]
END
  docker build -q -t "$1" "$folder" >/dev/null
  rm -rf -- "$folder"
}

# the VERB ARGUMENT...: by its script; node VERB ARGUMENT... by Node.
the() {
  in_network "$laptop" bash "generated/$1-pa.sh" --ci "${@:2}"
}

node() {
  (cd -- "$project" && in_network "$laptop" npx tsx "tasks/$1.ts" pa --root "$repository" --ci "${@:2}")
}

# broken FUNCTION: the rollback as a program that fails, or with a second word does that, as
# soon as it calls FUNCTION.
broken() {
  sed "s|^$1() {\$|&\n  ${2:-fail_step broken}|" generated/rollback-pa.sh >generated/broken-pa.sh
}

# sql: of standard input, in the database of production; of the server's with far.
sql() {
  docker exec -i pa_db_1 sh -c 'PGPASSWORD=$POSTGRES_PASSWORD exec psql -X -q -At -v ON_ERROR_STOP=1 -U pilot -d shop -f -'
}

far() {
  DOCKER_HOST=unix://$server/docker.sock "$@"
}

# stands: what production runs, how it is, and with which data.
stands() {
  printf '%s %s %s %s' "$(docker exec pa_web_1 cat /www/version)" "$(docker inspect -f '{{.State.Health.Status}}' pa_web_1)" \
    "$(docker exec pa_web_1 cat /data/schema)" "$(sql <<<"SELECT string_agg(note, ' ' ORDER BY note) FROM notes")"
}

# left: what an exchange that failed must not leave.
left() {
  sql <<<"SELECT datname FROM pg_database WHERE datname LIKE 'shop\_%' AND datname NOT LIKE '%\_before\_%'"
  docker volume ls -q | grep _new_ || :
  ls -A team-sync-exports | grep '^\.' || :
}

# replace ENVIRONMENT: the first version there, with data, and then the second.
replace() {
  printf 'APP=shop:1\n' | tee .env.staging .env.production >"$server/pa/.env"
  the deploy
  the deploy --env "$1" --yes
  "${@:2}" sql <<<"CREATE TABLE IF NOT EXISTS notes (note text); DELETE FROM notes; INSERT INTO notes VALUES ('old')"
  mkdir -p migrations
  printf -- '-- a column\n' >"migrations/002-$1.sql"
  git add -A
  git commit -qm "the second version, for $1"
  printf 'APP=shop:2\n' >.env.staging
  the deploy
  the test
  the promote --env "$1" --from staging --yes
  "${@:2}" sql <<<"INSERT INTO notes VALUES ('new')"
}

# newest_tag: the one of the last promotion or rollback.
newest_tag() {
  git tag -l 'rollback-*' | tail -n 1
}

# archive TAG
archive() {
  git tag -l --format='%(contents)' "$1" | sed -n 's/^archive: //p'
}

@test "the images alone do not bring a version back whose data was migrated, and that is said before" {
  replace production
  is "$(stands)" '2 healthy 2 new old'
  sed 's/health_seconds=60/health_seconds=15/' generated/rollback-pa.sh >generated/broken-pa.sh
  run in_network "$laptop" bash generated/broken-pa.sh --ci --env production --yes
  is "$status" 1
  has "$output" 'production: 1 migrations since'
  has "$output" 'stand in the way, for they stay: migrations/002-production.sql'
  has "$output" "production: data stays as it is; --with-data would bring back that of $(archive "$(newest_tag)")"
  is "$(stands)" '2 healthy 2 new old'
}

@test "a dry run says all of it and changes nothing" {
  local before
  before=$(picture .)
  run node rollback --env production --with-data --dry-run
  is "$status" 0
  has "$output" "from $(archive "$(newest_tag)"); what was written since is exported first, and then gone from here"
  has "$output" 'data: left as it is: config'
  has "$output" 'would run: production: '
  is "$(picture .)" "$before"
  is "$(stands)" '2 healthy 2 new old'
}

@test "it asks, and without an answer nothing happens" {
  run the rollback --env production --with-data
  is "$status" 2
  has "$output" '--yes'
  is "$(stands)" '2 healthy 2 new old'
}

@test "a backup that is damaged, gone or was never made is refused before anything" {
  local file tag
  tag=$(newest_tag)
  file=$(archive "$tag")
  cp "$file" "$BATS_TEST_TMPDIR/good"
  printf 'x' | dd of="$file" bs=1 seek=200 conv=notrunc status=none
  run the rollback --env production --with-data --yes
  is "$status" 5
  has "$output" "$file: is damaged: it is not what the tag $tag names"
  # A tag of before its digest was noted.
  git tag -l --format='%(contents)' "$tag" | sed '/^sha256/d' | git tag -f -a -F - "$tag" "$tag^{}" >/dev/null
  run node rollback --env production --with-data --yes
  is "$status" 5
  rm "$file"
  run the rollback --env production --with-data --yes
  is "$status" 3
  has "$output" "$file is not here, which the tag $tag names"
  cp "$BATS_TEST_TMPDIR/good" "$file"
  run the rollback --env production --with-data --to "$(cat .insightpulse/state/releases/pa/current)" --yes
  is "$status" 3
  has "$output" 'has no tag, which would name a backup of its data'
  run the rollback --env staging --with-data --yes
  is "$status" 3
  is "$(stands)" '2 healthy 2 new old'
  is "$(ls team-sync-exports/before-rollback 2>/dev/null | wc -l)" 1
}

@test "whatever fails on the way, the new version is back with its data, and well" {
  local point take='there_lock "$1" 600; there_mark "$1" switching; there_take "$1"; return 1'
  for point in stack_postgres_compare stack_volume_switch there_switch stack_prove; do
    broken "$point" "$([[ $point != there_switch ]] || printf '%s' "$take")"
    run in_network "$laptop" bash generated/broken-pa.sh --ci --env production --with-data --yes
    is "$point $status" "$point $([[ $point == stack_prove ]] && printf 5 || printf 1)"
    is "$point $(stands)" "$point 2 healthy 2 new old"
    is "$(left)" ''
  done
}

# stopped_at FUNCTION SIGNAL: a rollback that gets it there.
stopped_at() {
  rm -f "$BATS_TEST_TMPDIR/there"
  broken "$1" ": >'$BATS_TEST_TMPDIR/there'; command sleep 600"
  setsid nsenter --net -t "$(<"$laptop/pid")" bash generated/broken-pa.sh --ci --env production --with-data --yes >"$BATS_TEST_TMPDIR/started.out" 2>&1 3>&- &
  program_pid=$!
  poll_for test -e "$BATS_TEST_TMPDIR/there"
  end_program "$2"
}

@test "ended on the way, it puts the new version back with its data; killed, the next run does" {
  local point
  stopped_at stack_prove TERM
  is "$ended_with" 143
  is "$(stands)" '2 healthy 2 new old'
  for point in stack_volume_switch stack_forget_replaced; do
    stopped_at "$point" KILL
    run the health --env production
    has "$output" 'was interrupted; it is put back'
    is "$point $(stands)" "$point 2 healthy 2 new old"
    is "$(left)" ''
  done
}

@test "with its data the former version runs, and all can be taken back the same way" {
  local tag
  tag=$(newest_tag)
  the rollback --env production --tag "$tag" --with-data --yes
  is "$(stands)" '1 healthy 1 old'
  run the health --env production
  is "$status" 0
  [[ $(newest_tag) != "$tag" ]]
  has "$(archive "$(newest_tag)")" team-sync-exports/before-rollback/
  is "$(git status --porcelain)" ''
  node rollback --env production --tag "$(newest_tag)" --with-data --yes
  is "$(stands)" '2 healthy 2 new old'
}

@test "only its data goes back where the images are those already" {
  the rollback --env production --tag "$(newest_tag)" --with-data --yes
  is "$(stands)" '1 healthy 1 old'
}

@test "on a server it is the same" {
  docker rm -f $(docker ps -aq) >/dev/null
  docker volume prune -f >/dev/null
  rm -rf .insightpulse/state/releases
  replace far far
  the rollback --env far --with-data --yes
  is "$(far stands)" '1 healthy 1 old'
}
