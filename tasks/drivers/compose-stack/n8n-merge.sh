# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# The way in for the workflows of n8n alone: what one side changed since both had the same
# is taken, workflow by workflow; what both changed is refused by name. n8n's own import
# keeps ids, but makes inactive what it writes, and what runs knows of nothing before it
# starts again.

# stack_merge_settings: once they are bound: --only, and what belongs to it.
stack_merge_settings() {
  local name names=()
  take=
  if [[ -z $only ]]; then
    [[ " ${own_options[*]-} " != *' --only '* ]] || usage_error '--only needs the name of a part'
    [[ $take_theirs$take_mine == falsefalse ]] || usage_error '--take-theirs and --take-mine are for --only'
    return 0
  fi
  [[ $take_theirs$take_mine != truetrue ]] || usage_error 'say either --take-theirs or --take-mine'
  [[ $inactive$take_env == falsefalse ]] || usage_error '--inactive and --take-env are not for --only'
  for name in ${stack_parts[@]+"${stack_parts[@]}"}; do
    stack_use "$name"
    [[ $kind != n8n ]] || names+=("$name")
  done
  ((${#names[@]} > 0)) || die 2 "$target has no part of the kind n8n: nothing of it can be imported by itself"
  [[ " ${names[*]} " == *" $only "* ]] || usage_error "--only $only: there is ${names[*]}"
  [[ $take_theirs == false ]] || take=theirs
  [[ $take_mine == false ]] || take=mine
}

# stack_merge_look: a step: the workflows of both sides; work/merge.
stack_merge_look() {
  local file merge=$run_dir/work/merge
  stack_check_ignored
  stack_reach_docker
  umask 077
  mkdir -p -- "$merge"
  unpacked=$(<"$run_dir/work/unpacked")
  stack_use "$only"
  stack_n8n_file file "$only" workflows.json
  [[ -s $unpacked/$file && $(jq -r --arg part "$only" '.parts[$part].kind' "$unpacked/manifest.json") == n8n ]] ||
    fail_step "$(<"$run_dir/work/source") holds no workflows of $only" 4
  jq -c --arg part "$only" '.parts[$part]' "$unpacked/manifest.json" >"$run_dir/work/wanted.$only"
  cp -- "$unpacked/$file" "$merge/theirs.json"
  stack_require_service
  stack_n8n_export "$merge/mine.json" export:workflow
  stack_n8n_export "$merge/credentials.json" export:credentials
}

# stack_merge_find_base: work/merge/base.json, the workflows that both sides had once; null
# where nobody knows.
stack_merge_find_base() {
  local run lineage base='' known
  known=$(jq -r .run "$unpacked/manifest.json")
  stack_use "$only"
  stack_lineage_place
  if ! jq -e '.replaced' "$run_dir/work/wanted.$only" >/dev/null; then
    while IFS= read -r run; do
      [[ -z $base && -s $lineage/$run.json ]] || continue
      ! grep -qxF -- "$run" "$lineage/ancestors" || base=$lineage/$run.json
    done < <(jq -r --arg part "$only" '.run, (.parts[$part].ancestors // [] | .[])' "$unpacked/manifest.json")
  fi
  if [[ -n $base ]]; then
    cp -- "$base" "$run_dir/work/merge/base.json"
    [[ $base != "$lineage/$known.json" ]] ||
      warn "$target: $only: $(<"$run_dir/work/source") was made here or taken in before, so nothing in it is new: --archive names another" 2>&6
  else
    warn "$target: $only: no export is known that both sides come from: what differs cannot be told to be older or newer" 2>&6
    printf 'null\n' >"$run_dir/work/merge/base.json"
  fi
}

# stack_merge_plan: a step, a guard: what becomes of each workflow, in work/merge/plan.
stack_merge_plan() {
  local refused='' conflicts merge=$run_dir/work/merge
  unpacked=$(<"$run_dir/work/unpacked")
  stack_compare_versions >"$run_dir/work/verdict"
  stack_judge ''
  stack_use "$only"
  stack_n8n_accept "$run_dir/work/wanted.$only" >"$run_dir/work/verdict"
  stack_judge "$only: "
  [[ -z $refused || $force == true ]] || fail_step "${refused#; }; --force goes on all the same" 4
  stack_merge_find_rows
  printf '%s\n' "$holder" "$rows" >"$merge/rows"
  stack_merge_find_base
  stack_merge_decide "$merge/base.json" "$merge/mine.json" "$merge/theirs.json" "$take" >"$merge/plan" ||
    fail_step 'the workflows could not be compared' 4
  stack_merge_show
  note_step "$(stack_merge_sum)"
  conflicts=$(stack_merge_conflicts)
  [[ -z $conflicts ]] ||
    fail_step "$conflicts: --take-theirs takes theirs of all of these, --take-mine leaves yours as they are" 4
  : >"$run_dir/work/parts"
  ! jq -e '.changed + .made + .gone | length > 0' "$merge/plan" >/dev/null || printf '%s\n' "$only" >"$run_dir/work/parts"
}

# stack_merge_called: jq: what a workflow is called for people, in one line.
stack_merge_called() {
  printf 'def called: "\\(.name | tostring | gsub("[\\u0000-\\u001f\\u007f]"; " ")) (\\(.id))";'
}

# stack_merge_conflicts: print those that nobody has decided, with why.
stack_merge_conflicts() {
  jq -r "$(stack_merge_called)"' [.workflows[] | select(.kind == "conflict") | "\(called): \(.conflict)"] | join("; ")' "$run_dir/work/merge/plan"
}

# stack_merge_show: each workflow by kind; what is the same is counted.
stack_merge_show() {
  local line
  while IFS= read -r line; do
    warn "$target: $only: $line" 2>&6
  done < <(
    jq -r "$(stack_merge_called)"' .workflows as $all
      | ("conflict", "taken", "removed there", "mine", "removed here") as $kind | $all[] | select(.kind == $kind)
      | "\($kind): \(called)\(if .conflict or .note then ", " + ([.conflict, .note | select(.)] | join("; ")) else "" end)"' "$run_dir/work/merge/plan"
    jq -r '[.workflows[] | select(.kind == "same")] | length | "same: \(.)"' "$run_dir/work/merge/plan"
    jq -r --slurpfile here "$run_dir/work/merge/credentials.json" "$(stack_merge_called)"' ($here[0] | map(.id)) as $ids
      | .foreign[] | . as $flow | [.nodes[]?.credentials // {} | .[] | objects | select(.id as $id | $ids | index($id) | not) | .name] | unique[]
      | "\($flow | called) uses the credential \(tojson), which is not here: make it, then choose it there"' "$run_dir/work/merge/plan"
    jq -r "$(stack_merge_called)"' .publish as $ids | .foreign[] | select(.id as $id | $ids | index($id))
      | select(.activeVersionId and .activeVersionId != .versionId) | "\(called) has changes that are not published there: here they will be"' "$run_dir/work/merge/plan"
  )
}

# stack_merge_confirm, stack_merge_goes_on: conditions of steps.
stack_merge_confirm() {
  [[ -s $run_dir/work/parts ]] || skip 'nothing of theirs is to be taken' || return 1
  [[ $dry_run == true ]] || ask_to_restore "Merge the workflows of $(<"$run_dir/work/source") into $target?"
}

stack_merge_goes_on() {
  [[ $declined == false ]] || skip 'you answered no' || return 1
  [[ -s $run_dir/work/parts ]] || skip 'nothing of theirs is to be taken'
}

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
  stack_merge_save_rows "$folder/back.sql" 4
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

# stack_merge_prove: a step, a check: n8n has what was decided, and nothing else.
stack_merge_prove() {
  local merge=$run_dir/work/merge others
  stack_use "$only"
  stack_require_service
  stack_n8n_export "$merge/now.json" export:workflow
  stack_merge_decide "$merge/now.json" "$merge/now.json" "$merge/now.json" '' >"$merge/now"
  others=$(jq -r --slurpfile now "$merge/now" \
    '.wanted as $w | $now[0].wanted as $n | [$w + $n | keys[] | select($w[.] != $n[.])] | join(", ")' "$merge/plan")
  [[ -z $others ]] || stack_fail "n8n does not have what was decided, of $others"
  [[ -z $part_webhook ]] || stack_n8n_webhook
  summarize "merged: $(<"$run_dir/work/source"): $(stack_merge_sum)"
}

# stack_merge_sum: print how many of each kind.
stack_merge_sum() {
  jq -r '[.workflows | group_by(.kind)[] | "\(length) \(.[0].kind)"] | join(", ")' "$run_dir/work/merge/plan"
}

# stack_merge_note: a step: from now on the workflows here come from the archive too.
stack_merge_note() {
  local lineage others=$run_dir/work/ancestors
  unpacked=$(<"$run_dir/work/unpacked")
  stack_use "$only"
  stack_lineage_place
  stack_ancestors_there >"$others.there"
  # What only this side has is no ancestor of theirs, so it may stand before those.
  {
    grep -vxF -f "$others.there" -- "$lineage/ancestors" 2>/dev/null || :
    cat -- "$others.there"
  } >"$others"
  stack_note_archive
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
