#!/usr/bin/env bats
load ../../helper
source "$project/test/fixtures/docker.sh"
source "$project/test/fixtures/stack.sh"
source "$project/test/fixtures/n8n-stacks.sh"

# The workflows of two machines, merged one by one: what one side changed is taken, what
# both changed is refused by name, and whatever fails leaves all as it was.

setup_file() {
  start_stacks
  up here key-of-both-1234
  up there another-key-5678
  # What hangs on a workflow in a real n8n, by its foreign keys.
  for name in here there; do
    sql "$name" <<'SQL'
CREATE TABLE n8n.execution_entity (id serial PRIMARY KEY, "workflowId" varchar(36) NOT NULL REFERENCES n8n.workflow_entity ON DELETE CASCADE, "startedAt" timestamptz(3));
CREATE TABLE n8n.execution_data ("executionId" int PRIMARY KEY REFERENCES n8n.execution_entity ON DELETE CASCADE, data text, "workflowData" json);
CREATE TABLE n8n.insights_metadata ("metaId" serial PRIMARY KEY, "workflowId" varchar(36) REFERENCES n8n.workflow_entity ON DELETE SET NULL);
CREATE TABLE n8n.workflow_published_version ("workflowId" varchar(36) PRIMARY KEY REFERENCES n8n.workflow_entity ON DELETE CASCADE, "publishedVersionId" varchar(36));
CREATE TABLE n8n.workflow_history ("workflowId" varchar(36) REFERENCES n8n.workflow_entity ON DELETE CASCADE, "versionId" varchar(36), PRIMARY KEY ("workflowId", "versionId"));
ALTER TABLE n8n.workflow_entity ADD FOREIGN KEY (id, "activeVersionId") REFERENCES n8n.workflow_history ("workflowId", "versionId") ON DELETE RESTRICT;
CREATE FUNCTION n8n.publish() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO n8n.workflow_history VALUES (new.id, new.document ->> 'versionId') ON CONFLICT DO NOTHING;
  DELETE FROM n8n.workflow_published_version WHERE "workflowId" = new.id;
  IF new.active THEN INSERT INTO n8n.workflow_published_version VALUES (new.id, new."activeVersionId"); END IF;
  RETURN new;
END $$;
-- By its name before those of the foreign keys.
CREATE TRIGGER "A publish" AFTER INSERT OR UPDATE ON n8n.workflow_entity FOR EACH ROW EXECUTE FUNCTION n8n.publish();
SQL
  done
}

teardown_file() {
  [[ -z ${daemon:-} ]] || stop_docker "$daemon"
}

# put PROJECT: its workflows are those of the lines of standard input: ID NAME TEXT, with
# + behind the id of one that is active.
put() {
  local id name text
  {
    printf 'SET client_min_messages = warning; TRUNCATE n8n.workflow_entity, n8n.credentials_entity CASCADE;\n'
    while IFS=' ' read -r id name text; do
      jq -rn --arg id "${id%+}" --arg name "$name" --arg text "$text" --arg active "$([[ $id != *+ ]] || printf t)" \
        '{id: $id, name: $name, versionId: "v", nodes: [{name: "Set", parameters: {text: $text}}], updatedAt: (now | todate)} | tojson |
        "INSERT INTO n8n.workflow_entity VALUES ($q$\($id)$q$, \($active != ""), \(if $active == "" then "NULL" else "$q$v$q$" end), $q$\(.)$q$);"'
    done
  } | sql "$1"
}

# stands PROJECT: its workflows as put takes them, in one line.
stands() {
  n8n "$1" export:workflow --all | jq -r '[.[] | .id + (if .active then "+" else "" end) + " " + .nodes[0].parameters.text] | sort | join(", ")'
}

# common: the workflows of standard input are on both sides, of one export.
common() {
  local name place
  cat >common
  for name in here there; do
    put "$name" <common
    place=.insightpulse/state/lineage/$name/workflows
    mkdir -p "$place"
    printf '20260101_000000_0000\n' >"$place/ancestors"
    n8n "$name" export:workflow --all >"$place/20260101_000000_0000.json"
  done
}

# merge [OPTION]...: what "here" has now goes to "there".
merge() {
  the_export here >exported 2>&1
  take "$@"
}

# take [OPTION]...: what was exported goes to "there".
take() {
  bash "$made/generated/${importer:-import-there}.sh" --root "$root" --only workflows "$@"
}

