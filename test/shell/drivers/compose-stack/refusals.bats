#!/usr/bin/env bats
load ../../helper
source "$project/test/fixtures/postgres.sh"
source "$project/test/fixtures/stack.sh"

# What an import refuses or warns of before anything changes, and what export and
# import do around their archives: lists, rules, a remote.

setup_file() {
  # The user of the servers has to get there.
  servers=$(mktemp -d)
  export servers made=$BATS_FILE_TMPDIR/made
  chmod 711 "$servers"
  start_postgres "$servers/here"
  mkdir -p "$made/.insightpulse"
  printf 'version: "1.0"\ntargets:\n' >"$made/.insightpulse/sync.yaml"
  write_target app 'keep_last: 2' >>"$made/.insightpulse/sync.yaml"
  write_target shared 'remote: "team:"' >>"$made/.insightpulse/sync.yaml"
  generate_programs "$made"
}

# write_target NAME BACKUP
write_target() {
  cat <<END
  $1:
    driver: compose_stack
    backup: { $2 }
    config:
      project: app
      versions: { appVersion: "\${APP_VERSION:-1.0.0}" }
      parts:
        database: { kind: postgres, database: "Odd \"Name's", url: "\${APP_DATABASE}" }
        config: { kind: files, paths: [conf, .env] }
END
}

teardown_file() {
  stop_postgres "$servers/here"
  rm -rf -- "$servers"
}

name="Odd \"Name's"

# on DATABASE: SQL of standard input.
on() {
  psql -X -q -At -v ON_ERROR_STOP=1 -h "$servers/here/socket" -U test -d "$1" -f -
}

# ready: an archive; then other data here.
ready() {
  export APP_DATABASE="postgresql://test:word-of-the-url@/app?host=$servers/here/socket"
  on postgres <<'SQL'
SELECT format('DROP DATABASE %I', datname) FROM pg_database WHERE datname LIKE 'Odd%' \gexec
CREATE DATABASE "Odd ""Name's";
SQL
  on "$name" <<<'CREATE TABLE t (x int); INSERT INTO t VALUES (1), (2)'
  mkdir -p conf
  printf 'theirs\n' >conf/a
  printf 'API_TOKEN=value-of-the-token\n' >.env
  a_program export >"$BATS_TEST_TMPDIR/said" 2>&1
  on "$name" <<<'DELETE FROM t; INSERT INTO t VALUES (77)'
  printf 'mine\n' >conf/a
}

# a_program VERB [OPTION]...
a_program() {
  bash "$made/generated/$1-${target:-app}.sh" --root "$root" "${@:2}"
}

# unchanged: nothing that is here was touched.
unchanged() {
  is "$(on "$name" <<<'SELECT sum(x) FROM t') $(cat conf/a)" '77 mine'
  is "$(on postgres <<<"SELECT count(*) FROM pg_database WHERE datname LIKE 'Odd%' OR datname LIKE 'lockstep%'")" 1
  is "$(ls team-sync-exports/before-import 2>/dev/null)" ''
}

