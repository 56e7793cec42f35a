#!/usr/bin/env bats
load ../helper

@test "what a terminal obeys is shown instead; text is left as it is" {
  local text shown
  for text in \
    $'\e[31mred\e[0m|\\e[31mred\\e[0m' \
    $'a\rb\bc\177d|a\\x0Db\\x08c\\x7Fd' \
    $'up \302\2332J|up \\x9B2J' \
    $'not UTF-8: \351\377|not UTF-8: \\xE9\\xFF' \
    $'two\n\tlines \\ é 😀 ~!|two\n\tlines \\ é 😀 ~!' \
    '|'; do
    shown=$(in_lib 'printable text "$1"; printf %sx "$text"' "${text%%|*}")
    is "$shown" "${text#*|}x"
  done
}

@test "a name with an escape sequence reaches neither terminal nor log as such" {
  write_program <<'END'
two_saves() { :; }
two() {
  [[ $1 != b ]] || fail_step $'the file x\e[2Jy'
  printf x >"$1"
  output created "$1"
}
END
  run the_program
  is "$status" 1
  has "$output" 'the file x\e[2Jy'
  has_not "$output$(cat .insightpulse/logs/*)" $'\e'
  is "$(latest '.results[0].failures[0].reason')" 'the file x\e[2Jy'
}
