# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# The rules by which a PostgreSQL database loses its personal data, against its catalogue:
# each column of each table has one that fits it, or not a row is read.

# Types, as format_type writes them: those of text, and those that name nobody:
# numbers and times, which stand everywhere by chance.
text_types='^(text|character varying|character|name|([^.]*[.])?citext)$'
plain_types='^(smallint|integer|bigint|numeric|real|double precision|boolean|date|interval|uuid|money|oid)$|^time'

# stack_read_rules FOLDER: those of the part in hand, and what they make of its catalogue;
# a snapshot is held.
stack_read_rules() {
  stack_rules | LC_ALL=C awk -F '\t' -v part="$part" '$1 == part' >"$1/rules"
  stack_postgres_ready
  stack_postgres_hold
  stack_postgres_ask "$1/catalog" 'the catalogue could not be read' stack_sanitise_catalog
  stack_plan_copies "$1"
}

# stack_sanitise_catalog: SQL for lines. First what no rule can make harmless: refuse, and
# why. Then each pair of columns of which one references the other: the table, the column,
# the other's. Then each column: its table as SQL names it, the root of that, itself, itself
# as SQL names it, type, length, not null, generated, unique, kind of the table, key of
# partitions, schema, table, kind of the type. Leaves of partitions have the rules of their root.
stack_sanitise_catalog() {
  cat <<'SQL'
WITH refused(what) AS (
  SELECT 'it has ' || count(*) || ' large objects' FROM pg_largeobject_metadata HAVING count(*) > 0
  UNION ALL SELECT format('the copy would reach the foreign server %I', srvname) FROM pg_foreign_server
  UNION ALL SELECT format('the copy would go on with the subscription %I', subname) FROM pg_subscription
    WHERE subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())
  UNION ALL SELECT format('the name %I has a character that cannot be written into rules', name)
    FROM (SELECT nspname FROM pg_namespace UNION SELECT relname FROM pg_class UNION SELECT attname FROM pg_attribute WHERE attnum > 0) AS names(name)
    WHERE name ~ '[\x01-\x1f\x7f]'
  UNION ALL SELECT format('the name of the schema %I has a dot', nspname) FROM pg_namespace WHERE nspname ~ '[.]')
SELECT E'refuse\t' || translate(what, E'\t\n', '  ') FROM refused;
SELECT concat_ws(E'\t', 'references', n.nspname || '.' || c.relname, a.attname, fn.nspname || '.' || fc.relname, fa.attname)
FROM pg_constraint x CROSS JOIN LATERAL unnest(x.conkey, x.confkey) AS pair(mine, its)
JOIN pg_class c ON c.oid = x.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_class fc ON fc.oid = x.confrelid JOIN pg_namespace fn ON fn.oid = fc.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = pair.mine JOIN pg_attribute fa ON fa.attrelid = fc.oid AND fa.attnum = pair.its
WHERE x.contype = 'f' AND NOT c.relispartition AND NOT fc.relispartition;
WITH RECURSIVE tree AS (
  SELECT oid, oid AS root FROM pg_class WHERE relkind IN ('r', 'p') AND NOT relispartition
  UNION ALL
  SELECT inhrelid, root FROM pg_inherits JOIN tree ON tree.oid = inhparent JOIN pg_class c ON c.oid = inhrelid AND c.relispartition)
SELECT concat_ws(E'\t', 'column', format('%I.%I', n.nspname, c.relname), rn.nspname || '.' || rc.relname, a.attname, quote_ident(a.attname),
  format_type(a.atttypid, NULL), CASE WHEN a.atttypid IN ('varchar'::regtype, 'bpchar'::regtype) AND a.atttypmod > 4 THEN a.atttypmod - 4 ELSE 0 END,
  a.attnotnull::int, (a.attgenerated <> '')::int,
  EXISTS (SELECT 1 FROM pg_index x WHERE x.indrelid = c.oid AND (x.indisunique OR x.indisexclusion) AND (a.attnum = ANY (x.indkey)
    OR EXISTS (SELECT 1 FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = x.indexrelid
      AND d.refclassid = 'pg_class'::regclass AND d.refobjid = c.oid AND d.refobjsubid = a.attnum)))::int, c.relkind,
  EXISTS (SELECT 1 FROM pg_partitioned_table p WHERE p.partrelid = c.oid AND (a.attnum = ANY (p.partattrs) OR 0 = ANY (p.partattrs)))::int,
  n.nspname, c.relname, (SELECT typtype FROM pg_type t WHERE t.oid = a.atttypid))
FROM tree JOIN pg_class c ON c.oid = tree.oid JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_class rc ON rc.oid = tree.root JOIN pg_namespace rn ON rn.oid = rc.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
ORDER BY n.nspname, c.relname, a.attnum;
SQL
}

