#!/usr/bin/env bats
load ../../helper
source "$project/test/fixtures/postgres.sh"

# The programs themselves, killed where something has been begun. Whatever then runs
# for the target leaves what was there before.

setup_file() {
  servers=$(mktemp -d)
  export servers
  chmod 711 "$servers"
  start_postgres "$servers/here"
  mkdir -p "$BATS_FILE_TMPDIR/made/.insightpulse"
  cat >"$BATS_FILE_TMPDIR/made/.insightpulse/sync.yaml" <<END
version: "1.0"
targets:
  app:
    driver: compose_stack
    config:
      project: app
      parts:
        database: { kind: postgres, database: app, url: "\${APP_DATABASE}" }
        config: { kind: files, paths: [conf] }
END
  (cd "$project" && npx tsx tasks/generate.ts --root "$BATS_FILE_TMPDIR/made" >/dev/null)
}

teardown_file() {
  stop_postgres "$servers/here"
  rm -rf -- "$servers"
}

# on DATABASE: SQL of standard input.
on() {
  psql -X -q -At -v ON_ERROR_STOP=1 -h "$servers/here/socket" -U test -d "$1" -f -
}

databases() {
  on postgres <<<"SELECT string_agg(datname || datallowconn, ' ' ORDER BY datname) FROM pg_database WHERE datname LIKE 'app%'"
}

# ready: an archive of other data than what is here now.
ready() {
  export APP_DATABASE="postgresql://test@/app?host=$servers/here/socket"
  on postgres <<'SQL'
SELECT format('DROP DATABASE %I', datname) FROM pg_database WHERE datname LIKE 'app%' \gexec
CREATE DATABASE app;
SQL
  on app <<<"CREATE TABLE t (x int); INSERT INTO t SELECT generate_series(1, 10)"
  mkdir -p conf
  printf 'theirs\n' >conf/a
  the_export
  on app <<<'DELETE FROM t; INSERT INTO t VALUES (77)'
  printf 'mine\n' >conf/a
}

the_export() {
  bash "$BATS_FILE_TMPDIR/made/generated/export-app.sh" --root "$root" "$@"
}

# kill_at FUNCTION [VERB]: an import, or what is named, that is killed as soon as it calls FUNCTION.
kill_at() {
  program=$BATS_FILE_TMPDIR/made/generated/${2:-import}-app.sh
  # It stops there for good: what comes after never happens.
  sed "s|^$1() {\$|&\n  : >'$BATS_TEST_TMPDIR/there'; command sleep 600|" "$program" >"$BATS_TEST_TMPDIR/killed.sh"
  program=$BATS_TEST_TMPDIR/killed.sh
  start_program --yes
  poll_for test -e "$BATS_TEST_TMPDIR/there"
  kill -KILL "$program_pid"
  end_program
}

@test "an import takes the data of the archive, and says which" {
  ready
  run bash "$BATS_FILE_TMPDIR/made/generated/import-app.sh" --root "$root" --yes
  is "$status" 0
  is "$(on app <<<'SELECT count(*) FROM t')" 10
  content conf/a "theirs$nl"
  has "$output" 'taken in: team-sync-exports/team-export-'
  is "$(ls -A team-sync-exports | grep -c '^\.')" 0
}

@test "an import that was killed at any of its changes leaves what was there" {
  local point
  ready
  for point in stack_pack stack_postgres_fill stack_postgres_compare stack_postgres_close stack_postgres_open stack_prove stack_forget_former; do
    rm -f "$BATS_TEST_TMPDIR/there"
    kill_at "$point"
    # It puts back first, and then finds nothing to take.
    run bash "$BATS_FILE_TMPDIR/made/generated/import-app.sh" --root "$root" --archive missing.tar.gz
    has "$output" 'was interrupted; it is put back'
    is "$status" 3
    is "$point $(on app <<<'SELECT sum(x) FROM t') $(databases)" "$point 77 apptrue"
    content conf/a "mine$nl"
    is "$(ls -A team-sync-exports | grep -c '^\.' || :)" 0
  done
}

