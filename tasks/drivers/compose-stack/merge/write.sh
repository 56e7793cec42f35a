# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# What was decided becomes what n8n has, and back. Its own import keeps ids, but makes
# inactive what it writes, and an n8n that runs knows of nothing before it starts again.

# stack_merge_write: a step: what theirs changed, as n8n writes it; what is to be undone
# stands on the disk before.
stack_merge_write() {
  local id merge=$run_dir/work/merge folder=$run_dir/stack/merge n8n database ids=()
  umask 077
  mkdir -p -- "$folder"
  { read -r holder && read -r rows; } <"$merge/rows"
  stack_use "$holder"
  stack_postgres_ready
  stack_merge_save_rows "$folder/back.sql"
  printf '%s\n' "$rows" >"$folder/rows"
  stack_merge_ask_rows "$folder/ask.sql"
  stack_call "$folder/before.json" stack_sql "$part_database" rows="$rows" <"$folder/ask.sql"
  stack_remember
  database=$memory
  stack_use "$only"
  stack_require_service
  stack_remember
  n8n=$memory
  stack_merge_unchanged
  # Until all is written; n8n makes inactive what it takes in, and active later.
  jq '.write | map(.active = null)' "$merge/plan" >"$folder/wrote.json"
  undo_with stack_undo_merge "$n8n" "$database" "${folder#"$root"/}"
  stack_merge_import
  stack_lines ids "$(jq -r '.publish[]' "$merge/plan")"
  for id in ${ids[@]+"${ids[@]}"}; do
    stack_merge_tell publish:workflow "--id=$id"
  done
  stack_use "$holder"
  stack_postgres_ready
  stack_merge_remove_rows
  stack_call "$folder/wrote.new" stack_sql "$part_database" rows="$rows" <"$folder/ask.sql"
  mv -f -- "$folder/wrote.new" "$folder/wrote.json"
}

# stack_merge_unchanged: whoever worked on while the question stood there, or the archive was
# written, keeps it. Between this and the import are only seconds.
stack_merge_unchanged() {
  local merge=$run_dir/work/merge
  stack_n8n_export "$merge/still.json" export:workflow
  stack_merge_decide "$merge/mine.json" "$merge/mine.json" "$merge/still.json" '' | jq -e 'all(.workflows[]; .kind == "same")' >/dev/null ||
    fail_step "the workflows of $only have changed since they were compared: start again" 4
}

# stack_merge_import: by a file in the container, which who runs n8n there can read.
stack_merge_import() {
  local file=/tmp/lockstep-$run_id.json
  jq '.write' "$run_dir/work/merge/plan" >"$run_dir/work/merge/write.json"
  [[ $(jq length "$run_dir/work/merge/write.json") != 0 ]] || return 0
  # shellcheck disable=SC2016 # the container's shell
  stack_call /dev/null stack_in "$container" sh -c 'umask 077 && cat >"$0"' "$file" <"$run_dir/work/merge/write.json"
  stack_merge_tell import:workflow "--input=$file"
  stack_in "$container" rm -f "$file"
}

# stack_merge_tell COMMAND ARGUMENT: n8n says on its standard output what went wrong.
stack_merge_tell() {
  local out=$run_dir/work/n8n.$part
  stack_n8n "$@" >"$out" 2>&1 </dev/null || stack_fail "n8n $1 failed: $(tail -n 1 -- "$out")"
}

# stack_merge_restart: a step: n8n begins again with what it has now, in each container.
stack_merge_restart() {
  local ids=()
  stack_use "$only"
  stack_require_service
  stack_lines ids "$(stack_containers "$part_service")"
  stack_docker restart ${ids[@]+"${ids[@]}"} >/dev/null || stack_fail "the service $part_service could not be started again"
  stack_wait_healthy "$health_seconds" ${ids[@]+"${ids[@]}"} || stack_fail "$unhealthy"
}

# stack_undo_merge N8N DATABASE FOLDER: the rows as they were, and n8n begins again with
# them. It stops first: what was called in it may still be writing. Where the database does
# not answer it need not.
stack_undo_merge() {
  local status=0
  : >"$run_dir/work/undo"
  if ! { stack_undo_ask "$2" && stack_undo_n8n stop "$1" && stack_undo_rows "$1" "$2" "$3"; }; then
    status=1
    warn "$target: the merge is not undone: $(<"$run_dir/work/undo")"
  fi
  if ! stack_undo_n8n start "$1"; then
    status=1
    warn "$target: $(<"$run_dir/work/undo")"
  fi
  return "$status"
}

# stack_undo_ask DATABASE: whether it answers.
stack_undo_ask() {
  (
    reason_file=$run_dir/work/undo
    stack_recall "$1" || exit 1
    stack_postgres_revive
    stack_call /dev/null stack_sql "$part_database" <<<'SELECT 1'
  )
}

# stack_undo_rows N8N DATABASE FOLDER: what somebody has changed since is kept first.
stack_undo_rows() {
  (
    reason_file=$run_dir/work/undo
    stack_recall "$2" || exit 1
    stack_postgres_revive
    stack_undo_keep "${1##*/}" "$3"
    stack_call /dev/null stack_sql "$part_database" rows="$(<"$3/rows")" <"$3/back.sql"
  )
}

# stack_undo_keep PART FOLDER: workflows that are neither as they were before the merge nor as
# it left them, as a file that n8n can import, with what else stood in a way.
stack_undo_keep() {
  local file=$run_dir/work/edited place=$recovered_store/$former_run/$1.json number=1
  stack_call "$file.now" stack_sql "$part_database" rows="$(<"$2/rows")" <"$2/ask.sql"
  stack_merge_edited "$2/before.json" "$2/wrote.json" "$file.now" >"$file" ||
    stack_fail 'what was changed since the merge could not be told'
  [[ $(<"$file") != '[]' ]] || return 0
  make_private_folder "$recovered_store"
  until [[ ! -e $place ]] || cmp -s -- "$file" "$place"; do
    number=$((number + 1))
    place=$recovered_store/$former_run.$number/$1.json
  done
  (umask 077 && mkdir -p -- "${place%/*}" && cp -- "$file" "$place.new" && mv -f -- "$place.new" "$place") ||
    stack_fail "$place: cannot be written"
  encode_path place "$place"
  printf '%s\n' "$place" >>"$run_dir/recovered"
}

# stack_undo_n8n stop|start N8N: whatever containers the service has by now.
stack_undo_n8n() {
  (
    reason_file=$run_dir/work/undo
    stack_recall "$2" || exit 1
    stack_lines ids "$(stack_containers "$part_service")"
    ((${#ids[@]} > 0)) || stack_fail "there is no container of the service $part_service any more"
    stack_docker "$1" "${ids[@]}" >/dev/null || stack_fail "docker $1 failed for the service $part_service"
    [[ $1 == start ]] || exit 0
    for id in "${ids[@]}"; do
      stack_in "$id" rm -f "/tmp/lockstep-$former_run.json"
    done
    stack_wait_healthy "$health_seconds" "${ids[@]}" || stack_fail "$unhealthy"
  )
}
