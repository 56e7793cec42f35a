# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# A copy of a PostgreSQL database without personal data. Each column of each table has
# a rule, or not a row is read; what was masked must stand nowhere in the copy.

# stack_sanitise PART: a step for each: FOLDER/PART-complete.sql, and its facts.
stack_sanitise() {
  local work=$run_dir/work/clean.$1 snapshot where number table columns values
  umask 077
  stack_use "$1"
  stack_make_scratch
  mkdir -p -- "$work/data"
  stack_read_rules "$work"
  stack_pg_name where "$part_database"
  LC_ALL=C tr -dc 'a-f0-9' </dev/urandom | head -c 64 >"$work/key" || :
  stack_postgres_ask "$work/counts" 'the rows could not be counted' stack_postgres_facts_and_counts
  stack_dump_section pre-data >"$work/pre.sql"
  stack_dump_section post-data >"$work/post.sql"
  while IFS=$'\t' read -r number table columns values <&3; do
    stack_copy_table "$table" "$columns" "$values" >"$work/data/$number"
  done 3<"$work/copies"
  stack_copy_originals "$work"
  stack_postgres_ask "$work/sequences" 'the sequences could not be read' stack_sanitise_sequences
  stack_postgres_let_go
  stack_prove_clean "$work"
  stack_write_clean "$work" >"$stack_out/$part-complete.sql"
  stack_note_clean "$work"
  rm -rf -- "$work"
}

# stack_read_rules FOLDER: those of the part in hand, and what they make of its catalogue;
# a snapshot is held.
stack_read_rules() {
  stack_rules | LC_ALL=C awk -F '\t' -v part="$part" '$1 == part' >"$1/rules"
  stack_postgres_ready
  stack_postgres_hold
  stack_postgres_ask "$1/catalog" 'the catalogue could not be read' stack_sanitise_catalog
  stack_plan_copies "$1"
}

# stack_sanitise_catalog: SQL for a line for each column: the table as SQL names it, its
# root, column, column as SQL names it, type, length, not null, generated, unique. Leaves
# of partitions have the rules of their root.
stack_sanitise_catalog() {
  cat <<'SQL'
WITH RECURSIVE tree AS (
  SELECT oid, oid AS root FROM pg_class WHERE relkind IN ('r', 'p') AND NOT relispartition
  UNION ALL
  SELECT inhrelid, root FROM pg_inherits JOIN tree ON tree.oid = inhparent JOIN pg_class c ON c.oid = inhrelid AND c.relispartition)
SELECT concat_ws(E'\t', format('%I.%I', n.nspname, c.relname), rn.nspname || '.' || rc.relname, a.attname, quote_ident(a.attname),
  format_type(a.atttypid, NULL), CASE WHEN a.atttypid IN ('varchar'::regtype, 'bpchar'::regtype) AND a.atttypmod > 4 THEN a.atttypmod - 4 ELSE 0 END,
  a.attnotnull::int, (a.attgenerated <> '')::int,
  EXISTS (SELECT 1 FROM pg_index x WHERE x.indrelid = c.oid AND x.indisunique AND a.attnum = ANY (x.indkey))::int, c.relkind)
FROM tree JOIN pg_class c ON c.oid = tree.oid JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_class rc ON rc.oid = tree.root JOIN pg_namespace rn ON rn.oid = rc.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
ORDER BY n.nspname, c.relname, a.attnum;
SELECT 'large objects' || E'\t' || count(*) FROM pg_largeobject_metadata HAVING count(*) > 0;
SQL
}

