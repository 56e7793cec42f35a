# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# What the rules make of a catalogue, of any kind of database: the columns of each table and
# what stands for each; or what is wrong with them.

# stack_plan_copies FOLDER: FOLDER/copies: of each table a number, its name for SQL, the
# columns, what stands for each, schema, table; FOLDER/emptied: schema, table;
# FOLDER/masked: SQL for the originals of what is masked; and FOLDER/hashed: SQL for what is
# looked up as a hash. Ends the step with 4 where a rule is missing, or is not for that column.
stack_plan_copies() {
  local wrong more=''
  # Of no rule, so that none would help.
  wrong=$(LC_ALL=C awk -F '\t' '$1 == "refuse" { printf "%s%s", found++ ? "; " : "", $2 }' "$1/catalog")
  [[ -z $wrong ]] || stack_fail "$wrong" 4
  stack_rules | LC_ALL=C awk -F '\t' -v part="$part" '$1 == part' >"$1/rules"
  sed '$d' "$1/catalog" | text_types=$text_types plain_types=$plain_types LC_ALL=C awk -F '\t' -v OFS='\t' -v folder="$1" \
    "$(stack_planning)
$("stack_${kind}_planning")" "$1/rules" - | LC_ALL=C sort >"$1/wrong" || stack_fail 'the rules could not be compared with the catalogue'
  touch "$1/copies" "$1/emptied" "$1/masked" "$1/hashed"
  [[ -s $1/wrong ]] || return 0
  cat -- "$1/wrong"
  wrong=$(grep -c '' "$1/wrong")
  ((wrong <= 3)) || more="; and $((wrong - 3)) more"
  stack_fail "$(head -n 3 "$1/wrong" | awk 'NR > 1 { printf "; " } { printf "%s", $0 }')$more: write it into the rules ($sanitise_file)" 4
}

# stack_planning: awk that reads the rules, then the lines of a catalogue. Of each kind it
# needs is_json, here (the column in SQL), typed (SQL that has its type) and originals (SQL).
stack_planning() {
  stack_judging
  cat <<'AWK'
    function filled(sql, done) {
      for (done = ""; match(sql, /[{][ct][}]/); sql = substr(sql, RSTART + 3))
        done = done substr(sql, 1, RSTART - 1) (substr(sql, RSTART, 3) == "{c}" ? here() : table)
      return done sql
    }
    function value_of(sql) {
      if (mine == "null") return "NULL"
      if (mine == "keep") return here()
      sql = filled(is_unique ? unique[root, key_of(root, name)] : plain[root, key_of(root, name)])
      if (length_ > 0) sql = "left(" sql ", " length_ ")"
      return "CASE WHEN " here() " IS NULL THEN NULL ELSE (" typed(sql) ") END"
    }
    FILENAME == folder "/rules" {
      action[$2, $3] = $4; plain[$2, $3] = $5; unique[$2, $3] = $6; masked[$2, $3] = $7; hashed[$2, $3] = $8
      next
    }
    $1 == "refuse" { next }
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
      if (kind == "v" && mine != "empty") refuse(root " is a virtual table, of which no column can be masked: empty")
      else if (mine == "") refuse(root ": " name " has no rule")
      else judge_column()
      if (mine == "empty" && !(table in emptied)) { emptied[table]; print $13, $14 > (folder "/emptied") }
      if (kind != "r" || mine == "empty" || mine == "" || $9) next
      value = value_of()
      if (!(table in columns)) { order[++count] = table; columns[table] = column; values[table] = value; names[table] = $13 OFS $14 }
      else { columns[table] = columns[table] ", " column; values[table] = values[table] ", " value }
      if (index(value, "lockstep.hashes")) print filled((root, name) in hashed && hashed[root, name] != "" ? hashed[root, name] : "SELECT {c} FROM {t}") > (folder "/hashed")
      if (mine != "keep" && (sql = originals()) != "") print filled(sql) > (folder "/masked")
    }
    END {
      for (i = 1; i <= pairs; i++) judge_reference(i)
      for (each in action) if (action[each] != "" && !(each in used)) { split(each, key, SUBSEP); refuse(key[1] ": " key[2] " has a rule, and is not in the database") }
      for (i = 1; i <= count; i++) print i, order[i], columns[order[i]], values[order[i]], names[order[i]] > (folder "/copies")
    }
AWK
}

# stack_judging: awk that says what is wrong with a rule.
stack_judging() {
  cat <<'AWK'
    function refuse(text) { print text }
    function of_text() { return type ~ ENVIRON["text_types"] }
    function key_of(root, name) { return (root, name) in action ? name : "*" }
    function action_of(root, name) { return action[root, key_of(root, name)] }
    function possible() {
      return (is_not_null ? "" : "null, ") (is_unique ? "" : "fixed, ") (of_text() ? "hash, " : "") "keep, or empty for the table"
    }
    function judge_column() {
      if (mine == "null" && is_not_null) refuse(root ": " name " is never null, so it cannot be: take " possible())
      if (mine == "fixed" && is_unique) refuse(root ": " name " is unique, or references what is: one fixed value cannot stand for all: take " possible())
      if (mine == "json" && !is_json()) refuse(root ": " name " is " type ", not JSON")
      if (mine !~ /^(keep|empty)$/ && is_key) refuse(root ": " name " says which partition a row is in: keep, or leave the table empty")
      if (mine !~ /^(hash|email|phone|name|text)$/) return
      if (!of_text()) refuse(root ": " name " is " type ": " mine " is for text; take " possible())
      else if (is_unique && length_ > 0 && length_ < 40) refuse(root ": " name " is unique in " length_ " characters, too few for " mine)
    }
    function judge_reference(i) {
      mine = action_of(from[i], from_column[i]); its = action_of(to[i], to_column[i])
      if (mine == "" || its == "" || mine == "null" || mine == "empty") return
      if (its == "empty") refuse(from[i] ": " from_column[i] " references " to[i] ", which is left empty")
      else if (mine != its) refuse(from[i] ": " from_column[i] " references " to[i] ": " to_column[i] ", so both have the same rule")
    }
AWK
}
