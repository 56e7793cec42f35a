#!/usr/bin/env bats
load ../helper

# value_of NAME: after reading the .env that stands on standard input, as a
# command of the user's gets it.
value_of() {
  cat >.env
  in_lib 'read_dotenv .env; as_the_user printenv "$1"' "$1"
}

@test "a bare value is read and exported" {
  is "$(value_of A <<<'A=some value')" 'some value'
}

@test "a bare value ends before a space and #" {
  is "$(value_of A <<<'A=a#b  # a comment')" 'a#b'
}

@test "white space at the end of a bare value goes" {
  is "$(printf 'A=x \t\n' | value_of A)" x
}

@test "an empty value is a value" {
  printf 'A=\nB= # nothing\n' >.env
  is "$(in_lib 'read_dotenv .env; printf "<%s><%s>" "$A" "$B"')" '<><>'
}

@test "nothing is expanded or run" {
  is "$(value_of A <<<'A=$HOME `id` $(id) ${B}')" '$HOME `id` $(id) ${B}'
  is "$(value_of A <<<'A="$HOME `id` $(id)"')" '$HOME `id` $(id)'
}

@test "single quotes keep everything as it is" {
  is "$(value_of A <<<"A='a \\n \" # b ' # comment")" 'a \n " # b '
}

@test "double quotes know newline, quote, backslash and dollar" {
  is "$(value_of A <<<'A="a\nb \"c\" \\ \$d # e"')" "a${nl}b \"c\" \\ \$d # e"
}

@test "a double backslash before an n is a backslash and an n" {
  is "$(value_of A <<<'A="C:\\new"')" 'C:\new'
}

@test "a comment with quotes after a quoted value is a comment" {
  is "$(value_of A <<<'A="a" # say "hi"')" a
  is "$(value_of A <<<"A='a' # say 'hi'")" a
}

@test "comments, empty lines, export, CRLF and spaces before a line are fine" {
  printf '# first\r\n\r\n  export A=1\r\n\tB=2\r\n   # c\nC=3' >.env
  is "$(in_lib 'read_dotenv .env; printf %s- "$A" "$B" "$C"')" '1-2-3-'
}

@test "a value may hold equal signs" {
  is "$(value_of A <<<'A=b=c==')" 'b=c=='
}

@test "the environment goes before the file" {
  export A=theirs
  is "$(value_of A <<<'A=ours')" theirs
}

@test "an empty variable of the environment goes before the file too" {
  export A=
  printf 'A=ours\n' >.env
  is "$(in_lib 'read_dotenv .env; printf "<%s>" "$A"')" '<>'
}

@test "a name that the reader itself uses is passed on too" {
  is "$(value_of number <<<'number=5')" 5
  is "$(value_of value <<<"A=1${nl}value=5")" 5
}

@test "a line that is no setting ends the program with exit 2 and its number" {
  local line
  for line in 'no equal sign' '1A=x' 'A B=x' '=x' 'A-B=x'; do
    printf '# fine\n%s\n' "$line" >.env
    write_program </dev/null
    run the_program
    is "$status" 2
    has "$output" '.env:2: not a KEY=VALUE line'
  done
}

@test "a wrong line does not show its value" {
  printf 'TOKEN sesame-open\n' >.env
  write_program </dev/null
  run the_program
  is "$status" 2
  has_not "$output" sesame
}

@test "without a .env nothing happens" {
  is "$(in_lib 'read_dotenv .env; printf fine')" fine
}
