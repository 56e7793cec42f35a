#!/usr/bin/env bats
load ../helper

# verified COMMAND EXIT_CODE MINIMUM MAXIMUM: in a program that has changed a.
verified() {
  export CHECK_COMMAND=$1 CHECK_CODE=$2 CHECK_MINIMUM=$3 CHECK_MAXIMUM=$4
  write_program <<'END'
three() {
  verify_command "$CHECK_COMMAND" "$CHECK_CODE" "$CHECK_MINIMUM" "$CHECK_MAXIMUM"
}
plan() {
  step one 'Do one' reads
  step two 'Do two' changes items=things jobs=2
  step three 'Count' checks
}
END
  the_program --verify
}

@test "a command with the right exit code passes" {
  verified true 0 '' ''
  is "$(latest '.results[0] | .verification_passed, .verification.exit_code')" "true${nl}0"
}

@test "a command with another exit code gives exit 5, and the files are back" {
  run verified 'exit 3' 0 '' ''
  is "$status" 5
  has "$output" 'exit code 3, expected 0'
  is "$(latest '.results[0] | .verification_passed, .verification.exit_code')" "false${nl}3"
  [[ ! -e a ]]
}

@test "the expected exit code may be another than 0" {
  verified 'exit 3' 3 '' ''
}

@test "a count within the limits passes and is noted" {
  verified 'printf "of many\n 2 \n"' 0 2 2
  is "$(latest '.results[0].steps[2].reason')" 'counted 2, at least 2, at most 2'
  is "$(latest '.results[0].verification | .count, .expected_min, .expected_max')" "2${nl}2${nl}2"
}

@test "a count below the least or above the most gives exit 5" {
  run verified 'echo 1' 0 2 ''
  is "$status" 5
  has "$output" 'counted 1, expected at least 2'
  run verified 'echo 9' 0 '' 8
  is "$status" 5
  has "$output" 'counted 9, expected at most 8'
}

@test "with limits a last line that is no number gives exit 5" {
  run verified 'echo none' 0 1 ''
  is "$status" 5
  has "$output" 'the last line of what it prints is not a number: none'
  run verified ':' 0 0 ''
  is "$status" 5
  has "$output" 'the last line of what it prints is not a number'
}

@test "a last line of two numbers is no number" {
  run verified 'echo 3 4' 0 1 50
  is "$status" 5
  has "$output" 'the last line of what it prints is not a number'
}

@test "a count with leading zeros is decimal" {
  verified 'echo 08' 0 8 8
  verified 'echo 010' 0 10 10
}

@test "without limits the last line need not be a number" {
  verified 'echo none' 0 '' ''
  is "$(latest '.results[0].verification.count')" null
}

@test "a pipe in the command has the exit code of its last part" {
  verified 'false | wc -l' 0 0 0
}

@test "a command with quotes and newlines stands in the report as it is" {
  local command=$'printf "%s" \'a\\b\'\n# "c"'
  verified "$command" 0 '' ''
  is "$(latest '.results[0].verification.command')" "$command"
}

@test "without --verify the report tells of no verification" {
  verified true 0 '' ''
  the_program
  is "$(latest '.results[0] | .verification, .verification_passed')" "null${nl}null"
}
