# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# What still differs, for a person: names of items and of what differs in them,
# never a value.

agents_jq_report() {
  cat <<'SCRIPT'
def cell: (if test("^[A-Za-z0-9_./@-]+$") then . else tojson end) | gsub("\\|"; "\\|") | gsub("<"; "&lt;");

def row_text:
  if .verdict == "invalid" then "cannot be read: \(.problem)"
  elif .verdict == "unwritable" then "only in claude.md, or another there; it cannot be written: \(.problem)"
  elif .verdict == "extra" then "not in claude.md"
  elif .verdict == "missing" then "only in claude.md"
  elif .verdict == "conflict" then "both sides changed" + (if .fields == [] then "" else ": " + (.fields | join(", ")) end)
  else "differs" end;

def report($left; $sections):
  "# Drift of claude.md\n\nScore: \(($left | length) + ($sections | length))\n\n"
  + "One point for each section that is missing, doubled or out of order, and for each item that is missing, extra or different.\n"
  + (if $sections == [] then "" else
      "\n## Sections\n\n| Section | Line | What is wrong |\n|---|---|---|\n"
      + ($sections | map("| \(.number) | \(.line // "") | \(.problem) |\n") | add) end)
  + ([("servers", "agents", "skills") as $kind | [$left[] | select(.kind == $kind)] | select(. != [])
      | "\n## \(kinds[$kind].title)\n\n| Name | What differs |\n|---|---|\n" + (map("| \(.name | cell) | \(row_text) |\n") | add)] | add // "");
SCRIPT
}
