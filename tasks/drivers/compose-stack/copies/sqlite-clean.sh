# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# A copy of a SQLite database by the rules: a new file, into which nothing but what the rules
# make is ever written. In one that is changed in place, free pages would still hold what it was.

# stack_sqlite_sanitise FOLDER
stack_sqlite_sanitise() {
  stack_sqlite_catalog "$1"
  stack_plan_copies "$1"
  stack_sqlite_require_json "$1"
  stack_make_key
  stack_sqlite_hash "$1"
  stack_sqlite_ask "$1" source.sqlite "$1/before.sql" stack_sqlite_beginning
  stack_sqlite_ask "$1" source.sqlite "$1/after.sql" stack_sqlite_ending
  stack_sqlite_ask "$1" made.sqlite /dev/null cat -- "$1/before.sql"
  stack_sqlite_ask "$1" source.sqlite /dev/null stack_sqlite_rows "$1"
  stack_sqlite_compare "$1"
  stack_sqlite_ask "$1" made.sqlite "$1/quiet.sql" stack_sqlite_quieten
  stack_sqlite_ask "$1" made.sqlite /dev/null cat -- "$1/quiet.sql"
  stack_sqlite_ask "$1" made.sqlite /dev/null cat -- "$1/after.sql"
  stack_sqlite_judge "$1"
  stack_sqlite_originals "$1"
  stack_sqlite_print "$1"
  stack_prove_clean "$1" "$1/schema" 'the text of the schema' "$1/raw" 'the file'
  mv -- "$1/made.sqlite" "$stack_out/$part.sqlite"
}

# stack_sqlite_require_json FOLDER: of what is no JSON no text could be looked for.
stack_sqlite_require_json() {
  local wrong
  [[ -s $1/objects ]] || return 0
  stack_sqlite_ask "$1" source.sqlite "$1/no-json" stack_sqlite_no_json "$1/objects"
  wrong=$(paste -s -d ';' - <"$1/no-json")
  [[ -z $wrong ]] || stack_fail "${wrong//;/; }: mend them, or take another rule than json" 4
}

# stack_sqlite_no_json FILE: SQL for a line of each column of its queries that holds such.
stack_sqlite_no_json() {
  local query name
  printf '.mode list\n'
  while IFS=$'\t' read -r query name; do
    printf "SELECT '%s has ' || count(*) || ' values that are no JSON' FROM (%s) WHERE x IS NOT NULL AND trim(CAST(x AS TEXT)) <> '' AND NOT json_valid(x) HAVING count(*) > 0;\n" \
      "${name//\'/\'\'}" "$query"
  done <"$1"
}

# stack_sqlite_beginning: SQL for the SQL that makes the tables, in a file that is like this one.
stack_sqlite_beginning() {
  stack_sqlite_tables
  cat <<'SQL'
SELECT 'PRAGMA page_size = ' || page_size || ';' FROM pragma_page_size;
SELECT 'PRAGMA auto_vacuum = ' || auto_vacuum || ';' FROM pragma_auto_vacuum;
SELECT 'PRAGMA application_id = ' || application_id || ';' FROM pragma_application_id;
SELECT 'PRAGMA user_version = ' || user_version || ';' FROM pragma_user_version;
SELECT 'BEGIN;';
SELECT made FROM making JOIN tables USING (name) WHERE type = 'table' AND module = '' ORDER BY turn;
-- The table of its numbers stays when this one is gone.
SELECT 'CREATE TABLE lockstep_sequence (n INTEGER PRIMARY KEY AUTOINCREMENT);' || char(10) || 'DROP TABLE lockstep_sequence;' FROM sqlite_master
  WHERE name = 'sqlite_sequence';
SELECT 'COMMIT;';
SQL
}

