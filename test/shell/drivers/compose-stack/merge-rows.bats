#!/usr/bin/env bats
load ../../helper
source "$project/test/fixtures/postgres.sh"

# The rows of workflows before a merge, and how all of them come back, in a real database
# with tables as n8n has them, whatever they are called.

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

# on: SQL of standard input.
on() {
  psql -X -q -At -v ON_ERROR_STOP=1 -h "$servers/here/socket" -U test -d flows -f -
}

# tables: a database with the tables of an n8n whose schema and prefix need quotes.
tables() {
  psql -X -q -h "$servers/here/socket" -U test -d postgres -c 'DROP DATABASE IF EXISTS flows' -c 'CREATE DATABASE flows'
  on <<'SQL'
CREATE SCHEMA "The ""n8n""";
SET search_path = "The ""n8n""";
CREATE TABLE "my'prefix_workflow_entity" (id varchar(36) PRIMARY KEY, active bool NOT NULL, "activeVersionId" varchar(36), nodes json, size int GENERATED ALWAYS AS (length(id)) STORED);
CREATE TABLE execution_entity (id serial PRIMARY KEY, "workflowId" varchar(36) NOT NULL REFERENCES "my'prefix_workflow_entity" ON DELETE CASCADE, "startedAt" timestamptz(3));
CREATE TABLE execution_data ("executionId" int PRIMARY KEY REFERENCES execution_entity ON DELETE CASCADE, saved text, raw bytea, "workflowData" json);
CREATE TABLE tagged ("workflowId" varchar(36) REFERENCES "my'prefix_workflow_entity" ON DELETE CASCADE, action int GENERATED ALWAYS AS IDENTITY, PRIMARY KEY ("workflowId", action));
CREATE TABLE annotated ("workflowId" varchar(36), action int, place text, FOREIGN KEY ("workflowId", action) REFERENCES tagged ON DELETE CASCADE);
CREATE TABLE insights (id serial PRIMARY KEY, "workflowId" varchar(36) REFERENCES "my'prefix_workflow_entity" ON DELETE SET NULL);
CREATE TABLE published ("workflowId" varchar(36) PRIMARY KEY REFERENCES "my'prefix_workflow_entity" ON DELETE CASCADE, version text);
INSERT INTO "my'prefix_workflow_entity" VALUES ('changes', true, 'before', '{"b":  1, "b": "\\ \" \t"}'), ('goes', true, 'v', '{}'), (E'it''s\t\\ odd', false, NULL, NULL), ('stays', true, 'v', '[]');
INSERT INTO execution_entity ("workflowId", "startedAt") SELECT id, '2026-01-01 10:00:00.123' FROM "my'prefix_workflow_entity";
INSERT INTO execution_data SELECT id, E'tab\t back\\slash\n\\. line', '\x0001ff', '{"a":  1, "a": 2}' FROM execution_entity;
INSERT INTO tagged ("workflowId") SELECT id FROM "my'prefix_workflow_entity";
INSERT INTO annotated SELECT *, 'here' FROM tagged;
INSERT INTO annotated SELECT *, 'here' FROM tagged;
INSERT INTO insights ("workflowId") SELECT id FROM "my'prefix_workflow_entity";
INSERT INTO published VALUES ('changes', 'another');
SQL
}

# all: what the database holds.
all() {
  printf 'SELECT * FROM "The ""n8n""".%s ORDER BY 1, 2;\n' "\"my'prefix_workflow_entity\"" execution_entity execution_data tagged annotated insights published | on
}

table="\"The \"\"n8n\"\"\".\"my'prefix_workflow_entity\""

# with_rows CODE: with the part of the database in hand.
with_rows() {
  in_run "run_id=r
    mkdir -p \"\$run_dir/work/merge\" \"\$run_dir/stack\"
    stack_part database kind postgres database flows url 'postgresql://test@/flows?host=$servers/here/socket'
    stack_part workflows kind n8n service n8n
    only=workflows
    cp mine.json \"\$run_dir/work/merge/mine.json\"
    cp plan \"\$run_dir/work/merge/plan\"
    stack_use database
    rows=$(printf %q "$table")
    $1"
}

# ready: one changes, two go, one is made.
ready() {
  tables
  jq -n '["stays", "goes", "changes", "it'"'"'s\t\\ odd"] | map({id: .})' >mine.json
  jq -n '{changed: ["changes"], gone: ["goes", "it'"'"'s\t\\ odd"], made: ["made"]}' >plan
}

undo='stack_sql "$part_database" rows="$rows" <"$run_dir/stack/back.sql"'

