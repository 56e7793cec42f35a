# shellcheck shell=bash
# shellcheck disable=SC2154 # variables are shared between the parts
# What was masked in a SQLite database, and what was made of it, as lines that can be compared.

# stack_sqlite_originals FOLDER: FOLDER/originals, as stack_copy_originals has them.
stack_sqlite_originals() {
  : >"$1/originals"
  [[ -s $1/masked ]] || return 0
  stack_sqlite_ask "$1" source.sqlite "$1/found" stack_sqlite_told "$1/masked"
  LC_ALL=C sort -u -T "$1" "$1/found" >"$1/originals" || stack_fail 'the originals could not be sorted'
}

# stack_sqlite_told FILE: SQL for what its queries give: as it is, as JSON and as SQL write it.
stack_sqlite_told() {
  local query form escaped
  while IFS= read -r query; do
    for form in v "substr(json_quote(v), 2, length(json_quote(v)) - 2)" "replace(v, '''', '''''')"; do
      stack_sqlite_escape escaped "$form"
      printf "WITH found(v) AS (%s) SELECT DISTINCT %s FROM found WHERE length(v) >= 6 AND (v GLOB '*[0-9@ ]*' OR length(v) >= 8) AND trim(v, 'x') <> '';\n" \
        "$query" "$escaped"
    done
  done <"$1"
}

# stack_sqlite_escape NAME SQL: set NAME to SQL for the text of it in one line, as COPY writes it.
stack_sqlite_escape() {
  # shellcheck disable=SC1003 # a backslash
  printf -v "$1" "replace(replace(replace(replace(%s, '\\\\', '\\\\\\\\'), char(9), '\\\\t'), char(10), '\\\\n'), char(13), '\\\\r')" "$2"
}

# stack_sqlite_print FOLDER: what was made: FOLDER/data/NUMBER of each table, FOLDER/schema, and
# FOLDER/raw, all bytes of the file.
stack_sqlite_print() {
  local escaped number
  stack_sqlite_escape escaped sql
  stack_sqlite_ask "$1" made.sqlite "$1/schema" printf '.mode list\nSELECT %s FROM sqlite_master;\n' "$escaped"
  stack_sqlite_ask "$1" made.sqlite "$1/printing" stack_sqlite_printing "$1"
  stack_sqlite_ask "$1" made.sqlite /dev/null cat -- "$1/printing"
  while IFS=$'\t' read -r number _; do
    fold -w 4000 "$1/data/$number.bytes" | stack_sqlite_bytes >>"$1/data/$number"
  done <"$1/copies"
  LC_ALL=C tr '\000' '\n' <"$1/made.sqlite" >"$1/raw"
}

# stack_sqlite_printing FOLDER: SQL for the SQL that prints the rows: each value; again the texts
# of JSON that has characters in another way; and as bytes, in data/NUMBER.bytes, what has a NUL.
stack_sqlite_printing() {
  local value key atom
  stack_sqlite_escape value x
  stack_sqlite_escape key j.key
  stack_sqlite_escape atom j.atom
  value=${value//\'/\'\'}
  key=${key//\'/\'\'}
  atom=${atom//\'/\'\'}
  awk -F '\t' 'BEGIN { print "CREATE TEMP TABLE copies (number, name);" }
    { gsub(/\047/, "\047\047", $6); printf "INSERT INTO copies VALUES (%s, \047%s\047);\n", $1, $6 }' "$1/copies"
  cat <<'SQL'
CREATE TEMP VIEW each AS SELECT number, cid, '(SELECT "' || replace(c.name, '"', '""') || '" AS x FROM main."' || replace(t.name, '"', '""') || '")' AS x
  FROM copies AS t, pragma_table_xinfo(t.name, 'main') AS c ORDER BY number, cid;
.mode list
SELECT CASE cid WHEN 0 THEN '.output data/' || number || char(10) ELSE '' END ||
SQL
  printf "'SELECT %s FROM ' || x || ' WHERE typeof(x) <> ''blob'' AND NOT instr(CAST(x AS BLOB), x''00'');' || char(10) ||\n" "$value"
  printf "'SELECT %s, %s FROM (SELECT x FROM ' || x || ' WHERE instr(x, ''\\\\'')) AS o, json_tree(CASE WHEN json_valid(o.x) THEN o.x ELSE ''null'' END) AS j;' FROM each;\n" "$key" "$atom"
  cat <<'SQL'
SELECT CASE cid WHEN 0 THEN '.output data/' || number || '.bytes' || char(10) ELSE '' END ||
  'SELECT hex(x) || ''00'' FROM ' || x || ' WHERE typeof(x) = ''blob'' OR instr(CAST(x AS BLOB), x''00'');' FROM each;
SQL
}

# stack_sqlite_bytes: print the bytes that stand in standard input as pairs, in lines as COPY has them.
stack_sqlite_bytes() {
  LC_ALL=C awk 'BEGIN { for (i = 1; i < 256; i++) byte[sprintf("%02X", i)] = sprintf("%c", i)
      byte["00"] = "\n"; byte["09"] = "\\t"; byte["0A"] = "\\n"; byte["0D"] = "\\r"; byte["5C"] = "\\\\" }
    { for (i = 1; i < length($0); i += 2) printf "%s", byte[substr($0, i, 2)] }'
}
