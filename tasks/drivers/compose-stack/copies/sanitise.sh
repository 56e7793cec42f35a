# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# The rules by which a PostgreSQL database loses its personal data, against its catalogue:
# each column of each table has one that fits it, or not a row is read (plan-copies.sh).

# Types, as format_type writes them: those of text, and those that name nobody:
# numbers and times, which stand everywhere by chance.
text_types='^(text|character varying|character|name|([^.]*[.])?citext)$'
plain_types='^(smallint|integer|bigint|numeric|real|double precision|boolean|date|interval|uuid|money|oid)$|^time'

# stack_postgres_catalog FOLDER: that of the part in hand; a snapshot is held.
stack_postgres_catalog() {
  stack_postgres_ready
  stack_postgres_hold
  stack_postgres_ask "$1/catalog" 'the catalogue could not be read' stack_sanitise_catalog
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

# stack_postgres_planning: the awk of stack_plan_copies that knows PostgreSQL.
stack_postgres_planning() {
  cat <<'AWK'
    function is_json() { return type ~ /^jsonb?$/ }
    function here() { return column }
    function typed(sql) { return sql (of_text() ? "" : "::" type) }
    function leaves(json) {
      return "SELECT leaf #>> '{}' FROM ONLY {t}, jsonb_path_query(" json ", 'strict $.**') AS leaf WHERE jsonb_typeof(leaf) = 'string'"
    }
    function originals(base) {
      base = type
      sub(/\[\]$/, "", base)
      if (base ~ ENVIRON["plain_types"]) return ""
      if (is_json()) return leaves(mine == "json" ? masked[root, name] : "{c}::jsonb")
      return "SELECT " (type ~ /\[\]$/ ? "unnest({c})" : "{c}") "::text FROM ONLY {t}"
    }
AWK
}
