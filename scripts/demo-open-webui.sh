# shellcheck shell=bash
# shellcheck disable=SC2154 # demo.sh, which sources this, has the functions and folders
# The second act: an assistant in a scratch database of Open WebUI and its files.

webui=$scratch/webui
database=$webui/webui.db
mkdir -p "$webui/.insightpulse"

in_database() {
  sqlite3 "$database" "$1"
}

system_prompt_there() {
  in_database "SELECT json_extract(params, '\$.system') FROM model WHERE id = 'inna'"
}

edit_in_browser() { # PROMPT
  in_database "UPDATE model SET params = json_set(params, '\$.system', '$1') WHERE id = 'inna'"
}

explain "8. The second act: the assistant Inna lives in Open WebUI's database, and in files"
sqlite3 "$database" <"$here/test/fixtures/open-webui/v0.10.2-fresh.sqlite.sql"
in_database "PRAGMA journal_mode = WAL; INSERT INTO model (id, user_id, base_model_id, name, params, meta, created_at, updated_at)
  VALUES ('inna', 'me', 'gpt-4o', 'Inna', '{\"system\": \"You are Inna.\\nAnswer briefly.\\n\", \"temperature\": 0.3}',
    '{\"description\": \"Answers HR questions\", \"tags\": [{\"name\": \"hr\"}]}', 1700000000, 1700000000)"
cat >"$webui/.insightpulse/sync.yaml" <<'YAML'
version: "1.0"
targets:
  open_webui:
    driver: open_webui
    direction: bidirectional
    schedule: "0 * * * *"
    config:
      database: ${OPEN_WEBUI_DATABASE}
      model: inna
      system_prompt: inna/system-prompt.md
      metadata: inna/metadata.json
aliases:
  inna: status open_webui
  inna-push: sync open_webui --direction push
YAML
export OPEN_WEBUI_DATABASE=$database
cd "$here" || exit
npx tsx tasks/generate.ts --root "$webui"

explain "9. Pull, under Node: the files are written from the database"
npx tsx tasks/sync.ts open_webui --direction pull --root "$webui"
cat "$webui/inna/system-prompt.md" "$webui/inna/metadata.json"

explain "10. An edit in the editor; push by its alias, with no node on PATH"
cd "$webui" || exit
printf 'You are Inna.\nAnswer briefly, and kindly.\n' >inna/system-prompt.md
PATH=$without_node generated/bin/inna-push
system_prompt_there

explain "11. An edit in the browser; verify says 8 and shows it, a sync brings it here"
in_database "UPDATE model SET meta = json_set(meta, '\$.description', 'Answers HR and payroll questions') WHERE id = 'inna'"
status=0
PATH=$without_node generated/sync.sh --check --quiet || status=$?
printf 'exit code %s\n' "$status"
[[ $status == 8 ]]
PATH=$without_node generated/sync.sh
grep description inna/metadata.json

explain "12. The same line edited on both sides: the run stops, shows both, and says how to settle it"
printf 'You are Inna.\nAnswer in verse.\n' >inna/system-prompt.md
edit_in_browser $'You are Inna.\nAnswer in prose.\n'
status=0
(cd "$here" && npx tsx tasks/sync.ts open_webui --root "$webui") || status=$?
printf 'exit code %s\n' "$status"
[[ $status == 4 ]]
generated/sync-open-webui.sh --take-files
system_prompt_there

explain "13. That was wrong: roll back the row and the files to what they were before"
PATH=$without_node generated/rollback.sh open_webui --yes
system_prompt_there
[[ $(system_prompt_there) == *prose* ]]

explain "14. How it stands: not in sync, because that conflict is there again"
status=0
generated/bin/inna --verbose || status=$?
[[ $status == 8 ]]