# stack_sqlite_ending: SQL for the SQL of what is made of the rows: indexes, and an index of
# words where the words stand in a table of their own; and of what would act on them.
stack_sqlite_ending() {
  stack_sqlite_tables
  cat <<'SQL'
SELECT 'BEGIN;';
SELECT made FROM making WHERE type = 'index' AND tbl_name IN (SELECT name FROM tables) ORDER BY turn;
-- The words of an index may come from a view.
SELECT made FROM making WHERE type = 'view' ORDER BY turn;
SELECT made FROM making JOIN tables USING (name) WHERE type = 'table' AND module <> '' ORDER BY turn;
SELECT 'INSERT INTO "' || replace(name, '"', '""') || '" ("' || replace(name, '"', '""') || '") VALUES (''rebuild'');' FROM tables
  WHERE module GLOB 'fts*' AND words = 'table';
SELECT made FROM making WHERE type = 'trigger' ORDER BY turn;
SELECT 'COMMIT;';
SELECT 'ANALYZE;' FROM sqlite_master WHERE name = 'sqlite_stat1';
SQL
}

# stack_sqlite_rows FOLDER: SQL that fills the tables.
stack_sqlite_rows() {
  local table columns values
  printf "ATTACH 'made.sqlite' AS made;\nATTACH 'hashes.sqlite' AS lockstep;\nBEGIN;\n"
  while IFS=$'\t' read -r _ table columns values _; do
    printf 'INSERT INTO made.%s (%s) SELECT %s FROM %s;\n' "${table#main.}" "$columns" "$values" "$table"
  done <"$1/copies"
  if grep -q '^CREATE TABLE lockstep_sequence ' "$1/before.sql"; then
    printf '%s\n' 'DELETE FROM made.sqlite_sequence;' 'INSERT INTO made.sqlite_sequence SELECT * FROM main.sqlite_sequence;'
  fi
  printf 'COMMIT;\n'
}

# stack_sqlite_hash FOLDER: FOLDER/hashes.sqlite: what is looked up, and its hash, which is the
# one that PostgreSQL makes. SQLite has none of that kind: many files are hashed at once.
stack_sqlite_hash() {
  local at=0 all
  stack_sqlite_ask "$1" hashes.sqlite /dev/null printf '%s\n' \
    'CREATE TABLE sought (n INTEGER PRIMARY KEY, v TEXT NOT NULL UNIQUE);' 'CREATE TABLE digests (n INTEGER PRIMARY KEY, h TEXT);' \
    'CREATE TABLE hashes (v TEXT PRIMARY KEY, h TEXT) WITHOUT ROWID;'
  [[ -s $1/hashed ]] || return 0
  stack_sqlite_ask "$1" source.sqlite "$1/sought" stack_sqlite_sought "$1/hashed"
  all=$(<"$1/sought")
  : >"$1/digests"
  while ((at < all)); do
    rm -rf -- "$1/hash"
    mkdir -- "$1/hash"
    stack_sqlite_ask "$1" hashes.sqlite /dev/null printf "SELECT writefile(printf('hash/%%09d', n), CAST('%s' || v AS BLOB)) FROM sought WHERE n > %s AND n <= %s;\n" \
      "$(<"$stack_scratch/key")" "$at" "$((at + 10000))"
    (cd -- "$1/hash" && printf '%s\0' [0-9]* | hash_files) | tr '0123456789abcdef' 'ghjkmnpqrstvwxyz' |
      awk -v at="$at" '{ print at + NR "\t" $0 }' >>"$1/digests"
    at=$((at + 10000))
  done
  rm -rf -- "$1/hash"
  stack_sqlite_ask "$1" hashes.sqlite "$1/hashes" printf '%s\n' '.mode ascii' '.separator "\t" "\n"' '.import digests digests' \
    'INSERT INTO hashes SELECT v, h FROM sought JOIN digests USING (n) WHERE length(h) = 64;' '.mode list' 'SELECT count(*) FROM hashes;'
  [[ $(<"$1/hashes") == "$all" ]] || stack_fail 'not all hashes could be made'
}

