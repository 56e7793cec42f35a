#!/usr/bin/env bats
load ../helper

distance() {
  in_lib 'edit_distance distance "$1" "$2"; printf %s "$distance"' "$@"
}

hint() {
  in_lib 'did_you_mean hint "$@"; printf %s "$hint"' "$@"
}

@test "the distance counts what is inserted, left out, replaced and swapped" {
  is "$(distance kitten sitting)" 3
  is "$(distance abc abc)" 0
  is "$(distance '' abc)" 3
  is "$(distance abc '')" 3
  is "$(distance '' '')" 0
  is "$(distance abcd acbd)" 1
  is "$(distance flaw lawn)" 2
}

@test "the distance is the same both ways" {
  is "$(distance --dry-rum --verify)" "$(distance --verify --dry-rum)"
}

@test "letters that are patterns are taken as they are" {
  is "$(distance 'a*' 'ab')" 1
  is "$(distance '?' '*')" 1
}

@test "the nearest word is suggested" {
  is "$(hint --dry-rum --verify --dry-run --json)" '; did you mean --dry-run?'
}

@test "of two equally near words the first is suggested" {
  is "$(hint cat bat rat)" '; did you mean bat?'
}

@test "a nearer word that comes later wins" {
  is "$(hint verify verity2 verify1)" '; did you mean verify1?'
}

@test "a word that is not near is not suggested" {
  is "$(hint --bogus --jobs --json)" ''
}

@test "nothing is suggested when no word is near, or there is none" {
  is "$(hint abcdef zzzzzz yyy)" ''
  is "$(hint abcdef)" ''
}
