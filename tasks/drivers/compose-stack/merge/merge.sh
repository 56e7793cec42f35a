# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# The way in for the workflows of n8n alone: what one side changed since both had the same
# is taken, workflow by workflow; what both changed is refused by name.

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
  stack_n8n_look >"$run_dir/work/look.$only"
  stack_n8n_export "$merge/mine.json" export:workflow
  stack_n8n_export "$merge/all" export:credentials
  jq 'map({id})' "$merge/all" >"$merge/credentials.json"
  rm -f -- "$merge/all"
}

# stack_merge_find_base: work/merge/base.json, the workflows that both sides had once; null
# where nobody knows, or one side has begun anew since: then it has removed none of them.
stack_merge_find_base() {
  local run lineage base='' known merge=$run_dir/work/merge
  known=$(stack_run_there)
  stack_use "$only"
  stack_lineage_place
  if ! jq -e '.replaced' "$run_dir/work/wanted.$only" >/dev/null; then
    while IFS= read -r run; do
      [[ -z $base && -s $lineage/$run.json ]] || continue
      ! grep -qsxF -- "$run" "$lineage/ancestors" || base=$lineage/$run.json
    done < <(stack_run_there && stack_ancestors_there)
  fi
  printf 'null\n' >"$merge/base.json"
  if [[ -z $base ]]; then
    warn "$target: $only: no export is known that both sides come from: what differs cannot be told to be older or newer" 2>&6
  elif ! stack_merge_descends "$base" "$merge/mine.json" || ! stack_merge_descends "$base" "$merge/theirs.json"; then
    warn "$target: $only: of what both sides had one has nothing left, as if it were new: what differs cannot be told to be older or newer" 2>&6
  else
    cp -- "$base" "$merge/base.json"
    [[ $base != "$lineage/$known.json" ]] ||
      warn "$target: $only: $(<"$run_dir/work/source") was made here or taken in before, so nothing in it is new: --archive names another" 2>&6
  fi
}

# stack_merge_descends BASE WORKFLOWS: is any of BASE left in WORKFLOWS?
stack_merge_descends() {
  jq -en --slurpfile base "$1" --slurpfile here "$2" \
    '($base[0] | map(.id)) as $ids | $ids == [] or any($here[0][]; .id as $id | $ids | index([$id]))' >/dev/null
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
