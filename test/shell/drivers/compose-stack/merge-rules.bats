#!/usr/bin/env bats
load ../../helper

# What becomes of each workflow where two sides are merged, as a table: no n8n is asked.

# What both sides had, what is here, what is there: - is nothing, a letter a content, a
# capital one that is active. Then what it becomes, and what if theirs or mine decides.
cases='
a a a  same:a            same:a            same:a
A A A  same:A            same:A            same:A
a a b  taken:b           taken:b           taken:b
a b a  mine:b            mine:b            mine:b
a b b  same:b            same:b            same:b
a b c  conflict          taken:c           mine:b
- a -  mine:a            mine:a            mine:a
- - a  taken:a           taken:a           taken:a
- - A  taken:A           taken:A           taken:A
- a a  same:a            same:a            same:a
- a b  conflict          taken:b           mine:a
a - a  removed_here:-    removed_here:-    removed_here:-
a a -  removed_there:-   removed_there:-   removed_there:-
a - b  conflict          taken:b           removed_here:-
a b -  conflict          removed_there:-   mine:b
a - A  conflict          taken:A           removed_here:-
a A -  conflict          removed_there:-   mine:A
a a A  taken:A           taken:A           taken:A
A A a  taken:a           taken:a           taken:a
a A a  mine:A            mine:A            mine:A
A a A  mine:a            mine:a            mine:a
A B a  taken:b           taken:b           taken:b
A a B  taken:b           taken:b           taken:b
a A b  taken:B           taken:B           taken:B
a b A  taken:B           taken:B           taken:B
A b c  conflict          taken:c           mine:b
A B c  conflict          taken:c           taken:b
A b C  conflict          taken:c           mine:b
- a A  conflict          taken:A           mine:a
'
# Without a base only what is equal, or on one side, is decided.
cases_alone='
- a a  same:a            same:a            same:a
- a -  mine:a            mine:a            mine:a
- - A  taken:A           taken:A           taken:A
- a b  conflict          taken:b           mine:a
- a A  conflict          taken:A           mine:a
- A b  conflict          taken:b           mine:A
'

# flow ID LETTER: one workflow, or nothing; what changes by itself is never the same.
flow() {
  local letter active=false
  [[ $2 != - ]] || return 0
  letter=$(tr '[:upper:]' '[:lower:]' <<<"$2")
  [[ $letter == "$2" ]] || active=true
  printf '{"id":"%s","name":"%s","active":%s,"nodes":[{"parameters":{"text":"%s"}}],"updatedAt":"%s","versionCounter":%d,"staticData":{"at":%d},"shared":[%d],"tags":[{"name":"%d"}]}\n' \
    "$1" "$1" "$active" "$letter" "$RANDOM" "$RANDOM" "$RANDOM" "$RANDOM" "$RANDOM"
}

# write_cases: base.json, mine.json and theirs.json, a workflow for each line of standard input.
write_cases() {
  local line base mine theirs rest number=0
  while IFS=' ' read -r base mine theirs rest; do
    [[ -n $base ]] || continue
    number=$((number + 1))
    flow "w$number" "$base" >>base
    flow "w$number" "$mine" >>mine
    flow "w$number" "$theirs" >>theirs
    printf 'w%d %s %s %s %s\n' "$number" "$base" "$mine" "$theirs" "$rest" >>wanted
  done
  for line in base mine theirs; do jq -s . "$line" >"$line.json"; done
}

# decide BASE TAKE: kind:result of each, by its number.
decide() {
  in_lib "stack_merge_decide $1 mine.json theirs.json '$2'" >plan
  jq -r '.wanted as $w | .workflows[] | .id + " " + (.kind | gsub(" "; "_")) + (if .kind == "conflict" then "" else ":" +
    ($w[.id] | if . == null then "-" else .content.nodes[0].parameters.text as $text | if .active then ($text | ascii_upcase) else $text end end) end)' plan | sort -V
}

# columns N: what is wanted.
columns() {
  awk -v n="$1" '{ print $1, $n }' wanted
}

@test "each workflow becomes what the table says, alone and with either side deciding" {
  write_cases <<<"$cases"
  is "$(decide base.json '')" "$(columns 5)"
  is "$(decide base.json theirs)" "$(columns 6)"
  is "$(decide base.json mine)" "$(columns 7)"
}

@test "without a common export only what is equal or stands on one side is decided" {
  write_cases <<<"$cases_alone"
  printf 'null\n' >none.json
  is "$(decide none.json '')" "$(columns 5)"
  is "$(decide none.json theirs)" "$(columns 6)"
  is "$(decide none.json mine)" "$(columns 7)"
}

@test "what is written, published, made and removed follows from it" {
  write_cases <<<"$cases"
  decide base.json '' >/dev/null
  # One that becomes inactive is written too: n8n has no other way that is known.
  is "$(jq -c '[.write[].id] | sort' plan)" "$(awk '$5 ~ /^taken/ { if (tolower($3) != tolower(substr($5, 7)) || $3 ~ /[A-Z]/) print $1 }' wanted | jq -cRn '[inputs] | sort')"
  is "$(jq -c '.publish | sort' plan)" "$(awk '$5 ~ /^taken:[A-Z]/ { print $1 }' wanted | jq -cRn '[inputs] | sort')"
  is "$(jq -c '.made | sort' plan)" "$(awk '$5 ~ /^taken/ && $3 == "-" { print $1 }' wanted | jq -cRn '[inputs] | sort')"
  is "$(jq -c '.gone | sort' plan)" "$(awk '$5 ~ /^removed_there/ { print $1 }' wanted | jq -cRn '[inputs] | sort')"
}