@test "two machines that changed different workflows both have all, after one merge each way" {
  put here <<'END'
a+ Alpha one
b Beta one
c Gamma one
d+ Delta one
e+ Echo one
END
  put there <<<'own Own own'
  the_export here
  # The key of "there" is another, and there are no credentials.
  bash "$made/generated/import-there.sh" --root "$root" --yes
  poll_for healthy there
  put here <<'END'
a+ Alpha two
b Beta one
c+ Gamma one
e Echo one
f+ Foxtrot new
END
  put there <<'END'
a+ Alpha one
b Beta mine
c Gamma one
d+ Delta one
e+ Echo one
g Golf mine
END
  before=$(stands there)
  rm -r team-sync-exports
  run merge --dry-run
  is "$status" 0
  has "$output" 'taken: Alpha (a)'
  is "$(stands there)" "$before"
  [[ ! -e team-sync-exports/before-import ]]
  run take --yes
  is "$status" 0
  has "$output" "workflows: taken: Gamma (c), becomes active"
  has "$output" "workflows: taken: Echo (e), becomes inactive"
  has "$output" "workflows: taken: Foxtrot (f), new here"
  has "$output" "workflows: removed there: Delta (d), goes here too, with its executions"
  has "$output" "workflows: mine: Beta (b)"
  has "$output" "workflows: mine: Golf (g)"
  all='a+ two, b mine, c+ one, e one, f+ new, g mine'
  is "$(stands there)" "$all"
  is "$(ls team-sync-exports/before-import | wc -l)" 1
  docker exec there_n8n_1 sh -c '! ls /tmp/lockstep-*'
  # And back: nothing of it is a conflict, though both sides have changed since the first export.
  the_export there
  run bash "$made/generated/import-here.sh" --root "$root" --only workflows --yes
  is "$status" 0
  has_not "$output" 'no export is known'
  is "$(stands here)" "$all"
  run merge --yes
  is "$status" 0
  has "$output" 'same: 6'
  has "$output" 'nothing of theirs is to be taken'
  is "$(ls team-sync-exports/before-import | wc -l)" 2
  # What was decided is not asked again: a change of theirs is taken, and mine stays.
  put here <<<"$(printf 'a+ Alpha three\nb Beta mine\nc+ Gamma one\ne Echo one\nf+ Foxtrot new\ng Golf mine\n')"
  merge --yes
  is "$(stands there)" "${all/two/three}"
}

@test "what both sides changed is refused by name, until one side is said to decide" {
  common <<<$'a+ Alpha one\nb Beta one\nc Gamma one\nd Delta one'
  put here <<<$'a+ Alpha theirs\nb Beta theirs\nd Delta theirs'
  put there <<<$'a+ Alpha mine\nb Beta one\nc Gamma mine'
  sql <<<'INSERT INTO n8n.execution_entity ("workflowId") VALUES ('"'c'"')'
  before=$(stands there)
  the_export here
  for option in --yes --dry-run; do
    run take "$option"
    is "$status" 4
    has "$output" 'Alpha (a): changed on both sides; Gamma (c): changed here, removed there; Delta (d): removed here, changed there'
    has "$output" '--take-theirs takes theirs of all of these, --take-mine leaves yours as they are'
    is "$(stands there)" "$before"
  done
  [[ ! -e team-sync-exports/before-import ]]
  cp -R .insightpulse/state/lineage lineage
  take --yes --take-mine
  is "$(stands there)" 'a+ mine, b theirs, c mine'
  rm -r .insightpulse/state/lineage
  cp -R lineage .insightpulse/state/lineage
  take --yes --take-theirs
  is "$(stands there)" 'a+ theirs, b theirs, d theirs'
}

@test "what was here before a merge comes back from its archive" {
  common <<<$'a+ Alpha one\nb Beta one'
  put here <<<$'a+ Alpha theirs\nc Gamma new'
  merge --yes
  is "$(stands there)" 'a+ theirs, c new'
  run take --yes --archive team-sync-exports/before-import/*
  is "$status" 4
  has "$output" 'no export is known that both sides come from'
  has "$output" 'Alpha (a): differs'
  take --yes --take-theirs --archive team-sync-exports/before-import/*
  is "$(stands there)" 'a+ one, b one, c new'
}

# ready: what would be taken changes one, makes one, makes one active, and removes one with executions.
ready() {
  common <<<$'a+ Alpha one\nb Beta one\nc+ Gamma one\nd Delta mine'
  sql <<'SQL'
INSERT INTO n8n.execution_entity ("workflowId", "startedAt") VALUES ('c', '2026-01-01 10:00:00.123'), ('a', now());
INSERT INTO n8n.execution_data SELECT id, E'tab\t back\\slash\nline', '{"a":  1, "a": 2}' FROM n8n.execution_entity;
INSERT INTO n8n.insights_metadata ("workflowId") VALUES ('c'), ('a');
INSERT INTO n8n.workflow_history VALUES ('a', 'published-before'), ('c', 'published-before');
UPDATE n8n.workflow_entity SET "activeVersionId" = 'published-before' WHERE id IN ('a', 'c');
UPDATE n8n.workflow_published_version SET "publishedVersionId" = 'published-beside' WHERE "workflowId" = 'a';
SQL
  put here <<<$'a+ Alpha two\nb+ Beta one\nd Delta mine\nf+ Foxtrot new'
}

# rows: all of "there", as its database has it.
rows() {
  sql <<'SQL'
SELECT * FROM n8n.workflow_entity ORDER BY id;
SELECT * FROM n8n.execution_entity ORDER BY id;
SELECT * FROM n8n.execution_data ORDER BY 1;
SELECT * FROM n8n.insights_metadata ORDER BY 1;
SELECT * FROM n8n.workflow_published_version ORDER BY 1;
SELECT * FROM n8n.workflow_history ORDER BY 1, 2;
SQL
}

# at FUNCTION CODE: an importer that runs CODE where it calls FUNCTION.
at() {
  importer=import-broken
  sed "s|^$1() {\$|&\n  $2|" "$made/generated/import-there.sh" >"$made/generated/$importer.sh"
}

@test "whatever fails while it is written, all is as it was and runs" {
  ready
  before=$(rows)
  the_export here
  for place in stack_merge_remove_rows stack_wait_healthy; do
    at "$place" "[[ \$verb == import \&\& \$reason_file != */undo ]] \&\& fail_step broken; :"
    run take --yes
    is "$place $status" "$place 1"
    has "$output" broken
    is "$place $(rows)" "$place $before"
    healthy there
    is "$states" running/healthy
    is "$(cat .insightpulse/state/lineage/there/workflows/ancestors)" 20260101_000000_0000
  done
  other="docker exec there_db_1 sh -c 'PGPASSWORD=\$POSTGRES_PASSWORD psql -q -U pilot -d pilotpros -c \"UPDATE n8n.workflow_entity SET active = false\"'"
  # Something else has a hand in it: what n8n has in the end is not what was decided.
  at stack_merge_prove "$other"
  run take --yes
  is "$status" 5
  has "$output" 'n8n does not have what was decided, of a, b, f'
  is "$(rows)" "$before"
  # Or somebody works on while the archive is written.
  at stack_publish "$other"
  run take --yes
  is "$status" 4
  has "$output" 'the workflows of workflows have changed since they were compared: start again'
  is "$(stands there)" 'a one, b one, c one, d mine'
}

