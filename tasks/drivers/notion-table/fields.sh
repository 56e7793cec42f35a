# shellcheck shell=bash
# shellcheck disable=SC2016,SC2034,SC2154 # jq's; variables are shared between the parts
# Documentation of fields: each entry of the files is a row.

notion_read_fields() {
  notion_read_entries fields "$notion_key"
  notion_make_rows 'of_list("fields"; []) | if .problem then . else .entry
    | if type != "object" then wrong($from; "an entry has members, key: value")
      elif (.[$key] // "" | line) == "" then wrong($from; "an entry without \"\($key)\"")
      else {at: $from.at, key: (.[$key] | line), values: called} end end'
}
