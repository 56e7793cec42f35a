# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# What is known of a database, and the rows of each table.

# What has rows of its own, and is no extension's.
stack_postgres_tables="(relkind = 'r' OR relkind = 'm' AND relispopulated) AND nspname !~ '^pg_' AND nspname <> 'information_schema'"
stack_postgres_own="NOT EXISTS (SELECT 1 FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = c.oid AND deptype = 'e')"
# Whose data pg_dump takes: not what an extension made, unless it says so.
stack_postgres_dumped="($stack_postgres_own OR EXISTS (SELECT 1 FROM pg_extension WHERE c.oid = ANY (extconfig)))"

# stack_postgres_facts: SQL for one line of JSON about the server and the database.
stack_postgres_facts() {
  cat <<'SQL'
SELECT json_build_object('database', current_database(), 'bytes', pg_database_size(current_database()),
  'version', current_setting('server_version'), 'major', current_setting('server_version_num')::int / 10000,
  'encoding', pg_encoding_to_char(d.encoding), 'collate', d.datcollate, 'ctype', d.datctype, 'owner', pg_get_userbyid(d.datdba),
  'schemas', (SELECT coalesce(json_agg(nspname ORDER BY nspname), '[]') FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'),
  'extensions', (SELECT json_object_agg(extname, extversion ORDER BY extname) FROM pg_extension),
  'roles', (SELECT coalesce(json_agg(DISTINCT name), '[]') FROM (
    SELECT pg_get_userbyid(refobjid) FROM pg_shdepend WHERE refclassid = 'pg_authid'::regclass AND dbid = d.oid
    UNION SELECT pg_get_userbyid(relowner) FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
      WHERE nspname !~ '^pg_' AND nspname <> 'information_schema') AS owners(name)),
  'settings', (SELECT coalesce(json_agg(json_build_array(split_part(each, '=', 1), substr(each, strpos(each, '=') + 1))), '[]')
    FROM pg_db_role_setting, unnest(setconfig) AS each WHERE setdatabase = d.oid AND setrole = 0))
FROM pg_database d WHERE datname = current_database();
SQL
}

# stack_postgres_counts: SQL, for within a transaction, for a line of JSON for each
# table: schema, name, rows.
stack_postgres_counts() {
  stack_postgres_each "SELECT format('SELECT json_build_array(%L, %L, count(*)) FROM ONLY %I.%I', nspname, relname, nspname, relname)
    FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
    WHERE $stack_postgres_tables AND $stack_postgres_own ORDER BY nspname, relname"
}

# stack_postgres_each QUERY: SQL that runs what QUERY gives, of any number of tables. A
# server has few locks; what goes back gives them back.
stack_postgres_each() {
  cat <<SQL
SELECT CASE WHEN turn % 200 = 1 THEN 'SAVEPOINT counted' END, statement,
  CASE WHEN turn % 200 = 0 THEN 'ROLLBACK TO counted' END, CASE WHEN turn % 200 = 0 THEN 'RELEASE counted' END
FROM (SELECT row_number() OVER () AS turn, statement FROM ($1) AS asked(statement)) AS turns
ORDER BY turn
\\gexec
SQL
}

# stack_postgres_check FILE: it can be listed, and the schemas are in it.
stack_postgres_check() {
  local schema list=$run_dir/work/list.$part
  stack_pg pg_restore --list <"$1" >"$list" 2>"$list.complaint" ||
    stack_fail "the dump cannot be read: $(tail -n 1 -- "$list.complaint")"
  while IFS= read -r schema; do
    [[ -z $schema || $schema == public ]] || grep -qF " SCHEMA - $schema " "$list" ||
      stack_fail "there is no schema $schema in the database $part_database"
  done <<<"$part_schemas"
}

# stack_postgres_note LINES FACTS: what is known of it, as one object.
stack_postgres_note() {
  # Those that are not counted belong to an extension.
  sed '$d' "$1" | jq -cs '(.[1:] | map(select(.[5] != false) | .[:3])) as $counts |
    .[0] + {tables: ($counts | length), rows: ($counts | map(.[2]) | add // 0), counts: $counts}' >"$2"
}

stack_postgres_facts_and_counts() {
  stack_postgres_facts
  stack_postgres_counts
}
