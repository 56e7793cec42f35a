# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# A dump becomes a database beside the one that is here, and takes over by a
# rename. The former one stays under another name until it is forgotten.

# stack_postgres_names: set new_name and former_name (at most 63 bytes) for this
# run; former_base is what the names of all former ones begin with.
stack_postgres_names() {
  local LC_ALL=C base=$part_database
  ((${#base} <= 34)) || base=lockstep_$(printf '%s' "$base" | hash_text | cut -c 1-16)
  former_base=${base}_before_
  former_name=$former_base$run_id
  new_name=${base}_new_$run_id
}

# stack_postgres_load FOLDER FACTS: what FOLDER holds of it, beside what is here.
stack_postgres_load() {
  local there
  stack_postgres_ready
  stack_postgres_names
  there=$(stack_postgres_look)
  ((there > 0)) || former_name=
  new_oid=
  stack_remember
  undo_with stack_undo_load "$memory"
  stack_postgres_create "$2"
  if [[ -e $1/$part-complete.sql ]]; then
    stack_postgres_run "$1/$part-complete.sql"
  else
    stack_postgres_fill "$1/$part-complete.dump" "$2"
  fi
  stack_postgres_compare "$2"
}

# stack_postgres_create FACTS: a new database that is like the one of the dump.
stack_postgres_create() {
  local fact owner facts=()
  for fact in encoding collate ctype owner; do
    facts+=("$fact=$(jq -r ".$fact" "$1")")
  done
  # A locale that is not known here is found out by this, while all runs.
  stack_call "$run_dir/work/created.$part" stack_admin name="$new_name" "${facts[@]}" <<'SQL'
SELECT format('CREATE DATABASE %I TEMPLATE template0 ENCODING %L LC_COLLATE %L LC_CTYPE %L OWNER %I', :'name', :'encoding',
  :'collate', :'ctype', coalesce((SELECT rolname FROM pg_roles WHERE rolname = :'owner'), current_user)) \gexec
SELECT oid FROM pg_database WHERE datname = :'name';
SQL
  new_oid=$(<"$run_dir/work/created.$part")
  stack_remember
  # Its settings can be those of extensions that are not here yet: each by itself.
  jq -r '.settings[]? | @tsv' "$1" | while IFS=$'\t' read -r fact owner; do
    stack_admin name="$new_name" key="$fact" value="$owner" <<'SQL' || :
SELECT format('ALTER DATABASE %I SET %s TO %s', :'name', :'key', CASE WHEN :'key' = 'search_path' THEN :'value' ELSE quote_literal(:'value') END) \gexec
SQL
  done
}

# stack_postgres_fill DUMP FACTS: two at once, which cannot be read from a pipe.
stack_postgres_fill() {
  local where file words=(--exit-on-error --no-password -j 2)
  [[ ! -e $run_dir/work/without_owners.$part ]] || words+=(--no-owner --no-privileges)
  stack_pg_name where "$new_name"
  if jq -e .from_base "$2" >/dev/null; then
    stack_postgres_fill_both "$1" "$2" "${words[@]}" -d "$where"
  else
    stack_postgres_bring file dump "$1"
    stack_call /dev/null stack_pg pg_restore "${words[@]}" -d "$where" "$file"
  fi
  stack_postgres_sweep "$run_id"
  stack_call /dev/null stack_sql "$new_name" <<<'ANALYZE;'
}

# stack_postgres_run FILE: SQL, all of it or nothing that counts.
stack_postgres_run() {
  stack_call /dev/null stack_sql "$new_name" <"$1"
  stack_call /dev/null stack_sql "$new_name" <<'SQL'
SELECT format('REFRESH MATERIALIZED VIEW %I.%I', schemaname, matviewname) FROM pg_matviews WHERE NOT ispopulated \gexec
ANALYZE;
SQL
}

# stack_postgres_compare FACTS: each table has as many rows as when it was dumped.
stack_postgres_compare() {
  local difference
  {
    printf 'BEGIN READ ONLY;\n'
    stack_postgres_counts
  } >"$run_dir/work/ask.$part"
  stack_call "$run_dir/work/loaded.$part" stack_sql "$new_name" <"$run_dir/work/ask.$part"
  difference=$(jq -c -n --slurpfile loaded "$run_dir/work/loaded.$part" --slurpfile facts "$1" \
    '($facts[0].counts - $loaded) + (if $facts[0].clean then [] else $loaded - $facts[0].counts end) | .[0] // empty') ||
    stack_fail "the rows could not be compared"
  [[ -z $difference ]] || stack_fail "the rows differ after loading: $difference"
}

# stack_postgres_switch: in one transaction, while nobody is connected.
stack_postgres_switch() {
  stack_postgres_ready
  stack_recall "$run_dir/stack/$part"
  undo_with stack_undo_switch "${run_dir#"$root"/}/stack/$part"
  [[ $inactive == false ]] || stack_postgres_quieten
  stack_postgres_close "$part_database" "$new_name"
  stack_call /dev/null stack_admin name="$part_database" new="$new_name" former="${former_name:-$new_name}" <<'SQL'
BEGIN;
SELECT format('ALTER DATABASE %I RENAME TO %I', :'name', :'former') FROM pg_database WHERE datname = :'name' \gexec
SELECT format('ALTER DATABASE %I RENAME TO %I', :'new', :'name') \gexec
COMMIT;
SQL
  stack_postgres_open "$part_database" "${former_name:-$part_database}"
}

# stack_postgres_quieten: with --inactive no workflow of n8n acts when it starts, in
# whatever schema it is and with whatever prefix, and no execution goes on; newer ones name the
# active version too.
stack_postgres_quieten() {
  stack_call /dev/null stack_sql "$new_name" <<'SQL'
SELECT format('UPDATE %s SET active = false', attrelid::regclass)
FROM pg_attribute JOIN pg_class c ON c.oid = attrelid WHERE relname ~ '(^|_)workflow_entity$' AND relkind = 'r' AND attname = 'active' \gexec
SELECT format('UPDATE %s SET "activeVersionId" = NULL', attrelid::regclass)
FROM pg_attribute JOIN pg_class c ON c.oid = attrelid WHERE relname ~ '(^|_)workflow_entity$' AND relkind = 'r' AND attname = 'activeVersionId' \gexec
SELECT format('UPDATE %s SET "waitTill" = NULL', attrelid::regclass)
FROM pg_attribute JOIN pg_class c ON c.oid = attrelid WHERE relname ~ '(^|_)execution_entity$' AND relkind = 'r' AND attname = 'waitTill' \gexec
SELECT format('DELETE FROM %s', oid::regclass) FROM pg_class WHERE relname ~ '(^|_)webhook_entity$' AND relkind = 'r' \gexec
SQL
}

# stack_postgres_close DATABASE DATABASE: nobody can connect, and who has is sent away.
stack_postgres_close() {
  stack_call /dev/null stack_admin one="$1" two="$2" <<'SQL'
SELECT format('ALTER DATABASE %I ALLOW_CONNECTIONS false', datname) FROM pg_database WHERE datname IN (:'one', :'two') \gexec
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname IN (:'one', :'two') AND pid <> pg_backend_pid();
SQL
}

stack_postgres_open() {
  stack_call /dev/null stack_admin one="$1" two="$2" <<'SQL'
SELECT format('ALTER DATABASE %I ALLOW_CONNECTIONS true', datname) FROM pg_database WHERE datname IN (:'one', :'two') \gexec
SQL
}

# stack_postgres_back: as before the switch; the new one is told by its number.
stack_postgres_back() {
  stack_postgres_revive
  stack_postgres_close "$part_database" "${former_name:-$new_name}"
  stack_call /dev/null stack_admin name="$part_database" new="$new_name" former="$former_name" oid="${new_oid:-0}" <<'SQL'
BEGIN;
SELECT format('ALTER DATABASE %I RENAME TO %I', :'name', :'new') FROM pg_database WHERE datname = :'name' AND oid = :'oid' \gexec
SELECT format('ALTER DATABASE %I RENAME TO %I', :'former', :'name') FROM pg_database WHERE datname = :'former' \gexec
COMMIT;
SQL
  stack_postgres_open "$part_database" "$new_name"
}

# stack_postgres_drop: what was loaded beside.
stack_postgres_drop() {
  stack_postgres_revive
  stack_postgres_sweep "$former_run"
  stack_call /dev/null stack_admin name="$new_name" <<'SQL'
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :'name';
SELECT format('DROP DATABASE IF EXISTS %I', :'name') \gexec
SQL
}

# stack_postgres_revive: the server may have gone with the run.
stack_postgres_revive() {
  if [[ -n $part_service ]]; then
    stack_container container "$part_service"
    [[ -n $container ]] || stack_fail "there is no container of the service $part_service any more"
    stack_docker start "$container" >/dev/null || stack_fail "the service $part_service cannot be started"
    stack_wait_healthy "$stack_patience" "$container" || stack_fail "$unhealthy"
  fi
}

# stack_postgres_forget KEEP: the former ones but for the newest KEEP.
stack_postgres_forget() {
  stack_postgres_names
  stack_call /dev/null stack_admin base="$former_base" keep="$1" <<'SQL'
SELECT format('DROP DATABASE %I', datname) FROM pg_database
WHERE left(datname, length(:'base')) = :'base' AND substr(datname, length(:'base') + 1) ~ '^\d{8}_\d{6}_[0-9a-f]{4}$'
ORDER BY datname DESC OFFSET :keep \gexec
SQL
}
