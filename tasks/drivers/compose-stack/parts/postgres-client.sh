# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# The client programs of a part that is a PostgreSQL database.

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
  local address=${part_url#*://} login
  url_tail=
  [[ $address != *\?* ]] || url_tail="?${address#*\?}"
  address=${address%%\?*}
  address=${address%%/*}
  if [[ $address == *@* ]]; then
    login=${address%@*}
    if [[ $login == *:* ]]; then
      url_word=${login#*:}
      url_word=${url_word//\\/\\\\}
      printf -v url_word '%b' "${url_word//%/\\x}"
      address=${login%%:*}@${address##*@}
    fi
  fi
  url_head=postgresql://$address
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

# stack_postgres_bring NAME END FILE: set NAME to where the client programs find it.
stack_postgres_bring() {
  local its_place=$3
  if [[ -n $part_service ]]; then
    its_place=/tmp/lockstep-$run_id-$part.$2
    # shellcheck disable=SC2016 # the container's shell
    stack_call /dev/null stack_in "$container" sh -c 'umask 077 && cat >"$0"' "$its_place" <"$3"
  fi
  printf -v "$1" '%s' "$its_place"
}

# stack_postgres_sweep RUN: what that run has brought into the container goes.
stack_postgres_sweep() {
  local place=/tmp/lockstep-$1-$part
  [[ -z $part_service ]] || stack_in "$container" rm -f "$place.dump" "$place.base" "$place.list"
}
