# shellcheck shell=bash
# shellcheck disable=SC2016,SC2034,SC2154 # jq's; variables are shared between the parts
# Writing rows. What is to be done is on the disk before it is begun, with what each
# row was before, so that another process can put it back:
#   saved/actions   as in compare.sh
#   saved/begun     the numbers of those that were begun, a line each; after that of
#                   a row that was created, its id

# notion_back_up: a step; what rows were before goes into the backup of the run.
notion_back_up() {
  umask 077
  mkdir -p -- "$run_dir/saved/artifacts"
  cp -- "$run_dir/work/actions" "$run_dir/saved/actions"
  : >"$run_dir/saved/begun"
  notion_remember_settings "$run_dir/saved"
  notion_keep_rows
}

# notion_keep_rows: of the actions so far; ids of rows that were created too.
notion_keep_rows() {
  rm -f -- "$run_dir/saved/artifact_entries"
  jq -n -c --arg key "$notion_key" --rawfile begun "$run_dir/saved/begun" '
    ($begun | split("\n") | map(split(" ") | select(length == 2)) | map({key: .[0], value: .[1]}) | from_entries) as $ids
    | [inputs] | to_entries[] | .key as $index | .value
    | {op, page: ($ids["\($index + 1)"] // .page), key, before}' \
    "$run_dir/saved/actions" >"$run_dir/saved/artifacts/rows.jsonl"
  keep_artifacts || fail_step 'the backup cannot be read, or cannot be written onto the disk'
}

# notion_write: a step.
notion_write() {
  local text
  undo_with notion_undo "${run_dir#"$root/"}/saved"
  sync_file "$run_dir/journal"
  notion_perform 1
  notion_link
  notion_keep_rows
  notion_count text ' created' ' changed' ' archived'
  summarize "rows: ${text:-linked}"
}

# notion_perform FROM: the actions from that number on.
notion_perform() {
  local number=0 op page key body count
  count=$(grep -c '' "$run_dir/saved/actions" || :)
  while IFS=$'\t' read -r op page key body; do
    number=$((number + 1))
    ((number >= $1)) || continue
    printf '%s\n' "$number" >>"$run_dir/saved/begun"
    sync_file "$run_dir/saved/begun"
    printf '%s' "$body" >"$run_dir/work/body"
    if [[ $op == create ]]; then
      notion_create "$number"
    else
      http_try PATCH answer "/v1/pages/$page" "$run_dir/work/body" repeatable ||
        notion_fail_row
    fi
    notion_tell_row
    progress "$number" "$count" "$key"
  done < <(jq -r '[.op, .page, (.key | gsub("[\t\n]"; " ")), (.body | tojson)] | join("\t")' "$run_dir/saved/actions")
}

notion_fail_row() {
  http_problem="$key: $http_problem"
  notion_fail
}

# notion_tell_row: for the report; the answer must say what was asked for.
notion_tell_row() {
  local kind=changed
  jq -e -n "$(notion_values_jq)"'input as $answer | input | .properties // {} | to_entries
    | all(($answer.properties[.key] // {} | seen) == (.value | seen))' \
    "$run_dir/work/answer" "$run_dir/work/body" >/dev/null ||
    fail_step "$key: Notion has not taken it as it was sent" 1
  [[ $op != create ]] || kind=created
  [[ $op != archive ]] || kind=removed
  output "$kind" "row $key"
}

# notion_create NUMBER: a row that is not there. Where nobody knows whether it was
# created, it is looked for before it is created again, and after that a second one
# goes.
notion_create() {
  local tries=1 id
  until http_try POST answer /v1/pages "$run_dir/work/body"; do
    [[ $http_outcome == unclear ]] || notion_fail_row
    ((tries < http_tries)) || notion_fail_row
    printf '%s; looking whether it was created\n' "$http_problem" >&2
    for id in 1 2; do
      sleep "$((tries * id))"
      notion_find_row "$run_dir/saved/schema" "$key"
      [[ ! -s $run_dir/work/found ]] || break 2
    done
    tries=$((tries + 1))
  done
  if [[ -s $run_dir/work/found ]]; then
    head -n 1 "$run_dir/work/found" >"$run_dir/work/answer"
    rm -f -- "$run_dir/work/found"
  fi
  id=$(jq -r '.id' "$run_dir/work/answer")
  printf '%s %s\n' "$1" "$id" >>"$run_dir/saved/begun"
  sync_file "$run_dir/saved/begun"
  ((tries == 1)) || notion_remove_twins "$id"
}

# notion_remove_twins ID: of the row ID that this run created, and perhaps twice.
notion_remove_twins() {
  local twin
  cp -- "$run_dir/work/answer" "$run_dir/work/kept"
  notion_find_row "$run_dir/saved/schema" "$key"
  while IFS= read -r twin; do
    if [[ $notion_version == 2022-06-28 ]]; then
      printf '{"archived":true}' >"$run_dir/work/body.twin"
    else
      printf '{"in_trash":true}' >"$run_dir/work/body.twin"
    fi
    http_try PATCH twin "/v1/pages/$twin" "$run_dir/work/body.twin" repeatable || notion_fail_row
  done < <(jq -r --slurpfile kept "$run_dir/work/kept" \
    'select(.id != $kept[0].id and .created_by.id == $kept[0].created_by.id) | .id' "$run_dir/work/found")
  rm -f -- "$run_dir/work/found"
  mv -f -- "$run_dir/work/kept" "$run_dir/work/answer"
}

# notion_link: relations to rows that have only now been created.
notion_link() {
  local done_so_far
  [[ -s $run_dir/work/links ]] || return 0
  done_so_far=$(grep -c '' "$run_dir/saved/actions" || :)
  jq -n -c "$(notion_values_jq)"'
    ($begun | split("\n") | map(split(" ") | select(length == 2)) | map({key: .[0], value: .[1]}) | from_entries) as $ids
    | ($actions | to_entries | map(select(.value.op == "create") | {key: .value.key, value: $ids["\(.key + 1)"]}) | from_entries) as $new
    | ($pages | map({key: (.properties[$key] | key_text | trim), value: .id}) | from_entries + $new) as $rows
    | [inputs] | group_by(.key)[]
    | {op: "patch", page: (.[0] | if .page == "-" then $rows[.key] else .page end), key: .[0].key,
       body: {properties: (map({key: .prop, value: (.keys | asked("relation"; {}; $rows))}) | from_entries)},
       before: (map(.before) | add)}' \
    --arg key "$notion_key" --rawfile begun "$run_dir/saved/begun" --slurpfile actions "$run_dir/saved/actions" \
    --slurpfile pages "$run_dir/work/pages" "$run_dir/work/links" >"$run_dir/work/linking"
  cat -- "$run_dir/work/linking" >>"$run_dir/saved/actions"
  sync_file "$run_dir/saved/actions"
  notion_perform "$((done_so_far + 1))"
}
