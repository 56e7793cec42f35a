#!/usr/bin/env bats
load ../helper

# masked TEXT: by a program that was started with the secrets in the
# environment, once it has encoded them.
masked() {
  in_lib 'collect_secrets
    encode_secrets
    text=$1
    mask text
    printf %s "$text"' "$1"
}

@test "the value of a secret variable is masked wherever it stands" {
  export DEPLOY_TOKEN=sesame-open
  is "$(masked 'a sesame-open b sesame-open')" 'a *** b ***'
}

@test "variables are secret by their names, in upper and lower case" {
  local name
  for name in MY_TOKEN my_token CLIENT_SECRET DB_PASSWORD dbPasswd API_KEY apikey \
    PRIVATE_KEY AWS_CREDENTIALS; do
    is "$(export "$name=sesame-open" && masked "x sesame-open")" 'x ***'
  done
}

@test "other variables are not masked" {
  export HARMLESS=sesame-open
  is "$(masked 'x sesame-open')" 'x sesame-open'
}

@test "values of fewer than six characters are not masked" {
  export A_TOKEN=12345 B_TOKEN=abcdef
  is "$(masked '12345 abcdef')" '12345 ***'
}

@test "a secret in base64 is masked" {
  export DEPLOY_TOKEN='sesame open?'
  is "$(masked "x $(printf '%s' "$DEPLOY_TOKEN" | base64) y")" 'x *** y'
}

@test "a long secret in base64 of one line is masked" {
  local encoded
  DEPLOY_TOKEN=$(printf 'x%.0s' {1..200})y
  export DEPLOY_TOKEN
  encoded=$(printf '%s' "$DEPLOY_TOKEN" | base64 | tr -d '\n=')
  is "$(masked "$encoded")" '***'
}

@test "a secret in base64 is masked with its padding or without" {
  local secret encoded
  for secret in sesame-open sesame-open1 sesame-open12; do
    encoded=$(printf '%s' "$secret" | base64)
    is "$(DEPLOY_TOKEN=$secret masked "x ${encoded%%=*} y")" 'x *** y'
    has_not "$(DEPLOY_TOKEN=$secret masked "x $encoded y")" "${encoded:0:4}"
  done
}

