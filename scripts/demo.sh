#!/usr/bin/env bash
# A tour: 12 upstream repositories in a scratch folder, pulled under Node and
# by the generated script, with one of them broken in the end; then an assistant
# of Open WebUI, edited on both sides; then the eight targets of directional sync,
# one of them broken on purpose.
set -euo pipefail

here=$(cd -P -- "${BASH_SOURCE[0]%/*}/.." && pwd)
scratch=$(mktemp -d "${TMPDIR:-/tmp}/lockstep-demo.XXXXXX")
trap 'rm -rf -- "$scratch"' EXIT
upstream=$scratch/upstream
root=$scratch/mine

explain() {
  local bold='' plain=''
  [[ ! -t 1 || -n ${NO_COLOR:-} ]] || bold=$'\033[1m' plain=$'\033[0m'
  printf '\n%s%s%s\n' "$bold" "$*" "$plain"
}

git_as_demo() {
  git -c user.name=Demo -c user.email=demo@example.org "$@"
}

make_upstream() { # NAME
  git init -q -b 18.0 "$scratch/work/$1"
  mkdir -p "$scratch/work/$1/module_one" "$scratch/work/$1/module_two"
  printf '{"name": "%s"}\n' "$1" | tee "$scratch/work/$1/module_one/__manifest__.py" \
    >"$scratch/work/$1/module_two/__manifest__.py"
  change_upstream "$1" first
  git clone -q --bare "$scratch/work/$1" "$upstream/$1"
}

change_upstream() { # NAME TEXT
  printf '%s\n' "$2" >"$scratch/work/$1/module_one/notes.txt"
  git -C "$scratch/work/$1" add -A
  git_as_demo -C "$scratch/work/$1" commit -qm "$2"
}

push_upstream() { # NAME TEXT
  change_upstream "$1" "$2"
  git -C "$scratch/work/$1" push -q "$upstream/$1" 18.0
}

# path_without_node: the same PATH, in which no node can be found.
path_without_node() {
  local folder kept='' name
  local folders=()
  IFS=: read -r -a folders <<<"$PATH"
  for folder in "${folders[@]}"; do
    if [[ -x $folder/node ]]; then
      mkdir -p "$scratch/bin"
      for name in "$folder"/*; do
        case ${name##*/} in
          node | npm | npx | tsx) ;;
          *) ln -sf "$name" "$scratch/bin/" ;;
        esac
      done
      folder=$scratch/bin
    fi
    kept+=${kept:+:}$folder
  done
  printf '%s' "$kept"
}

names=(account-analytic bank-payment crm helpdesk knowledge mis-builder
  partner-contact queue sale-workflow server-tools web website)

explain "1. Twelve upstream repositories, and a folder with one entry in sync.yaml"
mkdir -p "$upstream" "$scratch/work" "$root/.insightpulse"
for name in "${names[@]}"; do make_upstream "$name"; done
cat >"$root/.insightpulse/sync.yaml" <<'YAML'
version: "1.0"
targets:
  oca_repos:
    driver: git_repos
    description: Twelve repositories of a scratch folder
    config:
      base_url: ${OCA_BASE_URL}
      branch: "18.0"
      destination: addons/oca
      tries: 1
      repositories: [account-analytic, bank-payment, crm, helpdesk, knowledge, mis-builder, partner-contact, queue, sale-workflow, server-tools, web, website]
    verification:
      command: find addons/oca -name __manifest__.py | wc -l
      expected_min: 24
YAML
cat "$root/.insightpulse/sync.yaml"
export OCA_BASE_URL=$upstream
cd "$here"
npx tsx tasks/generate.ts --root "$root"

explain "2. The first pull, under Node: every repository is new, and the verification counts modules"
npx tsx tasks/sync.ts oca_repos --verify --root "$root"
ls "$root/addons/oca"

explain "3. Two of them move upstream; the generated script pulls them, with no node on PATH"
push_upstream crm second
push_upstream web second
without_node=$(path_without_node)
cd "$root"
PATH=$without_node bash -c '! command -v node >/dev/null' || exit 1
PATH=$without_node generated/sync-oca-repos.sh
cat addons/oca/web/module_one/notes.txt

explain "4. Once more: nothing to do, nothing is touched"
PATH=$without_node generated/sync-oca-repos.sh

explain "5. One upstream breaks: the other eleven are done, the one is named, the exit code is 1"
mv "$upstream/queue" "$upstream/queue-is-gone"
push_upstream helpdesk third
status=0
generated/sync-oca-repos.sh || status=$?
printf 'exit code %s\n' "$status"

explain "6. The report of that run (.insightpulse/reports/latest.json): look at status, failures, outputs_changed"
node -e '
  const report = JSON.parse(require("node:fs").readFileSync(".insightpulse/reports/latest.json", "utf8"))
  for (const result of report.results) delete result.steps
  console.log(JSON.stringify(report, null, 2))'

explain "7. How it stands"
generated/status.sh
[[ $status == 1 ]]

# shellcheck source=scripts/demo-open-webui.sh
. "$here/scripts/demo-open-webui.sh"
# shellcheck source=scripts/demo-targets.sh
. "$here/scripts/demo-targets.sh"
explain "Done. Everything was in $scratch, which is removed now."