@test "a merge that was killed at any of its changes is put back by the next run" {
  ready
  before=$(rows)
  the_export here
  # The last is where all is done, before the run is complete.
  for place in stack_merge_tell stack_merge_remove_rows stack_merge_restart complete_run; do
    rm -f "$BATS_TEST_TMPDIR/there"
    # What was called in the container goes on when its caller is gone.
    at "$place" "docker exec -d there_n8n_1 sh -c 'while :; do n8n publish:workflow --id=b; done'; : >'$BATS_TEST_TMPDIR/there'; command sleep 600"
    program=$made/generated/$importer.sh
    start_program --only workflows --yes
    poll_for test -e "$BATS_TEST_TMPDIR/there"
    kill -KILL "$program_pid"
    end_program
    # Somebody works on before it is put back.
    [[ $place != complete_run ]] || sql <<<"UPDATE n8n.workflow_entity SET document = replace(document::text, 'two', 'the work of hours')::json WHERE id = 'a'"
    run bash "$made/generated/export-there.sh" --root "$root" --inspect none
    has "$output" 'was interrupted; it is put back'
    if [[ $place == complete_run ]]; then
      has "$output" 'what was there instead is kept: .insightpulse/recovered/'
      has "$(cat .insightpulse/recovered/*/workflows.json)" 'the work of hours'
    fi
    rm -rf .insightpulse/recovered
    is "$place $(rows)" "$place $before"
    poll_for healthy there
    is "$(cat .insightpulse/state/lineage/there/workflows/ancestors)" 20260101_000000_0000
  done
}

@test "an import of nothing that there is is refused before anything" {
  run bash "$made/generated/import-there.sh" --root "$root" --only workflow
  is "$status" 2
  has "$output" '--only workflow: there is workflows'
  run bash "$made/generated/import-there.sh" --root "$root" --only ''
  is "$status" 2
  run bash "$made/generated/import-there.sh" --root "$root" --take-theirs
  is "$status" 2
  has "$output" '--take-theirs and --take-mine are for --only'
  run bash "$made/generated/import-there.sh" --root "$root" --only workflows --take-theirs --take-mine
  is "$status" 2
  run bash "$made/generated/import-there.sh" --root "$root" --only workflows --inactive
  is "$status" 2
}

@test "without a terminal, and where no database is a part, nothing is merged" {
  common <<<'a Alpha one'
  put here <<<'a Alpha two'
  run merge
  is "$status" 2
  is "$(stands there)" 'a one'
  run bash "$made/generated/import-here.sh" --root "$root" --only workflows --yes
  is "$status" 0
  has "$output" 'was made here or taken in before, so nothing in it is new'
  importer=import-alone run merge --yes
  is "$status" 4
  has "$output" 'the workflows of workflows are in no part of the kind postgres'
  is "$(stands there)" 'a one'
  # The last test: it has another n8n.
  up here key-of-both-1234 STACK_N8N=1.123.81
  the_export here
  run bash "$made/generated/import-here.sh" --root "$root" --only workflows --yes
  is "$status" 4
  has "$output" 'n8n here is 1.123.81, and its command line cannot publish one workflow: import all, without --only'
}
