#!/usr/bin/env bash
# Measures the secret gate: a usual commit, 100 MB, and what it and secretlint
# (from npm, into a scratch folder) find of the planted secrets and of the
# look-alikes.
#   test/bench/secrets.sh [ROUNDS]     medians of ROUNDS (default 5)
# 100 MB are compared with git grep for the one pattern of the reference's gate;
# with all the patterns of ours git grep takes minutes.
# BENCH_SIZE=tiny shows that it runs, without secretlint.
set -euo pipefail

project=$(cd -P -- "${BASH_SOURCE[0]%/*}/../.." && pwd)
rounds=${1:-5} kilobytes=100000
[[ ${BENCH_SIZE:-} != tiny ]] || rounds=1 kilobytes=100
# Its last version for Node 20.
secretlint=12.0.0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export program=bench
for part in shell/{environment,json,hash,paths,mask,message,portable} secrets/{rules,find,allow,gate}; do
  # shellcheck source=/dev/null
  source "$project/scripts/lib/$part.sh"
done
# shellcheck disable=SC2034 # the gate reads it
guarded_names=(NOTION_API_TOKEN 'NOTION_.*_DB_ID' GITHUB_TOKEN 'SUPABASE_.*KEY'
  ACME_PIN password secret)

# median COMMAND...: milliseconds.
median() {
  local round start
  for ((round = 0; round < rounds; round++)); do
    start=${EPOCHREALTIME/[!0-9]/}
    "$@" >/dev/null 2>&1 || :
    printf '%s\n' $(((${EPOCHREALTIME/[!0-9]/} - start) / 1000))
  done | sort -n | sed -n "$((rounds / 2 + 1))p"
}

reference_gate() {
  git grep -n -i -I -E '(password|secret|token).*='
}

# write_rows TABLE FOLDER: a file a row, as test/shell/secrets.bats does it.
write_rows() {
  local row number=0
  mkdir "$2"
  while IFS= read -r row; do
    number=$((number + 1))
    row=${row#*: }
    row=${row// ¦ /}
    printf '%s\n' "${row//⏎/$'\n'}" >"$2/$number.txt"
  done <"$project/test/fixtures/secrets/$1.txt"
}

files_with_findings() {
  cut -d : -f 1 | sort -u | wc -l | tr -d ' '
}

by_gate() {
  printf '%s\0' "$1"/* >list
  { secret_gate list || :; } | files_with_findings
}

by_secretlint() {
  { "$work/peer/node_modules/.bin/secretlint" --format unix "$1/*" || :; } | grep '^/' | files_with_findings
}

# 100 MB of text: what npm installed, as often as it takes.
cd "$work"
mkdir tree
find "$project/node_modules" -type f -size -500k \( -name '*.js' -o \
  -name '*.ts' -o -name '*.json' -o -name '*.md' \) -print0 >files
while (($(du -sk tree | cut -f 1) < kilobytes)); do
  copy=$(mktemp -d tree/XXXXXX)
  tar -C / --null -T files -cf - 2>/dev/null | tar -C "$copy" -xf -
done
cd tree
git init -q .
git add -f . 2>/dev/null
git ls-files -z >../all
tr '\0' '\n' <../all | awk 'NR % 50 == 1 && NR <= 1500' | tr '\n' '\0' >../commit
printf '%s files, %s kB\n' "$(tr -cd '\0' <../all | wc -c)" "$(du -sk --exclude=.git . | cut -f 1)"
printf 'a commit of 30 files: %s ms (at most 300)\n' "$(median secret_gate ../commit)"
printf 'all: %s ms; git grep: %s ms (at most 2 x)\n' \
  "$(median secret_gate ../all)" "$(median reference_gate)"

cd "$work"
write_rows true planted
write_rows look-alikes alike
printf 'found of %s planted, %s look-alikes: %s, %s\n' "$(find planted -type f | wc -l)" \
  "$(find alike -type f | wc -l)" "$(by_gate planted)" "$(by_gate alike)"
if [[ ${BENCH_SIZE:-} == tiny ]]; then
  exit 0
elif npm install --silent --no-audit --no-fund --prefix "$work/peer" "secretlint@$secretlint" \
  "@secretlint/secretlint-rule-preset-recommend@$secretlint" >/dev/null; then
  printf '{"rules":[{"id":"@secretlint/secretlint-rule-preset-recommend"}]}' >.secretlintrc.json
  printf 'secretlint: %s, %s\n' "$(by_secretlint planted)" "$(by_secretlint alike)"
else
  printf 'secretlint: cannot be installed\n'
fi
