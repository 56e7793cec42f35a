#!/usr/bin/env bats
load ../../helper
source "$project/test/fixtures/postgres.sh"
source "$project/test/fixtures/stack.sh"

# PostgreSQL without a container: two servers, as of two machines.

setup_file() {
  # The user of the servers has to get there.
  servers=$(mktemp -d)
  export servers
  chmod 711 "$servers"
  start_postgres "$servers/here"
  start_postgres "$servers/there"
}

teardown_file() {
  stop_postgres "$servers/here"
  stop_postgres "$servers/there"
  rm -rf -- "$servers"
}

# on SERVER DATABASE: SQL of standard input.
on() {
  psql -X -q -At -v ON_ERROR_STOP=1 -h "$servers/$1/socket" -U test -d "$2" -f -
}

# address SERVER
address() {
  printf 'postgresql://test@/app?host=%s/socket' "$servers/$1"
}

# fresh: the database of "here" has data, that of "there" has other.
fresh() {
  local server
  for server in here there; do
    on "$server" postgres <<'SQL'
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname LIKE 'app%';
SELECT format('DROP DATABASE %I', datname) FROM pg_database WHERE datname LIKE 'app%' \gexec
CREATE DATABASE app;
SQL
  done
  on here app <<'SQL'
CREATE SCHEMA n8n;
CREATE TABLE n8n.workflow_entity (id text PRIMARY KEY, active bool NOT NULL);
INSERT INTO n8n.workflow_entity SELECT 'w' || g, g % 2 = 0 FROM generate_series(1, 31) g;
CREATE TABLE "Odd ""Table's" (id serial PRIMARY KEY, "Some Name" text);
INSERT INTO "Odd ""Table's" ("Some Name") SELECT repeat(g::text, 100) FROM generate_series(1, 3000) g;
CREATE TABLE empty (id int);
ALTER DATABASE app SET search_path = n8n, public;
SQL
  on there app <<<"CREATE TABLE mine (note text); INSERT INTO mine VALUES ('not to be lost');"
}

dump_of() {
  pg_dump -h "$servers/$1/socket" -U test "$2" | grep -v '^\\\(un\)\?restrict'
}

@test "an export of a server goes into another, whose own database is exported first and kept" {
  fresh
  with_stack "stack_part database kind postgres database app url $(printf %q "$(address here)")" "$stack_export"
  is "$(ls team-sync-exports | sed 's/[0-9]/N/g')" team-export-NNNN-NN-NN-NN-NN-NN.tar.zst
  is "$(stat -c %a team-sync-exports/*)" 600
  with_stack "stack_part database kind postgres database app url $(printf %q "$(address there)")" "$stack_import"
  is "$(dump_of there app)" "$(dump_of here app)"
  is "$(on there app <<<'SHOW search_path')" 'n8n, public'
  is "$(ls team-sync-exports | wc -l)" 2
  is "$(on there postgres <<<"SELECT count(*) FROM pg_database WHERE datname LIKE 'app_before_%'")" 1
}
