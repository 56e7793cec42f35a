#!/usr/bin/env bash
# Measures export and import of a PostgreSQL database against what one would run
# instead.
#   test/bench/stack.sh [MEGABYTES [ROUNDS]]    500 MB, medians of 3 rounds
# BENCH_SIZE=tiny shows that it runs.
# Prints a table: what | ours | theirs | ratio | goal. The folder stands below TMPDIR.
set -euo pipefail

here=$(cd -P -- "${BASH_SOURCE[0]%/*}" && pwd)
project=${here%/test/bench}
megabytes=${1:-500} rounds=${2:-3}
[[ ${BENCH_SIZE:-} != tiny ]] || megabytes=1 rounds=1
# shellcheck source=lib.sh
source "$here/lib.sh"
# shellcheck source=../fixtures/postgres.sh
source "$project/test/fixtures/postgres.sh"

work=$(mktemp -d)
chmod 711 "$work"
trap 'cd /; stop_postgres "$work/server" || :; rm -rf "$work"' EXIT

on() { psql -X -q -At -v ON_ERROR_STOP=1 -h "$work/server/socket" -U test -d "$1" -f -; }
client() { "$1" -h "$work/server/socket" -U test "${@:2}"; }

# make_database: rows as applications have them: numbers, words, JSON.
make_database() {
  on postgres <<<'CREATE DATABASE app'
  on app <<SQL
CREATE TABLE events (id bigint PRIMARY KEY, at timestamptz NOT NULL, who text NOT NULL, what jsonb NOT NULL);
INSERT INTO events SELECT g, now() - g * interval '1 second', 'user ' || g % 1000,
  jsonb_build_object('kind', g % 17, 'note', repeat(md5(g::text), 4), 'ok', g % 2 = 0)
FROM generate_series(1, $megabytes * 3000) g;
CREATE INDEX ON events (who);
CREATE TABLE visits (id int PRIMARY KEY, page text NOT NULL);
INSERT INTO visits SELECT g, 'page ' || g % 100 FROM generate_series(1, 10000) g;
CHECKPOINT;
SQL
}

# since_last: of the newest whole one, which stays the newest.
since_last() { ours export --since last && rm -f "$work"/root/team-sync-exports/*-since-*; }
ours() { bash "$work/root/generated/$1-app.sh" --root "$work/root" --quiet --yes "${@:2}"; }
# step KEY ID...: one more sample: what these steps of the last run took together, by its report.
step() {
  local key=$1
  shift
  samples[$key]+=" $(jq '[.results[0].steps[] | select(.id | IN($ARGS.positional[])) | .seconds] | add * 10000 | round' \
    --args "$@" <"$work/root/.insightpulse/reports/latest.json")"
}
dump_gzip() { client pg_dump app | gzip >"$work/theirs.gz"; }
dump_zstd() { client pg_dump -Fc -Z0 app | zstd -q -T0 -f -o "$work/theirs.zst"; }
plain_zstd() { client pg_dump app | zstd -q -T0 -f -o "$work/plain.zst"; }
restore() {
  on postgres <<<'DROP DATABASE IF EXISTS other'
  on postgres <<<'CREATE DATABASE other'
  client pg_restore -j 2 -d other "$work/theirs.dump"
}

# bytes FILE
bytes() { wc -c <"$1" | tr -d ' '; }

start_postgres "$work/server"
cd "$work"
make_database
mkdir -p "$work/root/.insightpulse"
cat >"$work/root/.insightpulse/sync.yaml" <<END
version: "1.0"
targets:
  app:
    driver: compose_stack
    config:
      project: app
      parts: { database: { kind: postgres, database: app, url: "\${APP_DATABASE}" } }
END
export APP_DATABASE="postgresql://test@/app?host=$work/server/socket"
(cd "$project" && npx tsx tasks/generate.ts --root "$work/root" >/dev/null)
client pg_dump -Fc -Z0 -f "$work/theirs.dump" app

for ((round = 0; round < rounds; round++)); do
  rm -rf "$work"/root/team-sync-exports
  timed 'gzip' dump_gzip
  timed 'zstd' dump_zstd
  timed 'export' ours export
  step 'write' dump_parts write_archive
  timed 'unchanged' since_last
  on app <<<"UPDATE visits SET page = 'round $round' WHERE id % 10 = 0"
  timed 'changed' since_last
  timed 'restore' restore
  timed 'import' ours import
  step 'load' load_parts
  step 'away' stop_services switch_parts take_files start_services
done
plain_zstd
archive=$(find "$work/root/team-sync-exports" -maxdepth 1 -type f | LC_ALL=C sort | sed -n 1p)
printf '%-58s | %11s | %11s | %6s | %s\n' "$megabytes MB of rows, $rounds rounds" 'ours' 'theirs' 'ratio' 'goal'
row 'export, with counts and checks: pg_dump | gzip' 'export' 'gzip' '0.33 x'
row 'export, with counts and checks: pg_dump -Fc -Z0 | zstd' 'export' 'zstd' '1.1 x'
row '  of it dump, counts, checks and archive' 'write' 'zstd' '1.1 x'
row 'export --since last, unchanged: export' 'unchanged' 'export' '0.2 x'
row 'export --since last, a small table changed: export' 'changed' 'export' '0.5 x'
row 'import, with an export first: pg_restore -j 2' 'import' 'restore'
row '  of it loading, ANALYZE and comparing' 'load' 'restore' '1.2 x'
row '  of it the time in which the stack does not answer' 'away' ''
awk -v ours="$(bytes "$archive")" -v theirs="$(bytes "$work/plain.zst")" \
  'BEGIN { printf "%-58s | %11d | %11d | %6.2f | at most 1.0 x%s\n", "bytes of the archive: pg_dump | zstd", ours, theirs, ours / theirs, (ours > theirs ? ": MISSED" : "") }'