# the_change: as n8n makes it, and what else changes by it.
the_change() {
  on <<'SQL'
SET search_path = "The ""n8n""";
UPDATE "my'prefix_workflow_entity" SET active = false, "activeVersionId" = 'other', nodes = '[1]' WHERE id = 'changes';
UPDATE published SET version = 'new';
INSERT INTO "my'prefix_workflow_entity" VALUES ('made', true, 'v', '[]');
INSERT INTO published VALUES ('made', 'v');
INSERT INTO tagged ("workflowId") VALUES ('made');
SQL
}

@test "the table is found by the workflows that are in it" {
  ready
  find='rows=; stack_merge_find_rows; printf %s "$holder $rows"'
  is "$(with_rows "$find")" "database $table"
  on <<<'CREATE TABLE public.workflow_entity (id text, active bool)'
  is "$(with_rows "$find")" "database $table"
  jq '.[1:]' mine.json >fewer && mv fewer mine.json
  run with_rows "$find"
  is "$status" 1
  has "$output" 'the workflows of workflows are in no part of the kind postgres'
  # Two that are empty cannot be told apart.
  on <<<"TRUNCATE $table CASCADE"
  printf '[]\n' >mine.json
  run with_rows "$find"
  is "$status" 1
  has "$output" 'may stand in more than one table'
}