# stack_sqlite_sought FILE: SQL that puts what its queries give into hashes.sqlite, each once.
stack_sqlite_sought() {
  local query
  printf "ATTACH 'hashes.sqlite' AS lockstep;\nBEGIN;\n"
  while IFS= read -r query; do
    printf 'INSERT OR IGNORE INTO lockstep.sought (v) WITH found(x) AS (%s) SELECT CAST(x AS TEXT) FROM found WHERE x IS NOT NULL;\n' "$query"
  done <"$1"
  printf 'COMMIT;\nSELECT count(*) FROM lockstep.sought;\n'
}

# stack_sqlite_compare FOLDER: has each table the rows that it had? One may replace others by
# its own rules.
stack_sqlite_compare() {
  cut -f 6 "$1/copies" | jq -Rc . | jq -cs . >"$1/copied.json"
  stack_sqlite_counts "$1/source.sqlite" >"$1/counts"
  stack_sqlite_counts "$1/made.sqlite" >"$1/counts.made"
  jq -ne --slurpfile had "$1/counts" --slurpfile has "$1/counts.made" --slurpfile names "$1/copied.json" \
    '$names[0] as $names | def of_copied: map(select(.[0] as $name | $names | any(. == $name))); ($had | of_copied) == ($has | of_copied)' >/dev/null ||
    stack_fail 'the copy lacks rows, where a table replaces what is equal: take hash or keep for what has to differ there'
}

# stack_sqlite_quieten: SQL for the SQL by which no workflow of n8n acts, as stack_postgres_quieten.
stack_sqlite_quieten() {
  cat <<'SQL'
.mode list
CREATE TEMP VIEW acting AS SELECT '"' || replace(t.name, '"', '""') || '"' AS name, c.name AS "column",
    t.name GLOB 'workflow_entity' OR t.name GLOB '*_workflow_entity' AS is_workflow, t.name GLOB 'execution_entity' OR t.name GLOB '*_execution_entity' AS is_execution,
    t.name GLOB 'webhook_entity' OR t.name GLOB '*_webhook_entity' AS is_webhook
  FROM sqlite_master AS t, pragma_table_xinfo(t.name, 'main') AS c WHERE t.type = 'table';
SELECT 'UPDATE ' || name || ' SET active = 0;' FROM acting WHERE is_workflow AND "column" = 'active';
SELECT 'UPDATE ' || name || ' SET "activeVersionId" = NULL;' FROM acting WHERE is_workflow AND "column" = 'activeVersionId';
SELECT 'UPDATE ' || name || ' SET "waitTill" = NULL;' FROM acting WHERE is_execution AND "column" = 'waitTill';
SELECT DISTINCT 'DELETE FROM ' || name || ';' FROM acting WHERE is_webhook;
SQL
}

# stack_sqlite_judge FOLDER: is the copy whole, and does it hold together as the source does?
stack_sqlite_judge() {
  local orphans
  stack_sqlite_check "$1/made.sqlite"
  orphans=$(stack_sqlite_orphans "$1/made.sqlite")
  ((orphans <= $(stack_sqlite_orphans "$1/source.sqlite"))) ||
    stack_fail "$orphans rows of the copy reference what is not there any more: give both columns the same rule" 4
  stack_sqlite_note "$1/made.sqlite"
}

# stack_sqlite_orphans FILE: print how many rows reference nothing; of a table of which it cannot
# be told, none.
stack_sqlite_orphans() {
  local tables=$run_dir/work/referencing.$part name
  stack_sqlite "$1" >"$tables" <<<"SELECT DISTINCT quote(t.name) FROM sqlite_master AS t, pragma_foreign_key_list(t.name) WHERE t.type = 'table';"
  while IFS= read -r name <&3; do
    stack_sqlite "$1" <<<"SELECT count(*) FROM pragma_foreign_key_check($name);" 2>/dev/null || :
  done 3<"$tables" | awk '{ all += $1 } END { print all + 0 }'
}