@test "names and ids may hold anything" {
  for name in '' ' ' '$HOME' '$(touch x)' '`touch x`' "it's" '"' ';' '*' -n -- $'a\nb' $'a\tb' 'é' '\' '%s' '{{x}}' '\(1)'; do
    jq -n --arg name "$name" '{id: $name, name: $name, nodes: [{parameters: {text: $name}}]}'
  done | jq -s . >mine.json
  jq 'map(.nodes[0].parameters.text += "x")' mine.json >theirs.json
  is "$(in_lib "stack_merge_decide mine.json mine.json theirs.json ''" | jq -c '[.workflows[] | .kind] | unique')" '["taken"]'
  is "$(in_lib "stack_merge_decide mine.json mine.json theirs.json ''" | jq -cS '.write | sort_by(.id) | map(del(.staticData))')" "$(jq -cS 'sort_by(.id)' theirs.json)"
  [[ ! -e x ]]
}

@test "credentials count by name, and what this side keeps of a workflow is not overwritten" {
  jq -n '[{id: "w", name: "w", nodes: [{credentials: {header: {id: "1", name: "My header"}}}], staticData: {last: 1}, tags: [{name: "mine"}]}]' >mine.json
  jq '.[0].nodes[0].credentials.header.id = "2"' mine.json >theirs.json
  is "$(in_lib "stack_merge_decide mine.json mine.json theirs.json ''" | jq -c '[.workflows[] | .kind]')" '["same"]'
  jq '.[0].name = "new" | .[0].staticData = {last: 9} | .[0].tags = [] | .[0].shared = ["who"]' mine.json >theirs.json
  is "$(in_lib "stack_merge_decide mine.json mine.json theirs.json ''" | jq -cS '.write')" \
    '[{"id":"w","name":"new","nodes":[{"credentials":{"header":{"id":"1","name":"My header"}}}],"staticData":{"last":1}}]'
}

@test "credentials that a workflow needs and that are not here are named, and unpublished changes" {
  mkdir -p .insightpulse/run/work/merge
  jq -n '[{id: "w", name: "My\nflow", active: true, versionId: "2", activeVersionId: "1", nodes: [{credentials: {header: {id: "k1", name: "My $(touch x) \"key\""}, other: {id: "k2", name: "Known"}}}, {}]}]' >theirs.json
  printf '[]\n' | tee none.json >mine.json
  in_lib "stack_merge_decide none.json mine.json theirs.json ''" >.insightpulse/run/work/merge/plan
  jq -n '[{id: "k2"}]' >.insightpulse/run/work/merge/credentials.json
  run in_run 'only=flows; stack_merge_show'
  is "$output" "demo: flows: taken: My flow (w), new here
demo: flows: same: 0
demo: flows: My flow (w) uses the credential \"My \$(touch x) \\\"key\\\"\", which is not here: make it, then choose it there
demo: flows: My flow (w) has changes that are not published there: here they will be"
  [[ ! -e x ]]
}

# base BASE MINE THEIRS: the ids of the base that is found for lists of ids; and what is said of it.
base() {
  local merge=.insightpulse/run/work/merge place=.insightpulse/state/lineage/demo/flows
  mkdir -p "$merge" "$place"
  printf 'r1\n' >"$place/ancestors"
  jq -cn "$1 | map({id: .})" >"$place/r1.json"
  jq -cn "$2 | map({id: .})" >"$merge/mine.json"
  jq -cn "$3 | map({id: .})" >"$merge/theirs.json"
  printf '{"run": "r2", "parts": {"flows": {"ancestors": ["r1"]}}}\n' >manifest.json
  printf '{}\n' >.insightpulse/run/work/wanted.flows
  in_run 'stack_part flows kind n8n service n8n; only=flows unpacked=.; stack_merge_find_base' 2>said
  jq -c 'map(.id)?' "$merge/base.json"
}

@test "where one side has nothing left of what both had it has not removed it, but is new" {
  is "$(base '["a", "b"]' '["b"]' '["a", "c"]')" '["a","b"]'
  is "$(cat said)" ''
  is "$(base '["a", "b"]' '["a", "b"]' '[]')" ''
  has "$(cat said)" 'one has nothing left, as if it were new'
  is "$(base '["a", "ab"]' '["ab", "a"]' '["b", "c"]')" ''
  is "$(base '["a", "b"]' '[]' '["a", "b"]')" ''
  is "$(base '[]' '[]' '["a"]')" '[]'
}

@test "data that came back with a rollback has the ancestors that it had, where it is that of here" {
  place=.insightpulse/state/lineage/demo/flows
  mkdir -p "$place" .insightpulse/run/work
  printf '{"run": "r1", "parts": {"flows": {"ancestors": ["r0"]}}}\n' >manifest.json
  printf '[]\n' >workflows.json
  printf '.\n' >.insightpulse/run/work/unpacked
  printf 'flows\n' >.insightpulse/run/work/loads
  for where in 'ssh://host demo' "'' other" "'' demo"; do
    printf 'r2\nr1\nr0\n' >"$place/ancestors"
    eval "set -- $where"
    in_run "stack_part flows kind n8n service n8n; root=\$PWD project=demo env_host='$1' env_project=$2; stack_note_back"
    [[ $where == "'' demo" ]] || is "$(cat "$place/ancestors")" $'r2\nr1\nr0'
  done
  is "$(cat "$place/ancestors")" $'r1\nr0'
  has "$(cat .insightpulse/run/journal)" 'undo stack_undo_lineage'
}
