# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# claude.md as a program of jq reads and edits it, a line at a time, so that all
# that is not declared stays as it was written. Lines are counted from 0 in here.

agents_jq_markdown() {
  cat <<'SCRIPT'
def trim: sub("^\\s+"; "") | sub("\\s+$"; "");

# The headings and fenced blocks of Markdown.
def outline:
  reduce (split("\n") | to_entries[]) as {key: $at, value: $raw} ({headings: [], fences: [], open: null};
    ($raw | rtrimstr("\r")) as $line
    | if .open then
        .open.mark as $mark
        | if ($line | contains($mark)) and ($line | test("^ {0,3}" + $mark + $mark[:1] + "*\\s*$"))
        then .fences += [.open + {end: $at}] | .open = null else . end
      elif $line | contains("```") or contains("~~~") then
        ([$line | capture("^ {0,3}(?<mark>`{3,}|~{3,})\\s*(?<info>[^`]*)$")][0]) as $fence
        | if $fence then .open = {start: $at, mark: $fence.mark, info: ($fence.info | trim), under: (.headings | length - 1)} else . end
      elif $line | startswith("#") then
        ([$line | capture("^(?<marks>#{1,6})\\s+(?<text>.*?)\\s*#*\\s*$")][0]) as $heading
        | if $heading then .headings += [{at: $at, level: ($heading.marks | length), text: $heading.text}] else . end
      else . end);

# What is wrong with the numbered sections, which are those of the highest level that has numbers.
def section_problems($count):
  [.headings[] | . + (.text | capture("^(?:(?:section\\s+)(?<named>[0-9]{1,2})(?:[.):]|\\s*[-–—]|\\s|$)|(?<number>[0-9]{1,2})(?:[.):]|\\s+[-–—])(?:\\s|$))"; "i") | {number: ((.named // .number) | tonumber)})]
  | (map(.level) | min) as $level | map(select(.level == $level and .number < $count))
  | . as $sections
  | [range($count) as $number | select(all($sections[]; .number != $number)) | {line: null, number: $number, problem: "missing"}]
  + [range(length) as $i | $sections[$i] as $section | ($sections[:$i] | map(select(.number == $section.number))) as $same
      | if ($same | length) > 0 then {line: ($section.at + 1), number: $section.number, problem: "doubled: it is on line \($same[0].at + 1) too"}
        elif any($sections[:$i][]; .number > $section.number) then {line: ($section.at + 1), number: $section.number,
          problem: "out of order: after section \([$sections[:$i][].number] | max)"}
        else empty end];

# A value of YAML on one line: a text, or a flow of them. Fails where it is neither.
def flow_value:
  def scalar: trim | if test("^(true|false|null|-?[0-9]+([.][0-9]+)?)$") then . else tojson end;
  if test("^[{\\[\"']") then
    [match("#.*$|\"(?:[^\"\\\\]|\\\\.)*\"|'(?:[^']|'')*'|[{}\\[\\],]|:(?=[\\s\\[{]|$)|(?<=[\"']):|[^\\s{}\\[\\],\"'](?:[^{}\\[\\],:#]|:(?!\\s)|(?<!\\s)#)*|\\S"; "g").string
      | if startswith("#") then empty
        elif startswith("'") and length > 1 then .[1:-1] | gsub("''"; "'") | tojson
        elif test("^[\"{}\\[\\],:]") then . else scalar end]
    | add | fromjson
  else sub("\\s#.*$"; "") | trim end;

def kinds: {
  servers: {title: "MCP servers", side: "the settings", one: "server"},
  agents: {title: "Agents", side: "the folder", one: "agent"},
  skills: {title: "Skills", side: "the folder", one: "skill"}
};

def heading_is($title):
  sub("^(?:section\\s+)?[0-9.]*[.):]?\\s*[-–—]?\\s*"; ""; "i") | gsub("[*_`]"; "") | trim | ascii_downcase == ($title | ascii_downcase);

# The place of what claude.md declares of a kind: {heading, fence}, or nulls.
def place_of($kind; $outline):
  [$outline.headings | to_entries[] | select(.value.text | heading_is(kinds[$kind].title)) | .key] as $under
  | {heading: (($under[0] | values | $outline.headings[.].at) // null),
     fence: ([$outline.fences[] | select(.info | test("^ya?ml\\b"; "i")) | select(.under as $at | any($under[]; . == $at))][0])};

# The entries of a fenced block: {at, name, value, note}, or {at, problem}.
def entries($lines):
  [range(.start + 1; .end) as $at | ($lines[$at] | rtrimstr("\r")) as $line | select($line | test("^\\s*(#|$)") | not)
    | ([$line | capture("^(?<name>\"(?:[^\"\\\\]|\\\\.)*\"|[A-Za-z0-9_](?:[^\\s:#\"']|:(?!\\s)| (?![ #:]))*)\\s*:\\s+(?<value>\\S.*)$")][0]) as $entry
    | {at: $at} + if $entry == null then {problem: "not of the form NAME: VALUE on one line"}
      else [try {name: ($entry.name | if startswith("\"") then fromjson else . end), value: ($entry.value | flow_value),
          note: (([$line | capture("(?<note>\\s#[^\"'{}\\[\\]]*)$")][0].note) // "")}
        catch {problem: "the value is neither a text nor a flow of YAML on one line"}][0] end];

# A text as YAML has it.
def yaml_text:
  if test("^[A-Za-z_][A-Za-z0-9_.-]*$") and (test("^(true|false|null|yes|no|on|off|y|n|nan|inf)$"; "i") | not) then . else tojson end;
def yaml_flow:
  if type == "array" then "[" + (map(yaml_flow) | join(", ")) + "]"
  elif type == "object" then "{ " + (to_entries | map("\(.key): \(.value | yaml_flow)") | join(", ")) + " }"
  elif type == "string" then yaml_text else tojson end;
def yaml_entry($name; $value): ($name | yaml_text) + ": " + ($value | if type == "string" then tojson else yaml_flow end);

# The lines with these changes: {kind, name, value, at, note} replaces, without at it is added.
def edit_markdown($outline; $changes):
  reduce ($changes[] | select(.at != null)) as $change (.;
    .[$change.at] |= (yaml_entry($change.name; $change.value) + $change.note + (if endswith("\r") then "\r" else "" end)))
  | . as $text
  | reduce ([$changes | map(select(.at == null)) | group_by(.kind)[]
      | .[0].kind as $kind | (place_of($kind; $outline)) as $place | map(yaml_entry(.name; .value)) as $added
      | if $place.fence then {at: $place.fence.end, lines: $added}
        else (["```yaml"] + $added + ["```"]) as $block
          | if $place.heading then {at: ($place.heading + 1), lines: ([""] + $block + (if ($text[$place.heading + 1] // "" | test("\\S")) then [""] else [] end))}
            else {at: null, order: (["servers", "agents", "skills"] | index($kind)), lines: (["", "## " + kinds[$kind].title, ""] + $block)} end end]
      | map(select(.at != null)) + (map(select(.at == null)) | sort_by(.order) | if length == 0 then [] else [{at: 1e9, lines: (map(.lines) | add)}] end)
      | sort_by(-.at)[]) as $part (.;
      if $part.at >= 1e9 then (if .[-1] == "" then .[:-1] else . end) + $part.lines + [""]
      else .[:$part.at] + $part.lines + .[$part.at:] end);
SCRIPT
}