# stack_plan_copies FOLDER: what is copied of each table, in FOLDER/copies, and where the
# originals of what is masked stand, in FOLDER/masked. Ends the step with 4 where a
# rule is missing, or is not for that column.
stack_plan_copies() {
  local wrong
  sed '$d' "$1/catalog" | LC_ALL=C awk -F '\t' -v OFS='\t' -v folder="$1" '
    function refuse(text) { print text; bad = 1 }
    function filled(sql) { gsub(/\{c\}/, "\001", sql); gsub(/\001/, column, sql); gsub(/\{t\}/, "\001", sql); gsub(/\001/, quoted, sql); return sql }
    function is_text() { return type ~ /^(text|character varying|character|citext|name)$/ }
    FILENAME == folder "/rules" {
      action[$2, $3] = $4; plain[$2, $3] = $5; unique[$2, $3] = $6; originals[$2, $3] = $7
      next
    }
    $1 == "large objects" { refuse("it has " $2 " large objects, which no rule can mask"); next }
    {
      quoted = $1; gsub(/&/, "\\\\&", quoted); table = $2; name = $3; column = $4; gsub(/&/, "\\\\&", column)
      type = $5; length_ = $6; is_not_null = $7; generated = $8; is_unique = $9; kind = $10
      whole = action[table, "*"]; mine = (table, name) in action ? action[table, name] : whole
      used[table, name]; used[table, "*"]
      if (mine == "") { refuse(table ": " name " has no rule"); next }
      if (mine == "null" && is_not_null) { refuse(table ": " name " is never null, so it cannot be: fixed or text"); next }
      if (mine == "fixed" && is_unique) { refuse(table ": " name " is unique: one fixed value cannot stand for all"); next }
      if (mine == "json" && type !~ /^jsonb?$/) { refuse(table ": " name " is " type ", not JSON"); next }
      if (mine ~ /^(hash|email|phone|name|text)$/ && !is_text()) { refuse(table ": " name " is " type ": " mine " is for text; take null, fixed or keep"); next }
      if (mine ~ /^(hash|email|phone|name|text)$/ && is_unique && length_ > 0 && length_ < 40) {
        refuse(table ": " name " is unique in " length_ " characters, too few for " mine); next
      }
      if (kind == "p" || mine == "empty" || generated) next
      sql = filled(is_unique ? unique[table, (table, name) in action ? name : "*"] : plain[table, (table, name) in action ? name : "*"])
      if (mine != "keep" && mine != "null") {
        if (length_ > 0) sql = "left(" sql ", " length_ ")"
        sql = "CASE WHEN " $4 " IS NULL THEN NULL ELSE (" sql ")" (is_text() ? "" : "::" $5) " END"
      }
      if (mine == "null") sql = "NULL"
      if (!($1 in columns)) { order[++count] = $1; columns[$1] = $4; values[$1] = sql }
      else { columns[$1] = columns[$1] ", " $4; values[$1] = values[$1] ", " sql }
      if (mine == "json") print filled(originals[table, name]) > (folder "/masked")
      else if (mine != "keep") print "SELECT " ($5 ~ /\[\]$/ ? "unnest(" $4 ")" : $4) "::text FROM ONLY " $1 > (folder "/masked")
    }
    END {
      for (each in action) if (!(each in used)) { split(each, key, SUBSEP); refuse(key[1] ": " key[2] " has a rule, and is not in the database") }
      for (i = 1; i <= count; i++) print i, order[i], columns[order[i]], values[order[i]] > (folder "/copies")
    }' "$1/rules" - | LC_ALL=C sort >"$1/wrong"
  : >>"$1/copies"
  : >>"$1/masked"
  [[ -s $1/wrong ]] || return 0
  cat -- "$1/wrong"
  wrong=$(grep -c '' "$1/wrong")
  stack_fail "$(head -n 3 "$1/wrong" | paste -s -d '~' - | sed 's/~/; /g')$( ((wrong <= 3)) || printf '; and %d more' "$((wrong - 3))"): write it into the rules ($sanitise_file)" 4
}

# stack_dump_section SECTION: print the schema, as psql of any version reads it.
stack_dump_section() {
  stack_pg pg_dump --snapshot="$snapshot" --section="$1" --no-owner --no-privileges -d "$where" --no-password 2>"$run_dir/work/section.$part" |
    LC_ALL=C sed '/^\\\(un\)\{0,1\}restrict /d' || stack_fail "pg_dump failed: $(tail -n 1 -- "$run_dir/work/section.$part")"
}

