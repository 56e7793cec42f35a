#!/usr/bin/env bats
load ../../helper
source "$project/test/fixtures/docker.sh"
source "$project/test/fixtures/stack.sh"
source "$project/test/fixtures/n8n-stacks.sh"

# n8n beside its database, in two stacks as of two machines: what is active stays so,
# and what could not be decrypted never takes over.

setup_file() {
  start_stacks
  up here key-of-both-1234
  seed here import:workflow <"$project/test/fixtures/stack/n8n-2.8.4-workflows-6.json"
  seed here import:credentials <"$project/test/fixtures/stack/n8n-2.8.4-credentials.json"
  for id in xdm2e4NgHJnlNc2t fB1GdPnBXTPWUW8q 1lL4WgykJQpicgIh; do n8n here publish:workflow "--id=$id" >/dev/null; done
}

teardown_file() {
  [[ -z ${daemon:-} ]] || stop_docker "$daemon"
}

# own_flow: "there" has one workflow of its own, active, and no credential.
own_flow() {
  sql <<<'TRUNCATE n8n.workflow_entity, n8n.credentials_entity'
  seed there import:workflow <<<'[{"id": "own1", "name": "own", "versionId": "v1", "updatedAt": "2026-11-21T00:00:00.000Z"}]'
  n8n there publish:workflow --id=own1 >/dev/null
}

# the_import [OPTION]...: into "there".
the_import() {
  bash "$made/generated/${importer:-import-there}.sh" --root "$root" --yes "$@"
}

@test "active workflows are active after an import, and its credentials can be read" {
  up there key-of-both-1234
  own_flow
  the_export here
  mkdir unpacked
  zstd -dqc team-sync-exports/*.zst | tar -C unpacked -xf - --strip-components 1
  is "$(jq -cS 'sort_by(.id)' unpacked/workflows.json)" "$(jq -cS 'sort_by(.id)' "$project/test/fixtures/stack/n8n-2.8.4-workflows-6.json")"
  is "$(jq -cS . unpacked/credentials.json)" "$(jq -cS . "$project/test/fixtures/stack/n8n-2.8.4-credentials.json")"
  is "$(jq -c '.parts.workflows | del(.key_fingerprint)' unpacked/export-metadata.json)" \
    '{"kind":"n8n","version":"2.8.4","workflows":6,"active":3,"credentials":1}'
  the_import
  is "$(flows there)" 'flow 0 flow 0+ flow 1 flow 2+ flow 3 flow 4+'
  has "$(n8n there export:credentials --all --decrypted)" credential-in-clear
  is "$(ls team-sync-exports/before-import | wc -l)" 1
}

@test "neither keys, passwords nor what was decrypted stand in what a run leaves" {
  up there key-of-both-1234
  own_flow
  { the_export here && the_import --verbose; } >"$BATS_TEST_TMPDIR/said" 2>&1
  has "$(cat "$BATS_TEST_TMPDIR/said")" 'taken in'
  ! grep -r -l -a -e key-of-both-1234 -e word-of-the-database -e credential-in-clear "$BATS_TEST_TMPDIR/said" .insightpulse
}

@test "no workflow is active after an import with --inactive" {
  up there key-of-both-1234
  own_flow
  the_export here
  the_import --inactive
  is "$(flows there)" 'flow 0 flow 0 flow 1 flow 2 flow 3 flow 4'
  is "$(n8n there export:workflow --all | jq -c '[.[].activeVersionId] | unique')" '[null]'
}

@test "an n8n whose key is in its file has the same key as one that has it in its environment" {
  up there ''
  own_flow
  the_export here
  the_import
  is "$(flows there)" 'flow 0 flow 0+ flow 1 flow 2+ flow 3 flow 4+'
}

@test "an n8n with another key is refused before anything changes, and with --force all is put back" {
  up there another-key-5678
  own_flow
  the_export here
  run the_import
  is "$status" 4
  has "$output" 'no credential could be read; set N8N_ENCRYPTION_KEY to theirs'
  has_not "$output" another-key-5678
  is "$(flows there)" own+
  run the_import --force
  is "$status" 5
  has "$output" 'n8n cannot decrypt its credentials: its encryption key is another'
  is "$(flows there)" own+
}

@test "an n8n that is older than the data is refused" {
  up there key-of-both-1234 STACK_N8N=2.8.3
  own_flow
  the_export here
  run the_import
  is "$status" 4
  has "$output" 'the data is of n8n 2.8.4 and n8n here is older, 2.8.3: update it first'
  is "$(flows there)" own+
}

@test "an n8n that makes the workflows inactive does not stay" {
  up there key-of-both-1234 STACK_DEACTIVATES=1
  own_flow
  the_export here
  run the_import
  is "$status" 5
  has "$output" 'n8n does not have the workflows of the archive, as active as they were'
  has "$(flows there)" own
}

@test "a webhook that does not answer puts all back" {
  up there key-of-both-1234
  own_flow
  the_export here
  sed 's/SECONDS - started < health_seconds/SECONDS - started < 1/' "$made/generated/import-there.sh" >"$made/generated/import-soon.sh"
  export WEBHOOK=file://$PWD/answer
  importer=import-soon run the_import
  is "$status" 5
  has "$output" 'workflows: the webhook does not answer'
  is "$(flows there)" own+
  : >answer
  the_import
}

@test "an n8n without workflows is exported" {
  up there key-of-both-1234
  sql <<<'TRUNCATE n8n.workflow_entity'
  the_export there
  zstd -dqc team-sync-exports/*.zst | tar -xOf - --wildcards '*/workflows.json' >all
  content all "[]$nl"
}
