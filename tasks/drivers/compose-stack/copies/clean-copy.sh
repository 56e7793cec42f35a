# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# A copy of a PostgreSQL database by the rules of sanitise.sh, in one snapshot, and the proof.

# stack_sanitise PART: a step for each: its copy among the dumps, and its facts.
stack_sanitise() {
  local work
  umask 077
  stack_use "$1"
  stack_make_scratch
  # There it goes with the run, whatever becomes of that.
  work=$stack_scratch/clean.$1
  mkdir -p -- "$work/data"
  "stack_${kind}_sanitise" "$work"
  rm -rf -- "$work"
}

# stack_postgres_sanitise FOLDER
stack_postgres_sanitise() {
  local snapshot where number table columns values
  stack_postgres_catalog "$1"
  stack_plan_copies "$1"
  stack_pg_name where "$part_database"
  stack_make_key
  stack_postgres_ask "$1/counts" 'the rows could not be counted' stack_postgres_facts_and_counts
  stack_dump_section pre-data "$1/pre.sql"
  stack_dump_section post-data "$1/post.sql"
  while IFS=$'\t' read -r number table columns values _ <&3; do
    stack_copy_table "$table" "$values" "$1/data/$number"
  done 3<"$1/copies"
  stack_copy_originals "$1"
  stack_postgres_ask "$1/sequences" 'the sequences could not be read' stack_sanitise_sequences
  stack_postgres_let_go
  stack_prove_clean "$1" "$1/pre.sql" 'a comment, a default or a view' "$1/post.sql" 'a comment, a default or a view'
  stack_write_clean "$1" >"$stack_out/$part-complete.sql"
  stack_note_clean "$1"
}

# stack_make_key: of this run alone, so that no dictionary finds what a hash was; the same
# for all of its parts, so that joins between them hold.
stack_make_key() {
  [[ -s $stack_scratch/key ]] || LC_ALL=C tr -dc 'a-f0-9' </dev/urandom 2>/dev/null | head -c 64 >"$stack_scratch/key" || :
  [[ $(wc -c <"$stack_scratch/key") -eq 64 ]] || stack_fail 'no key for the hashes could be made'
}

# stack_dump_section SECTION FILE: the schema, as psql of any version reads it.
stack_dump_section() {
  stack_pg pg_dump --snapshot="$snapshot" --section="$1" -d "$where" --no-password >"$2.raw" 2>"$2.complaint" ||
    stack_fail "pg_dump failed: $(tail -n 1 -- "$2.complaint")"
  LC_ALL=C sed '/^\\\(un\)\{0,1\}restrict /d' "$2.raw" >"$2"
  # psql would take it for a command of its own.
  # shellcheck disable=SC1003 # a backslash
  ! LC_ALL=C grep '^\\' "$2" >/dev/null || stack_fail 'a line of the schema begins with a backslash' 4
}

# stack_in_snapshot FILE: the answer to the SQL of standard input goes to FILE. What a
# server says of an error can hold rows: only its number is kept.
stack_in_snapshot() {
  local status=0
  {
    printf '\\set VERBOSITY sqlstate\n\\set SHOW_CONTEXT never\n'
    printf "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;\nSET TRANSACTION SNAPSHOT '%s';\n" "$snapshot"
    printf 'SET LOCAL %s;\n' 'row_security = off' 'statement_timeout = 0' "lock_timeout = '60s'" "datestyle = 'ISO'" \
      "intervalstyle = 'postgres'" 'extra_float_digits = 3' "client_encoding = 'UTF8'" "lockstep.key = '$(<"$stack_scratch/key")'"
    cat
    printf 'COMMIT;\n'
  } >"$1.ask"
  stack_sql "$part_database" <"$1.ask" >"$1" 2>"$1.complaint" || status=$?
  rm -f -- "$1.ask"
  return "$status"
}

# stack_copy_table TABLE VALUES FILE: its rows, as COPY writes them.
stack_copy_table() {
  stack_in_snapshot "$3" <<<"COPY (SELECT $2 FROM ONLY $1) TO STDOUT;" ||
    stack_fail "$1 could not be copied: $(tail -n 1 -- "$3.complaint")"
}

# stack_copy_originals FOLDER: FOLDER/originals: what was masked, each once, as COPY, JSON
# and SQL write it. What is short and has neither a digit nor a blank stands everywhere.
stack_copy_originals() {
  : >"$1/originals"
  [[ -s $1/masked ]] || return 0
  {
    printf 'COPY (WITH found(v) AS ('
    awk 'NR > 1 { print "UNION" } { print }' "$1/masked"
    cat <<'SQL'
), told AS (SELECT v FROM found WHERE length(v) >= 6 AND (v ~ '[0-9@ ]' OR length(v) >= 8) AND v !~ '^x+$')
SELECT v FROM told UNION SELECT trim(BOTH '"' FROM to_json(v)::text) FROM told UNION SELECT replace(v, '''', '''''') FROM told) TO STDOUT;
SQL
  } >"$1/asked"
  stack_in_snapshot "$1/found" <"$1/asked" || stack_fail "the originals could not be read: $(tail -n 1 -- "$1/found.complaint")"
  LC_ALL=C sort -u -T "$1" "$1/found" >"$1/originals" || stack_fail 'the originals could not be sorted'
}

stack_sanitise_sequences() {
  cat <<'SQL'
SELECT format('SELECT pg_catalog.setval(%L, %s, %L);', format('%I.%I', schemaname, sequencename), coalesce(last_value, start_value), last_value IS NOT NULL)
FROM pg_sequences WHERE schemaname !~ '^pg_';
SQL
}

# stack_write_clean FOLDER: print the whole copy.
stack_write_clean() {
  local number table columns
  cat -- "$1/pre.sql"
  while IFS=$'\t' read -r number table columns _; do
    printf 'COPY %s (%s) FROM stdin;\n' "$table" "$columns"
    cat -- "$1/data/$number"
    printf '%s\n' '\.'
  done <"$1/copies"
  sed '$d' "$1/sequences"
  cat -- "$1/post.sql"
}

# stack_note_clean FOLDER: its facts: no rows where a table is left empty, and nothing of
# what is made of others. Settings of the database can hold anything.
stack_note_clean() {
  local facts=$run_dir/work/facts.$part name
  stack_postgres_note "$1/counts" "$facts"
  for name in copied emptied; do
    if [[ $name == copied ]]; then cut -f 5,6 "$1/copies"; else cat -- "$1/emptied"; fi | jq -Rc 'split("\t")' | jq -cs . >"$1/$name.json"
  done
  jq -c --slurpfile copied "$1/copied.json" --slurpfile emptied "$1/emptied.json" '
    def is_in($list): .[:2] as $name | $list[0] | any(. == $name);
    .counts |= map(if is_in($copied) then . elif is_in($emptied) then .[2] = 0 else empty end) |
    .rows = (.counts | map(.[2]) | add // 0) | .settings = [] | .clean = true' "$facts" >"$facts.new"
  mv -- "$facts.new" "$facts"
}
