# shellcheck shell=bash
# shellcheck disable=SC2154 # demo.sh, which sources this, has the functions and folders
# The third act: the eight targets of directional sync against services on loopback,
# with one of them broken on purpose.

eight=$scratch/eight
mkdir -p "$eight/.insightpulse" "$eight/odoo" "$eight/agents" "$eight/skills"
cp -R "$here/tasks/notion" "$eight/notion"

explain "15. The third act: eight targets. Their services are small servers of this machine"
cd "$here" || exit
node --import tsx test/fixtures/services.ts >"$scratch/services" &
services=$!
trap 'kill "$services" 2>/dev/null || :; rm -rf -- "$scratch"' EXIT
until grep -q NOTION_BIR "$scratch/services"; do
  kill -0 "$services"
  sleep 0.1
done
# shellcheck source=/dev/null
. "$scratch/services"
mv "$upstream/queue-is-gone" "$upstream/queue"

cat >"$eight/odoo/odoo.conf" <<'INI'
[options]
; the password was swordfish until May
addons_path = /opt/odoo/addons,/opt/odoo/oca
db_name = production
workers = 4
INI
printf '%s = %s\n' db_password correct-horse-battery >>"$eight/odoo/odoo.conf"
cat >"$eight/claude.md" <<'MD'
# Claude

## 0. Purpose

Help the team.

## 1. MCP servers

```yaml
git: { command: uvx, args: [mcp-server-git] }
```

## 2. Agents

```yaml
reviewer: Reads a change before it is merged
```
MD
cat >"$eight/mcp.json" <<'JSON'
{ "mcpServers": { "docs": { "command": "npx", "args": ["-y", "docs-server"], "env": { "DOCS_TOKEN": "hidden-in-the-demo" } } } }
JSON
cat >"$eight/.insightpulse/sync.yaml" <<'YAML'
version: "1.0"
targets:
  oca_repos:
    driver: git_repos
    schedule: "0 2 * * *"
    config: { base_url: "${OCA_BASE_URL}", branch: "18.0", destination: addons/oca, repositories: [crm, web, queue] }
    verification: { command: "find addons/oca -name __manifest__.py | wc -l", expected_min: 6 }
  claude_config:
    driver: agent_config
    direction: bidirectional
    schedule: "0 4 * * *"
    config: { claude_md: claude.md, mcp_config: mcp.json, agent_dir: agents, skills_dir: skills, sections: 3 }
  apps_truth:
    driver: digitalocean_apps
    schedule: "0 */6 * * *"
    config: { output: docs/runtime/apps_truth.json }
    verification: { command: "jq -e '.apps | length > 0' docs/runtime/apps_truth.json" }
  live_to_docs:
    driver: odoo_live
    schedule: "0 */12 * * *"
    config: { source: odoo, destination: docs/runtime }
  skillsmith_catalog:
    driver: skill_catalog
    schedule: "0 5 * * 0"
    config: { index: "${SKILLSMITH_URL}/index.json", destination: docs/catalog }
  notion_field_docs:
    driver: notion_table
    schedule: "0 3 * * *"
    config: { database: "${NOTION_FIELD_DOCS_DB_ID}", api: "${NOTION_FIELD_DOCS_API}", rows: fields, files: ["notion/fields/**.md"], requests_per_second: 100 }
  notion_month_end:
    driver: notion_table
    schedule: "0 1 1 * *"
    config: { database: "${NOTION_MONTH_END_DB_ID}", api: "${NOTION_MONTH_END_API}", rows: closing, files: [notion/month-end.yaml, notion/holidays.yaml], period: "2026-11", requests_per_second: 100 }
  notion_bir:
    driver: notion_table
    schedule: "0 2 1 * *"
    config: { database: "${NOTION_BIR_DB_ID}", api: "${NOTION_BIR_API}", rows: filings, files: [notion/bir-filings.yaml, notion/holidays.yaml], period: "2026-11", requests_per_second: 100 }
workflow: { enabled: false }
YAML
cd "$here" || exit
npx tsx tasks/generate.ts --root "$eight"
npx tsx tasks/sync.ts --list --root "$eight"

explain "16. One of them is broken on purpose: DigitalOcean is down"
status=0
DIGITALOCEAN_API=${DIGITALOCEAN_API%/ok}/500 npx tsx tasks/sync.ts --verify --root "$eight" || status=$?
printf 'exit code %s\n' "$status"
[[ $status == 3 || $status == 1 ]]

explain "17. It is back: by the generated scripts: the one is made up for, the others have nothing to do"
cd "$eight" || exit
PATH=$without_node generated/sync.sh --verify
cat docs/runtime/DB_CONFIG.prod.txt mcp.json

explain "18. A page that shows how all of it stands, for a browser; this file stays"
cd "$here" || exit
npx tsx tasks/dashboard.ts --root "$eight" --output "${TMPDIR:-/tmp}/lockstep-dashboard.html"
