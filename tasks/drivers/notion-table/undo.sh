# shellcheck shell=bash
# shellcheck disable=SC2016,SC2034,SC2154 # jq's; variables are shared between the parts
# Rows as they were before a run that failed or was killed. What somebody wrote since
# stays as it is.

# notion_undo SAVED: in ( ), because what it finds wrong must not end the undo of the
# rest. Called twice it finds nothing more to do.
notion_undo() {
  local number id status=0
  [[ -s $1/begun ]] || return 0
  (
    notion_recall_settings "$1" || exit 1
    reason_file=$run_dir/work/undo.reason
    # The last line of each number has the id of a row that was created.
    while read -r number id; do
      (set -e && notion_undo_action "$1" "$number" "$id") || status=1
    done < <(LC_ALL=C awk '{ id[$1] = $2 } END { for (number in id) print number, id[number] }' "$1/begun" |
      LC_ALL=C sort -rn)
    exit "$status"
  )
}

# notion_undo_action SAVED NUMBER [ID]
notion_undo_action() {
  local op page key work=$run_dir/work
  sed -n "$2p" "$1/actions" >"$work/action"
  IFS=$'\t' read -r op page key < <(jq -r '[.op, .page, (.key | gsub("[\t\n]"; " "))] | join("\t")' "$work/action")
  if [[ $op == create ]]; then
    notion_undo_create "$1" "${3:-}"
    return
  fi
  notion_call GET now "/v1/pages/$page"
  if [[ $op == archive || $op == revive ]]; then
    notion_set_trash "$page" "$([[ $op == revive ]] && printf true || printf false)"
    return
  fi
  jq -n -c "$(notion_values_jq)"'input as $action | input as $now
    | [$action.before | to_entries[] | .key as $prop | ($now.properties[$prop] // {} | seen) as $seen
      | {key: $prop, value, mine: ($seen == ($action.body.properties[$prop] | seen)), same: ($seen == (.value | seen))}]
    | {others: (map(select(.mine or .same | not) | .key) | join(", ")),
       body: {properties: (map(select(.mine and (.same | not)) | {key, value}) | from_entries)}}' \
    "$work/action" "$work/now" >"$work/undoing" || return 1
  page=$page notion_put_back
}

# notion_put_back: what work/undoing says, of the row $page.
notion_put_back() {
  local others
  others=$(jq -r '.others' "$work/undoing")
  [[ -z $others ]] ||
    warn "$target: row $key: somebody changed $others since; that stays as it is now, what it was before is in the backup"
  jq -c '.body' "$work/undoing" >"$work/undo.body"
  [[ $(<"$work/undo.body") == '{"properties":{}}' ]] ||
    notion_call PATCH undone "/v1/pages/$page" "$work/undo.body"
}

# notion_undo_create SAVED [ID]: a row that this run created goes, unless somebody
# has written into it.
notion_undo_create() {
  local id=${2:-} text
  text=$(jq -r '.key' "$work/action")
  if [[ -z $id ]]; then
    notion_find_row "$1/schema" "$text"
    id=$(jq -r -s '.[0].id // empty' "$work/found")
    [[ -n $id ]] || return 0
  fi
  notion_call GET now "/v1/pages/$id"
  if jq -e -n "$(notion_values_jq)"'input as $action | input as $now | $action.body.properties | to_entries
    | all(($now.properties[.key] // {} | seen) == (.value | seen))' "$work/action" "$work/now" >/dev/null; then
    notion_set_trash "$id" true
  else
    warn "$target: row $key: it was created by this run, and somebody changed it since; it stays"
  fi
}

# notion_set_trash PAGE true|false: unless it is so already, as work/now says.
notion_set_trash() {
  local word=in_trash
  [[ $notion_version != 2022-06-28 ]] || word=archived
  [[ $(jq -r '.in_trash // .archived // false' "$run_dir/work/now") != "$2" ]] || return 0
  printf '{"%s":%s}' "$word" "$2" >"$run_dir/work/trash.body"
  notion_call PATCH undone "/v1/pages/$1" "$run_dir/work/trash.body"
}
