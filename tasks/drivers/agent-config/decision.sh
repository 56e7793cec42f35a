# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# The three-way decision for each item: a server, an agent or a skill. An item that
# one side has not never vanishes from the other.

agents_jq_decision() {
  cat <<'SCRIPT'
def stop($path; $line; $text): error({path: $path, line: $line, text: $text} | tojson);

# What claude.md declares of a kind: {NAME: {value, at, note}}.
def declared($kind; $outline; $lines):
  place_of($kind; $outline).fence as $fence
  | if $fence == null then {} else
      reduce ($fence | entries($lines))[] as $entry ({};
        ($entry.at + 1) as $line
        | if $entry.problem then stop($names.claude; $line; $entry.problem)
          elif has($entry.name) then stop($names.claude; $line; "\($entry.name | tojson) stands there twice")
          else (if $kind == "servers" then $entry.value | declared_server else $entry.value end) as $value
            | if $kind == "servers" and ($value | type) == "string" then stop($names.claude; $line; "\($entry.name | tojson): \($value)")
              elif $kind != "servers" and (($value | type) != "string" or $value == "") then stop($names.claude; $line; "\($entry.name | tojson): must be a text that describes it")
              else .[$entry.name] = {value: $value, at: $entry.at, note: $entry.note} end end)
    end;

# In jq 1.6 a try that is not in brackets also catches what fails after it. What jq says of bad JSON may hold all of it.
def settings_value:
  [try json_without_comments catch null][0]
  | if . == null then stop($names.settings; null; "is not valid JSON") else . end
  | if type != "object" or (.mcpServers // {} | type) != "object" then stop($names.settings; null; "must be a JSON object with the object \"mcpServers\"") else . end;

# What there is of a kind: {NAME: {value, file, problem}}.
def actual($kind; $settings; $declared; $base):
  if $kind == "servers" then
    $settings.mcpServers // {} | with_entries(.key as $name
      | ((($declared[$name].value | words_of) + ($base[$name] | words_of)) | unique) as $words
      | .value |= (. as $raw
        # What is shown in one place is shown in all.
        | (public($words) | words_of + $words | unique) as $words | public($words) as $value
        | if $value == null then {problem: "neither a command nor a url"} else {value: $value, raw: $raw, words: $words} end))
  else
    reduce ($files | to_entries[] | select(.key | startswith($kind + "/"))) as $file ({};
      ($file.key | if $kind == "skills" then split("/")[1] else ltrimstr("agents/") | rtrimstr(".md") end) as $own
      | ($file.value | frontmatter) as $front
      | (if $kind == "skills" then $own else $front.name // $own end) as $name
      | .[if has($name) then $own else $name end] = ({file: $file.key}
        + if $front.problem then {problem: $front.problem}
          elif $kind == "skills" and $front.name != $own then {problem: "its name is not that of its folder"}
          elif has($name) then {problem: "its name is that of another file too"}
          else {value: $front.description} end))
  end;

def fields($one; $other):
  if ($one | type) != "object" or ($other | type) != "object" then []
  else ([$one, $other | keys[]] | unique | map(. as $key | select($one[$key] != $other[$key]))) end;

def verdict($declared; $actual; $base; $resolved):
  if $actual.problem then "invalid"
  elif $declared == $actual.value then "same"
  elif $declared == null then (if $direction == "push" then "extra" else "to_claude_md" end)
  elif $actual.value == null then (if $direction == "pull" then "missing" else "to_configs" end)
  elif $direction == "push" then "to_configs"
  elif $direction == "pull" then "to_claude_md"
  elif $actual.value == $base then "to_configs"
  elif $declared == $base then "to_claude_md"
  else $resolved // "conflict" end;

def changed_settings($changes):
  reduce $changes[] as $change (if test("\\S") then . else "{}\n" end | if (json_without_comments | has("mcpServers")) then . else json_set(["mcpServers"]; {}) end;
    if $change | has("value") then json_set($change.path; $change.value) else json_delete($change.path) end);

# What becomes of each item: {kind, name, verdict, declared, actual, ...}.
def decide($declared; $actual; $base):
  ("servers", "agents", "skills") as $kind
  | ([$declared[$kind], $actual[$kind] | keys[]] | unique)[] as $name
  | $declared[$kind][$name] as $here | $actual[$kind][$name] as $there | $base[$kind][$name] as $former
  | {kind: $kind, name: $name, at: $here.at, note: ($here.note // ""), declared: $here.value, actual: $there.value, file: $there.file, problem: $there.problem, base: $former,
     fields: fields($here.value; $there.value), verdict: verdict($here.value; $there; $former; $resolved[$kind + "." + $name])}
  | if .verdict != "to_configs" then .
    elif $kind == "servers" then
      .changes = ($there.raw | server_changes($name; $here.value; $there.words // []))
      | if .changes == null then .verdict = "unwritable" | .problem = "*** stands for what the settings do not have" else . end
    elif $there == null and ($name | plain_name | not) then .verdict = "unwritable" | .problem = "not the name of a file"
    else . end;
SCRIPT
}

# The whole of it: an object with all that is to be written and said.
agents_jq_main() {
  cat <<'SCRIPT'
($claude | split("\n")) as $lines | ($claude | outline) as $outline
| ($settings | if test("\\S") then settings_value else {} end) as $values
| [$base | try fromjson catch {} | objects | select(.of == $of) | .had | objects][0] // {} | . as $former
| {servers: 0, agents: 0, skills: 0} | with_entries(.value = (.key as $kind | declared($kind; $outline; $lines))) as $declared
| with_entries(.value = (.key as $kind | actual($kind; $values; $declared[$kind]; $former[$kind] // {}))) as $actual
| [decide($declared; $actual; $former)] as $all
| ($outline | section_problems($sections)) as $section_problems
| ($all | map(select(.verdict == "to_claude_md") | {kind, name, at, note, value: .actual})) as $additions
| ($all | map(select(.verdict == "to_configs"))) as $outward
| ($all | map(select(.verdict != "same" and .verdict != "to_claude_md" and .verdict != "to_configs"))) as $left
| {
    items: ($all | map(select(.verdict != "same") | {kind, name, verdict, fields, file})),
    score: (($all | map(select(.verdict != "same")) | length) + ($section_problems | length)),
    left: (($left | length) + ($section_problems | length)),
    added: ($additions | map(yaml_entry(.name; .value)) | join("\n")),
    claude: (if $additions == [] then null else $lines | edit_markdown($outline; $additions) | join("\n") end),
    settings: ([$outward[].changes[]?] | if . == [] then null else . as $changes | $settings | changed_settings($changes) end),
    files: ($outward | map(select(.kind != "servers") | {
      path: (.file // if .kind == "agents" then "agents/\(.name).md" else "skills/\(.name)/SKILL.md" end),
      text: (.declared as $text | if .file then $files[.file] | set_description($text) else new_definition(.name; $text; .kind) end)})),
    fill_in: [$outward[] | .name as $name | .changes[]? | .value | if type == "object" then (.env, .headers | objects | keys[]) elif type == "string" and test("^\\$\\{[^}]*\\}$") then .[2:-1] else empty end | "\(.) of \($name)"],
    report: report($left; $section_problems),
    base: {of: $of, had: ($all | group_by(.kind) | map({key: .[0].kind, value: (map({key: .name,
      value: (if .verdict == "same" or .verdict == "to_configs" then .declared elif .verdict == "to_claude_md" then .actual else .base end)} | select(.value != null)) | from_entries)}) | from_entries)}
  }
SCRIPT
}
