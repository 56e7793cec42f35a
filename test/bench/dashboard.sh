#!/usr/bin/env bash
# Measures how long the verb dashboard takes to make a page of 1,000 targets
# with a history of 100,000 runs.
#   test/bench/dashboard.sh [ROUNDS]    the median of ROUNDS (default 5)
# Prints a table: what | ours | theirs | ratio | goal. BENCH_SIZE=tiny shows that it runs.
set -euo pipefail

here=$(cd -P -- "${BASH_SOURCE[0]%/*}" && pwd)
project=${here%/test/bench}
rounds=${1:-5} targets=1000 runs=100000
[[ ${BENCH_SIZE:-} != tiny ]] || rounds=1 targets=3 runs=9
# shellcheck source=lib.sh
source "$here/lib.sh"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# make_root: what the runs of 90 days leave.
make_root() {
  mkdir -p "$work/.insightpulse/state"
  {
    printf 'version: "1.0"\ntargets:\n'
    for ((i = 0; i < targets; i++)); do
      printf '  target_%s:\n    driver: git_repos\n    schedule: "%s %s * * *"\n    config:\n      base_url: https://example.com/%s\n' \
        "$i" "$((i % 60))" "$((i % 24))" "$i"
      printf '      branch: "18.0"\n      destination: addons/%s\n      repositories: [one, two, three]\n' "$i"
    done
  } >"$work/.insightpulse/sync.yaml"
  node - "$targets" "$runs" >"$work/.insightpulse/state/history.jsonl" <<'JS'
const [targets, runs] = process.argv.slice(2).map(Number)
const steps = ['Ask which moved', 'Update what moved', 'Verify', 'Commit'].map((title, id) => ({ id: `step_${id}`, title, status: 'ok', exit_code: 0, seconds: 1, reason: '' }))
const outputs = { outputs_created: [], outputs_changed: ['addons/one/README.md'], outputs_removed: [], verification_passed: null, backup: null, commit: null, steps }
for (let index = 0; index < runs; index++) {
  const at = `${new Date(Date.now() - ((runs - index) * 90 * 86_400_000) / runs).toISOString().slice(0, 19)}Z`
  const status = index % 70 === 0 ? 'failed' : index % 3 === 0 ? 'done' : 'unchanged'
  const result = { target: `target_${index % targets}`, direction: 'pull', success: status !== 'failed', status, exit_code: 0, message: '2 of 3 updated', duration: (index % 500) / 10, changed: status === 'done', ...outputs }
  console.log(JSON.stringify({ run: `${at.replace(/[-:Z]/g, '').replace('T', '_')}_0000`, at, who: 'ops', where: 'server', verb: 'sync', exit_code: 0, results: [result] }))
}
JS
}

cd "$project"
make_root
for ((round = 0; round < rounds; round++)); do
  timed page node --import tsx tasks/dashboard.ts --states records --root "$work"
done
printf '%-58s | %11s | %11s | %6s | %s\n' 'what' 'ours' 'theirs' 'ratio' 'goal'
row "dashboard of $targets targets and $runs runs" page '' '2000 ms'