# remake FILTER: the archive, with what jq makes of its manifest.
remake() {
  local archive folder=$BATS_TEST_TMPDIR/again
  archive=$(echo team-sync-exports/*.zst)
  rm -rf "$folder"
  mkdir "$folder"
  zstd -dqc "$archive" | tar -C "$folder" -xf -
  jq "$1" "$folder"/export-*/manifest.json >"$folder/manifest"
  mv "$folder/manifest" "$folder"/export-*/manifest.json
  [[ -z ${2:-} ]] || rm "$folder"/export-*/"$2"
  tar -C "$folder" -cf - $(cd "$folder" && ls) | zstd -q -f -o "$archive"
}

@test "what is of another major version of PostgreSQL is refused, newer or older" {
  local change
  for change in '+= 1' '-= 1'; do
    ready
    remake ".parts.database.major $change"
    run a_program import --yes
    is "$status" 4
    has "$output" 'database: the dump is of PostgreSQL'
    unchanged
    rm -r team-sync-exports
  done
}

@test "roles and extensions that are not here are refused, and --force goes on without owners" {
  ready
  remake '.parts.database.roles += ["some one"] | .parts.database.extensions += {"no_such": "1.0"}'
  run a_program import --yes
  is "$status" 4
  has "$output" 'lacks the roles some one: CREATE ROLE them first'
  has "$output" 'lacks the extensions no_such: install them there first'
  unchanged
  a_program import --yes --force
  is "$(on "$name" <<<'SELECT sum(x) FROM t') $(cat conf/a)" '3 theirs'
}

@test "a locale that is not here is said before anything changes" {
  ready
  remake '.parts.database.collate = "xx_XX.UTF-8" | .parts.database.ctype = "xx_XX.UTF-8"'
  run a_program import --yes
  is "$status" 1
  has "$output" 'xx_XX.UTF-8'
  is "$(on "$name" <<<'SELECT sum(x) FROM t') $(cat conf/a)" '77 mine'
}

@test "fewer rows than the manifest says are no success" {
  ready
  remake '.parts.database.counts[0][2] = 1000'
  run a_program import --yes
  is "$status" 1
  has "$output" 'the rows differ after loading'
  is "$(on "$name" <<<'SELECT sum(x) FROM t') $(cat conf/a)" '77 mine'
}

@test "an archive without metadata is warned of, and taken" {
  ready
  remake '.members |= map(select(.path != "export-metadata.json"))' export-metadata.json
  run a_program import --yes
  is "$status" 0
  has "$output" 'it has no export-metadata.json: nobody knows where it comes from'
  is "$(on "$name" <<<'SELECT sum(x) FROM t')" 3
}

@test "another version of the application is warned of" {
  ready
  APP_VERSION=1.1.0 run a_program import --yes
  is "$status" 0
  has "$output" 'appVersion is 1.0.0 there and 1.1.0 here'
}

@test "an archive of none of the parts is refused" {
  ready
  remake '.parts |= {}'
  run a_program import --yes
  is "$status" 4
  has "$output" 'holds none of the parts of app'
  unchanged
}

@test "a .env that differs stays, unless --take-env" {
  ready
  printf 'API_TOKEN=token-of-this-machine\n' >.env
  run a_program import --yes
  is "$status" 0
  has "$output" '.env differs and stays as it is here: --take-env takes it'
  content .env "API_TOKEN=token-of-this-machine$nl"
  a_program import --yes --take-env
  content .env "API_TOKEN=value-of-the-token$nl"
}

@test "the archives are listed, one is looked into, and beyond the rules they go" {
  local archive turn
  ready
  archive=$(echo team-sync-exports/*.zst)
  run a_program export --list
  is "$status" 0
  has "$output" "$archive"
  run a_program export --inspect "$archive"
  is "$status" 0
  has "$output" 'is whole'
  run a_program export --inspect "$archive" --verbose
  has "$output" '"appVersion": "1.0.0"'
  truncate -s -20 "$archive"
  run a_program export --inspect "$archive"
  is "$status" 5
  for turn in 2001-01-01-00-00-00 2001-01-02-00-00-00; do cp "$archive" "team-sync-exports/team-export-$turn.tar.zst"; done
  cp "$archive" team-sync-exports/kept.tar.zst
  a_program export
  is "$(ls team-sync-exports | grep -c team-export)" 2
  [[ -e team-sync-exports/kept.tar.zst && ! -e team-sync-exports/team-export-2001-01-01-00-00-00.tar.zst ]]
}

@test "an archive goes to a remote, and the import of a colleague finds it there" {
  export target=shared RCLONE_CONFIG_TEAM_TYPE=alias RCLONE_CONFIG_TEAM_REMOTE=$BATS_TEST_TMPDIR/remote
  ready
  archive=$(cd team-sync-exports && echo team-export-*.zst)
  cmp "team-sync-exports/$archive" "$BATS_TEST_TMPDIR/remote/shared/exports/$archive"
  mv team-sync-exports elsewhere
  a_program import --yes
  is "$(on "$name" <<<'SELECT sum(x) FROM t')" 3
  is "$(ls -A team-sync-exports)" before-import
  on "$name" <<<'DELETE FROM t'
  a_program import --yes --from "rclone:team:/shared/exports/$archive"
  is "$(on "$name" <<<'SELECT sum(x) FROM t')" 3
  run a_program import --yes --from "rclone:team:/shared/exports/none.tar.zst"
  is "$status" 3
  has "$output" 'could not be fetched'
  a_program export
  rm "$BATS_TEST_TMPDIR"/remote/shared/exports/*
  a_program export --since last
  # What it needs goes there again.
  is "$(ls "$BATS_TEST_TMPDIR/remote/shared/exports" | grep -c team-export)" 2
  rm -r team-sync-exports
  on "$name" <<<'DELETE FROM t'
  a_program import --yes
  is "$(on "$name" <<<'SELECT sum(x) FROM t')" 3
}

@test "what is told to the colleague has file, digest and command" {
  ready
  rm -r team-sync-exports
  run a_program export --share
  is "$status" 0
  has "$output" "$(sha256sum team-sync-exports/*.zst | cut -c 1-64)"
  has "$output" 'npm run team:import'
}

@test "a folder of exports that Git would take is refused with the line to add" {
  ready
  git init -q
  run a_program export
  is "$status" 2
  has "$output" 'add this line to .gitignore: team-sync-exports/'
  echo team-sync-exports/ >.gitignore
  a_program export
}

@test "passwords and values of .env stand in nothing that a run leaves or starts" {
  export HOLD=$BATS_TEST_TMPDIR/arguments
  mkdir "$BATS_TEST_TMPDIR/bin"
  for tool in psql pg_dump pg_restore tar zstd jq; do
    printf '#!/bin/bash\nprintf "%%s\\n" "$*" >>"$HOLD"\nPATH=${PATH#*:} exec %s "$@"\n' "$tool" >"$BATS_TEST_TMPDIR/bin/$tool"
  done
  chmod +x "$BATS_TEST_TMPDIR"/bin/*
  PATH=$BATS_TEST_TMPDIR/bin:$PATH ready
  PATH=$BATS_TEST_TMPDIR/bin:$PATH a_program import --yes --verbose --events "$BATS_TEST_TMPDIR/events" >>"$BATS_TEST_TMPDIR/said" 2>&1
  grep -q pg_export_snapshot "$HOLD" || grep -q -- --snapshot "$HOLD"
  ! grep -r -l -a -e word-of-the-url -e value-of-the-token "$HOLD" "$BATS_TEST_TMPDIR"/{said,events} .insightpulse
}
