# shellcheck shell=bash
# shellcheck disable=SC2016,SC2034,SC2154 # jq's; variables are shared between the parts
# Month-end closing: each task of the template is a row of the period, with its due
# date in working days from the end of the month.

notion_read_closing() {
  local work=$run_dir/work
  notion_read_entries tasks task
  notion_read_holidays
  notion_check_entries 'of_list("tasks"; ["holidays"]) | if .problem then . else .entry
    | if type != "object" or (.task // "" | line) == "" then wrong($from; "a task needs \"task\", its name")
      elif .offset // "" | line | test("^[+-]?[0-9]{1,3}$") | not
      then wrong($from; "\(.task): needs \"offset\", working days from the end of the month: -2, 0 or 3")
      else empty end end'
  notion_of_entries -r 'select(.list == "tasks") | [.at, (.entry.offset | line | sub("^[+]"; ""))] | join("\t")' |
    notion_closing_dates >"$work/due"
  jq -R -c 'split("\t")' "$work/due" >"$work/dates"
  notion_check_entries "$(notion_tasks_jq)"' | select(.value.after[] as $one | $tasks | has($one) | not)
    | wrong($from; "\(.key): waits for \(.value.after - ($tasks | keys) | join(", ")), which is no task")'
  notion_check_entries "$(notion_tasks_jq)"' | .key as $task | .value.due as $due | .value.after[]
    | select($tasks[.].due > $due)
    | wrong($from; "\($task): is due on \($due), before \(.), which it waits for, is on \($tasks[.].due)")'
  notion_check_entries "$(notion_tasks_jq)"' | .key as $task | ([$task] | until(
      ([.[] | $tasks[.].after[]] + . | unique) == .; [.[] | $tasks[.].after[]] + . | unique)) as $before
    | select($before | any($tasks[.].after | index($task)))
    | wrong($from; "\($task): waits for itself")'
  notion_make_rows "$(notion_tasks_jq)"' | .key as $task | .value as $value
    | {at: $from.at, key: "\($month) \($task)", values: ({task: $task, period: $month, due: $value.due,
        after: {names: $value.after, keys: ($value.after | map("\($month) \(.)"))}}
        + ($from.entry | del(.task, .offset, .after)) | called)}
    | .values[$key] = .key'
}

# $tasks, and the one that the entry is: {"key": NAME, "value": {"due", "after"}}.
notion_tasks_jq() {
  cat <<'JQ'
select(.list == "tasks")
| ($dates | map({key: .[0], value: .[1]}) | from_entries) as $due
| ([$all[] | select(.list == "tasks") | {key: (.entry.task | line),
    value: {due: $due[.at], after: (.entry.after // [] | list)}}] | from_entries) as $tasks
| (.entry.task | line) as $name | {key: $name, value: {due: $due[.at], after: (.entry.after // [] | list)}}
JQ
}

# notion_closing_dates: lines PLACE TAB OFFSET in, lines PLACE TAB DUE out: OFFSET is
# in working days from the end of $notion_month.
notion_closing_dates() {
  local place offset month due
  month_index month "$notion_month"
  while IFS=$'\t' read -r place offset; do
    working_days_from due "$month" "$offset"
    date_of_day due "$due"
    printf '%s\t%s\n' "$place" "$due"
  done
}
