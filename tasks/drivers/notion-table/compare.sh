# shellcheck shell=bash
# shellcheck disable=SC2016,SC2034,SC2154 # jq's; variables are shared between the parts
# What is to be done so that Notion has the rows: in work/actions, a line of JSON
# each: {"op", "page", "key", "body", "before"}, op create, patch or archive.
# work/links has what can only be done once rows that are to be created are there.

# notion_compare: a step.
notion_compare() {
  local work=$run_dir/work text
  jq -n -c "$(notion_values_jq)$(notion_compare_jq)" --arg key "$notion_key" \
    --arg version "$notion_version" --arg database "$notion_database" \
    --arg prune "$notion_prune" --arg from "$notion_kind" --argjson once "$notion_once" \
    --slurpfile pages "$work/pages" --slurpfile schema "$work/schema" \
    --slurpfile people "$work/people" --slurpfile others "$work/others" "$work/rows" >"$work/decided"
  if grep -q '^{"problem":' "$work/decided"; then
    jq -r '.problem // empty' "$work/decided" >>"$work/problems"
    notion_stop_at_problems
  fi
  LC_ALL=C awk -v actions="$work/actions" -v links="$work/links" '
    BEGIN { printf "" >actions; printf "" >links }
    /^{"op":"link"/ { print >links; next }
    { print >actions }' "$work/decided"
  [[ ! -s $work/decided ]] || : >"$work/changes"
  notion_count text ' to create' ' to change' ' to archive'
  [[ -s $work/actions || ! -s $work/links ]] || text="$(grep -c '' "$work/links") to link"
  text=${text:-all $(grep -c '' "$work/rows" || :) rows are as they should be}
  note_step "$text"
  summarize "$text"
  [[ $check == false || ! -e $work/changes ]] || notion_show_differences
}

# notion_count NAME CREATED CHANGED ARCHIVED: set NAME to how many rows work/actions
# has of each kind, with these words.
notion_count() {
  local its_text='' its_op its_count
  for its_op in create patch archive; do
    its_count=$(grep -c "^{\"op\":\"$its_op\"" "$run_dir/work/actions" || :)
    case $its_op in
      create) its_count+=$2 ;;
      patch) its_count+=$3 ;;
      *) its_count+=$4 ;;
    esac
    [[ $its_count == '0 '* ]] || its_text+=", $its_count"
  done
  printf -v "$1" '%s' "${its_text#, }"
}

# notion_show_differences: which rows, for a person who asked.
notion_show_differences() {
  jq -r '"\(.op): \(.key)\(if .op == "patch" then ": \(.body.properties | keys | join(", "))" else "" end)"' \
    "$run_dir/work/actions" | sed -n 1,20p
}

notion_compare_jq() {
  cat <<'JQ'
def by_key: map({key: .[0], value: .[1]}) | from_entries;
def is_empty: . == null or . == "" or . == [] or . == false;
$schema[0].properties as $types
| ($schema[0].source | same_id) as $source
| [inputs] as $rows
| ($people | by_key) as $ids
| (if $types[$key] == null then [] else [$pages[] | [(.properties[$key] | key_text | trim), .] | select(.[0] != "")] end) as $pairs
| ($pairs | by_key) as $have
| ($pairs | map(.[1] |= .id) | by_key) as $own
| ($rows | map({key: .key, value: true}) | from_entries) as $wanted
| ($rows | map(.values | keys[]) | unique) as $used
# Which ids the keys of a relation stand for.
| ($types | map_values(select(.type == "relation") | .target // "" | same_id
    | if . == $source or . == ($database | same_id) then $own
      else . as $table | [$others[] | select((.[0] | same_id) == $table) | .[1:3]] | by_key end)) as $ends
| ([$used[] | select($types[.].type as $type | $from != "fields" and ($type == "checkbox" or $type == "status"))] + $once) as $first
| def at_first: . as $one | $first | index($one) != null;
  def wait($prop): $types[$prop].type == "relation"
    and (list | any($ends[$prop][.] == null and $wanted[.] and ($types[$prop].target // "" | same_id | . == $source or . == ($database | same_id))));
  def request($row; $prop): [try asked($types[$prop].type; $ids; $ends[$prop] // {})
    catch {problem: "\($row.at): \($row.key): \($prop) \(.)"}] | .[0];
  (($used + [$key] | unique)[] | select($types[.] == null)
    | {problem: "the database in Notion has no property \"\(.)\"; it has \($types | keys | join(", "))"}),
  ($pairs | group_by(.[0])[] | select(length > 1 and $wanted[.[0][0]])
    | {problem: "Notion has \(length) rows with the key \(.[0][0]); leave one of them: \(map(.[1].url // .[1].id) | join(", "))"}),
  (if any($used[]; $types[.] == null) or $types[$key] == null then empty else
    ($rows[] | . as $row | $have[.key] as $page
      | (if $from == "fields" then reduce $used[] as $one (.values; .[$one] //= "") else .values end) as $values
      | [$values | to_entries[] | select($page == null or (.key | at_first | not))] as $members
      | ([$members[] | .key as $prop | select(.value | wait($prop)) | .key]) as $waiting
      | ($members | map(select(.key as $one | $waiting | index($one) | not) | .key as $prop | .value |= request($row; $prop))) as $asked
      | ($asked[] | .value | select(.problem)),
        (if any($asked[]; .value.problem) then empty
        elif $page == null then ($asked | map(select(.value | seen | is_empty | not)) | from_entries) as $sent
          | {op: "create", page: "-", key, body: {parent: (if $version == "2022-06-28" then {type: "database_id", database_id: $schema[0].source}
              else {type: "data_source_id", data_source_id: $schema[0].source} end), properties: $sent}, before: {}}
        else ($asked | map(select((.value | seen) != ($page.properties[.key] | seen)))) as $differ
          | if $differ == [] then empty
            elif any($differ[]; $page.properties[.key] | is_whole | not)
            then {problem: "\(.at): \(.key): Notion shows only a part of \($differ | map(.key) | join(", ")), so it cannot be saved and is not overwritten"}
            else {op: "patch", page: $page.id, key, body: {properties: ($differ | from_entries)},
              before: ($differ | map(.value = ($page.properties[.key] | again)) | from_entries)} end end),
        ($waiting[] | {op: "link", page: ($page.id // "-"), key: $row.key, prop: ., keys: ($values[.] | list),
          before: (. as $prop | if $page == null then {} else {($prop): ($page.properties[$prop] | again)} end)})),
    (select($prune == "true") | $pairs[] | select($wanted[.[0]] | not)
      | {op: "archive", page: .[1].id, key: .[0], body: (if $version == "2022-06-28" then {archived: true} else {in_trash: true} end), before: {}})
  end)
JQ
}
