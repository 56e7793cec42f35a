# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# The rows of workflows in the database of n8n: where they are, what is saved of them
# before a merge, and how they go and come back. n8n has no command that removes one,
# and its import makes anew what was published.

# stack_merge_find_rows: set holder to the part of the kind postgres that has the
# workflows of work/merge/mine.json, all of them and no others, and rows to their table,
# whatever schema and prefix it has; ends the step with 4 where there is none.
stack_merge_find_rows() {
  local name found=''
  for name in "${stack_parts[@]}"; do
    stack_use "$name"
    [[ $kind == postgres ]] || continue
    stack_postgres_ready
    stack_call "$run_dir/work/rows.$name" stack_sql "$part_database" <<'SQL'
SELECT format('SELECT json_build_array(%L, coalesce(json_agg(id ORDER BY id), ''[]'')) FROM %I.%I', format('%I.%I', nspname, relname), nspname, relname)
FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
WHERE relname ~ '(^|_)workflow_entity$' AND relkind = 'r' AND nspname !~ '^pg_'
  AND EXISTS (SELECT FROM pg_attribute WHERE attrelid = c.oid AND attname = 'active') \gexec
SQL
    found+=$(jq -r --arg name "$name" --slurpfile mine "$run_dir/work/merge/mine.json" \
      'select((.[1] | sort) == ($mine[0] | map(.id) | sort)) | $name + " " + .[0]' "$run_dir/work/rows.$name")$'\n'
  done
  found=$(sed '/^$/d' <<<"$found")
  [[ -n $found ]] ||
    fail_step "the workflows of $only are in no part of the kind postgres, and could not all come back if anything failed: import all, without --only" 4
  [[ $found != *$'\n'* ]] || fail_step "the workflows of $only may stand in more than one table: import all, without --only" 4
  holder=${found%% *}
  rows=${found#* }
}

# stack_merge_ids: SQL: the ids that are touched, and what becomes of them; from work/merge/plan.
stack_merge_ids() {
  printf '%s\n' 'BEGIN ISOLATION LEVEL REPEATABLE READ;' 'SET LOCAL search_path = pg_catalog;' \
    'CREATE TEMP TABLE lockstep_ids (id text, fate text) ON COMMIT DROP;' 'COPY lockstep_ids FROM stdin;'
  jq -r '. as $plan | ("gone", "changed", "made") as $fate | $plan[$fate][] | [., $fate] | @tsv' "$run_dir/work/merge/plan"
  printf '%s\n' '\.'
}

# stack_merge_single: SQL: the tables with one row for each workflow at most, such as which
# version of it is published; and their column.
stack_merge_single() {
  cat <<'SQL'
CREATE TEMP VIEW lockstep_single AS
SELECT conrelid::regclass AS place, quote_ident(attname) AS id FROM pg_constraint
JOIN pg_index ON indrelid = conrelid AND indisprimary AND indnatts = 1 AND indkey[0] = conkey[1]
JOIN pg_attribute ON attrelid = conrelid AND attnum = conkey[1]
WHERE contype = 'f' AND confrelid = :'rows'::regclass AND conrelid <> confrelid AND array_length(conkey, 1) = 1;
SQL
}

# stack_merge_save_rows FILE: FILE becomes the SQL that puts all back. Of workflows that go
# it has what goes with them by foreign keys, and what loses its link to them.
stack_merge_save_rows() {
  local cut tab=$'\t'
  {
    stack_merge_ids
    stack_merge_single
    cat <<'SQL'
COPY (SELECT 'changed', :'rows', row_to_json(t) FROM :rows t WHERE id IN (SELECT id FROM lockstep_ids WHERE fate = 'changed')) TO STDOUT;
SELECT format('COPY (SELECT ''single'', %L, row_to_json(t) FROM %s t WHERE %s IN (SELECT id FROM lockstep_ids WHERE fate = ''changed'')) TO STDOUT', place, place, id)
FROM lockstep_single \gexec
WITH RECURSIVE held(place, condition, depth, action) AS (
  SELECT :'rows'::regclass::oid, 'id IN (SELECT id FROM lockstep_ids WHERE fate = ''gone'')' COLLATE "C", 0, 'c'::"char"
  UNION ALL
  SELECT conrelid, format('(%s) IN (SELECT %s FROM %s WHERE %s)', child, parent, confrelid::regclass, condition), depth + 1, confdeltype
  FROM held JOIN pg_constraint k ON contype = 'f' AND confrelid = place AND confdeltype IN ('c', 'n', 'd') AND conrelid <> confrelid
  CROSS JOIN LATERAL (SELECT string_agg(quote_ident(c.attname), ', ') AS child, string_agg(quote_ident(p.attname), ', ') AS parent
    FROM unnest(k.conkey, k.confkey) AS pair(mine, theirs) JOIN pg_attribute c ON c.attrelid = conrelid AND c.attnum = mine
    JOIN pg_attribute p ON p.attrelid = confrelid AND p.attnum = theirs) AS columns
  WHERE action = 'c' AND depth < 9)
SELECT CASE WHEN (max(depth) > 8 OR (bool_or(action = 'c') AND EXISTS (SELECT FROM pg_constraint WHERE contype = 'f' AND conrelid = place AND confrelid = place AND confdeltype IN ('c', 'n', 'd'))))
  AND EXISTS (SELECT FROM lockstep_ids WHERE fate = 'gone') THEN format('COPY (SELECT ''cut'', %L) TO STDOUT', place::regclass) ELSE format('COPY (SELECT %L, %L, row_to_json(t) FROM %s t WHERE %s) TO STDOUT', CASE WHEN bool_or(action = 'c') THEN 'gone' ELSE 'unlinked' END,
  place::regclass, place::regclass, string_agg(condition, ' OR ')) END
FROM held GROUP BY place ORDER BY max(depth) \gexec
ROLLBACK;
SQL
  } >"$1.ask"
  stack_call "$1.rows" stack_sql "$part_database" rows="$rows" <"$1.ask"
  cut=$(sed -n "s/^cut$tab//p" "$1.rows" | head -n 1)
  [[ -z $cut ]] ||
    fail_step "workflows would be removed, and what goes with them in $cut could not all come back if anything failed: import all, without --only" 4
  {
    printf '%s\n' 'BEGIN;' 'SET LOCAL search_path = pg_catalog;' \
      'CREATE TEMP TABLE lockstep_rows (number serial, action text, place text, saved json) ON COMMIT DROP;' \
      'COPY lockstep_rows (action, place, saved) FROM stdin;'
    cat -- "$1.rows"
    jq -r '.made[] | ["made", "", ({id: .} | tojson)] | @tsv' "$run_dir/work/merge/plan"
    printf '%s\n' '\.'
    stack_merge_single
    stack_merge_put_back_rows
  } >"$1"
  rm -f -- "$1.ask" "$1.rows"
  sync_file "$1"
}

# stack_merge_put_back_rows: SQL: what was made goes, what was changed is as it was, and what
# went comes back; where it has not gone there is nothing to do. A workflow and the version
# of it that is published name each other: what names a row that comes later is added then.
stack_merge_put_back_rows() {
  cat <<'SQL'
DELETE FROM :rows WHERE id IN (SELECT saved ->> 'id' FROM lockstep_rows WHERE action = 'made');
-- They went together: one that stands where another does not was made anew since.
WITH gone AS (SELECT saved ->> 'id' AS id FROM lockstep_rows WHERE action = 'gone' AND place::regclass = :'rows'::regclass)
DELETE FROM :rows WHERE id IN (SELECT id FROM gone) AND EXISTS (SELECT id FROM gone EXCEPT SELECT id FROM :rows);
CREATE TEMP TABLE lockstep_places ON COMMIT DROP AS
SELECT turn, action, place, columns, early, late, saved,
  format('UPDATE %1$s t SET (%2$s) = (SELECT %3$s) FROM lockstep_rows s CROSS JOIN json_populate_record(NULL::%1$s, s.saved) r
  WHERE s.action = %4$L AND s.place = %1$L AND %5$s', place, columns, saved, action, coalesce(same, 'false')) AS update
FROM (SELECT min(number) AS turn, action, place FROM lockstep_rows WHERE action <> 'made' GROUP BY action, place) AS places
CROSS JOIN LATERAL (SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) AS columns, string_agg('r.' || quote_ident(attname), ', ' ORDER BY attnum) AS saved,
  string_agg(CASE WHEN waits THEN 'NULL' ELSE 'r.' || quote_ident(attname) END, ', ' ORDER BY attnum) AS early, bool_or(waits) AS late
  FROM pg_attribute CROSS JOIN LATERAL (SELECT NOT attnotnull AND EXISTS (SELECT FROM pg_constraint JOIN lockstep_rows s ON s.action = 'gone' AND s.place = confrelid::regclass::text
    WHERE contype = 'f' AND conrelid = attrelid AND attnum = ANY (conkey) AND number > turn AND confrelid <> conrelid) AS waits) AS order_of_keys
  WHERE attrelid = place::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '') AS theirs
CROSS JOIN LATERAL (SELECT string_agg(format('t.%1$I = r.%1$I', attname), ' AND ') AS same FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attnum = ANY (indkey)
  WHERE indrelid = place::regclass AND indisprimary) AS key
WHERE action IN ('changed', 'single') OR NOT EXISTS (SELECT FROM :rows JOIN lockstep_rows s ON s.action = 'gone' AND s.place::regclass = :'rows'::regclass AND id = s.saved ->> 'id');
SELECT update FROM lockstep_places WHERE action = 'changed' \gexec
SELECT format('DELETE FROM %s WHERE %s IN (SELECT saved ->> ''id'' FROM lockstep_rows WHERE action = ''changed'')', place, id) FROM lockstep_single \gexec
SELECT format('INSERT INTO %1$s (%2$s) OVERRIDING SYSTEM VALUE SELECT %3$s FROM lockstep_rows s CROSS JOIN json_populate_record(NULL::%1$s, s.saved) r
  WHERE s.action = %4$L AND s.place = %1$L ON CONFLICT DO NOTHING', place, columns, early, action)
FROM lockstep_places WHERE action IN ('single', 'gone') ORDER BY turn \gexec
SELECT update FROM lockstep_places WHERE action = 'unlinked' OR (action = 'gone' AND late) \gexec
DROP VIEW lockstep_single;
COMMIT;
SQL
}

# stack_merge_remove_rows: those that go, with what the foreign keys say.
stack_merge_remove_rows() {
  {
    stack_merge_ids
    printf '%s\n' "DELETE FROM :rows WHERE id IN (SELECT id FROM lockstep_ids WHERE fate = 'gone');" 'COMMIT;'
  } >"$run_dir/work/merge/remove"
  stack_call /dev/null stack_sql "$part_database" rows="$rows" <"$run_dir/work/merge/remove"
}

# stack_merge_ask_rows FILE: FILE becomes the SQL that asks for the workflows that are touched, as
# they are when it is asked.
stack_merge_ask_rows() {
  {
    stack_merge_ids
    printf '%s\n' "SELECT coalesce(json_agg(t ORDER BY id), '[]') FROM :rows t WHERE id IN (SELECT id FROM lockstep_ids);" 'ROLLBACK;'
  } >"$1"
}
