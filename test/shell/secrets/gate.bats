#!/usr/bin/env bats
load ../helper

fixtures=$BATS_TEST_DIRNAME/../../fixtures/secrets

# gate CODE...: the gate over every file of the root, after CODE.
gate() {
  find . -name .insightpulse -prune -o ! -type d -print0 | LC_ALL=C sort -z |
    sed -z 's|^\./||' >"$BATS_TEST_TMPDIR/changed"
  run in_lib "guarded_names=(NOTION_API_TOKEN 'NOTION_.*_DB_ID' GITHUB_TOKEN \
    'SUPABASE_.*KEY' ACME_PIN password secret)
    ${1:-}
    secret_gate \"\$test_folder/changed\" \"\$test_folder/public\" \"\$test_folder/refused\"" 3>&-
}

# write_rows TABLE: a file for each row, named by its number. In the tables
# " ¦ " stands within secrets, so that no scanner takes the tables for secrets,
# and ⏎ for a line break.
write_rows() {
  local row number=0
  : >"$BATS_TEST_TMPDIR/public"
  while IFS= read -r row; do
    number=$((number + 1))
    row=${row#*: }
    row=${row// ¦ /}
    printf '%s\n' "${row//⏎/$nl}" >"$number"
  done <"$fixtures/$1.txt"
}

# all_found TABLE: each row of a table of true secrets, by the rule it names.
all_found() {
  local row number=0 missed=''
  while IFS= read -r row; do
    number=$((number + 1))
    [[ $nl$output == *"$nl$number:"*": ${row%%: *}: "* ]] &&
      [[ $(grep -c "^$number:" <<<"$output") == 1 ]] ||
      missed+="$number $row$nl"
  done <"$fixtures/$1.txt"
  is "$missed" ''
  is "$status" 1
  ((number >= 12))
}

none_found() {
  local row number=0 reported=''
  while IFS= read -r row; do
    number=$((number + 1))
    [[ $nl$output != *"$nl$number:"* ]] || reported+="$number $row$nl"
  done <"$fixtures/look-alikes.txt"
  is "$reported" ''
  is "$output" ''
  is "$status" 0
  ((number >= 60))
}

@test "every planted secret is found, once, by its rule" {
  write_rows true
  gate
  all_found true
}

@test "of a name that the user listed every value is found, but placeholders" {
  write_rows listed
  gate
  all_found listed
}

@test "no look-alike is reported" {
  write_rows look-alikes
  gate
  none_found
}

@test "the tools of busybox find the same" {
  local name
  mkdir "$BATS_TEST_TMPDIR/bin"
  for name in awk grep od sha256sum timeout tr; do
    printf '#!/bin/sh\nexec busybox %s "$@"\n' "$name" >"$BATS_TEST_TMPDIR/bin/$name"
    chmod +x "$BATS_TEST_TMPDIR/bin/$name"
  done
  write_rows true
  PATH=$BATS_TEST_TMPDIR/bin:$PATH gate
  all_found true
  rm -f -- [0-9]*
  write_rows listed
  PATH=$BATS_TEST_TMPDIR/bin:$PATH gate
  all_found listed
  rm -f -- [0-9]*
  write_rows look-alikes
  PATH=$BATS_TEST_TMPDIR/bin:$PATH gate
  none_found
}

@test "each awk that is installed finds the same" {
  local name
  mkdir "$BATS_TEST_TMPDIR/bin"
  for name in mawk gawk original-awk; do
    type -P "$name" >/dev/null || continue
    ln -sf "$(type -P "$name")" "$BATS_TEST_TMPDIR/bin/awk"
    write_rows true
    PATH=$BATS_TEST_TMPDIR/bin:$PATH gate
    all_found true
    rm -f -- [0-9]*
    write_rows listed
    PATH=$BATS_TEST_TMPDIR/bin:$PATH gate
    all_found listed
    rm -f -- [0-9]*
    write_rows look-alikes
    PATH=$BATS_TEST_TMPDIR/bin:$PATH gate
    none_found
    rm -f -- [0-9]*
  done
}

# a_secret NAME: set NAME to one of a fixed shape.
a_secret() {
  printf -v "$1" 'ghp_%s' 8HlrwYMfvea9lkxwkkMxzwwM5hpA6eEfujfo
}

# plant FILE [BEFORE]: a secret in the last line of FILE.
plant() {
  a_secret value
  mkdir -p "$(dirname -- "./$1")"
  printf '%s%s\n' "${2:-}" "$value" >"./$1"
}

@test "a finding shows file, line, rule, four characters and the way to accept it" {
  plant conf/a.env "one${nl}two "
  gate
  has "$output" 'conf/a.env:2: github: ghp_… (40 characters); to accept it: printf'
  [[ $output == *" # conf/a.env:2' >>.insightpulse/secrets.allow" ]]
  is "$status" 1
}

@test "of a short secret no character is shown" {
  printf 'password = "%s"\n' Summer2024 >a.ini
  gate
  has "$output" 'a.ini:1: named: password … (10 characters); to accept it: printf '
}

@test "a name is guarded in any case, a common word in it need not be" {
  printf 'x\n%s\n' 'carrier_PIGEON_number = "8f3Kq0Zt5"' >a.py
  gate
  is "$status" 0
  gate 'guarded_names=(Pigeon)'
  has "$output" 'a.py:2: named: carrier_PIGEON_number …'
  gate 'guarded_names=(^pigeon)'
  is "$status" 0
  gate "guarded_names=('(^|_)pigeon_.*r\$')"
  is "$status" 1
}

@test "without names of a user the common ones are guarded" {
  printf '%s\n' 'DB_PASSWORD=8f3Kq0Zt5' >a.env
  gate 'guarded_names=()'
  is "$status" 1
}

@test "files with odd names are read, and shown on one line" {
  local name names=("$nl" $'a\nb' $'tab\there' 'a b' -n -- '-r' a:1:b '*' "'" '"'
    '$(touch x)' é '\' '%s' 'a=b' '{}' $'\377' ' lead' 'trail ')
  for name in "${names[@]}"; do plant "./$name"; done
  plant deep/er/file
  gate
  is "$status" 1
  is "$(grep -c '1: github: ghp_… (40 characters)' <<<"$output")" $((${#names[@]} + 1))
  is "$(wc -l <<<"$output" | tr -d ' ')" $((${#names[@]} + 1))
  has "$nl$output" "$nl$(printf '%q' $'a\nb'):1: "
  has "$nl$output" "${nl}a:1:b:1: "
  has "$nl$output" "${nl}-n:1: "
  [[ ! -e x ]]
}

@test "only the files of the list are read, and links are not followed" {
  plant elsewhere
  mkdir folder
  ln -s elsewhere link
  ln -s nowhere broken
  mkfifo fifo
  printf '%s\0' link broken folder fifo gone >"$BATS_TEST_TMPDIR/changed"
  run in_lib 'secret_gate "$test_folder/changed"'
  is "$output" ''
  is "$status" 0
}

@test "an empty list is no finding, and a last path may lack its NUL" {
  : >"$BATS_TEST_TMPDIR/changed"
  run in_lib 'secret_gate "$test_folder/changed"'
  is "$status" 0
  plant a
  printf a >"$BATS_TEST_TMPDIR/changed"
  run in_lib 'secret_gate "$test_folder/changed"'
  is "$status" 1
}

@test "a file with a NUL in its first 8000 bytes is skipped, with a later one it is read" {
  local before
  printf 'a\0b\n' >early
  printf -v before '%07999d' 0
  printf '%s\0\n' "$before" >late
  printf '%s0\0\n' "$before" >later
  a_secret value
  printf '%s\n' "$value" | tee -a early late >>later
  gate
  is "$(cut -d ' ' -f 1-2 <<<"$output")" 'later:2: github:'
}

@test "a secret is found anywhere in a very long line, once" {
  local before
  a_secret value
  for before in 1 7970 7999 15000 2000000; do
    {
      head -c "$before" /dev/zero | tr '\0' ' '
      printf '%s' "$value"
      head -c 30000 /dev/zero | tr '\0' ' '
    } >"at-$before"
  done
  gate
  is "$(wc -l <<<"$output" | tr -d ' ')" 5
}

@test "lines may end with a carriage return" {
  printf 'admin_passwd = Winter2023\r\n' >a.ini
  gate
  has "$output" '(10 characters)'
}

@test "what is public already only warns" {
  plant $'up\nstream/a'
  plant upstream/b
  plant own
  printf '%s\0' $'up\nstream/a' upstream/b gone >"$BATS_TEST_TMPDIR/public"
  gate
  is "$status" 1
  is "$(grep -c 'warning: public already' <<<"$output")" 2
  has "$output" 'own:1: github: ghp_… (40 characters); to accept it'
  is "$(<"$BATS_TEST_TMPDIR/refused")" "$(grep '^own:' <<<"$output")"
  rm own
  gate
  is "$status" 0
  is "$(grep -c 'warning: public already' <<<"$output")" 2
}

@test "a pattern that is no regular expression ends the gate, by its place" {
  plant a
  gate "guarded_names=(good 'a(b' '[z-a]')"
  is "$status" 2
  has "$output" 'safety.secret_patterns[1]: "a(b": grep: '
  has_not "$output" github
  gate "guarded_names=('')"
  is "$output" 'safety.secret_patterns[0]: "": it is empty'
  gate "guarded_names=(\$'a\nb')"
  is "$status" 2
}

# slow_grep WORD: a grep on PATH that never ends if an argument has WORD.
slow_grep() {
  mkdir "$BATS_TEST_TMPDIR/bin"
  printf '%s\n' '#!/bin/sh' "case \"\$*\" in *$1*) exec sleep 1000 ;; esac" \
    "exec $(type -P grep) \"\$@\"" >"$BATS_TEST_TMPDIR/bin/grep"
  chmod +x "$BATS_TEST_TMPDIR/bin/grep"
}

@test "a pattern that takes too long ends the gate" {
  plant a
  slow_grep ./a
  PATH=$BATS_TEST_TMPDIR/bin:$PATH gate 'guard_seconds=1'
  is "$status" 3
  has "$output" 'the secret gate: took longer than 1 seconds'
}

@test "a gate that cannot read or judge does not pass" {
  plant a
  mkdir "$BATS_TEST_TMPDIR/bin"
  printf '#!/bin/sh\nexit 2\n' >"$BATS_TEST_TMPDIR/bin/awk"
  chmod +x "$BATS_TEST_TMPDIR/bin/awk"
  PATH=$BATS_TEST_TMPDIR/bin:$PATH gate
  is "$status" 3
  has "$output" 'awk failed'
  mv "$BATS_TEST_TMPDIR/bin/awk" "$BATS_TEST_TMPDIR/bin/grep"
  PATH=$BATS_TEST_TMPDIR/bin:$PATH gate 'guarded_names=()'
  is "$status" 3
  has "$output" 'grep failed: exit 2'
}

@test "secrets are in no argument of a program and in no file" {
  plant a
  mkdir "$BATS_TEST_TMPDIR/bin"
  local name
  for name in grep awk sha256sum tr sort; do
    printf '%s\n' '#!/bin/sh' "printf '%s\n' \"\$@\" >>$BATS_TEST_TMPDIR/arguments" \
      "exec $(type -P "$name") \"\$@\"" >"$BATS_TEST_TMPDIR/bin/$name"
    chmod +x "$BATS_TEST_TMPDIR/bin/$name"
  done
  PATH=$BATS_TEST_TMPDIR/bin:$PATH gate
  is "$status" 1
  has "$(<"$BATS_TEST_TMPDIR/arguments")" ./a
  has_not "$(<"$BATS_TEST_TMPDIR/arguments")" 8HlrwY
  is "$(grep -rl 8HlrwY "$BATS_TEST_TMPDIR")" "$root/a"
}

@test "the value of a variable that is named as a secret is found, as it is or encoded, unless it looks like a word" {
  export DEPLOY_TOKEN=Kd83hqLw92Zm DB_PASSWORD=postgresql SHORT_TOKEN=a1b2c3 \
    TOKEN_URL=https://x.test/v2 CREDENTIALS=/etc/key-1.json
  printf '%s\n' 'url=https://x/?q=Kd83hqLw92Zm' >one
  printf 'a\n%s\n' "$(printf 'user:%s' "$DEPLOY_TOKEN" | base64)" >two
  printf '%s\n' postgresql a1b2c3 "$TOKEN_URL" "$CREDENTIALS" >three
  printf 'x Kd83hqLw92Zm\n' >'four: 4'
  gate 'collect_secrets
    encode_secrets'
  is "$status" 1
  is "$(cut -d ' ' -f 1-2 <<<"${output//four: 4/four}" | LC_ALL=C sort)" "four:1: variable:${nl}one:1: variable:${nl}two:2: variable:"
  has_not "$output" hqLw92Zm
}
