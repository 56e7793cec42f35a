#!/usr/bin/env bash
# make test: every suite, after installing what they need. Ends with the line
# "N passed, N failed" over all suites.
set -euo pipefail
cd -P -- "${BASH_SOURCE[0]%/*}/.."

# What the suites need, with the Debian package of each.
needed=(git:git curl:curl jq:jq shellcheck:shellcheck shfmt:shfmt
  busybox:busybox-static cmp:diffutils ps:procps sshd:openssh-server
  python3:python3 openssl:openssl rclone:rclone zstd:zstd sqlite3:sqlite3
  psql:postgresql-client pg_ctlcluster:postgresql age:age gpg:gnupg
  dockerd:docker.io docker-compose:docker-compose ip:iproute2
  chromium:chromium cron:cron)

install_packages() {
  local pair packages=() PATH=$PATH:/usr/sbin:/sbin
  for pair in "${needed[@]}"; do
    command -v "${pair%%:*}" >/dev/null || packages+=("${pair#*:}")
  done
  ((${#packages[@]} > 0)) || return 0
  if [[ $(id -u) != 0 ]] || ! command -v apt-get >/dev/null; then
    printf 'missing: run as root: apt-get install %s\n' "${packages[*]}" >&2
    exit 3
  fi
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "${packages[@]}" >/dev/null
}

passed=0
failed=0
failures=()
# What failed once, and passed when it was run again.
unsteady=()

# count_check TITLE COMMAND...: a check that passes or fails as a whole.
count_check() {
  local title=$1
  shift
  if "$@"; then
    passed=$((passed + 1))
    printf 'ok   %s\n' "$title"
  else
    failed=$((failed + 1))
    failures+=("$title")
    printf 'FAIL %s\n' "$title"
  fi
}

# run_vitest FOLDER...: adds what the JSON report counts. Files in which something
# failed are run once more: what passes then is told, and is no failure.
run_vitest() {
  local report=$scratch/vitest.json names files
  npx vitest run --config test/vitest.config.ts "$@" --reporter=default \
    --reporter=json --outputFile.json="$report" || :
  if [[ ! -s $report ]]; then
    failed=$((failed + 1))
    failures+=("vitest ended without a report")
    return 0
  fi
  passed=$((passed + $(jq .numPassedTests "$report")))
  mapfile -t names < <(failed_tests "$report")
  ((${#names[@]} > 0)) || return 0
  mapfile -t files < <(printf '%s\n' "${names[@]%%: *}" | sort -u)
  npx vitest run --config test/vitest.config.ts "${files[@]}" --reporter=default \
    --reporter=json --outputFile.json="$report.again" || :
  [[ -s $report.again ]] || cp -- "$report" "$report.again"
  judge_again "${names[@]}" < <(failed_tests "$report.again")
}

# failed_tests REPORT: print FILE: TEST of each; FILE: alone where the file fails outside
# its tests (it does not load, a hook throws).
failed_tests() {
  jq -r --arg root "$PWD/" '.testResults[] | select(.status == "failed")
    | (.name | ltrimstr($root)) as $file
    | [.assertionResults[] | select(.status == "failed") | "\($file): \(.fullName)"]
    | if . == [] then "\($file): " else .[] end' "$1"
}

# judge_again NAME...: those that failed; standard input has those that did so when
# their files were run again. Only a file in which nothing failed again has passed.
judge_again() {
  local name again
  again=$(sed 's/: .*/: /')
  for name in "$@"; do
    if grep -qxF -- "${name%%: *}: " <<<"$again"; then
      failed=$((failed + 1))
      failures+=("$name")
    else
      passed=$((passed + 1))
      unsteady+=("$name")
    fi
  done
}

# start_bats: a lane beside what comes next, which takes the files that no other
# lane has taken. With job control: it can be ended with all that it started.
start_bats() {
  set -m
  take_bats >/dev/null 2>&1 &
  set +m
  lanes+=("$!")
}

take_bats() {
  local entry
  for entry in "${bats_files[@]}"; do
    mkdir "$scratch/bats/${entry//\//-}" 2>/dev/null || continue
    run_bats "$entry" "$scratch/bats/${entry//\//-}/tap"
  done
}

# run_bats ENTRY TAP: ENTRY is TOOLS:FILE.
run_bats() {
  TEST_TOOLS=${1%%:*} node_modules/bats/bin/bats --tap "${1#*:}" >"$2" 2>&1 || :
}

# count_bats: once the lanes have ended. A file in which something failed is run once
# more, alone.
count_bats() {
  local entry tap names
  wait "${lanes[@]}" || :
  for entry in "${bats_files[@]}"; do
    tap=$scratch/bats/${entry//\//-}/tap
    printf '# %s\n' "$entry"
    cat -- "$tap" || :
    mapfile -t names < <(failed_bats "$entry" "$tap")
    passed=$((passed + $(cat -- "$tap" | grep -c '^ok ' || :)))
    ((${#names[@]} > 0)) || continue
    run_bats "$entry" "$tap.again"
    cat -- "$tap.again"
    judge_again "${names[@]}" < <(failed_bats "$entry" "$tap.again")
  done
}

# failed_bats ENTRY TAP: print FILE: TEST of each; a test that was not run at all has
# failed too.
failed_bats() {
  ENTRY=$1 LC_ALL=C awk '
    /^1\.\.[0-9]+/ { planned = substr($1, 4) }
    /^(not )?ok / { ran++ }
    sub(/^not ok [0-9]+ /, "") { print ENVIRON["ENTRY"] ": " $0 }
    END { if (planned == "" || ran < planned) print ENVIRON["ENTRY"] ": not all of it was run" }' "$2"
}

end_suites() {
  local job
  for job in $(jobs -p); do
    kill -- "-$job" 2>/dev/null || kill "$job" 2>/dev/null || :
  done
  rm -rf -- "$scratch"
}

scratch=$(mktemp -d "${TMPDIR:-/tmp}/lockstep-test.XXXXXX")
trap end_suites EXIT
install_packages
npm ci --no-audit --no-fund --loglevel=error

# The slowest of the checks goes beside the others.
scripts/shellcheck.sh >"$scratch/shellcheck" 2>&1 &
shell_check=$!

shellcheck_is_content() {
  wait "$shell_check" || {
    cat -- "$scratch/shellcheck"
    return 1
  }
}

count_check 'the types hold' npx tsc --noEmit
count_check 'the linter is content' npx biome check --config-path="$PWD/.config" tasks test scripts
count_check 'every export and package is used' npx knip -c .config/knip.json
count_check 'the generated files are current' npx tsx tasks/generate.ts --check
count_check 'shfmt is content' shfmt -i 2 -ci -d scripts tasks generated test/shell test/bench test/crash

# The store once more, with the tools of busybox.
bats_files=()
for file in test/shell/*/*.bats test/shell/drivers/*/*.bats; do
  bats_files+=(":$file")
done
for file in test/shell/{snapshots/{describe,save,put-back},backups/{manifest,store,retention},verbs/backup}.bats; do
  bats_files+=("busybox:$file")
done
lanes=()
mkdir "$scratch/bats"
# Beside the others, which take about as long; what is left then, in two lanes.
start_bats
run_vitest test/unit test/sameness test/e2e
start_bats
count_check 'shellcheck is content' shellcheck_is_content
count_bats
# Last, where a log that is cut still shows it.
((${#unsteady[@]} == 0)) || printf '%s\n' '' 'Passed only when it was run again:' "${unsteady[@]}" ''
((failed == 0)) || printf '%s\n' '' 'What failed:' "${failures[@]}" ''
printf '%d passed, %d failed\n' "$passed" "$failed"
((failed == 0))
