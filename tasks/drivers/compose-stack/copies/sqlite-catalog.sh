# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# What a SQLite database is made of, as the lines that stack_sanitise_catalog has of a
# PostgreSQL one, and what its rules become.

# stack_sqlite_catalog FOLDER [HOW]: a copy of the file, FOLDER/source.sqlite, and its catalogue.
stack_sqlite_catalog() {
  local size
  if [[ ${2:-} == meanwhile ]]; then
    stack_check_ignored
    size=$(stack_sqlite_look)
    stack_check_room "$size"
  fi
  stack_sqlite_take "$1/source.sqlite" "${2:-}"
  [[ ${2:-} == meanwhile ]] || stack_sqlite_check "$1/source.sqlite"
  stack_sqlite_ask "$1" source.sqlite "$1/encoding" printf 'PRAGMA encoding;\n'
  [[ $(<"$1/encoding") == UTF-8 ]] ||
    stack_fail "its texts are in $(<"$1/encoding"), and only those in UTF-8 are looked through: write it anew with sqlite3 FILE .dump | sqlite3 NEW" 4
  stack_sqlite_ask "$1" source.sqlite "$1/catalog" stack_sqlite_lines
}

# stack_sqlite_let_go FOLDER
stack_sqlite_let_go() {
  rm -f -- "$1/source.sqlite"
}

# stack_sqlite_ask FOLDER DATABASE OUT COMMAND...: the SQL that COMMAND prints, run there; to OUT.
stack_sqlite_ask() {
  "${@:4}" >"$1/ask"
  stack_call "$3" stack_sqlite_within "$1" "$2" <"$1/ask"
}

# stack_sqlite_within FOLDER DATABASE: run what standard input says, in FOLDER, so that no
# name of a folder stands in SQL. What an old schema writes in double quotes may be a text.
stack_sqlite_within() (
  cd -- "$1" || exit 1
  {
    printf '%s\n' '.output /dev/null' '.dbconfig dqs_ddl on' '.dbconfig dqs_dml on' \
      'PRAGMA foreign_keys = OFF;' 'PRAGMA secure_delete = ON;' .output
    cat
  } | stack_sqlite "$2"
)

