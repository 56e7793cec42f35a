# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# Open WebUI in SQLite.

# sqlite_use FILE
sqlite_use() {
  engine=sqlite
  database=$1
  [[ $1 == /* ]] || database=$root/$1
  [[ ! -d $database ]] || die 2 "database $database: is a folder"
}

# The model's row. Where the table has no access_control, the name finds the one
# of the outer query.
sqlite_row="SELECT (SELECT json_object('id', id, 'user_id', user_id,
  'base_model_id', base_model_id, 'name', name, 'params', params, 'meta', meta,
  'created_at', created_at, 'updated_at', updated_at, 'is_active', is_active,
  'access_control', access_control) FROM model WHERE id = :model) AS row
  FROM (SELECT NULL AS access_control) WHERE EXISTS (SELECT 1 FROM model WHERE id = :model);"

# sqlite_read_row: print it.
sqlite_read_row() {
  sqlite_on "$database" -readonly model="$model" <<<"$sqlite_row"
}

sqlite_read_ids() {
  sqlite_on "$database" -readonly <<<'SELECT id FROM model ORDER BY id;'
}

# sqlite_write_row ROW WANTED: write what WANTED has (a line each for params,
# meta and name as JSON; an empty one stays) if the row is still as in ROW.
# Prints the number of rows written.
sqlite_write_row() {
  sqlite_on "$database" row="$1" wanted="$2" <<'SQL'
CREATE TEMP TABLE given AS
  SELECT row, line1, substr(rest, 1, instr(rest, char(10)) - 1) AS line2,
    rtrim(substr(rest, instr(rest, char(10)) + 1), char(10)) AS line3
  FROM (SELECT row, substr(wanted, 1, instr(wanted, char(10)) - 1) AS line1,
    substr(wanted, instr(wanted, char(10)) + 1) AS rest
    FROM (SELECT CAST(readfile(:row) AS TEXT) AS row,
      coalesce(CAST(readfile(:wanted) AS TEXT), '') AS wanted));
BEGIN IMMEDIATE;
UPDATE model SET
  params = (SELECT coalesce(nullif(line1, ''), params) FROM given),
  meta = (SELECT coalesce(nullif(line2, ''), meta) FROM given),
  name = (SELECT coalesce(json_extract(nullif(line3, ''), '$'), name) FROM given),
  updated_at = CAST(strftime('%s', 'now') AS INTEGER)
WHERE EXISTS (SELECT 1 FROM given WHERE model.id = json_extract(row, '$.id')
  AND params IS json_extract(row, '$.params')
  AND meta IS json_extract(row, '$.meta')
  AND name IS json_extract(row, '$.name')
  AND updated_at IS json_extract(row, '$.updated_at'));
SELECT changes();
COMMIT;
SQL
}

# sqlite_put_row ROW WANTED: make the model as in ROW; with WANTED only if it
# still has what that wrote. Prints the number of rows written.
sqlite_put_row() {
  local column columns assignments=''
  columns=$(sqlite_on "$database" -readonly <<<"SELECT name FROM pragma_table_info('model') ORDER BY name;") || return 1
  for column in $columns; do
    case $column in
      user_id | base_model_id | name | params | meta | created_at | updated_at | is_active | access_control)
        assignments+="${assignments:+, }$column = (SELECT json_extract(row, '\$.$column') FROM given)"
        ;;
      *) ;;
    esac
  done
  sqlite_on "$database" row="$1" wanted="$2" <<SQL
CREATE TEMP TABLE given AS
  SELECT row, line1, substr(rest, 1, instr(rest, char(10)) - 1) AS line2,
    rtrim(substr(rest, instr(rest, char(10)) + 1), char(10)) AS line3
  FROM (SELECT row, substr(wanted, 1, instr(wanted, char(10)) - 1) AS line1,
    substr(wanted, instr(wanted, char(10)) + 1) AS rest
    FROM (SELECT CAST(readfile(:row) AS TEXT) AS row,
      coalesce(CAST(readfile(:wanted) AS TEXT), '') AS wanted));
BEGIN IMMEDIATE;
UPDATE model SET $assignments
WHERE EXISTS (SELECT 1 FROM given WHERE model.id = json_extract(row, '\$.id') AND (:wanted = '' OR (
  params IS coalesce(nullif(line1, ''), json_extract(row, '\$.params'))
  AND meta IS coalesce(nullif(line2, ''), json_extract(row, '\$.meta'))
  AND name IS coalesce(json_extract(nullif(line3, ''), '\$'), json_extract(row, '\$.name')))));
SELECT changes();
COMMIT;
SQL
}

# What status asks. Each fails with what sqlite3 says.

sqlite_reach() {
  [[ -e $database ]] || {
    printf 'unable to open\n' >&2
    return 1
  }
  sqlite_on "$database" -readonly <<<'SELECT count(*) FROM sqlite_master;'
}

sqlite_integrity() {
  local verdict
  verdict=$(sqlite_on "$database" -readonly <<<'PRAGMA quick_check(1);') || return 1
  [[ $verdict == ok ]] || {
    printf 'malformed: %s\n' "$verdict" >&2
    return 1
  }
  printf 'ok\n'
}

sqlite_try_lock() {
  sqlite_on "$database" <<<'BEGIN IMMEDIATE; ROLLBACK;'
}

sqlite_schema() {
  sqlite_on "$database" -readonly <<'SQL'
SELECT id, name, params, meta, updated_at FROM model WHERE 0;
SELECT iif(EXISTS (SELECT 1 FROM pragma_table_info('model') WHERE name = 'access_control'),
    'before v0.8, access_control', 'v0.8 or newer, access_grant') ||
  iif(EXISTS (SELECT 1 FROM pragma_table_info('config') WHERE name = 'data'),
    ', one config', ', config by keys');
SQL
}
