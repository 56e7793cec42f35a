# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# Putting a backup back: the model's row, which is safe while the server runs,
# or the whole database, which is not.

# webui_answer MODE: what programs over all targets ask; see elsewhere.sh. They
# give a folder of a run, and for row and full that of a backup.
webui_answer() {
  local status=0
  if [[ $1 == health ]]; then
    webui_health
    return 0
  fi
  run_dir=$lockstep_run_dir
  reason_file=$run_dir/reasons/asked
  set +e
  (
    set -e
    "webui_answer_$1" "$lockstep_folder"
  )
  status=$?
  set -e
  exit_code=$status
  # It belongs to the one that asks.
  run_dir=/dev/null/none
}

webui_answer_differs() {
  webui_read_row
  cmp -s -- "$run_dir/work/row.json" "$1/row.json" || printf 'model %s\n' "$model"
}

webui_answer_save() {
  webui_read_row
  webui_back_up
}

webui_answer_ready() {
  webui_nobody_has
}

webui_answer_row() {
  webui_restore row "$1"
}

webui_answer_full() {
  webui_restore full "$1"
}

# webui_restore row|full FOLDER: what was there before is in this run, if it could
# be saved.
webui_restore() {
  [[ ! -d $run_dir/saved/artifacts ]] ||
    undo_with webui_undo_restore "$1" "${run_dir#"$root/"}/saved"
  "webui_restore_$1" "$2"
}

# webui_undo_restore MODE SAVED: in ( ), because what it finds wrong must not end
# the undo of the rest.
webui_undo_restore() {
  webui_recall_settings "$2" || return 1
  (reason_file=$run_dir/work/undo && "webui_restore_$1" "$2/artifacts")
}

# webui_restore_row FOLDER: the row of row.json, whatever stands there now.
webui_restore_row() {
  local count=$run_dir/work/count
  webui_ask "$count" "${engine}_put_row" "$1/row.json" ''
  [[ $(<"$count") == 1 ]] ||
    fail_step "model $model: it is no longer in the database; restore the whole database with --full" 3
  output changed "model $model"
}

# webui_restore_full FOLDER: the whole database; refused while anything has it
# open.
webui_restore_full() {
  if [[ $engine == sqlite ]]; then
    webui_restore_sqlite "$1/database.sqlite"
  else
    webui_restore_postgres "$1/database.dump"
  fi
}

# webui_restore_sqlite COPY: what stands there now is kept beside it, with its
# -wal and -shm, which belong to it and to nothing else.
webui_restore_sqlite() {
  local aside=$database.before-$run_id beside=$database.lockstep-$run_id suffix encoded
  webui_is_copy "$1"
  webui_nobody_has
  if [[ -e $database ]]; then
    # It stays as long as the backup of this run, and goes with it.
    encode_path encoded "$aside"
    journal aside "$encoded"
    cp -p -- "$database" "$aside"
    cp -p -- "$database" "$beside"
  fi
  cat -- "$1" >"$beside"
  webui_is_copy "$beside"
  webui_nobody_has
  for suffix in -wal -shm; do
    [[ ! -e $database$suffix ]] || mv -- "$database$suffix" "$aside$suffix"
  done
  mv -f -- "$beside" "$database"
  output changed "$database"
  [[ ! -e $aside ]] || output created "$aside"
}

webui_is_copy() {
  [[ -s $1 && $(sqlite_on "$1" -readonly <<<'PRAGMA quick_check(1);') == ok ]] ||
    fail_step "$1: is not a good copy of a database"
}

# webui_nobody_has: ends the step if the database is open. /proc shows every
# process that we may look at; where there is none, fuser does.
webui_nobody_has() {
  local holder='' link
  if [[ $engine != sqlite ]]; then
    webui_ask "$run_dir/work/others" postgres_others
    holder=$(<"$run_dir/work/others")
  elif [[ -d /proc/self/fd ]]; then
    for link in /proc/[0-9]*/fd/*; do
      [[ $link -ef $database ]] || continue
      holder=${link#/proc/}
      holder="process ${holder%%/*}"
    done
  else
    holder=$(fuser -- "$database" 2>/dev/null || :)
  fi
  [[ -z $holder ]] ||
    fail_step "database $database: $holder has it open; stop Open WebUI first" 4
}

postgres_others() {
  postgres_on <<'SQL'
SELECT string_agg(usename || ' ' || coalesce(nullif(application_name, ''), 'process ' || pid), ', ')
FROM pg_stat_activity WHERE datname = current_database()
  AND backend_type = 'client backend' AND pid <> pg_backend_pid();
SQL
}

# webui_restore_postgres DUMP: in one transaction.
webui_restore_postgres() {
  postgres_run pg_restore --list "$1" >/dev/null
  webui_nobody_has
  webui_ask "$run_dir/work/restored" postgres_run pg_restore --clean --if-exists \
    --single-transaction --no-owner --exit-on-error -d "$database" "$1"
  output changed "$database"
}
