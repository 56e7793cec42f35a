# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# The whole database before every change, in the folder of the run from which
# the backup is made: row.json and database.sqlite or database.dump.

# webui_back_up: also keeps what is to be written, for the undo.
webui_back_up() {
  local artifacts=$run_dir/saved/artifacts
  umask 077
  mkdir -p -- "$artifacts"
  cp -- "$run_dir/work/row.json" "$artifacts/row.json"
  [[ ! -e $run_dir/work/wanted ]] ||
    cp -- "$run_dir/work/wanted" "$run_dir/saved/wanted"
  if [[ $engine == sqlite ]]; then
    webui_copy_sqlite
  else
    webui_dump_postgres
  fi
}

# webui_copy_sqlite: one transaction around the copy, or each write of somebody
# else would start it again from the beginning.
webui_copy_sqlite() {
  local verdict
  cd -- "$artifacts" || exit
  webui_ask ../copied sqlite_on "$database" -readonly <<'SQL'
BEGIN;
SELECT count(*) FROM sqlite_master;
.backup database.sqlite
COMMIT;
SQL
  verdict=$(sqlite_on database.sqlite <<<'PRAGMA journal_mode = DELETE; PRAGMA quick_check(1);')
  [[ $verdict == $'delete\nok' ]] ||
    webui_fail "malformed: ${verdict#delete?}"
  cd -- "$root" || exit
}

# webui_dump_postgres: listed from the file; a pipe that is closed early would
# end pg_dump.
webui_dump_postgres() {
  webui_ask "$run_dir/saved/copied" postgres_run pg_dump -Fc --no-password \
    -f "$artifacts/database.dump" -d "$database"
  pg_restore --list "$artifacts/database.dump" >"$run_dir/work/listed"
  grep -q 'TABLE DATA .* model ' "$run_dir/work/listed" ||
    fail_step 'the dump holds no table model'
}
