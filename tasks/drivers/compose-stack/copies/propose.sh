# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# A first file of rules, out of the catalogue and of samples. It proposes, and masks what
# looks personal or cannot be told; a person decides.

# stack_propose PART: print the rules of its tables as YAML.
stack_propose() {
  local work snapshot
  umask 077
  stack_use "$1"
  stack_make_scratch
  work=$stack_scratch/propose.$1
  mkdir -p -- "$work"
  "stack_${kind}_catalog" "$work" meanwhile
  "stack_${kind}_samples" "$work"
  "stack_${kind}_let_go" "$work"
  printf '%s:\n' "$part"
  text_types=$text_types plain_types=$plain_types telling="$telling_names|salt|hash\$" LC_ALL=C awk -F '\t' "$(stack_guessing)" "$work/samples" "$work/catalog"
  rm -rf -- "$work"
}

# stack_guessing: awk that reads samples and the lines of a catalogue. What references a
# column gets the rule of that.
stack_guessing() {
  cat <<'AWK'
    function quote(text) { return text ~ /^[A-Za-z_][A-Za-z0-9_.]*$/ && text !~ /^(null|true|false|yes|no|on|off|y|n)$/ ? text : "\047" doubled(text) "\047" }
    function doubled(text) { gsub(/\047/, "\047\047", text); return text }
    function guess(name, type, is_not_null, is_unique, sample) {
      name = tolower(name)
      if (type ~ /^jsonb?$/ || sample == "json") return "{ json: {} }  # name the paths that are kept: { json: { a.b: keep } }"
      if (type !~ ENVIRON["text_types"]) {
        # What a type does not allow stands in a column of SQLite all the same.
        if (type ~ ENVIRON["plain_types"] && sample != "text" && !(name ~ /birth|dob/ || type !~ /^(bool|time|date|uuid)/ && name ~ personal)) return "keep"
        if (is_not_null && is_unique) return "keep  # " type ", never null and unique: keep it, or leave the table empty"
        return is_not_null ? "{ fixed: \047\047 }  # " type ", and never null: a value that says nothing" : "null"
      }
      if (sample == "email" || name ~ /mail/) return "email"
      if (sample == "phone" || name ~ /phone|mobile|fax|^tel/) return "phone"
      if (name ~ ENVIRON["telling"]) return is_unique ? "hash" : "{ fixed: x }"
      if (name ~ /(^|_)(status|state|type|kind|lang(uage)?|locale|currency|country|timezone|version|permission|slug|role)$/) return "keep"
      if (name ~ /login|user_?name|nick|handle|external_id|_ref$/) return "hash"
      if (name ~ /(^|_)id$/) return sample == "uuid" ? "keep" : "hash"
      if (name ~ /name|contact|person|author|signature/) return "name"
      return is_unique ? "hash" : "text"
    }
    function rule_of(i, steps) {
      for (steps = 0; (i in target) && (target[i] in at) && steps < 20; steps++) i = at[target[i]]
      split(line[i], field, "\t")
      if (field[9]) return "keep  # made of others"
      if (field[12] || field[15] == "e") return "keep"
      # By which an application knows its own schema.
      if (field[3] ~ /[.](alembic_version|migratehistory|([a-z_]*_)?migrations)$/) return "keep"
      return guess(field[4], field[6], field[8], field[10], sample[field[3], field[4]])
    }
    BEGIN { personal = ENVIRON["telling"] "|(^|_)(e?mail|phone|mobile|fax|tel|ssn)" }
    FNR == 1 { file++ }
    file == 1 { if (NF > 1) sample[$1, $2] = $3; next }
    $1 == "references" { goes[$2, $3] = $4 SUBSEP $5; next }
    $1 != "column" || ($3, $4) in at { next }
    { line[++count] = $0; at[$3, $4] = count; if (($3, $4) in goes) target[count] = goes[$3, $4] }
    END {
      for (i = 1; i <= count; i++) {
        split(line[i], field, "\t")
        if (field[11] == "v") { print "  " quote(field[3]) ": empty  # a virtual table"; continue }
        if (field[3] != table) { table = field[3]; print "  " quote(table) ":" }
        print "    " quote(field[4]) ": " rule_of(i)
      }
    }
AWK
}

# stack_postgres_samples FOLDER
stack_postgres_samples() {
  stack_postgres_ask "$1/samples" 'no samples could be taken' stack_sample_texts
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
