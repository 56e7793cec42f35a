# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# The settings of MCP as a text of JSON, perhaps with comments: what is not to be
# changed stays as its writer wrote it, each blank and number too.

agents_jq_settings() {
  cat <<'SCRIPT'
def json_tokens:
  [match("\"(?:[^\"\\\\]|\\\\.)*\"|//[^\\n]*|/\\*[\\s\\S]*?\\*/|\\s+|[{}\\[\\]:,]|[^\\s{}\\[\\]:,\"/]+|[\\s\\S]"; "g").string];
def is_blank: test("^(\\s|//|/\\*)");
def json_without_comments: json_tokens | map(if is_blank then " " else . end) | add // "" | fromjson;

# Where each value stands, by its path: {key, start, end}, as indices of pieces.
def json_spans:
  . as $pieces
  | reduce (range(length) | select($pieces[.] | is_blank | not)) as $at ({stack: [], out: {}};
      $pieces[$at] as $piece
      | def here: [.stack[] | .key // .index];
        def done($start): .out[here | tojson] = {start: $start, end: $at, key: (if .stack == [] then null else .stack[-1].at end)}
          | if .stack != [] then .stack[-1].got = true else . end;
        if $piece == "{" or $piece == "[" then .stack += [{start: $at, object: ($piece == "{"), index: 0}]
        elif $piece == "}" or $piece == "]" then .stack[-1].start as $start | .stack |= .[:-1] | done($start)
        elif $piece == "," then .stack[-1] |= (.index += 1 | .key = null | .got = false)
        elif $piece == ":" then .
        elif .stack != [] and .stack[-1].object and .stack[-1].key == null then .stack[-1] += {key: ($piece | fromjson), at: $at}
        else done($at) end)
  | .out;

def pretty($indent):
  if type == "object" and length > 0 then
    "{\n" + (to_entries | map($indent + "  \(.key | tojson): \(.value | pretty($indent + "  "))") | join(",\n")) + "\n\($indent)}"
  elif type == "array" and length > 0 then
    "[\n" + (map($indent + "  " + pretty($indent + "  ")) | join(",\n")) + "\n\($indent)]"
  else tojson end;

# Blanks with the end of a line in them, before a token.
def indent_before($at): if $at > 0 and (.[$at - 1] | test("^\\s*\\n\\s*$")) then .[$at - 1] | sub("^[\\s\\S]*\\n"; "") else null end;

# json_set: the value at a path; its parent stands there.
def json_set($path; $value):
  json_tokens as $pieces | ($pieces | json_spans) as $spans
  | ($spans[$path | tojson]) as $here | ($spans[$path[:-1] | tojson]) as $parent
  | if $here then
      ($pieces | if $here.key == null then "" else indent_before($here.key) // "" end) as $indent
      | $pieces[:$here.start] + [$value | pretty($indent)] + $pieces[$here.end + 1:]
    else
      ([range($parent.start; $parent.end) | select($pieces[.] | is_blank | not)] | last) as $last
      | ([$spans | to_entries[] | select((.key | fromjson)[:-1] == $path[:-1] and (.key | fromjson) != []) | .value.key] | min) as $sibling
      | ($pieces | if $sibling then indent_before($sibling) else (if $parent.key == null then "" else indent_before($parent.key) // "" end) + "  " end) as $indent
      | ($pieces | indent_before($parent.end)) as $close
      | (if $close == null then $parent.end else $parent.end - 1 end) as $before
      | ($pieces[:$last + 1] + (if $last == $parent.start then [] else [","] end) + $pieces[$last + 1:$before]
        + (if $indent == null then [" \($path[-1] | tojson): \($value | tojson)"]
           else ["\n\($indent)\($path[-1] | tojson): \($value | pretty($indent))"]
             + (if $close == null then ["\n" + $indent[2:]] else [] end) end)
        + $pieces[$before:])
    end
  | add;

def json_delete($path):
  json_tokens as $pieces | ($pieces | json_spans)[$path | tojson] as $here
  | if $here == null then . else
      ([range($here.end + 1; $pieces | length) | select($pieces[.] | is_blank | not)][0]) as $next
      | ([range($here.key) | select($pieces[.] | is_blank | not)] | last) as $previous
      | (if $here.key > 0 and ($pieces[$here.key - 1] | test("^\\s+$")) then $here.key - 1 else $here.key end) as $from
      | if $pieces[$next] == "," then $pieces[:$from] + $pieces[$here.end + 1:$next] + $pieces[$next + 1:]
        elif $pieces[$previous] == "," then $pieces[:$previous] + $pieces[$previous + 1:$from] + $pieces[$here.end + 1:]
        else $pieces[:$from] + $pieces[$here.end + 1:] end
      | add
    end;
SCRIPT
}
