#!/usr/bin/env bash
# Counts the requests that a table of 1,000 rows in Notion costs: nothing changed, and
# 10 rows changed. A request is what Notion limits; time is theirs.
#   test/bench/notion.sh
# Prints a table: what | requests | goal. Exits 1 where a goal is missed.
# BENCH_SIZE=tiny shows that it runs.
set -euo pipefail

here=$(cd -P -- "${BASH_SOURCE[0]%/*}" && pwd)
project=${here%/test/bench}
rows=1000
[[ ${BENCH_SIZE:-} != tiny ]] || rows=100

work=$(mktemp -d)
server=
trap '[[ -z $server ]] || kill "$server"; rm -rf "$work"' EXIT
root=$work/root
mkdir -p "$root/.insightpulse" "$root/docs"
cat >"$root/.insightpulse/sync.yaml" <<'YAML'
version: "1.0"
targets:
  docs:
    driver: notion_table
    direction: push
    config: { database: "${DB}", api: "${API}", rows: fields, files: [docs/fields.md], requests_per_second: 1000 }
YAML
(cd "$project" && npx tsx tasks/generate.ts --root "$root" >/dev/null 2>&1)

jq -n --argjson rows "$rows" '{properties: {Name: "title", Model: "rich_text"}, token: "a-token-of-a-bench", rows: [range($rows)
  | {Name: {title: [{text: {content: "field \(.)"}}]}, Model: {rich_text: [{text: {content: "model \(.)"}}]}}]}' >"$work/state.json"
mkfifo "$work/port"
node "$project/test/fixtures/notion-server.mjs" "$work" >"$work/port" &
server=$!
read -r port DB <"$work/port"
export DB API=http://127.0.0.1:$port NOTION_API_TOKEN=a-token-of-a-bench

for ((i = 0; i < rows; i++)); do
  printf '## field %d\n- Model: model %d\n' "$i" "$i"
done >"$root/docs/fields.md"

missed=0
# sync WHAT GOAL: one run; how many requests it made.
sync() {
  local count
  : >"$work/requests"
  bash "$root/generated/sync-docs.sh" --quiet
  count=$(grep -c '' "$work/requests" || :)
  printf '%-44s | %5d | %s\n' "$1" "$count" "${2:+at most $2}"
  [[ -z $2 ]] || ((count <= $2)) || missed=1
}

printf '%-44s | %5s | %s\n' 'what' 'requests' 'goal'
sync 'the first run, which finds the table' ''
sync "$rows rows, nothing changed" 10
sed -i.bak 's/^- Model: model \([0-9]\)$/- Model: other \1/' "$root/docs/fields.md"
sync "$rows rows, 10 changed" 20
sync "$rows rows, nothing changed since" 10
exit "$missed"
