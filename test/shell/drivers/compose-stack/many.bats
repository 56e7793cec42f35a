#!/usr/bin/env bats
load ../../helper
source "$project/test/fixtures/postgres.sh"
source "$project/test/fixtures/stack.sh"

# More tables than a server with its usual settings can lock in one transaction
# beside those that pg_dump has locked.

setup_file() {
  servers=$(mktemp -d)
  export servers
  chmod 711 "$servers"
  start_postgres "$servers/here"
}

teardown_file() {
  stop_postgres "$servers/here"
  rm -rf -- "$servers"
}

# on DATABASE: SQL of standard input.
on() {
  psql -X -q -At -v ON_ERROR_STOP=1 -h "$servers/here/socket" -U test -d "$1" -f -
}

@test "a database of 10,000 tables is exported with the rows of each" {
  on postgres <<<'CREATE DATABASE app'
  on app <<'SQL'
SELECT string_agg(format('CREATE TABLE "Table %s" AS SELECT %s AS x', g, g), ';') FROM generate_series(1, 10000) g GROUP BY g / 500 \gexec
SQL
  with_stack "stack_part database kind postgres database app url 'postgresql://test@/app?host=$servers/here/socket'" "$stack_export"
  zstd -dqc team-sync-exports/*.zst | tar -xOf - --wildcards '*/manifest.json' >manifest
  is "$(jq -c '.parts.database | [.tables, .rows]' manifest)" '[10000,10000]'
}
