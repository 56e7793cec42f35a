# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# psql for a person, in the database of a part: at a terminal, or with the SQL of
# standard input. No lock, no record: it is not a run.

# stack_psql: ends the program; 1 where psql did not end well, 3 where there is none or
# no server.
stack_psql() {
  local named=$part state where words=(psql)
  outcome=starting
  if [[ -z $named ]] && stack_has postgres; then named=$first_part; fi
  [[ -n $named ]] || die 2 "$target has no part of the kind postgres"
  stack_use "$named"
  [[ $kind == postgres ]] || die 2 "--part: $target has no part $named of the kind postgres"
  if [[ -n $part_service ]]; then
    stack_container container "$part_service" || die 3 "Docker does not answer: start it, then try again"
    stack_state state "${container:-none}"
    [[ $state == running/* ]] || die 3 "the service $part_service of the project $project does not run: start the stack first"
  fi
  stack_pg_name where "$part_database"
  # Ctrl-C is for psql, which ends the query that it runs.
  trap : INT
  exit_code=0
  [[ -t 0 ]] || words+=(-v ON_ERROR_STOP=1)
  stack_pg_by stack_in_for_person stack_for_person "${words[@]}" -d "$where" || exit_code=$?
  case $exit_code in
    0) finish 0 ;;
    2 | 126 | 127) finish 3 ;;
    *) finish 1 ;;
  esac
}

stack_in_for_person() {
  local words=(-i)
  [[ ! -t 0 || ! -t 1 ]] || words+=(-t)
  [[ $read_only == false ]] || words+=(-e 'PGOPTIONS=-c default_transaction_read_only=on')
  docker exec "${words[@]}" "$@"
}

stack_for_person() {
  [[ $read_only == false ]] || export PGOPTIONS="${PGOPTIONS:-} -c default_transaction_read_only=on"
  "$@"
}
