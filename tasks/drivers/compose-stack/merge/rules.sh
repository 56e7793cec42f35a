# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# What becomes of each workflow where two sides are merged: a decision and no more.

# stack_merge_content: jq: what counts of a workflow.
stack_merge_content() {
  cat <<'JQ'
# What changes by itself, or belongs to a machine. Tags are not compared, for an import
# of n8n adds some and takes none away; of credentials the name counts, for it gives
# those of another machine the id of what has the same name here.
def content:
  del(.active, .activeVersion, .activeVersionId, .createdAt, .parentFolder, .parentFolderId, .shared,
    .staticData, .tags, .triggerCount, .updatedAt, .versionCounter, .versionId)
  | with_entries(select(.value != null))
  | if .nodes | type == "array" then .nodes |= map(if type == "object" and .credentials
      then .credentials |= map_values(if type == "object" then .name else . end) else . end)
    else . end;
def by_id: map({key: .id, value: {state: {content: content, active: (.active == true)}, whole: .}}) | from_entries;
JQ
}

# stack_merge_rules: the program of jq. It is given base, mine and theirs (lists of
# workflows as n8n exports them; null where no base is known) and take (theirs, mine or
# nothing), and gives workflows, each with a kind and what it is to be, and what is to
# be done: write, publish, made, changed, gone.
stack_merge_rules() {
  cat <<'JQ'
# Of three states; null is one that is not there.
def verdict($b; $m; $t):
  if $m == $t then "same"
  elif $base[0] == null then (if $m == null then "taken" elif $t == null then "mine" else "conflict" end)
  elif $m == $b then "taken"
  elif $t == $b then "mine"
  else "conflict" end;
def settled: if . != "conflict" or $take == "" then . elif $take == "theirs" then "taken" else "mine" end;

def both($b; $m; $t):
  verdict($b.content; $m.content; $t.content) as $content | verdict($b.active; $m.active; $t.active) as $active
  | ($content | settled) as $c | ($active | settled) as $a
  | {kind: (["conflict", "taken", "mine", "same"] | map(select(. == $c or . == $a))[0]),
     conflict: (if $content == "conflict" then (if $base[0] == null then "differs" else "changed on both sides" end)
       elif $active == "conflict" then "active on one side" else null end),
     note: (if $c != "taken" and $a == "taken" then (if $t.active then "becomes active" else "becomes inactive" end) else null end),
     from: (if $c == "taken" then "theirs" else "mine" end), active: (if $a == "taken" then $t.active else $m.active end)};
def one($b; $m; $t):
  verdict($b; $m; $t) as $whole | ($whole | settled) as $v
  | {kind: (if $v == "taken" and $t == null then "removed there" elif $v == "mine" and $m == null then "removed here" else $v end),
     conflict: (if $whole != "conflict" then null elif $m == null then "removed here, changed there" else "changed here, removed there" end),
     note: (if $v == "taken" and $t == null then "goes here too, with its executions"
       elif $v == "taken" and $m == null then "new here" else null end),
     from: (if $v == "taken" then "theirs" else "mine" end), active: (($t // $m).active)};

def written($m): del(.shared, .parentFolder, .parentFolderId) | if $m then del(.tags) | .staticData = $m.staticData else . end;

($base[0] // [] | by_id) as $b | ($mine[0] | by_id) as $m | ($theirs[0] | by_id) as $t
| [$m + $t | keys[] as $id | $m[$id] as $here | $t[$id] as $there
  | if $here and $there then both($b[$id].state; $here.state; $there.state) else one($b[$id].state; $here.state; $there.state) end
  | (if .from == "theirs" then $there else $here end) as $result
  | . + {id: $id, name: ($there // $here).whole.name, here: ($here != null), result: $result.whole}
  | .write = (.result != null and .kind != "conflict" and (.from == "theirs" or ($here.state.active and (.active | not))))
  | .publish = (.result != null and .kind != "conflict" and .active and (.write or ($here.state.active | not)))
  | .wanted = (if .result == null then null else {content: $result.state.content, active} end)
  | .result |= (if . == null then . else written($here.whole) end)]
| {workflows: map(del(.result, .wanted)), write: map(select(.write) | .result), publish: map(select(.publish) | .id),
   made: map(select(.write and (.here | not)) | .id), changed: map(select(.here and (.write or .publish)) | .id),
   gone: map(select(.kind == "removed there") | .id),
   foreign: map(select(.write and .from == "theirs") | .result),
   wanted: (map(select(.wanted) | {key: .id, value: .wanted}) | from_entries)}
JQ
}

# stack_merge_decide BASE MINE THEIRS TAKE: print the decision; BASE is null or a list.
stack_merge_decide() {
  jq -n --slurpfile base "$1" --slurpfile mine "$2" --slurpfile theirs "$3" --arg take "$4" "$(stack_merge_content && stack_merge_rules)"
}

# stack_merge_edited BEFORE WROTE NOW: print those of NOW that are neither as BEFORE nor as
# WROTE has them: lists of workflows. Where WROTE has null nobody knows whether one is active.
stack_merge_edited() {
  jq -n --slurpfile before "$1" --slurpfile wrote "$2" --slurpfile now "$3" "$(stack_merge_content)"'
    def like($it): $it != null and .content == $it.state.content and ($it.whole.active == null or .active == $it.state.active);
    ($before[0] | by_id) as $b | ($wrote[0] | by_id) as $w
    | [$now[0] | by_id | to_entries[] | .key as $id | .value | select(.state | like($b[$id]) or like($w[$id]) | not) | .whole]'
}
