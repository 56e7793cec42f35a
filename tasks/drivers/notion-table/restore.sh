# shellcheck shell=bash
# shellcheck disable=SC2016,SC2034,SC2154 # jq's; variables are shared between the parts
# Going back to the rows of a backup: what that run and those after it changed, as it
# was before, and nothing else.

# notion_answer MODE: what programs over all targets ask; see elsewhere.sh.
notion_answer() {
  local status=0
  if [[ $1 == health ]]; then
    notion_health
    return 0
  fi
  run_dir=$lockstep_run_dir
  reason_file=$run_dir/reasons/asked
  set +e
  (
    set -e
    "notion_answer_$1" "$lockstep_folder"
  )
  status=$?
  set -e
  exit_code=$status
  # It belongs to the one that asks.
  run_dir=/dev/null/none
}

notion_answer_differs() {
  local count
  notion_decide_back "$1"
  count=$(grep -c '' "$run_dir/work/actions" || :)
  ((count == 0)) || printf '%d changes of rows in Notion\n' "$count"
}

# notion_answer_save: what is there now; of what the one after it goes back to.
notion_answer_save() {
  : >"$run_dir/work/links"
  [[ -e $run_dir/work/actions ]] || : >"$run_dir/work/actions"
  notion_back_up
}

notion_answer_ready() {
  :
}

notion_answer_row() {
  undo_with notion_undo "${run_dir#"$root/"}/saved"
  notion_perform 1
  notion_keep_rows
}

# The rows are all that there is.
notion_answer_full() {
  notion_decide_back "$1"
  notion_answer_save
  notion_answer_row
}

# notion_decide_back FOLDER: to work/actions, what makes the rows as they were before
# the run whose artifacts these are.
notion_decide_back() {
  local backup reached=false page work=$run_dir/work
  while IFS= read -r backup; do
    [[ $root/$backup/artifacts != "$1" ]] || reached=true
    [[ $reached == false || ! -e $backup/artifacts/rows.jsonl ]] || cat -- "$backup/artifacts/rows.jsonl"
  done < <(list_backups "$target") >"$work/history"
  notion_ask_table
  jq -r --slurpfile pages "$work/pages" -n '($pages | map({key: .id, value: true}) | from_entries) as $here
    | [inputs | .page | select(. != "-" and ($here[.] | not))] | unique[]' "$work/history" >"$work/absent"
  while IFS= read -r page; do
    if http_try GET now "/v1/pages/$page" ''; then
      jq -c . "$work/now" >>"$work/pages"
    else
      [[ $http_status == 404 ]] || notion_fail
      warn "$target: a row that was saved is gone from Notion for good, so it cannot be put back: $page"
    fi
  done <"$work/absent"
  jq -n -c "$(notion_values_jq)$(notion_back_jq)" --arg version "$notion_version" \
    --slurpfile pages "$work/pages" "$work/history" >"$work/actions"
}

notion_back_jq() {
  cat <<'JQ'
($pages | map({key: .id, value: .}) | from_entries) as $now
| [inputs | select(.page != "-" and $now[.page])] | group_by(.page)[]
| .[0] as $first | $now[$first.page] as $page | ($page.in_trash // $page.archived // false) as $gone
| ($first.op == "create" or $first.op == "revive") as $was_gone
| (if $version == "2022-06-28" then "archived" else "in_trash" end) as $word
| (map(.before) | reverse | add | to_entries | map(select((.value | seen) != ($page.properties[.key] // {} | seen)))) as $differ
| {page: $first.page, key: $first.key, before: {}} as $row
| (if $gone and ($was_gone | not) then $row + {op: "revive", body: {($word): false}} else empty end),
  (if $differ != [] and ($was_gone | not) then $row + {op: "patch", body: {properties: ($differ | from_entries)},
    before: ($differ | map(.key as $prop | .value = ($page.properties[$prop] | again)) | from_entries)} else empty end),
  (if $was_gone and ($gone | not) then $row + {op: "archive", body: {($word): true}} else empty end)
JQ
}