@test "all that was written, made or removed is as it was, as often as it is put back" {
  ready
  before=$(all)
  with_rows 'stack_merge_save_rows "$run_dir/stack/back.sql"; '"$undo"
  is "$(all)" "$before"
  the_change
  with_rows stack_merge_remove_rows
  is "$(on <<<"SELECT string_agg(id, ' ' ORDER BY id) FROM $table")" 'changes made stays'
  is "$(on <<<'SELECT count(*) FROM "The ""n8n""".execution_data')" 2
  for turn in 1 2; do
    with_rows "$undo"
    is "$turn $(all)" "$turn $before"
  done
}

@test "what was not removed yet is not put back twice" {
  ready
  before=$(all)
  with_rows 'stack_merge_save_rows "$run_dir/stack/back.sql"'
  the_change
  # What n8n has recorded meanwhile stays.
  on <<<"INSERT INTO \"The \"\"n8n\"\"\".execution_entity (\"workflowId\") VALUES ('changes')"
  with_rows "$undo"
  is "$(on <<<"DELETE FROM \"The \"\"n8n\"\"\".execution_entity WHERE \"startedAt\" IS NULL RETURNING 'meanwhile'")" meanwhile
  is "$(all)" "$before"
}

# undone CODE: stack_undo_merge of a merge that was killed, in a run of its own; what n8n
# is told stands in told.
undone() {
  with_rows "stack_undo_n8n() { printf '%s ' \"\$1\" >>told; }
    $1
    stack_undo_merge \"\$run_dir/stack/workflows\" \"\$run_dir/stack/database\" \"\$run_dir/stack\"; "
}

# saved: what stack_merge_write leaves for it, before and after the change.
saved='printf "%s\n" "$rows" >"$run_dir/stack/rows"
  stack_merge_save_rows "$run_dir/stack/back.sql"
  stack_merge_ask_rows "$run_dir/stack/ask.sql"
  stack_remember
  stack_sql "$part_database" rows="$rows" <"$run_dir/stack/ask.sql" >"$run_dir/stack/before.json"
  printf "[]\n" >"$run_dir/stack/wrote.json"'
wrote='stack_sql "$part_database" rows="$rows" <"$run_dir/stack/ask.sql" >"$run_dir/stack/wrote.json"'
kept=.insightpulse/recovered/r/workflows.json

@test "what somebody changed after the merge is kept when it is undone" {
  ready
  before=$(all)
  with_rows "$saved"
  the_change
  with_rows "stack_merge_remove_rows; $wrote"
  undone
  is "$(all)" "$before"
  [[ ! -e $kept ]]
  the_change
  with_rows stack_merge_remove_rows
  on <<<"UPDATE $table SET nodes = '[{\"work\": \"of hours\"}]' WHERE id = 'changes'; UPDATE $table SET active = false WHERE id = 'made'"
  # What the merge did not touch is no matter of its undo.
  on <<<"UPDATE $table SET nodes = '[7]' WHERE id = 'stays'; INSERT INTO $table VALUES ('goes', false, NULL, '[5]')"
  undone
  is "$(jq -c '[.[] | [.id, .active, .nodes]]' "$kept")" '[["changes",false,[{"work":"of hours"}]],["goes",false,[5]],["made",false,[]]]'
  is "$(cat .insightpulse/run/recovered)" "$kept"
  # One that came again hinders no other that went.
  is "$(on <<<"UPDATE $table SET nodes = '[]' WHERE id = 'stays' AND nodes::text = '[7]' RETURNING 1")" 1
  is "$(all)" "$before"
  undone
  [[ ! -e .insightpulse/recovered/r.2 ]]
  on <<<"UPDATE $table SET nodes = '[6]' WHERE id = 'changes'"
  undone
  is "$(jq -c '[.[] | [.id, .nodes]]' .insightpulse/recovered/r.2/workflows.json)" '[["changes",[6]]]'
}

@test "where the database does not answer n8n is not left stopped, and the reason is said" {
  ready
  with_rows "$saved"
  run undone "sed 's/flows/flown/' \"\$run_dir/stack/database\" >\"\$run_dir/stack/other\"; mv \"\$run_dir/stack/other\" \"\$run_dir/stack/database\""
  is "$status" 1
  has "$output" 'the merge is not undone: database: '
  has "$output" flown
  is "$(cat told)" 'start '
}

@test "what was changed while the archive was written is not overwritten, and nothing is to be undone" {
  ready
  jq '. + {publish: [], write: []}' plan >more && mv more plan
  jq 'map(.nodes = [])' mine.json >worked && jq '.[0].nodes = [1]' worked >still.json && mv worked mine.json
  write='stack_require_service() { :; }
    stack_n8n_export() { cp still.json "$1"; }
    stack_merge_import() { : >imported; }
    printf "%s\n" database "$rows" >"$run_dir/work/merge/rows"
    root=$PWD run_dir=$PWD/$run_dir
    stack_merge_write'
  run with_rows "$write"
  is "$status" 1
  has "$output" 'the workflows of workflows have changed since they were compared: start again'
  [[ ! -e imported && ! -s .insightpulse/run/journal ]]
  cp mine.json still.json
  with_rows "$write"
  [[ -e imported ]]
  is "$(jq -c 'map(.id)' .insightpulse/run/stack/merge/before.json)" '["changes","goes","it'"'"'s\t\\ odd"]'
  is "$(jq -c 'map(.id)' .insightpulse/run/stack/merge/wrote.json)" '["changes"]'
  has "$(cat .insightpulse/run/journal)" 'undo stack_undo_merge .insightpulse/run/stack/workflows .insightpulse/run/stack/database .insightpulse/run/stack/merge'
}

@test "all containers of n8n begin again, and stop for an undo" {
  with_docker='stack_docker() { case $1 in ps) printf "c1\nc2\n" ;; inspect) printf "running/none\n" ;; *) echo "$*" >>asked ;; esac; }
    stack_in() { :; }
    health_seconds=1 project=demo root=$PWD
    stack_part workflows kind n8n service n8n
    only=workflows
    stack_use workflows'
  in_run "$with_docker; stack_merge_restart"
  in_run "$with_docker; run_id=r; stack_remember; stack_undo_n8n stop \"\$memory\"; stack_undo_n8n start \"\$memory\""
  is "$(cat asked)" $'restart c1 c2\nstop c1 c2\nstart c1 c2'
}

@test "where not all that goes could be saved nothing is removed" {
  save='stack_merge_save_rows "$run_dir/stack/back.sql"'
  ready
  on <<'SQL'
SET search_path = "The ""n8n""";
ALTER TABLE execution_entity ADD parent int REFERENCES execution_entity ON DELETE CASCADE;
SQL
  run with_rows "$save"
  is "$status" 1
  has "$output" 'what goes with them in "The ""n8n""".execution_entity could not all come back if anything failed: import all, without --only'
  is "$(cat .insightpulse/run/exit_code)" 4
  # Where none goes it does not matter.
  jq '.gone = []' plan >fewer && mv fewer plan
  with_rows "$save"
  ready
  {
    printf 'SET search_path = "The ""n8n""";\nCREATE TABLE t1 (id int PRIMARY KEY REFERENCES execution_entity ON DELETE CASCADE);\n'
    for number in {2..7}; do printf 'CREATE TABLE t%d (id int PRIMARY KEY REFERENCES t%d ON DELETE CASCADE);\n' "$number" "$((number - 1))"; done
  } | on
  with_rows "$save"
  on <<<'SET search_path = "The ""n8n"""; CREATE TABLE t8 (id int PRIMARY KEY REFERENCES t7 ON DELETE CASCADE)'
  run with_rows "$save"
  has "$output" '"The ""n8n""".t8 could not all come back'
}
