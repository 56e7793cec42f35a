# shellcheck shell=bash
# shellcheck disable=SC2016,SC2034,SC2154 # jq's; variables are shared between the parts
# What the rows are to be, a line of JSON each in work/rows: {"at": FILE:LINE,
# "key": TEXT, "values": {PROPERTY: a text, texts, or {"names", "keys"} of rows}}.

# notion_read_entries LIST NAME: of all files, to work/entries. An entry of a
# Markdown file is of LIST, and its heading is the member NAME.
notion_read_entries() {
  local files=() file
  while IFS= LC_ALL=C read -r -d '' file; do
    files+=("$file")
  done < <(list_matching_files "${notion_files[@]}")
  ((${#files[@]} > 0)) || fail_step "files: nothing matches ${notion_files[*]}" 3
  KEY=$2 TEXT=$notion_text notion_entries "$1" "${files[@]}" >"$run_dir/work/entries"
  notion_stop_at_problems
  : >"$run_dir/work/dates"
}

# notion_read_holidays: entries of the list "holidays".
notion_read_holidays() {
  local at text
  holidays=' '
  while IFS=$'\t' read -r at text; do
    add_holiday "$text" ||
      printf '%s: a holiday is YYYY-MM-DD, or MM-DD for every year, not %s\n' "$at" "$text" >>"$run_dir/work/problems"
  done < <(notion_of_entries -r \
    'select(.list == "holidays") | [.at, (.entry | if type == "string" then . else tojson end)] | join("\t")')
  notion_stop_at_problems
}

# notion_check_entries FILTER: problems of each entry, which is $from; any ends the
# step.
notion_check_entries() {
  notion_of_entries -r "$1 | .problem" >>"$run_dir/work/problems"
  notion_stop_at_problems
}

# notion_make_rows FILTER: the rows, or problems, of each entry.
notion_make_rows() {
  local rows=$run_dir/work/rows
  notion_of_entries -c "$1" >"$rows"
  jq -r '.problem // empty' "$rows" >>"$run_dir/work/problems"
  jq -r -s 'group_by(.key)[] | select(length > 1 and .[0].key != null)
    | "\(.[1].at): \(.[0].key) stands at \(.[0].at) too"' "$rows" >>"$run_dir/work/problems"
  notion_stop_at_problems
  note_step "$(grep -c '' "$rows" || :) rows"
}

# notion_of_entries OPTION FILTER: FILTER for each entry, which is $from; $all are
# all, and $dates those of work/dates.
notion_of_entries() {
  jq -n "$1" "$(notion_rows_jq) [inputs] as \$all | \$all[] | . as \$from | $2" \
    --arg key "$notion_key" --arg month "$notion_month" --argjson names "$notion_properties" \
    --slurpfile dates "$run_dir/work/dates" "$run_dir/work/entries"
}

# What these filters call.
notion_rows_jq() {
  cat <<'JQ'
def trim: gsub("^[ \t\n]+|[ \t\n]+$"; "");
def line: if type == "array" then map(trim) | join(", ") else trim end;
def list: (if type == "array" then . else split(",") end) | map(trim) | map(select(. != ""));
def wrong($from; $text): {problem: "\($from.at): \($text)"};
def of_list($name; $others): if .list == $name then . elif .list as $list | $others | index($list) then empty
  else wrong(.; "there is no use for \"\(.list)\"; the file has \([$name] + $others | join(" and "))") end;
# The members by the names of their properties, but those that are to be left out.
def called: with_entries(.key |= (. as $one | if $names | has($one) then $names[$one] // "" else $one end)) | del(.[""]);
JQ
}
