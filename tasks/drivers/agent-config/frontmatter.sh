# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# Agents and skills: Markdown that begins with name and description between two
# lines of dashes.

agents_jq_frontmatter() {
  cat <<'SCRIPT'
# The value of a key, from the lines of its block.
def block_value:
  (.[0] | sub("^[^:]*:\\s*"; "") | trim) as $first | .[1:] as $more
  | if $first | test("^[|>][-+0-9]*( #.*)?$") then
      ($more | map(select(test("\\S")) | match("^ *").length) | min // 0) as $indent
      | $more | map(.[$indent:] | sub("\\s+$"; ""))
      | if $first | startswith("|") then join("\n") else join("\n") | gsub("(?<a>\\S)\n(?=\\S)"; "\(.a) ") | gsub("\n\n"; "\n") end
      | sub("\\s+$"; "")
    else ([$first] + ($more | map(trim) | map(select(. != ""))) | join(" "))
      | if startswith("\"") then (sub("\\s+#[^\"]*$"; "") | fromjson)
        elif startswith("'") then sub("\\s+#[^']*$"; "") | .[1:-1] | gsub("''"; "'")
        else sub("(^|\\s)#.*$"; "") | trim end
    end;

# {name, description, start, stop (the lines of the description)}, or {problem}.
def frontmatter:
  (split("\n") | map(rtrimstr("\r"))) as $lines
  | ([range(1; $lines | length) | select($lines[.] | test("^---\\s*$"))][0]) as $close
  | if ($lines[0] | test("^---\\s*$") | not) or $close == null then {problem: "no frontmatter between two lines of ---"}
    else [range(1; $close) | select($lines[.] | test("^[A-Za-z0-9_-]+:"))] as $keys
      | [range($keys | length) as $i | {key: ($lines[$keys[$i]] | sub(":.*$"; "")), start: $keys[$i], stop: ($keys[$i + 1] // $close)}] as $blocks
      | reduce ("name", "description") as $key ({};
          [$blocks[] | select(.key == $key)] as $found
          | if ($found | length) > 1 then .problem //= "\($key) stands there twice"
            elif $found == [] then .problem //= "no \($key)"
            else $found[0] as $block
              | [try ($lines[$block.start:$block.stop] | block_value) catch null][0] as $value
              | if ($value // "") == "" then .problem //= "no \($key), or one that cannot be read"
                else .[$key] = $value | if $key == "description" then .start = $block.start | .stop = $block.stop else . end end
            end)
    end;

def set_description($text):
  frontmatter as $front | split("\n")
  | (if .[$front.start] | endswith("\r") then "\r" else "" end) as $return
  | .[:$front.start] + ["description: " + ($text | tojson) + $return] + .[$front.stop:] | join("\n");

# A new one. What it is to do is for a person to write.
def new_definition($name; $text; $kind):
  "---\nname: \($name | yaml_text)\ndescription: \($text | tojson)\n---\n\n"
  + (if $kind == "skills" then "# \($name)\n\n" else "" end) + $text + "\n";

# May it be the name of a file?
def plain_name: test("^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$");
SCRIPT
}