# stack_plan_copies FOLDER: FOLDER/copies: of each table a number, its name for SQL, the
# columns, what stands for each, schema, table; FOLDER/emptied: schema, table; and
# FOLDER/masked: SQL for the originals of what is masked. Ends the step with 4 where
# a rule is missing, or is not for that column.
stack_plan_copies() {
  local wrong more='' leaves="SELECT leaf #>> '{}' FROM ONLY {t}, jsonb_path_query({json}, 'strict \$.**') AS leaf WHERE jsonb_typeof(leaf) = 'string'"
  sed '$d' "$1/catalog" | leaves=$leaves text_types=$text_types plain_types=$plain_types LC_ALL=C awk -F '\t' -v OFS='\t' -v folder="$1" '
    function refuse(text) { print text }
    function quoted(text) { gsub(/&/, "\\\\&", text); return text }
    function filled(sql) { gsub(/[{]c[}]/, quoted(column), sql); gsub(/[{]t[}]/, quoted(table), sql); return sql }
    function of_text() { return type ~ ENVIRON["text_types"] }
    function is_telling(base) { base = type; sub(/\[\]$/, "", base); return base !~ ENVIRON["plain_types"] }
    function key_of(root, name) { return (root, name) in action ? name : "*" }
    function action_of(root, name) { return action[root, key_of(root, name)] }
    function judge_column() {
      if (mine == "null" && is_not_null) refuse(root ": " name " is never null, so it cannot be: fixed or text")
      if (mine == "fixed" && is_unique) refuse(root ": " name " is unique, or references what is: one fixed value cannot stand for all")
      if (mine == "json" && type !~ /^jsonb?$/) refuse(root ": " name " is " type ", not JSON")
      if (mine !~ /^(keep|empty)$/ && is_key) refuse(root ": " name " says which partition a row is in: keep, or leave the table empty")
      if (mine !~ /^(hash|email|phone|name|text)$/) return
      if (!of_text()) refuse(root ": " name " is " type ": " mine " is for text; take null, fixed or keep")
      else if (is_unique && length_ > 0 && length_ < 40) refuse(root ": " name " is unique in " length_ " characters, too few for " mine)
    }
    function judge_reference(i) {
      mine = action_of(from[i], from_column[i]); its = action_of(to[i], to_column[i])
      if (mine == "" || its == "" || mine == "null" || mine == "empty") return
      if (its == "empty") refuse(from[i] ": " from_column[i] " references " to[i] ", which is left empty")
      else if (mine != its) refuse(from[i] ": " from_column[i] " references " to[i] ": " to_column[i] ", so both have the same rule")
    }
    function leaves(json, sql) { sql = ENVIRON["leaves"]; gsub(/[{]json[}]/, quoted(json), sql); return filled(sql) }
    function value_of(sql) {
      if (mine == "null") return "NULL"
      if (mine == "keep") return column
      sql = filled(is_unique ? unique[root, key_of(root, name)] : plain[root, key_of(root, name)])
      if (length_ > 0) sql = "left(" sql ", " length_ ")"
      return "CASE WHEN " column " IS NULL THEN NULL ELSE (" sql ")" (of_text() ? "" : "::" type) " END"
    }
    FILENAME == folder "/rules" {
      action[$2, $3] = $4; plain[$2, $3] = $5; unique[$2, $3] = $6; masked[$2, $3] = $7
      next
    }
    $1 == "refuse" { refuse($2); next }
    $1 == "references" {
      from[++pairs] = $2; from_column[pairs] = $3; to[pairs] = $4; to_column[pairs] = $5
      linked[$2, $3]; linked[$4, $5]
      next
    }
    {
      table = $2; root = $3; name = $4; column = $5; type = $6; length_ = $7; is_not_null = $8; kind = $11; is_key = $12
      is_unique = $10 || (root, name) in linked
      mine = action_of(root, name)
      used[root, name]; used[root, "*"]
      if (mine == "") { refuse(root ": " name " has no rule"); next }
      judge_column()
      if (mine == "empty" && !(table in emptied)) { emptied[table]; print $13, $14 > (folder "/emptied") }
      if (kind == "p" || mine == "empty" || $9) next
      if (!(table in columns)) { order[++count] = table; columns[table] = column; values[table] = value_of(); names[table] = $13 OFS $14 }
      else { columns[table] = columns[table] ", " column; values[table] = values[table] ", " value_of() }
      if (mine == "keep" || !is_telling()) next
      if (type ~ /^jsonb?$/) print leaves(mine == "json" ? masked[root, name] : "{c}::jsonb") > (folder "/masked")
      else print "SELECT " (type ~ /\[\]$/ ? "unnest(" column ")" : column) "::text FROM ONLY " table > (folder "/masked")
    }
    END {
      for (i = 1; i <= pairs; i++) judge_reference(i)
      for (each in action) if (action[each] != "" && !(each in used)) { split(each, key, SUBSEP); refuse(key[1] ": " key[2] " has a rule, and is not in the database") }
      for (i = 1; i <= count; i++) print i, order[i], columns[order[i]], values[order[i]], names[order[i]] > (folder "/copies")
    }' "$1/rules" - | LC_ALL=C sort >"$1/wrong" || stack_fail 'the rules could not be compared with the catalogue'
  touch "$1/copies" "$1/emptied" "$1/masked"
  [[ -s $1/wrong ]] || return 0
  cat -- "$1/wrong"
  wrong=$(grep -c '' "$1/wrong")
  ((wrong <= 3)) || more="; and $((wrong - 3)) more"
  stack_fail "$(head -n 3 "$1/wrong" | awk 'NR > 1 { printf "; " } { printf "%s", $0 }')$more: write it into the rules ($sanitise_file)" 4
}
