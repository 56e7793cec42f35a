#!/usr/bin/env bats
load ../../helper

# Which archives the workflows here descend from, without a stack.

# in_part CODE: with the part workflows in hand.
in_part() {
  in_run "timestamp=2026-11-28T10:00:00Z run_dir=\$PWD/.insightpulse/state/runs/demo/now root=\$PWD
    mkdir -p \"\$run_dir\"/{work,stack}
    stack_part workflows kind n8n service n8n
    stack_use workflows
    unpacked=\$PWD/unpacked only=workflows
    printf '%s\n' \"\$unpacked\" >\"\$run_dir/work/unpacked\"
    $1"
}

# archive RUN ANCESTOR...: unpacked.
archive() {
  mkdir -p unpacked
  printf '[{"id": "of-%s"}]\n' "$1" >unpacked/workflows.json
  jq -cn --arg run "$1" '{run: $run, parts: {workflows: {kind: "n8n", ancestors: $ARGS.positional}}}' --args "${@:2}" >unpacked/manifest.json
}

place=.insightpulse/state/lineage/demo/workflows

# ancestors: in one line.
ancestors() {
  paste -s -d ' ' - <"$place/ancestors"
}

@test "an export is the newest ancestor, and its workflows are private" {
  mkdir out
  printf '[]\n' >out/workflows.json
  for number in 1 2; do in_part "run_id=r$number stack_out=\$PWD/out; stack_note_export"; done
  is "$(ancestors)" 'r2 r1'
  is "$(cd "$place" && stat -c '%a %n' r1.json ancestors)" "600 r1.json${nl}600 ancestors"
  is "$(in_part stack_ancestors)" '["r2","r1"]'
}

@test "after a whole import all comes from the archive, after a merge from both" {
  mkdir -p "$place"
  printf 'mine2\nold\n' >"$place/ancestors"
  archive theirs2 theirs1 old
  in_part stack_merge_note
  is "$(ancestors)" 'theirs2 mine2 theirs1 old'
  content "$place/theirs2.json" "[{\"id\": \"of-theirs2\"}]$nl"
  in_part 'printf "workflows\n" >"$run_dir/work/loads"; stack_note_import'
  is "$(ancestors)" 'theirs2 theirs1 old'
}

@test "what both come from is the newest that is in both and that is known here" {
  mkdir -p "$place"
  printf '%s\n' mine2 both2 both1 >"$place/ancestors"
  for run in mine2 both1 elsewhere; do printf '[{"id": "of-%s"}]\n' "$run" >"$place/$run.json"; done
  archive theirs elsewhere both2 both1
  found='mkdir -p "$run_dir/work/merge"; printf x >"$run_dir/work/source"; printf "{}" >"$run_dir/work/wanted.workflows"
    for side in mine theirs; do printf "[{\"id\": \"of-both1\"}]" >"$run_dir/work/merge/$side.json"; done
    stack_merge_find_base; cat "$run_dir/work/merge/base.json"'
  is "$(in_part "$found")" '[{"id": "of-both1"}]'
  rm "$place/both1.json"
  run in_part "$found"
  has "$output" 'no export is known that both sides come from'
  has "$output" null
}

@test "what is kept is bounded, and an undo gives back what was there" {
  mkdir -p "$place"
  for number in {10..69}; do printf 'r%d\n' "$number" && printf '[]\n' >"$place/r$number.json"; done >"$place/ancestors"
  before=$(ancestors)
  archive r70
  in_part stack_merge_note
  is "$(wc -l <"$place/ancestors") $(ls "$place" | grep -c json)" '50 20'
  in_part 'stack_undo_lineage .insightpulse/state/runs/demo/now/stack/lineage.workflows .insightpulse/state/lineage/demo/workflows'
  is "$(ancestors)" "$before"
  in_part ': >none; stack_undo_lineage none .insightpulse/state/lineage/demo/workflows'
  [[ ! -e $place/ancestors ]]
}

@test "ids of an archive that lead elsewhere are none" {
  mkdir -p "$place"
  archive ../../../../elsewhere ../../x 'a/b' $'a\n../../x' fine
  in_part stack_merge_note
  is "$(ancestors)" 'unknown_now fine'
  [[ ! -e elsewhere.json && ! -e .insightpulse/elsewhere.json ]]
}