# stack_sqlite_tables: SQL for two views: what makes all that is in the database; and the
# tables, with the module of a virtual one. The tables in which a virtual one keeps what it
# holds come with it, and are not among them.
stack_sqlite_tables() {
  cat <<'SQL'
.mode list
.separator "\t" "\n"
-- A comment may be the last of it.
CREATE TEMP VIEW making AS SELECT rowid AS turn, type, name, tbl_name, sql || CASE WHEN instr(sql, '--') THEN char(10) ELSE '' END || ';' AS made
  FROM sqlite_master WHERE sql IS NOT NULL;
CREATE TEMP VIEW every AS SELECT name, CASE WHEN text NOT LIKE 'create virtual %' THEN '' WHEN text GLOB '*using fts[345]*' THEN substr(text, instr(text, 'using fts') + 6, 4)
    WHEN text GLOB '*using rtree*' THEN 'rtree' ELSE 'other' END AS module,
  CASE WHEN dense NOT LIKE '%content=%' THEN '' WHEN dense LIKE '%content=''''%' OR dense LIKE '%content=""%' THEN 'nowhere' ELSE 'table' END AS words
  FROM (SELECT name, text, replace(text, ' ', '') AS dense
    FROM (SELECT name, replace(replace(lower(sql), char(10), ' '), char(9), ' ') AS text FROM main.sqlite_master WHERE type = 'table' AND substr(name, 1, 7) <> 'sqlite_'));
CREATE TEMP VIEW tables AS SELECT name, module, words FROM every WHERE lower(name) NOT IN (
  SELECT lower(name || '_' || ending) FROM every AS v JOIN (SELECT 'fts3' AS of, 'content' AS ending UNION VALUES ('fts3', 'segments'), ('fts3', 'segdir'),
    ('fts4', 'content'), ('fts4', 'segments'), ('fts4', 'segdir'), ('fts4', 'docsize'), ('fts4', 'stat'), ('fts5', 'content'), ('fts5', 'data'), ('fts5', 'idx'),
    ('fts5', 'docsize'), ('fts5', 'config'), ('rtree', 'node'), ('rtree', 'rowid'), ('rtree', 'parent'))
  ON of = v.module WHERE NOT (ending = 'content' AND v.words <> ''));
SQL
}

# stack_sqlite_lines: SQL for the lines of the catalogue.
stack_sqlite_lines() {
  stack_sqlite_tables
  cat <<'SQL'
CREATE TEMP VIEW columns AS SELECT t.name AS "table", c.*, CASE WHEN type LIKE '%JSON%' THEN 'json' WHEN type LIKE '%INT%' THEN 'integer'
    WHEN type = '' OR type LIKE '%CHAR%' OR type LIKE '%CLOB%' OR type LIKE '%TEXT%' THEN 'text' WHEN type LIKE '%BLOB%' THEN 'blob'
    WHEN type LIKE '%REAL%' OR type LIKE '%FLOA%' OR type LIKE '%DOUB%' THEN 'real' WHEN type LIKE '%BOOL%' THEN 'boolean'
    WHEN type LIKE '%DATE%' OR type LIKE '%TIME%' THEN 'timestamp' WHEN type LIKE '%NUMERIC%' OR type LIKE '%DECIMAL%' THEN 'numeric'
    WHEN type LIKE 'UUID%' THEN 'uuid' ELSE 'text' END AS its_type
  FROM tables AS t, pragma_table_xinfo(t.name, 'main') AS c WHERE t.module = '' ORDER BY t.name, c.cid;
SELECT 'refuse', 'the name ' || quote(name) || ' has a character that cannot be written into rules' FROM (SELECT name FROM tables UNION SELECT name FROM columns)
  WHERE name GLOB '*[' || char(1) || '-' || char(31) || char(127) || ']*';
SELECT 'refuse', 'main.' || name || ' is a virtual table of a kind that sqlite3 here cannot make: drop it in a copy of the file, or in the file'
  FROM tables WHERE module <> '' AND module NOT IN (SELECT name FROM pragma_module_list);
SELECT 'references', 'main.' || t.name, mine.name, 'main.' || p.name, its.name
  FROM tables AS t JOIN pragma_foreign_key_list(t.name, 'main') AS f JOIN tables AS p ON lower(p.name) = lower(f."table")
  JOIN columns AS mine ON mine."table" = t.name AND lower(mine.name) = lower(f."from")
  JOIN columns AS its ON its."table" = p.name AND (lower(its.name) = lower(f."to") OR f."to" IS NULL AND its.pk = f.seq + 1);
SELECT 'column', 'main."' || replace("table", '"', '""') || '"', 'main.' || "table", name, '"' || replace(name, '"', '""') || '"', its_type, 0,
  "notnull" OR pk > 0 AND upper(type) = 'INTEGER', hidden > 1,
  pk > 0 OR EXISTS (SELECT 1 FROM pragma_index_list("table", 'main') AS i JOIN pragma_index_xinfo(i.name, 'main') AS x WHERE i."unique" AND x.key AND (x.cid = c.cid
    OR x.cid = -2 AND instr(lower((SELECT sql FROM sqlite_master WHERE type = 'index' AND name = i.name)), lower(c.name)))), 'r', 0, 'main', "table", 'b'
  FROM columns AS c;
SELECT 'column', 'main."' || replace(name, '"', '""') || '"', 'main.' || name, '*', '"*"', 'text', 0, 0, 0, 0, 'v', 0, 'main', name, 'b'
  FROM tables WHERE module <> '' ORDER BY name;
SELECT 'end';
SQL
}

# stack_sqlite_samples FOLDER: what the first thousand values of a text column look like:
# table, column, email, phone, uuid or json; and of another column that it holds text.
stack_sqlite_samples() {
  stack_sqlite_ask "$1" source.sqlite "$1/sampling" stack_sqlite_sampling
  stack_sqlite_ask "$1" source.sqlite "$1/samples" cat -- "$1/sampling"
}

stack_sqlite_sampling() {
  stack_sqlite_lines | sed '/^SELECT .refuse/,$d'
  cat <<'SQL'
SELECT '.mode list' || char(10) || '.separator "\t" "\n"';
SELECT 'SELECT ''main.'' || ' || quote("table") || ', ' || quote(name) || ', CASE WHEN mails * 2 > every THEN ''email'' WHEN phones * 2 > every THEN ''phone''
  WHEN ids * 2 > every THEN ''uuid'' WHEN objects * 2 > every THEN ''json'' END AS looks
FROM (SELECT count(*) AS every, sum(v LIKE ''%_@_%._%'' AND NOT instr(v, '' '')) AS mails,
  sum(length(v) > 7 AND v GLOB ''[+(0-9]*[0-9]'' AND NOT v GLOB ''*[^0-9 ()./+-]*'' AND NOT v GLOB ''[12][0-9][0-9][0-9]-[01][0-9]-*'') AS phones,
  sum(length(v) IN (32, 36) AND NOT v GLOB ''*[^0-9A-Fa-f-]*'') AS ids, sum(CASE WHEN json_valid(v) THEN json_type(v) IN (''object'', ''array'') ELSE 0 END) AS objects
  FROM (SELECT CAST("' || replace(name, '"', '""') || '" AS TEXT) AS v FROM main."' || replace("table", '"', '""') || '" WHERE "' || replace(name, '"', '""') || '" IS NOT NULL LIMIT 1000))
WHERE looks IS NOT NULL;' FROM columns WHERE its_type = 'text';
SELECT 'SELECT ''main.'' || ' || quote("table") || ', ' || quote(name) || ', ''text'' WHERE EXISTS (SELECT 1 FROM (SELECT "' || replace(name, '"', '""') ||
  '" AS v FROM main."' || replace("table", '"', '""') || '" LIMIT 1000) WHERE typeof(v) = ''text'' AND (NOT v GLOB ''[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]*'' OR v GLOB ''*[^0-9:.+TZ -]*''));'
FROM columns WHERE its_type IN ('integer', 'real', 'boolean', 'timestamp', 'numeric');
SELECT 'SELECT ''end'';';
SQL
}

# stack_sqlite_planning: the awk of stack_plan_copies that knows SQLite: a column can hold
# anything, whatever its type says. Of a number or a time, what is no such thing is looked
# for; of JSON each text in it. What has a NUL is no text.
stack_sqlite_planning() {
  cat <<'AWK'
    function is_json() { return type ~ /^(json|text)$/ }
    function here() { return table "." column }
    function typed(sql) { return type == "json" ? "json(" sql ")" : sql }
    function originals(which) {
      which = type ~ ENVIRON["plain_types"] ? " AND typeof(x) IN ('text', 'blob') AND (NOT x GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]*' OR x GLOB '*[^0-9:.+TZ -]*')" : ""
      if (mine == "json") print filled("SELECT {c} AS x FROM {t}") OFS root ": " name > (folder "/objects")
      return "SELECT j.atom FROM (SELECT x FROM (SELECT " (mine == "json" ? masked[root, name] : "{c}") " AS x FROM {t}) WHERE NOT instr(CAST(x AS BLOB), x'00')" which ") AS o, " \
        "json_tree(CASE CASE WHEN json_valid(o.x) THEN json_type(o.x) END WHEN 'object' THEN o.x WHEN 'array' THEN o.x " \
        "WHEN 'text' THEN json_array(CAST(o.x AS TEXT), json(o.x)) ELSE json_array(CAST(o.x AS TEXT)) END) AS j WHERE j.type = 'text'"
    }
AWK
}
