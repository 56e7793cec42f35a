# shellcheck shell=bash
# shellcheck disable=SC2016,SC2034,SC2154 # jq's; variables are shared between the parts
# Values of properties, in jq. "asked" makes what a request says of a text; "seen"
# makes of that, and of what Notion answers, something that can be compared;
# "again" makes of an answer the request that brings it back.

notion_values_jq() {
  cat <<'JQ'
# jq 1.6 lets a bare try catch what goes wrong after it, too.
def attempt(value): [try value catch null] | .[0];
def trim: gsub("^[ \t\n]+|[ \t\n]+$"; "");
def list: (if type == "array" then . elif type == "object" then .keys else split(",") end) | map(trim) | map(select(. != "")) | unique;
def line: if type == "array" then map(trim) | join(", ") elif type == "object" then .names | join(", ") else trim end;
def single: line | if . == "" then null else . end;
def most($count; $what): if length > $count then error("has more than \($count) \($what)") else . end;
def same_id: gsub("-"; "");

# Pieces of at most 2000 units of UTF-16, no character torn.
def pieces: (if explode | any(. > 65535) then 1000 else 2000 end) as $size
  | [range(0; length; $size) as $from | .[$from:$from + $size]] | most(100; "pieces of 2000 characters");

# A day as it is; a time as seconds since 1970, in whatever zone it was written.
def moment: if test("^[0-9]{4}-[0-9]{2}-[0-9]{2}$") then
    if (attempt(strptime("%Y-%m-%d") | mktime | todate[:10]) // "") == . then . else error("is no date: \(.)") end
  elif test("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?(Z|[+-][0-9]{2}:[0-9]{2})?$") then
    . as $text | (.[:10] + "T00:00:00Z" | fromdate) + (.[11:13] | tonumber) * 3600 + (.[14:16] | tonumber) * 60
      + (if .[16:17] == ":" then .[17:19] | tonumber else 0 end)
      - (if test("[+-][0-9]{2}:[0-9]{2}$") then (.[-5:-3] | tonumber) * 3600 + (.[-2:] | tonumber) * 60
          | if $text[-6:-5] == "-" then - . else . end else 0 end)
  else error("is no date (YYYY-MM-DD, a time with its zone, or two of them with / between): \(.)") end;
def dates: single | if . == null then null else split("/") | map(trim)
  | if length > 2 then error("is no date: \(join("/"))") else map(moment as $checked | .) | {start: .[0], end: .[1]} end end;

def truth: line | ascii_downcase | . as $one
  | if ["yes", "true", "x", "on", "1"] | index($one) then true
    elif ["", "no", "false", "off", "0"] | index($one) then false
    else error("is neither yes nor no: \(.)") end;
def option: single | if . != null and test(",") then error("holds a comma, which no option may: \(.)") else . end;

# asked(TYPE; PEOPLE; ROWS): PEOPLE has ids by e-mail address, ROWS ids by key.
def asked($type; $people; $rows):
  if $type == "title" or $type == "rich_text" then {($type): (line | pieces | map({type: "text", text: {content: .}}))}
  elif $type == "number" then {number: (single | if . == null then null else attempt(tonumber) // error("is no number: \(.)") end)}
  elif $type == "select" or $type == "status" then {($type): (option | if . == null then null else {name: .} end)}
  elif $type == "multi_select" then {multi_select: (list | most(100; "options") | map({name: .}))}
  elif $type == "date" then {date: dates}
  elif $type == "checkbox" then {checkbox: truth}
  elif $type == "url" then {url: (single | most(2000; "characters"))}
  elif $type == "email" or $type == "phone_number" then {($type): (single | most(200; "characters"))}
  elif $type == "people" then {people: (list | map(ascii_downcase) | unique | most(25; "people")
    | map(. as $one | $people[$one] // error("names \($one), who is nobody that the integration can see; it needs the capability to read users with their e-mail addresses") | {object: "user", id: .}))}
  elif $type == "relation" then {relation: (list | most(25; "rows") | map(. as $one | $rows[$one] // error("names \($one), which is no row") | {id: .}))}
  else error("is of the type \($type), which cannot be written") end;

def seen: if has("title") or has("rich_text") then .title // .rich_text | map(.plain_text // .text.content // "") | add // ""
  elif has("number") then .number
  elif has("select") or has("status") then .select // .status | if . == null then null else .name end
  elif has("multi_select") then .multi_select | map(.name) | unique
  elif has("date") then .date | if . == null then null else {start: (.start | moment), end: (.end | if . == null then null else moment end)} end
  elif has("checkbox") then .checkbox
  elif has("people") then .people | map(.id | same_id) | unique
  elif has("relation") then .relation | map(.id | same_id) | unique
  elif has("url") then .url // ""
  elif has("email") then .email // ""
  elif has("phone_number") then .phone_number // ""
  else . end;

def rich: if .type == "text" or .text then {type: "text", text: {content: .text.content, link: (.text.link | if . == null then null else {url} end)}}
  elif .mention.user then {type, mention: {type: "user", user: {object: "user", id: .mention.user.id}}}
  else del(.plain_text, .href, .annotations) end + if .annotations then {annotations} else {} end;
def again: if .title then {title: (.title | map(rich))}
  elif .rich_text then {rich_text: (.rich_text | map(rich))}
  elif .type == "select" then {select: (.select | if . == null then null else {name} end)}
  elif .type == "status" then {status: (.status | if . == null then null else {name} end)}
  elif .type == "multi_select" then {multi_select: (.multi_select | map({name}))}
  elif .type == "people" then {people: (.people | map({object: "user", id}))}
  elif .type == "relation" then {relation: (.relation | map({id}))}
  else .type as $type | {($type): .[$type]} end;
def is_whole: (.has_more // false | not) and (.people // [] | length) < 25;
def key_text: seen | if . == null then "" else tostring end;
JQ
}
