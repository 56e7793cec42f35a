#!/usr/bin/env bats
load ../helper

# fitted WIDTH TEXT
fitted() {
  in_lib 'fit text "$1" "$2"; printf %s "$text"' "$@"
}

@test "a text is cut between words, and only if it is too long" {
  is "$(fitted 0 'as long as it may be')" 'as long as it may be'
  is "$(fitted 9 'nine of 9')" 'nine of 9'
  is "$(fitted 9 'ten of ten')" 'ten...'
  is "$(fitted 9 'noblankinit')" 'noblan...'
}

@test "each column is as wide as its longest cell, and no line longer than the screen" {
  run in_lib 'print_table 22 "$@"' $'A\tB\tC' $'long one\t-\tthe words of it' '  a line of its own, however long it is' $'s\ttwo\tend'
  is "$output" "A         B    C
long one  -    the...
  a line of its own, however long it is
s         two  end"
}

@test "there is no screen where standard output is a pipe" {
  is "$(in_lib 'screen_width width; printf %s "$width"' | cat)" 0
}

@test "the width of a terminal is asked of it" {
  SHELL=$BASH run script -qefc "stty cols 93; . '$BATS_TEST_DIRNAME/../../../scripts/lib/shell/table.sh'; screen_width width; echo width=\$width" /dev/null
  has "$output" width=93
}
