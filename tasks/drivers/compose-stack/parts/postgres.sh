# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# A PostgreSQL database as a part: in a container, by the client programs there,
# or at a URL, by those here. The password never leaves the container; that of a
# URL goes to the programs through their environment.

# stack_postgres_ready: container, or ends the step; no server: 3.
stack_postgres_ready() {
  local complaint
  if [[ -n $part_service ]]; then stack_require_service; else need_program psql postgresql-client; fi
  complaint=$(stack_admin name="$part_database" <<<'SELECT 1;' 2>&1 >/dev/null) ||
    stack_fail "the server does not answer: ${complaint##*error: }" 3
}

# stack_postgres_look: print the bytes of the database; 0 where there is none.
stack_postgres_look() {
  stack_postgres_ready
  stack_call "$run_dir/work/size.$part" stack_admin name="$part_database" <<'SQL'
SELECT coalesce((SELECT pg_database_size(oid) FROM pg_database WHERE datname = :'name'), 0);
SQL
  cat -- "$run_dir/work/size.$part"
}

# stack_postgres_dump FOLDER: dump and rows from one moment; of an export since another
# only what changed, if it can be told.
stack_postgres_dump() {
  local file=$1/$part-complete.dump where snapshot dumping since_base since_xmin='' changed=true patterns=()
  local status=0 complaint=$run_dir/work/dump.$part
  stack_postgres_ready
  stack_pg_name where "$part_database"
  stack_postgres_hold
  stack_postgres_ask "$run_dir/work/about.$part" 'the server could not be asked' stack_postgres_about
  if [[ $verb == export ]]; then
    stack_postgres_know "$where"
    stack_postgres_since
  fi
  if [[ $changed == false ]]; then
    stack_postgres_let_go
    stack_refer "${file##*/}"
    return 0
  fi
  stack_lines patterns "$(stack_postgres_patterns)"
  stack_pg pg_dump -Fc -Z0 --snapshot="$snapshot" -d "$where" --no-password \
    ${patterns[@]+"${patterns[@]/#/--exclude-table-data=}"} >"$file" 2>"$complaint" &
  dumping=$!
  [[ -n $since_xmin ]] || stack_postgres_count
  wait "$dumping" || status=$?
  stack_postgres_let_go
  ((status == 0)) || stack_fail "pg_dump failed: $(tail -n 1 -- "$complaint")"
  stack_postgres_check "$file"
  stack_postgres_note "$run_dir/work/counts.$part" "$run_dir/work/facts.$part"
  [[ $verb != export ]] || stack_postgres_note_moment "$run_dir/work/facts.$part"
}

# stack_postgres_about: SQL for what it is; for an export also for its moment.
stack_postgres_about() {
  stack_postgres_facts
  [[ $verb != export ]] || stack_postgres_moment
}

# stack_postgres_accept FACTS: print what stands against loading such a dump, as
# lines: refuse, warn or note, and why.
stack_postgres_accept() {
  local here=$run_dir/work/here.$part lacking
  stack_postgres_ready
  stack_call "$here" stack_admin facts="$(jq -c '{roles, extensions}' "$1")" <<'SQL'
SELECT json_build_object('major', current_setting('server_version_num')::int / 10000, 'version', current_setting('server_version'),
  'roles', (SELECT json_agg(name) FROM json_array_elements_text(:'facts'::json -> 'roles') AS wanted(name)
    WHERE NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = name)),
  'extensions', (SELECT json_agg(key) FROM json_object_keys(:'facts'::json -> 'extensions') AS wanted(key)
    WHERE NOT EXISTS (SELECT 1 FROM pg_available_extensions WHERE name = key)));
SQL
  jq -rn --slurpfile here "$here" --slurpfile there "$1" '$here[0] as $h | $there[0] as $t |
    "note PostgreSQL \($t.version) there and \($h.version) here; \($t.tables) tables, \($t.rows) rows",
    (if $t.major > $h.major then "refuse the dump is of PostgreSQL \($t.major) and the server here is \($h.major): use the newer one here"
     elif $t.major < $h.major then "refuse the dump is of PostgreSQL \($t.major) and the server here is \($h.major)" else empty end),
    (if $h.extensions then "refuse the server here lacks the extensions \($h.extensions | join(", ")): install them there first" else empty end),
    (if $h.roles then "refuse the server here lacks the roles \($h.roles | join(", ")): CREATE ROLE them first, or nobody owns what was theirs" else empty end)'
  # At an address its disk cannot be asked.
  if [[ -n $part_service ]]; then
    # shellcheck disable=SC2016 # the container's shell
    { stack_admin <<<'SHOW data_directory' | stack_in "$container" sh -c 'read -r folder && df -Pk "$folder"' 2>/dev/null || :; } |
      stack_judge_room "$(jq '.bytes // 0' "$1")"
  fi
  ! jq -e '.roles' "$here" >/dev/null || : >"$run_dir/work/without_owners.$part"
}
