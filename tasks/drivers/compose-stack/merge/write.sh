# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# What was decided becomes what n8n has, and back. Its own import keeps ids, but makes
# inactive what it writes, and an n8n that runs knows of nothing before it starts again.

# stack_merge_write: a step: what theirs changed, as n8n writes it; what is to be undone
# stands on the disk before.
stack_merge_write() {
  local file merge=$run_dir/work/merge folder=$run_dir/stack/merge database id ids=()
  umask 077
  stack_n8n_file file "$only" workflows.json
  # Nobody has changed anything while the question stood there.
  stack_merge_decide "$merge/mine.json" "$merge/mine.json" "$stack_out/$file" '' | jq -e 'all(.workflows[]; .kind == "same")' >/dev/null ||
    fail_step "the workflows of $only have changed since they were compared: start again" 4
  mkdir -p -- "$folder"
  { read -r holder && read -r rows; } <"$merge/rows"
  stack_use "$holder"
  stack_postgres_ready
  stack_merge_save_rows "$folder/back.sql"
  printf '%s\n' "$rows" >"$folder/rows"
  stack_remember
  database=$memory
  stack_use "$only"
  stack_require_service
  stack_remember
  undo_with stack_undo_merge "$memory" "$database" "${folder#"$root"/}"
  stack_merge_import
  stack_lines ids "$(jq -r '.publish[]' "$merge/plan")"
  for id in ${ids[@]+"${ids[@]}"}; do
    stack_merge_tell publish:workflow "--id=$id"
  done
  stack_use "$holder"
  stack_postgres_ready
  stack_merge_remove_rows
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

# stack_merge_restart: a step: n8n begins again with what it has now.
stack_merge_restart() {
  stack_use "$only"
  stack_require_service
  stack_docker restart "$container" >/dev/null || stack_fail "the service $part_service could not be started again"
  stack_wait_healthy "$health_seconds" "$container" || stack_fail "$unhealthy"
}

# stack_undo_merge N8N DATABASE FOLDER: the rows as they were, and n8n begins again with
# them. It stops first: what was called in it may still be writing.
stack_undo_merge() {
  stack_undo_n8n stop "$1" && (
    reason_file=$run_dir/work/undo
    stack_recall "$2" || exit 1
    stack_postgres_revive
    stack_call /dev/null stack_sql "$part_database" rows="$(<"$3/rows")" <"$3/back.sql"
  ) && stack_undo_n8n start "$1"
}

# stack_undo_n8n stop|start N8N: whatever container the service has by now.
stack_undo_n8n() {
  (
    reason_file=$run_dir/work/undo
    stack_recall "$2" || exit 1
    stack_container container "$part_service"
    [[ -n $container ]] || stack_fail "there is no container of the service $part_service any more"
    stack_docker "$1" "$container" >/dev/null || stack_fail "docker $1 failed for the service $part_service"
    [[ $1 == start ]] || exit 0
    stack_in "$container" rm -f "/tmp/lockstep-$former_run.json"
    stack_wait_healthy "$health_seconds" "$container" || stack_fail "$unhealthy"
  )
}
