# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# A PostgreSQL database as a part: in a container, by the client programs there,
# or at a URL, by those here. The password never leaves the container; that of a
# URL goes to the programs through their environment.

# stack_pg PROGRAM ARGUMENT...: a client program, as the user of the part.
stack_pg() {
  stack_pg_by stack_in stack_here "$@"
}

stack_here() {
  with_timeout "$stack_long" "$@" 6>&- 7>&-
}

# stack_pg_by IN HERE PROGRAM ARGUMENT...: the same, where IN CONTAINER COMMAND... runs
# something in a container, and HERE COMMAND... here.
stack_pg_by() {
  local in=$1 here=$2 url_word=''
  shift 2
  if [[ -n $part_service ]]; then
    # shellcheck disable=SC2016 # the container's own variables
    "$in" "$container" sh -c 'word=${PGPASSWORD-${POSTGRES_PASSWORD-}}
      export "PGPASS""WORD=$word"
      program=$1 && shift && exec "$program" --username="$0" "$@"' "$part_user" "$@"
    return
  fi
  stack_split_url
  (
    export PGCONNECT_TIMEOUT=${PGCONNECT_TIMEOUT:-10}
    # In two steps, or a search for secrets that are assigned would find it.
    if [[ -n $url_word ]]; then
      export PGPASSWORD
      printf -v PGPASSWORD '%s' "$url_word"
    fi
    "$here" "$@"
  )
}

# stack_split_url: set url_head, url_tail (around the name of the database) and
# url_word, its password.
stack_split_url() {
  local rest=${part_url#*://} login
  url_tail=
  [[ $rest != *\?* ]] || url_tail="?${rest#*\?}"
  rest=${rest%%\?*}
  rest=${rest%%/*}
  if [[ $rest == *@* ]]; then
    login=${rest%@*}
    if [[ $login == *:* ]]; then
      url_word=${login#*:}
      url_word=${url_word//\\/\\\\}
      printf -v url_word '%b' "${url_word//%/\\x}"
      rest=${login%%:*}@${rest##*@}
    fi
  fi
  url_head=postgresql://$rest
}

# stack_pg_name NAME DATABASE: set NAME to what -d takes.
stack_pg_name() {
  local LC_ALL=C its_text=$2 its_char its_name=''
  if [[ -n $part_service ]]; then
    its_text=${its_text//\\/\\\\}
    printf -v "$1" '%s' "dbname='${its_text//\'/\\\'}'"
    return
  fi
  while [[ -n $its_text ]]; do
    its_char=${its_text:0:1}
    its_text=${its_text:1}
    if [[ $its_char != [A-Za-z0-9._-] ]]; then
      printf -v its_char '%02X' "'$its_char"
      its_char=%${its_char: -2}
    fi
    its_name+=$its_char
  done
  stack_split_url
  printf -v "$1" '%s' "$url_head/$its_name$url_tail"
}

# stack_sql DATABASE [NAME=VALUE]...: run the SQL of standard input there; :'NAME'
# is VALUE, which is no secret.
stack_sql() {
  local where word words=()
  stack_pg_name where "$1"
  for word in "${@:2}"; do
    words+=(-v "$word")
  done
  stack_pg psql -X -q -A -t -v ON_ERROR_STOP=1 ${words[@]+"${words[@]}"} -d "$where" -f -
}

# stack_admin NAME=VALUE...: the same from outside of the database of the part.
stack_admin() {
  local outside=postgres
  [[ $part_database != postgres ]] || outside=template1
  stack_sql "$outside" "$@"
}

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

# stack_postgres_hold: a session holds a snapshot open until all is read: set snapshot;
# descriptor 8 asks it, 5 answers.
stack_postgres_hold() {
  local pipe=$run_dir/work/hold.$part
  mkfifo "$pipe.ask" "$pipe.answer"
  stack_sql "$part_database" <"$pipe.ask" >"$pipe.answer" 2>"$pipe.complaint" &
  exec 8>"$pipe.ask" 5<"$pipe.answer"
  printf '%s\n' 'SET statement_timeout = 0;' 'SET idle_in_transaction_session_timeout = 0;' \
    'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;' 'SELECT pg_export_snapshot();' >&8
  snapshot=
  read -r -t 60 snapshot <&5 || :
  [[ -n $snapshot ]] || stack_fail "$(tail -n 1 -- "$pipe.complaint")"
}

# stack_postgres_ask FILE WHAT COMMAND...: the answer to the SQL that COMMAND prints goes to
# FILE; ends the step with WHAT where there is none.
stack_postgres_ask() {
  # A session that has ended reads nothing: what it answered says so.
  (
    trap '' PIPE
    "${@:3}"
    printf "SELECT 'end';\n"
  ) >&8 2>/dev/null || :
  sed '/^end$/q' <&5 >"$1"
  [[ $(tail -n 1 -- "$1") == end ]] || stack_fail "$2: $(tail -n 1 -- "$run_dir/work/hold.$part.complaint")"
}

# stack_postgres_let_go: with its end the session and its snapshot end too.
stack_postgres_let_go() {
  exec 8>&- 5<&-
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