@test "a secret inside of a longer text in base64 is masked at each offset" {
  local secret before after encoded
  for secret in abcdef sesame-open sesame-open1 sesame-open12 'a?~>éb'; do
    for before in '' u us user: 'https://user:'; do
      for after in '' "$nl" @ @host '@host/a and more'; do
        encoded=$(printf '%s' "$before$secret$after" | base64 | tr -d '\n')
        encoded=$(DEPLOY_TOKEN=$secret masked "$encoded")
        has "$encoded" '***'
        encoded=${encoded//'***'/}
        # A character at either end is shared with the text around.
        ((${#encoded} <= (${#before} + 2) / 3 * 4 + (${#after} + 2) / 3 * 4 + 2))
      done
    done
  done
}

@test "a secret in base64 of the alphabet for URLs is masked" {
  export DEPLOY_TOKEN='a?~>b?~>c?~>'
  local encoded
  encoded=$(printf '%s' "$DEPLOY_TOKEN" | base64 | tr '+/' '-_')
  has "$encoded" _
  is "$(masked "x $encoded y")" 'x *** y'
}

@test "a long secret in base64 is masked in each of its lines" {
  local line width
  DEPLOY_TOKEN=$(printf '%s' {100..170})
  export DEPLOY_TOKEN
  for width in 76 64; do
    while IFS= read -r line; do
      is "$(masked "${line%%=*}")" '***'
    done < <(printf '%s' "$DEPLOY_TOKEN" | base64 | tr -d '\n' | fold -w "$width")
  done
}

@test "a secret in URL encoding is masked in digits of either case" {
  export DEPLOY_TOKEN='a b/c?d=é&+(x)'
  local encoded
  for encoded in a%20b%2Fc%3Fd%3D%C3%A9%26%2B%28x%29 \
    a%20b%2fc%3fd%3d%c3%a9%26%2b%28x%29 \
    a+b%2Fc%3Fd%3D%C3%A9%26%2B%28x%29 \
    'a%20b%2Fc%3Fd%3D%C3%A9%26%2B(x)' \
    a%20b/c%3Fd%3D%C3%A9%26%2B%28x%29 \
    a+b%2fc%3fd%3d%c3%a9%26%2b%28x%29; do
    is "$(masked "x=$encoded&y")" 'x=***&y'
  done
}

@test "a secret in URL encoding is masked" {
  export DEPLOY_TOKEN='a b/c?d=é&+'
  is "$(masked 'x=a%20b%2Fc%3Fd%3D%C3%A9%26%2B&y')" 'x=***&y'
}

@test "URL encoding keeps the unreserved characters only" {
  is "$(in_lib 'masked_values=("$1"); print_url_encoded | head -n 1' $'aZ09-._~ /:@%\t\377')" \
    'aZ09-._~%20%2F%3A%40%25%09%FF'
}

@test "characters that are patterns in a secret are taken as they are" {
  export DEPLOY_TOKEN='a*[b]?\&/%c'
  is "$(masked 'x a*[b]?\&/%c y')" 'x *** y'
  is "$(masked 'aXXb')" 'aXXb'
}

@test "the password of any URL is masked, its user is not" {
  is "$(masked 'https://me:hunter2@host/a and ssh://you:pass@other:22/b')" \
    'https://me:***@host/a and ssh://you:***@other:22/b'
}

@test "a URL without a password stays as it is" {
  is "$(masked 'https://host:8080/a@b https://me@host/ git@host:a/b')" \
    'https://host:8080/a@b https://me@host/ git@host:a/b'
}

@test "a password of stars only is left, and ends the search" {
  is "$(masked 'https://me:***@host/ https://me:p*q@host/')" \
    'https://me:***@host/ https://me:***@host/'
}

@test "a secret that begins like another is masked whole" {
  export A_TOKEN=sesame B_TOKEN=sesame-open
  is "$(masked 'x sesame-open y')" 'x *** y'
}

@test "each line of a secret of several lines is masked" {
  export PRIVATE_KEY=$'first-line-of-it\nsecond-line-of-it'
  is "$(masked 'first-line-of-it')" '***'
  is "$(masked 'second-line-of-it')" '***'
}

@test "a secret at the place where a long line is cut is not shown in part" {
  local before
  printf -v before '%0395d' 0
  printf '%s%s\n' "$before" sesame-open >"$BATS_TEST_TMPDIR/out"
  export DEPLOY_TOKEN=sesame-open
  has_not "$(in_lib 'collect_secrets; last_lines text "$1" 1; printf %s "$text"' \
    "$BATS_TEST_TMPDIR/out")" sesam
}

@test "what a step prints is masked in the log, the message and the report" {
  write_program <<'END'
one() {
  printf 'it is %s\n' "$DEPLOY_TOKEN"
  printf 'it is %s\n' "$DEPLOY_TOKEN" | base64 | cat
  fail_step "not with $DEPLOY_TOKEN"
}
END
  export DEPLOY_TOKEN=sesame-open
  run the_program
  is "$status" 1
  has "$output" 'not with ***'
  has_not "$output" sesame
  ! grep -r sesame "$root"
}

@test "a secret in base64 is masked in the reason too, quiet or verbose" {
  write_program <<'END'
one() {
  fail_step "server says $(printf %s "$DEPLOY_TOKEN" | base64)"
}
END
  export DEPLOY_TOKEN=sesame-open-1
  local option encoded
  encoded=$(printf %s "$DEPLOY_TOKEN" | base64 | tr -d =)
  for option in --quiet --verbose; do
    run the_program "$option"
    is "$status" 1
    has "$output" 'server says ***'
    has_not "$output" "$encoded"
    has_not "$(<.insightpulse/reports/latest.json)" "$encoded"
  done
}

@test "a secret in base64 is masked in the report about an item" {
  write_program <<'END'
two() {
  fail_step "server says $(printf %s "$DEPLOY_TOKEN" | base64)"
}
END
  export DEPLOY_TOKEN=sesame-open-1
  run the_program
  is "$status" 1
  is "$(latest '.results[0].failures | length')" 3
  has_not "$(<.insightpulse/reports/latest.json)" \
    "$(printf %s "$DEPLOY_TOKEN" | base64 | tr -d =)"
}

@test "a secret of 40 KB is masked whole, as it is and encoded, in one line or in many" {
  DEPLOY_TOKEN=$(LC_ALL=C awk 'BEGIN { srand(1); for (i = 0; i < 40000; i++) printf "%c", 33 + int(rand() * 90) }')
  export DEPLOY_TOKEN
  is "$(masked "x $DEPLOY_TOKEN y")" 'x *** y'
  is "$(masked "x $(printf %s "$DEPLOY_TOKEN" | base64 -w 0 | tr -d =) y")" 'x *** y'
  is "$(masked "$(printf %s "$DEPLOY_TOKEN" | base64 | tr -d =)" | tr -d '*\n')" ''
  is "$(masked "x=$(printf %s "$DEPLOY_TOKEN" | jq -sRr @uri)&y")" 'x=***&y'
}
