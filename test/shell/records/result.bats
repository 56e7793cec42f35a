#!/usr/bin/env bats
load ../helper

fields='["target","direction","success","status","exit_code","message","duration","changed","outputs_created","outputs_changed","outputs_removed","recovered","verification_passed","verification","backup","commit","held","gates","failures","steps"]'

@test "a target that was not started has all the fields of one that was" {
  local result
  result=$(in_lib 'result_object result demo pull false skipped 4 "\"not \\\"now\\\"\"" 0.0; printf %s "$result"')
  is "$(jq -c keys_unsorted <<<"$result")" "$fields"
  is "$(jq -c 'del(.target, .direction, .status, .exit_code, .message) | map(select(. != [] and . != null))' <<<"$result")" '[false,0,false]'
  is "$(jq -r '.target, .direction, .status, .exit_code, .message' <<<"$result")" "demo${nl}pull${nl}skipped${nl}4${nl}not \"now\""
}

@test "the result of a run has them in the same order, and what is given more at its place" {
  write_program </dev/null
  the_program
  is "$(latest '.results[0] | keys_unsorted | tojson')" "$fields"
  is "$(in_lib 'result_object result demo pull true done 0 "\"\"" 1.2 would_remove "[]" would_restore "[\"a\"]" stale "{}"; printf %s "$result"' |
    jq -c 'keys_unsorted - '"$fields")" '["would_restore","would_remove","stale"]'
}

@test "what another program acts upon stands beside the result, whatever the result says" {
  in_lib 'hand_over "$test_folder/r" "{\"message\":\"\\\"status\\\":\\\"failed\\\"\"}" unchanged true 0'
  is "$(<"$BATS_TEST_TMPDIR/r.words")" 'unchanged true 0'
  jq -e . "$BATS_TEST_TMPDIR/r"
}
