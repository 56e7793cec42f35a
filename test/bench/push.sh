#!/usr/bin/env bash
# Measures a push of a 100 KB prompt into the database of an Open WebUI of 1 GB:
# the run without its backup against sqlite3 alone, and the backup, which is
# checked, against .backup.
#   test/bench/push.sh [ROUNDS]    medians of ROUNDS (default 9); contenders take turns in each round
# Prints a table: what | ours | theirs | ratio | goal. The folder stands below TMPDIR and takes 4 GB.
# BENCH_SIZE=tiny shows that it runs.
set -euo pipefail

here=$(cd -P -- "${BASH_SOURCE[0]%/*}" && pwd)
project=${here%/test/bench}
rounds=${1:-9} megabytes=1000
[[ ${BENCH_SIZE:-} != tiny ]] || rounds=1 megabytes=1
# shellcheck source=lib.sh
source "$here/lib.sh"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root
mkdir -p "$root/.insightpulse"
cat >"$root/.insightpulse/sync.yaml" <<'END'
version: "1.0"
targets:
  inna:
    driver: open_webui
    direction: push
    config: { database: webui.db, model: inna, system_prompt: prompt.md, metadata: metadata.json }
END
(cd "$project" && npx tsx tasks/generate.ts --root "$root" >/dev/null 2>&1)

cd "$root"
sqlite3 webui.db <"$project/test/fixtures/open-webui/v0.10.2-fresh.sqlite.sql"
sqlite3 webui.db >/dev/null <<END
PRAGMA journal_mode = WAL;
INSERT INTO model (id, user_id, name, meta, params, created_at, updated_at, is_active)
  VALUES ('inna', 'u', 'Inna', '{}', '{"system":"x"}', 1, 1, 1);
CREATE TABLE bulk AS
  WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $megabytes)
  SELECT i, randomblob(1000000) AS bytes FROM n;
PRAGMA wal_checkpoint(TRUNCATE);
END
printf '{"name":"Inna","meta":{},"params":{}}\n' >metadata.json
base64 -w 80 <(head -c 75000 /dev/urandom) >prompt.md

# The same program, with and without the one step.
sed '/^  step back_up /d' generated/sync-inna.sh >"$work/without.sh"
grep -q '^  step back_up ' generated/sync-inna.sh

edit() { printf 'round %s of %s\n' "$1" "$2" >>prompt.md; }
without() { bash "$work/without.sh" --root "$root" --quiet; }
bare() { sqlite3 webui.db "UPDATE model SET params = json_set(params, '\$.system', CAST(readfile('prompt.md') AS TEXT)) WHERE id = 'inna'"; }
with() { bash generated/sync-inna.sh --root "$root" --quiet; }
their_backup() { sqlite3 webui.db ".backup $work/copy"; }
# Their backup and the rest of our run, one after the other.
both() { their_backup && without; }

edit 0 start
with
sync
printf '%-58s | %11s | %11s | %6s | %s\n' 'what' 'ours' 'theirs' 'ratio' 'goal'
for ((round = 1; round <= rounds; round++)); do
  edit "$round" bare
  timed bare bare
  edit "$round" ours
  timed without without
done
for ((round = 1; round <= (rounds + 2) / 3; round++)); do
  edit "$round" both
  warm_up webui.db
  timed both both
  rm -rf "$work/copy" .insightpulse/backups
  edit "$round" with
  warm_up webui.db
  timed with with
done
row 'a push of 100 KB without its backup: sqlite3 alone' without bare '60 ms more'
row 'with the backup and its check: .backup, then without' with both '1.4 x'
