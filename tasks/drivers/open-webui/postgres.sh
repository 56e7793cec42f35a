# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# Open WebUI in PostgreSQL. Texts reach psql from files, as its variables; the
# password goes to it through its environment only.

postgres_key=

# postgres_use: take the password out of the address in $database.
postgres_use() {
  local rest=${database#*://} login server parameter=password
  engine=postgres
  need_program psql postgresql-client
  need_program pg_dump postgresql-client
  [[ $rest != *[?\&]*"$parameter="* ]] ||
    die 2 'database: put the password before the @ of the address, or into PGPASSFILE'
  server=${rest%%[/?]*}
  if [[ $server == *@* ]]; then
    login=${server%@*}
    if [[ $login == *:* ]]; then
      url_decode postgres_key "${login#*:}"
      add_secret "${login#*:}"
      add_secret "$postgres_key"
      rest=${login%%:*}@${rest#"$login@"}
    fi
  fi
  database=postgresql://$rest
}

# url_decode NAME TEXT: set NAME to TEXT without its percent-encoding.
url_decode() {
  local url_text=${2//\\/\\\\}
  printf -v "$1" '%b' "${url_text//%/\\x}"
}

# postgres_run COMMAND...: a client program, with the password if there is one.
postgres_run() {
  local -x PGCLIENTENCODING=UTF8 PGCONNECT_TIMEOUT=${PGCONNECT_TIMEOUT:-10}
  local -x PGAPPNAME=lockstep
  if [[ -n $postgres_key ]]; then
    local -x PGPASSWORD
    printf -v PGPASSWORD '%s' "$postgres_key"
  fi
  "$@"
}

# postgres_on NAME=VALUE...: run the SQL of standard input; :'NAME' is VALUE. No
# statement waits for ever. A VALUE is short and no secret: it stands in the list of processes.
postgres_on() {
  local variable
  local variables=()
  for variable in "$@"; do
    variables+=(-v "$variable")
  done
  postgres_run psql -X -q -A -t -v ON_ERROR_STOP=1 \
    ${variables[@]+"${variables[@]}"} -d "$database" \
    -c "SET lock_timeout = '5s'; SET statement_timeout = '60s'; SET standard_conforming_strings = on" -f -
}

# postgres_read_row: print the model's row.
postgres_read_row() {
  postgres_on model="$model" <<'SQL'
SELECT id, name, params, meta, updated_at FROM model WHERE false;
SELECT row_to_json(model) FROM model WHERE id = :'model';
SQL
}

postgres_read_ids() {
  postgres_on <<<'SELECT id FROM model ORDER BY id;'
}

# postgres_write_row ROW WANTED: as sqlite_write_row. psql asks a shell for what
# is in the files.
postgres_write_row() {
  local -x ROW=$1 WANTED=$2
  postgres_on <<'SQL'
\set row `cat -- "$ROW"`
\set wanted `[ -z "$WANTED" ] || cat -- "$WANTED"`
UPDATE model SET
  params = coalesce(nullif(split_part(:'wanted', E'\n', 1), ''), params),
  meta = coalesce(nullif(split_part(:'wanted', E'\n', 2), ''), meta),
  name = coalesce(nullif(split_part(:'wanted', E'\n', 3), '')::json #>> '{}', name),
  updated_at = extract(epoch FROM now())::bigint
WHERE id = :'row'::json ->> 'id'
  AND params IS NOT DISTINCT FROM :'row'::json ->> 'params'
  AND meta IS NOT DISTINCT FROM :'row'::json ->> 'meta'
  AND name IS NOT DISTINCT FROM :'row'::json ->> 'name'
  AND updated_at IS NOT DISTINCT FROM (:'row'::json ->> 'updated_at')::bigint
RETURNING 1;
SQL
}

# postgres_put_row ROW WANTED: as sqlite_put_row.
postgres_put_row() {
  local -x ROW=$1 WANTED=$2
  local columns
  columns=$(postgres_on <<<"SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute
    WHERE attrelid = 'model'::regclass AND attnum > 0 AND NOT attisdropped AND attname <> 'id';") || return 1
  postgres_on columns="$columns" <<'SQL'
\set row `cat -- "$ROW"`
\set wanted `[ -z "$WANTED" ] || cat -- "$WANTED"`
UPDATE model SET (:columns) = (SELECT :columns FROM json_populate_record(NULL::model, :'row'))
WHERE id = :'row'::json ->> 'id' AND (:'wanted' = '' OR (
  params IS NOT DISTINCT FROM coalesce(nullif(split_part(:'wanted', E'\n', 1), ''), :'row'::json ->> 'params')
  AND meta IS NOT DISTINCT FROM coalesce(nullif(split_part(:'wanted', E'\n', 2), ''), :'row'::json ->> 'meta')
  AND name IS NOT DISTINCT FROM
    coalesce(nullif(split_part(:'wanted', E'\n', 3), '')::json #>> '{}', :'row'::json ->> 'name')))
RETURNING 1;
SQL
}

# What status asks. Each fails with what psql says.

postgres_reach() {
  postgres_on <<<'SELECT 1;'
}

postgres_integrity() {
  printf 'kept by the server\n'
}

# postgres_try_lock: can the row be written? waits as long as a write would.
postgres_try_lock() {
  postgres_on model="$model" <<'SQL'
BEGIN;
SELECT 1 FROM model WHERE id = :'model' FOR UPDATE;
ROLLBACK;
SQL
}

postgres_schema() {
  postgres_on <<'SQL'
SELECT id, name, params, meta, updated_at FROM model WHERE false;
SELECT CASE WHEN EXISTS (SELECT 1 FROM pg_attribute WHERE attrelid = 'model'::regclass AND attname = 'access_control')
    THEN 'before v0.8, access_control' ELSE 'v0.8 or newer, access_grant' END ||
  CASE WHEN EXISTS (SELECT 1 FROM pg_attribute WHERE attrelid = to_regclass('config') AND attname = 'data')
    THEN ', one config' ELSE ', config by keys' END;
SQL
}
