# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# A first file of rules, out of the catalogue and of samples. It proposes, and masks what
# looks personal or cannot be told; a person decides.

# stack_propose PART: print the rules of its tables as YAML.
stack_propose() {
  local work=$run_dir/work/propose.$1 snapshot
  umask 077
  stack_use "$1"
  mkdir -p -- "$work"
  stack_postgres_ready
  stack_postgres_hold
  stack_postgres_ask "$work/catalog" 'the catalogue could not be read' stack_sanitise_catalog
  stack_postgres_ask "$work/samples" 'no samples could be taken' stack_sample_texts
  stack_postgres_let_go
  printf '%s:\n' "$part"
  text_types=$text_types plain_types=$plain_types telling="$telling_names|salt|hash\$" LC_ALL=C awk -F '\t' '
    function quote(text) { return text ~ /^[A-Za-z_][A-Za-z0-9_.]*$/ && text !~ /^(null|true|false|yes|no|on|off|y|n)$/ ? text : "\047" doubled(text) "\047" }
    function doubled(text) { gsub(/\047/, "\047\047", text); return text }
    function guess(name, type, is_not_null, is_unique, sample) {
      name = tolower(name)
      if (type ~ /^jsonb?$/) return "{ json: {} }  # name the paths that are kept: { json: { a.b: keep } }"
      if (type !~ ENVIRON["text_types"]) {
        if (name !~ /birth|dob/ && type ~ ENVIRON["plain_types"]) return "keep"
        return is_not_null ? "{ fixed: \047\047 }  # " type ", and never null: a value that says nothing" : "null"
      }
      if (sample == "email" || name ~ /mail/) return "email"
      if (sample == "phone" || name ~ /phone|mobile|fax|^tel/) return "phone"
      if (name ~ ENVIRON["telling"]) return is_unique ? "hash" : "{ fixed: x }"
      if (name ~ /(^|_)(status|state|type|kind|lang(uage)?|locale|currency|country|timezone|version|slug|role)$/) return "keep"
      if (name ~ /login|user_?name|nick|handle|external_id|_ref$/) return "hash"
      if (name ~ /name|contact|person|author|signature/) return "name"
      return is_unique ? "hash" : "text"
    }
    FNR == 1 { file++ }
    file == 1 { if (NF > 1) sample[$1, $2] = $3; next }
    $1 != "column" || ($3, $4) in seen { next }
    {
      seen[$3, $4]
      if ($3 != table) { table = $3; print "  " quote(table) ":" }
      print "    " quote($4) ": " ($9 ? "keep  # made of others" : $12 || $15 == "e" ? "keep" : guess($4, $6, $8, $10, sample[$3, $4]))
    }' "$work/samples" "$work/catalog"
  rm -rf -- "$work"
}

# stack_sample_texts: SQL for a line for each text column whose first thousand values look
# like addresses or telephone numbers: table, column, what they look like.
stack_sample_texts() {
  cat <<'SQL'
SELECT format('SELECT concat_ws(E''\t'', %L, %L, CASE WHEN mails * 2 > every THEN ''email'' WHEN phones * 2 > every THEN ''phone'' END)
  FROM (SELECT count(*) AS every, count(*) FILTER (WHERE v ~ ''^[^@ ]+@[^@ ]+[.][a-z]+$'') AS mails,
    count(*) FILTER (WHERE v ~ ''^[+(]?[0-9][0-9 ()./-]{6,}$'') AS phones FROM (SELECT %I::text AS v FROM %I.%I WHERE %I IS NOT NULL LIMIT 1000) AS s) AS c
  WHERE mails * 2 > every OR phones * 2 > every', n.nspname || '.' || c.relname, a.attname, a.attname, n.nspname, c.relname, a.attname)
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND a.attnum > 0 AND NOT a.attisdropped
  AND a.atttypid IN ('text'::regtype, 'varchar'::regtype, 'bpchar'::regtype) AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
\gexec
SQL
}
