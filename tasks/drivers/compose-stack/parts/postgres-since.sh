# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# What of a database did not change since the base was dumped, without dumping it.
#
# A row version never changes in place, and its xmin says which transaction wrote it. One
# that is visible now, written before the xmin of the base's snapshot, was visible then:
# whatever is older than that xmin had ended, a subtransaction too, which is younger than
# its transaction. If all rows of a table are such, and they are as many as then, they
# are the rows of then. That holds while it is the same table of the same database, and
# for as long as the server runs: one that was put back from a copy of its disk, or is the
# replica of another, gives out the same numbers a second time.

# stack_postgres_moment: SQL, for within a transaction: a line of JSON by which the
# database and its moment are known, if the server tells it, then one for each sequence.
stack_postgres_moment() {
  # What is in no string is asked only of a server that has it. After a crash its
  # statistics begin anew, and what was not yet on the disk may be lost.
  cat <<'SQL'
SELECT $q$SELECT json_build_object('system', system_identifier::text, 'started', concat_ws(' ',
    extract(epoch FROM pg_postmaster_start_time()), (SELECT extract(epoch FROM stats_reset) FROM pg_stat_bgwriter)),
  'oid', d.oid::text, 'xmin', txid_snapshot_xmin(txid_current_snapshot())::text,
  'blobs', (SELECT count(*) > 0 FROM pg_largeobject_metadata))
FROM pg_control_system(), pg_database d WHERE datname = current_database()$q$
WHERE current_setting('server_version_num')::int >= 90600
  AND has_function_privilege(to_regprocedure('pg_control_system()')::oid, 'execute') \gexec
SQL
  stack_postgres_each "SELECT format('SELECT json_build_array(%s, last_value, is_called) FROM %I.%I', c.oid, nspname, relname)
    FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE relkind = 'S' AND nspname !~ '^pg_' AND nspname <> 'information_schema' AND $stack_postgres_dumped"
}

# stack_postgres_known_counts XMIN: as stack_postgres_counts, with more to each: its
# number, those of its columns (one that was dropped and made anew is another; what names
# things by their number is not known by its rows), is it to be counted, its bytes where it
# is worth it to leave them out, and how many rows are not older than XMIN.
stack_postgres_known_counts() {
  local newer=0
  [[ -z $1 ]] || newer="count(*) FILTER (WHERE age(xmin) <= age(''$(($1 & 4294967295))''::xid))"
  stack_postgres_each "SELECT format('SELECT json_build_array(%L, %L, count(*), %L, %L, %s, %s, $newer) FROM ONLY %I.%I',
    nspname, relname, c.oid, (SELECT CASE WHEN NOT bool_or(atttypid::regtype::text ~ '^reg') THEN string_agg(attnum::text, ',' ORDER BY attnum) END
      FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped),
    CASE WHEN $stack_postgres_own THEN 'true' ELSE 'false' END,
    CASE WHEN relkind = 'r' THEN format('pg_table_size(%s)', c.oid) ELSE '0' END, nspname, relname)
  FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
  WHERE $stack_postgres_tables AND $stack_postgres_dumped ORDER BY nspname, relname"
}

# stack_postgres_know WHERE: the moment goes to work/moment.PART, with the digests of the
# sequences and of all that is no data. Not beside another pg_dump: each holds a lock on
# every table.
stack_postgres_know() {
  local about=$run_dir/work/about.$part out=$run_dir/work/definition.$part definition=''
  # Newer versions write a word that is another each time.
  ! stack_pg pg_dump -s --snapshot="$snapshot" -d "$1" --no-password >"$out" 2>"$out.complaint" ||
    definition=$(sed -e '/^\\restrict /d' -e '/^\\unrestrict /d' "$out" | hash_text)
  sed '1d; $d' "$about" | jq -c --arg definition "$definition" --arg sequences "$(sed -n '/^\[/p' "$about" | LC_ALL=C sort | hash_text)" \
    'select(type == "object") | . + $ARGS.named' >"$run_dir/work/moment.$part"
}

