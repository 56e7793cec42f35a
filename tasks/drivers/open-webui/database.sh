# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# The database of an Open WebUI, which is SQLite or PostgreSQL. What is asked of
# it goes through here; webui-sqlite.sh and webui-postgres.sh know how.

# webui_settings: once they are bound.
webui_settings() {
  take_side files database
  webui_open
  webui_check_files
}

# webui_open: make ready what $database names, and what that needs.
webui_open() {
  webui_address=$database
  webui_choose_engine
  [[ $direction != bidirectional ]] || need_program git git
  stop_if_missing
}

# webui_choose_engine: set engine, whose functions are called ENGINE_read_row and
# so on.
webui_choose_engine() {
  case $database in
    sqlite+sqlcipher:*)
      die 3 'database: it is encrypted (SQLCipher), which sqlite3 cannot read; sync on the server itself, with an unencrypted copy'
      ;;
    sqlite:///?*) sqlite_use "${database#sqlite:///}" ;;
    postgres://?* | postgresql://?* | postgresql+*://?*) postgres_use ;;
    *://*) die 2 "database: neither a file, sqlite:///FILE nor postgres://…: $database" ;;
    *) sqlite_use "$database" ;;
  esac
}

# webui_remember_settings FOLDER, webui_recall_settings FOLDER: which model in
# which database, for an undo by another program. The address may hold a password.
webui_remember_settings() {
  local text
  for text in "$webui_address" "$model"; do
    encode_path text "$text"
    printf '%s\n' "$text"
  done >"$1/settings"
}

webui_recall_settings() {
  { IFS= read -r database && IFS= read -r model; } <"$1/settings" || return 1
  decode_path database "$database"
  decode_path model "$model"
  webui_choose_engine
}

# webui_read_row: the model's row as a JSON object in work/row.json; ends the
# step where there is none.
webui_read_row() {
  webui_ask "$run_dir/work/row.json" "${engine}_read_row"
  [[ -s $run_dir/work/row.json ]] || webui_no_model
}

# webui_no_model: end the step, with the nearest id that there is.
webui_no_model() {
  local ids=() id hint
  webui_ask "$run_dir/work/ids" "${engine}_read_ids"
  while IFS= read -r id; do
    ids+=("$id")
  done <"$run_dir/work/ids"
  did_you_mean hint "$model" ${ids[@]+"${ids[@]}"}
  if ((${#ids[@]} == 0)); then
    hint='; there is no model in it'
  elif [[ -z $hint ]]; then
    printf -v hint ', %s' "${ids[@]:0:5}"
  fi
  fail_step "model: the database has no $model${hint/#,/; there is:}" 3
}

# webui_ask OUT FUNCTION ARGUMENT...: call FUNCTION with its output in OUT; what
# the database says against it ends the step.
webui_ask() {
  local out=$1 status=0
  shift
  "$@" >"$out" 2>"$run_dir/work/complaint" || status=$?
  ((status == 0)) || webui_fail "$(<"$run_dir/work/complaint")"
}

# webui_fail COMPLAINT: end the step, in words for a person.
webui_fail() {
  local fault
  webui_fault fault "$1"
  fail_step "database $database: $fault" 3
}

# webui_fault NAME COMPLAINT: set NAME to what it means and what helps.
webui_fault() {
  local its_line=${2##*rror: }
  case $2 in
    *'unable to open'*)
      its_line='cannot be opened; is the path right, and may this user read and write its folder?'
      [[ -e $database ]] || its_line='there is no such file; is the path right?'
      ;;
    # The last one: no variable could be set while it was.
    *'is locked'* | *'no such table: temp.sqlite_parameters'* | *'lock timeout'* | *'statement timeout'*)
      its_line='is locked by another program; try again, or see what holds it'
      ;;
    *'file is not a database'*)
      its_line='is no SQLite database, or is encrypted (SQLCipher); give the path of an unencrypted one'
      ;;
    *'image is malformed'* | 'malformed: '* | *'disk I/O error'* | *'invalid page'*)
      its_line='is corrupt; put a backup back: rollback --full'
      ;;
    *'readonly database'* | *'read-only transaction'* | *'permission denied'*)
      its_line='may not be written by this user; run as the user of Open WebUI'
      ;;
    *'no such table'* | *'no such column'* | *'does not exist'*LINE* | *relation*'does not exist'* | *column*'does not exist'*)
      its_line="has another schema than Open WebUI's (${its_line%%$'\n'*}); is this its database?"
      ;;
    *'password authentication failed'* | *'no password supplied'*)
      its_line='does not accept the password; it belongs into the address, PGPASSFILE or PGPASSWORD'
      ;;
    *database*'does not exist'*) its_line='there is no such database on that server' ;;
    *'could not connect'* | *'onnection'* | *'could not translate'* | *'timeout expired'*)
      its_line='the server does not answer; is it running, and is the address right?'
      ;;
    *) its_line=${its_line%%$'\n'*} ;;
  esac
  printf -v "$1" '%s' "$its_line"
}