# its_steps: those of the import, but for those of parts that this stack has not.
its_steps() {
  sed -n "s/^ *step \([a-z_]*\) .*/\1/p" "$BATS_FILE_TMPDIR/made/generated/import-app.sh"
}

@test "an export that was killed in any of its steps leaves nothing half-made" {
  local point file
  ready
  for point in stack_check_room stack_postgres_check stack_pack stack_unsqueeze stack_final stack_warn_clear apply_rules; do
    rm -f "$BATS_TEST_TMPDIR/there"
    kill_at "$point" export
    the_export
    is "$point $(find team-sync-exports -name '.*' | wc -l | tr -d ' ')" "$point 0"
    for file in team-sync-exports/*; do
      the_export --quiet --inspect "$file"
    done
    rm -rf team-sync-exports
  done
  is "$(on app <<<'SELECT sum(x) FROM t')" 77
}

@test "an import that was killed before any of its steps leaves what was there" {
  local point
  ready
  for point in $(its_steps); do
    rm -f "$BATS_TEST_TMPDIR/there"
    kill_at "$point"
    run bash "$BATS_FILE_TMPDIR/made/generated/import-app.sh" --root "$root" --archive missing.tar.gz
    is "$status" 3
    is "$point $(on app <<<'SELECT sum(x) FROM t') $(databases)" "$point 77 apptrue"
    content conf/a "mine$nl"
    is "$(ls -A team-sync-exports | grep -c '^\.' || :)" 0
  done
  is "$point" forget_former
}

@test "an import that was killed once all is done has the new data" {
  ready
  kill_at keep_backup
  run bash "$BATS_FILE_TMPDIR/made/generated/import-app.sh" --root "$root" --archive missing.tar.gz
  is "$status" 3
  is "$(on app <<<'SELECT sum(x) FROM t')" 55
  content conf/a "theirs$nl"
}

@test "dumps are private while an archive is made, and the next run removes those of one that was killed" {
  ready
  sed "s|^stack_archive() {\$|&\n  : >'$BATS_TEST_TMPDIR/there'; command sleep 600|" "$BATS_FILE_TMPDIR/made/generated/export-app.sh" >"$BATS_TEST_TMPDIR/export.sh"
  program=$BATS_TEST_TMPDIR/export.sh
  start_program
  poll_for test -e "$BATS_TEST_TMPDIR/there"
  [[ -s $(echo team-sync-exports/.lockstep-*/out/export-*/database-complete.dump) ]]
  is "$(find team-sync-exports/.lockstep-* -perm /077 ! -path '*/conf*')" ''
  kill -KILL "$program_pid"
  end_program
  the_export
  is "$(ls -A team-sync-exports | grep -c '^\.' || :)" 0
  is "$(ls team-sync-exports | wc -l)" 2
}

@test "a dry run of both changes nothing" {
  ready
  before=$(picture .)
  the_export --dry-run
  run bash "$BATS_FILE_TMPDIR/made/generated/import-app.sh" --root "$root" --dry-run
  is "$status" 0
  is "$(picture .)" "$before"
  is "$(databases)" apptrue
}

@test "two exports at once: the second says who has the lock" {
  ready
  sed "s|^stack_archive() {\$|&\n  : >'$BATS_TEST_TMPDIR/there'; command sleep 600|" "$BATS_FILE_TMPDIR/made/generated/export-app.sh" >"$BATS_TEST_TMPDIR/export.sh"
  program=$BATS_TEST_TMPDIR/export.sh
  start_program
  poll_for test -e "$BATS_TEST_TMPDIR/there"
  run the_export
  is "$status" 6
  end_program TERM
  is "$ended_with" 143
  is "$(ls -A team-sync-exports | grep -c '^\.' || :)" 0
}

@test "an import without a terminal and without --yes is refused with 2" {
  ready
  run bash "$BATS_FILE_TMPDIR/made/generated/import-app.sh" --root "$root"
  is "$status" 2
  is "$(on app <<<'SELECT sum(x) FROM t')" 77
}