# stack_postgres_since: where there is a base: set since_xmin, from where on rows are
# new, and changed to whether there is anything new; since_xmin is empty where the dump has
# to be whole.
stack_postgres_since() {
  local answer
  stack_base_facts
  [[ -n $since_base ]] || return 0
  sed -n 1p "$run_dir/work/about.$part" >"$run_dir/work/now.$part"
  answer=$(jq -rn --slurpfile base "$run_dir/work/base.$part" --slurpfile moment "$run_dir/work/moment.$part" \
    --slurpfile now "$run_dir/work/now.$part" '$base[0].moment as $b | $moment[0] as $n |
    if ($b and $n) | not then "the server does not say which it is"
    elif $b.system != $n.system or $b.oid != $n.oid then "it is another database than that of the base"
    elif $b.started != $n.started then "the server has been started since"
    elif $b.blobs or $n.blobs then "it has large objects"
    elif $n.definition == "" or $b.definition != $n.definition or $base[0].settings != $now[0].settings then "its tables or settings are others"
    elif ($n.xmin | tonumber) - ($b.xmin | tonumber) | . < 0 or . > 1073741824 then "there were too many transactions since"
    else "xmin " + $b.xmin end')
  if [[ $answer != xmin* ]]; then
    stack_is_whole "$answer"
    return 0
  fi
  since_xmin=${answer#* }
  stack_postgres_count
  stack_postgres_choose
}

# stack_postgres_choose: work/kept.PART, the tables whose rows stay in the base; set
# changed to whether anything has.
stack_postgres_choose() {
  local choice=$run_dir/work/choice.$part
  sed '1d; $d' "$run_dir/work/counts.$part" >"$run_dir/work/rows.$part"
  jq -cs --slurpfile base "$run_dir/work/base.$part" --slurpfile moment "$run_dir/work/moment.$part" --argjson worth "$stack_worth" '
    $base[0].moment as $b | map(. as $row | $b.tables[$row[3]] as $was | {row: $row, same: ($was != null and $row[4] != null and $row[7] == 0 and $was == [$row[2], $row[4]])}) |
    {changed: ((all(.same) and length == ($b.tables | length) and $moment[0].sequences == $b.sequences) | not),
     kept: (map(select(.same) | .row | select(.[5] and .[6] >= $worth and ((.[0] + .[1]) | test("[\u0000-\u001f]") | not))) |
       sort_by(-.[6])[:100] | map([.[3], .[0], .[1]]))}' "$run_dir/work/rows.$part" >"$choice"
  changed=$(jq .changed "$choice")
  jq -c '.kept[]' "$choice" >"$run_dir/work/kept.$part"
  [[ $changed == true && -s $run_dir/work/kept.$part ]] || rm -f -- "$run_dir/work/kept.$part"
}

# stack_postgres_patterns: print what pg_dump calls the tables of work/kept.PART.
stack_postgres_patterns() {
  [[ ! -e $run_dir/work/kept.$part ]] ||
    jq -r '.[1:] | map("\"" + gsub("\""; "\"\"") + "\"") | join(".")' "$run_dir/work/kept.$part"
}

# stack_postgres_note_moment FACTS: into FACTS, what the next export has to know, and what
# an import takes from the base.
stack_postgres_note_moment() {
  local kept=$run_dir/work/kept.$part
  stack_postgres_kept_check
  [[ -e $kept ]] || kept=/dev/null
  sed '1d; $d' "$run_dir/work/counts.$part" >"$run_dir/work/rows.$part"
  jq -c --slurpfile moment "$run_dir/work/moment.$part" --slurpfile kept "$kept" --slurpfile rows "$run_dir/work/rows.$part" '
    ($rows | map({(.[3]): [.[2], .[4]]}) | add // {}) as $tables |
    . + (if $moment == [] then {} else {moment: ($moment[0] + {tables: $tables})} end) +
    (if $kept == [] then {} else {from_base: $kept} end)' "$1" >"$1.new"
  mv -- "$1.new" "$1"
}

# stack_postgres_data LIST: print its lines of the rows of tables, the number of the table
# first.
stack_postgres_data() {
  LC_ALL=C awk '$2 == "0" && $4 == "TABLE" && $5 == "DATA" { print $3 "\t" $0 }' "$1"
}

# stack_postgres_kept_check: what was to be left out of the dump is not in it.
stack_postgres_kept_check() {
  local twice
  [[ -e $run_dir/work/kept.$part ]] || return 0
  twice=$(stack_postgres_data "$run_dir/work/list.$part" | cut -f 1 | grep -xF -e "$(jq -r '.[0]' "$run_dir/work/kept.$part")" | head -n 1) || :
  [[ -z $twice ]] || stack_fail "pg_dump did not leave out the table with the number $twice"
}

# stack_postgres_base_list FACTS DUMP LIST: of the base's dump, the rows of just those
# tables that were left out.
stack_postgres_base_list() {
  stack_call "$3.all" stack_pg pg_restore --list <"$2"
  stack_postgres_data "$3.all" | LC_ALL=C awk -F '\t' -v wanted="$(jq -r '[.from_base[][0]] | join(" ")' "$1")" '
    BEGIN { split(wanted, list, " "); for (each in list) rows[list[each]] }
    $1 in rows { sub(/^[^\t]*\t/, ""); print }' >"$3"
  [[ $(grep -c '' "$3") == "$(jq '.from_base | length' "$1")" ]] || stack_fail 'its base does not hold all tables that it has from there'
}

# stack_postgres_fill_both DUMP FACTS WORD...: what the base has comes in before the
# indexes and what holds tables together.
stack_postgres_fill_both() {
  local new base list=$run_dir/work/base-list.$part of=$2 its_base
  its_base=$(<"$run_dir/work/based")/$part-complete.dump
  stack_postgres_base_list "$of" "$its_base" "$list"
  stack_postgres_bring new dump "$1"
  stack_postgres_bring base base "$its_base"
  stack_postgres_bring list list "$list"
  shift 2
  stack_call /dev/null stack_pg pg_restore "$@" --section=pre-data --section=data "$new"
  stack_call /dev/null stack_pg pg_restore "$@" --section=data -L "$list" "$base"
  stack_call /dev/null stack_pg pg_restore "$@" --section=post-data "$new"
}

# stack_postgres_count: work/counts.PART, the facts and the rows of each table.
stack_postgres_count() {
  local rows=$run_dir/work/rows.$part
  if [[ $verb == export ]]; then
    stack_postgres_ask "$rows" 'the rows could not be counted' stack_postgres_known_counts "$since_xmin"
  else
    stack_postgres_ask "$rows" 'the rows could not be counted' stack_postgres_counts
  fi
  {
    sed -n 1p "$run_dir/work/about.$part"
    cat -- "$rows"
  } >"$run_dir/work/counts.$part"
}
