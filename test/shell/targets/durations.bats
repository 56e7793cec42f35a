#!/usr/bin/env bats
load ../helper

# percentiles_of TARGET: over the history that stands in standard input.
percentiles_of() {
  mkdir -p .insightpulse/state
  cat >.insightpulse/state/history.jsonl
  in_lib 'run_durations=$(read_durations)
    percentiles "$1"
    printf "%s" "$runs ${p50:-} ${p95:-} ${p99:-}"' "$1"
}

# took TARGET STATUS SECONDS [MESSAGE]: a line of the history.
took() {
  printf '{"run":"r","verb":"sync","exit_code":0,"results":[{"target":"%s","direction":"pull","success":true,"status":"%s","exit_code":0,"message":"%s","duration":%s,"changed":true,"steps":[]}]}\n' \
    "$1" "$2" "${4:-}" "$3"
}

@test "of 100 runs the 50th, the 95th and the 99th" {
  local number
  is "$(for ((number = 100; number > 0; number--)); do took a 'done' "$number.5"; done | percentiles_of a)" '100 50.5 95.5 99.5'
}

@test "of one run it is always that one" {
  is "$(took a unchanged 3.2 | percentiles_of a)" '1 3.2 3.2 3.2'
}

@test "no run gives none" {
  is "$(percentiles_of a </dev/null | cut -d ' ' -f 1)" 0
  is "$(took b 'done' 1 | percentiles_of a | cut -d ' ' -f 1)" 0
}

@test "failed runs count, what did not run does not" {
  is "$(for status in failed skipped refused 'done'; do took a "$status" 2; done | percentiles_of a)" '2 2.0 2.0 2.0'
}

@test "a message that looks like a result is none" {
  is "$(took a 'done' 1.0 '{\"target\":\"a\",\"status\":\"done\",\"duration\":99' | percentiles_of a)" '1 1.0 1.0 1.0'
}

@test "several targets in one line are told apart" {
  is "$(printf '%s\n' '{"verb":"sync","results":[{"target":"b","status":"done","duration":9.0,"x":1},{"target":"a","status":"done","duration":1.0,"x":1}]}' |
    percentiles_of a)" '1 1.0 1.0 1.0'
}

@test "other verbs and ledger lines do not count" {
  is "$({
    took a 'done' 1.0
    took a 'done' 50.0 | sed 's/"verb":"sync"/"verb":"backup"/'
    printf '{"event":"recovered","target":"a"}\n'
  } | percentiles_of a)" '1 1.0 1.0 1.0'
}

@test "lines that are no history do not count" {
  is "$({
    printf '\0\0"verb":"sync"{"target":"a"\n{"verb":"sync","results":[{"target":"a","status":"done","duration":x'
    printf '\n'
    took a 'done' 1e999
    took a 'done' 2.5
  } | percentiles_of a)" '1 2.5 2.5 2.5'
}
