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
  webui_remember_settings "$run_dir/saved"
  [[ ! -e $run_dir/work/wanted ]] ||
    cp -- "$run_dir/work/wanted" "$run_dir/saved/wanted"
  if [[ $engine == sqlite ]]; then
    webui_copy_sqlite
  else
    webui_dump_postgres
  fi
}

# webui_copy_sqlite: one transaction around the copy, or each write of somebody
# else would start it again from the beginning. It is checked while it goes onto
# the disk.
webui_copy_sqlite() {
  local verdict keeping
  cd -- "$artifacts" || exit
  webui_ask ../copied sqlite_on "$database" -readonly <<'SQL'
BEGIN;
SELECT count(*) FROM sqlite_master;
.backup --async database.sqlite
COMMIT;
SQL
  webui_ask ../copied sqlite_on database.sqlite <<<'PRAGMA synchronous = OFF; PRAGMA journal_mode = DELETE;'
  [[ $(<../copied) == delete ]] || fail_step 'the copy of the database cannot be opened'
  keep_artifacts &
  keeping=$!
  verdict=$(sqlite_on database.sqlite -readonly <<<'PRAGMA quick_check(1);' 2>&1) || :
  wait "$keeping" || fail_step 'the backup cannot be read, or cannot be written onto the disk'
  [[ $verdict == ok ]] || webui_fail "malformed: $verdict"
  cd -- "$root" || exit
}

# webui_dump_postgres: listed from the file; a pipe that is closed early would
# end pg_dump.
webui_dump_postgres() {
  webui_ask "$run_dir/saved/copied" postgres_run pg_dump -Fc --no-password \
    -f "$artifacts/database.dump" -d "$database"
  pg_restore --list "$artifacts/database.dump" >"$run_dir/work/listed"
  grep -q 'TABLE DATA .* model ' "$run_dir/work/listed" ||
    fail_step 'the dump has no table "model"'
  keep_artifacts
}