# stack_in_snapshot: print the SQL of standard input in the snapshot, with the key.
stack_in_snapshot() {
  printf "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;\nSET TRANSACTION SNAPSHOT '%s';\nSET LOCAL row_security = off;\nSET LOCAL lockstep.key = '%s';\n" \
    "$snapshot" "$(<"$run_dir/work/clean.$part/key")"
  cat
  printf 'COMMIT;\n'
}

# stack_copy_table TABLE COLUMNS VALUES: print it for psql.
stack_copy_table() {
  printf 'COPY %s (%s) FROM stdin;\n' "$1" "$2"
  printf 'COPY (SELECT %s FROM ONLY %s) TO STDOUT;\n' "$3" "$1" | stack_in_snapshot | stack_sql "$part_database"
  printf '%s\n' '\.'
}

# stack_copy_originals FOLDER: FOLDER/originals: what was masked, each once, as COPY and as
# JSON write it. What is short and has neither a digit nor a blank stands everywhere.
stack_copy_originals() {
  : >"$1/originals"
  [[ -s $1/masked ]] || return 0
  {
    printf 'COPY (WITH found(v) AS ('
    paste -s -d '~' "$1/masked" | sed 's/~/ UNION /g'
    cat <<'SQL'
), told AS (SELECT v FROM found WHERE length(v) >= 6 AND (v ~ '[0-9@ ]' OR length(v) >= 8))
SELECT v FROM told UNION SELECT trim(BOTH '"' FROM to_json(v)::text) FROM told) TO STDOUT;
SQL
  } | stack_in_snapshot | stack_sql "$part_database" | LC_ALL=C sort -u >"$1/originals"
}

stack_sanitise_sequences() {
  cat <<'SQL'
SELECT format('SELECT pg_catalog.setval(%L, %s, %L);', format('%I.%I', schemaname, sequencename), coalesce(last_value, start_value), last_value IS NOT NULL)
FROM pg_sequences WHERE schemaname !~ '^pg_';
SQL
}

# stack_prove_clean FOLDER: no original stands in what was made: in a row, in free text, in
# JSON, in a comment or a default. Ends the step with 5 where one does.
stack_prove_clean() {
  local file table found=''
  cut -f 5,6 "$1/rules" | grep -oE "'[^']{6,}'" | tr -d "'" | LC_ALL=C sort -u >"$1/fakes" || :
  LC_ALL=C comm -23 "$1/originals" "$1/fakes" | split -l 100000 - "$1/part."
  for file in "$1"/part.*; do
    [[ -e $file ]] || continue
    while IFS= read -r table; do
      found+="${found:+, }$table"
    done < <(
      for data in "$1"/data/* "$1"/pre.sql "$1"/post.sql; do
        [[ -e $data ]] || continue
        ! sed '1{/^COPY /d;}' "$data" | LC_ALL=C grep -qiF -f "$file" || case $data in
          */data/*) head -n 1 "$data" | sed 's/^COPY //; s/ (.*//' ;;
          *) printf 'a comment, a default or a view\n' ;;
        esac
      done
    )
  done
  [[ -z $found ]] || stack_fail "what was masked stands in clear in $found: give the column there a rule; nothing was kept" 5
}

# stack_write_clean FOLDER: print the whole copy.
stack_write_clean() {
  local number
  cat -- "$1/pre.sql"
  while IFS=$'\t' read -r number _; do
    cat -- "$1/data/$number"
  done <"$1/copies"
  sed '$d' "$1/sequences"
  cat -- "$1/post.sql"
}

# stack_note_clean FOLDER: its facts, with no rows where a table is left empty.
stack_note_clean() {
  local facts=$run_dir/work/facts.$part
  stack_postgres_note "$1/counts" "$facts"
  cut -f 2 "$1/copies" | tr -d '"' | jq -R . | jq -cs . >"$1/copied"
  jq -c --slurpfile copied "$1/copied" '.counts |= map(if (.[0] + "." + .[1]) as $name | $copied[0] | index([$name]) then . else .[2] = 0 end) |
    .rows = (.counts | map(.[2]) | add // 0) | .roles = [] | .clean = true' "$facts" >"$facts.new"
  mv -- "$facts.new" "$facts"
}
