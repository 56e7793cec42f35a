#!/usr/bin/env bats
load ../helper

# matches PATTERN... -- PATH: prints yes or no.
matches() {
  in_lib 'patterns=()
    while [[ $1 != -- ]]; do patterns+=("$1"); shift; done
    patterns_expression expression "${patterns[@]}"
    if path_matches "$2" "$expression"; then echo yes; else echo no; fi' "$@"
}

@test "** goes through folders, * and ? do not" {
  is "$(matches 'a/**' -- a/b/c)" yes
  is "$(matches 'a/**' -- ab)" no
  is "$(matches 'a/*.json' -- a/b.json)" yes
  is "$(matches 'a/*.json' -- a/b/c.json)" no
  is "$(matches '**/c' -- c)" yes
  is "$(matches '**/c' -- a/b/c)" yes
  is "$(matches 'a/**/c' -- a/c)" yes
  is "$(matches 'a?c' -- abc)" yes
  is "$(matches 'a?c' -- a/c)" no
}

@test "a folder means all that is in it" {
  is "$(matches a/b -- a/b)" yes
  is "$(matches a/b -- a/b/c)" yes
  is "$(matches a/b -- a/bc)" no
}

@test "any of several patterns will do" {
  is "$(matches a b -- b)" yes
  is "$(matches a b -- c)" no
}

@test "what means something to a regular expression is plain" {
  local char
  for char in . '[' ']' '{' '}' '(' ')' + '^' '$' '|' \\ ' ' é '"' "'" -; do
    is "$(matches "a${char}b" -- "a${char}b/x")" yes
    is "$(matches "a${char}b" -- axb)" no
  done
}

@test "names of any bytes match" {
  is "$(matches 'a/**' -- $'a/\xff\nb')" yes
  is "$(matches 'a/?' -- $'a/\n')" yes
}
