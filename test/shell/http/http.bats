#!/usr/bin/env bats
load ../helper

setup_file() {
  mkdir -p "$BATS_FILE_TMPDIR/server"
  mkfifo "$BATS_FILE_TMPDIR/port"
  node "$BATS_TEST_DIRNAME/../../fixtures/http-server.mjs" "$BATS_FILE_TMPDIR/server" >"$BATS_FILE_TMPDIR/port" 3>&- &
  printf '%s\n' "$!" >"$BATS_FILE_TMPDIR/server.pid"
  read -r port <"$BATS_FILE_TMPDIR/port"
  export port
}

teardown_file() {
  kill "$(<"$BATS_FILE_TMPDIR/server.pid")"
}

# answers JSON: of the server, from now on; nothing was asked yet.
answers() {
  printf '%s' "$1" >"$BATS_FILE_TMPDIR/server/answers.json"
  : >"$BATS_FILE_TMPDIR/server/requests"
}

# asked: what the server was asked since then.
asked() {
  cat -- "$BATS_FILE_TMPDIR/server/requests"
}

# in_step CODE ARGUMENT...: in a step of a target whose server is the one here;
# no wait is longer than it must be. Prints the exit code of the run, if any.
in_step() {
  local code=$1
  shift
  in_run "exec 2>&1
    sleep() { printf 'sleep %s\n' \"\${1%%.*}\" >>\"\$test_folder/sleeps\"; }
    http_service Books http://127.0.0.1:$port/v2 s3cret-t0ken 'make one at books.example'
    http_tries=2 http_timeout=5
    $code" "$@"
}

# sleeps: the waits, in whole seconds.
sleeps() {
  sed 's/sleep //' "$BATS_TEST_TMPDIR/sleeps" 2>/dev/null | paste -s -d ' ' -
}

exit_code_of_run() {
  cat .insightpulse/run/exit_code 2>/dev/null
}

@test "a whole answer of JSON is saved, asked for once, with the token" {
  answers '{"GET /v2/list": [{"json": {"a": "é\"\\"}}]}'
  in_step 'http_get list /list; is_ok=$http_outcome; printf "%s %s\n" "$is_ok" "$http_status"' >out
  content out "ok 200$nl"
  content .insightpulse/run/work/list '{"a":"é\"\\"}'
  is "$(asked)" 'GET /v2/list Bearer s3cret-t0ken '
}

@test "the token stands in no argument and in no environment" {
  answers '{"GET /v2/list": [{"json": {}}]}'
  mkdir bin
  # shellcheck disable=SC2016 # of the wrapper
  printf '#!/bin/bash\n{ printf "%%s\\n" "$*"; env; } >%q\nexec %q "$@"\n' \
    "$PWD/seen" "$(command -v curl)" >bin/curl
  chmod +x bin/curl
  PATH=$PWD/bin:$PATH in_step 'http_get list /list'
  has "$(<seen)" '--config -'
  has_not "$(<seen)" t0ken
}

@test "each way to fail gives one line, one exit code, and no file" {
  # STATUS-OR-FAULT, exit code, requests, what is said
  local what code times words answer
  while IFS='|' read -r what code times words; do
    case $what in
      [0-9]*) answer="{\"status\": $what, \"json\": {\"message\": \"no\nluck\"}}" ;;
      302) ;;
      *) answer="{\"fault\": \"$what\", \"json\": {\"a\": \"0123456789\"}}" ;;
    esac
    [[ $what != 302 ]] || answer='{"status": 302, "headers": {"Location": "https://elsewhere.example/login?key=x"}}'
    answers "{\"GET /v2/x\": [$answer]}"
    rm -rf .insightpulse/run
    run in_step 'http_timeout=1 http_most=256; http_get x /x'
    is "$status" 1
    has "${lines[${#lines[@]} - 1]}" "$words"
    is "$what $(exit_code_of_run)" "$what $code"
    is "$what $(asked | grep -c '')" "$what $times"
    [[ ! -e .insightpulse/run/work/x ]]
  done <<END
400|1|1|Books answers HTTP 400: no luck
401|3|1|Books answers HTTP 401: no luck; the token is not accepted: make one at books.example
403|3|1|Books answers HTTP 403: no luck; the token may not do this: make one at books.example
404|3|1|Books answers HTTP 404: no luck
429|3|2|Books answers HTTP 429: no luck
500|3|2|Books answers HTTP 500: no luck
503|3|2|Books answers HTTP 503: no luck
302|3|1|Books answers HTTP 302: it redirects to https://elsewhere.example/login, which is not followed; check the address
hang|3|2|Books: no answer from http://127.0.0.1:$port within 1 s
drop|3|2|Books: http://127.0.0.1:$port broke off its answer
cut|3|2|Books: http://127.0.0.1:$port broke off its answer
half|1|2|Books: the answer is not whole, or not JSON
html|1|1|Books answers with a page for people (text/html; charset=utf-8), not with JSON; check the address
endless|1|1|Books: an answer of more than 256 kB, or no space left for it
END
}

@test "a server that is down gives 3, for any method, after the tries" {
  run in_step 'http_service Books http://127.0.0.1:1; printf "{}" >body; http_send POST x /x body'
  has "$output" 'Books: Failed to connect to 127.0.0.1 port 1'
  is "$(exit_code_of_run)" 3
  is "$(sleeps)" 1
}

@test "what may have been done is not done again, and said to be unclear" {
  local fault
  printf '{"a":1}' >body
  for fault in '"fault": "hang"' '"fault": "drop"' '"status": 502' '"status": 503' '"fault": "half", "json": [10000]'; do
    answers "{\"POST /v2/x\": [{$fault}], \"PATCH /v2/x\": [{$fault}]}"
    is "$(in_step 'http_timeout=1; http_try POST x /x body || printf "%s" "$http_outcome"')" unclear
    is "$(asked)" 'POST /v2/x Bearer s3cret-t0ken {"a":1}'
    in_step 'http_timeout=1; http_try PATCH x /x body repeatable || :' >/dev/null
    is "$fault $(asked | grep -c PATCH)" "$fault 2"
  done
}

@test "what the server refused is sent again after the time that it asks for" {
  printf '{}' >body
  answers '{"POST /v2/x": [{"status": 429, "headers": {"Retry-After": "7"}}, {"status": 529, "headers": {"Retry-After": "2"}}, {"json": {}}]}'
  in_step 'http_tries=3; http_send POST x /x body'
  is "$(sleeps)" '7 2'
  answers '{"POST /v2/y": [{"status": 409}, {"status": 503, "headers": {"Retry-After": "0"}}, {"json": {}}]}'
  in_step 'http_again=409 http_tries=3; http_send POST x /y body'
  is "$(sleeps)" '7 2 1 0'
}

@test "a time to wait is a date, or the moment of a reset, by the server's clock" {
  answers '{"GET /v2/x": [
    {"status": 429, "headers": {"Date": "Fri, 27 Nov 2026 08:49:37 GMT", "Retry-After": "Fri, 27 Nov 2026 08:50:00 GMT"}},
    {"status": 429, "headers": {"Date": "Fri, 27 Nov 2026 08:49:37 GMT", "ratelimit-reset": "1795769388"}},
    {"json": {}}]}'
  in_step 'http_tries=3; http_get x /x'
  is "$(sleeps)" '23 11'
}

@test "a longer wait than is bearable ends the step at once" {
  answers '{"GET /v2/x": [{"status": 429, "headers": {"Retry-After": "999999999"}}]}'
  run in_step 'http_get x /x'
  has "$output" 'it asks to wait 999999999 s, and a run waits at most 120 s'
  is "$(sleeps)" ''
}

@test "pages are followed to the end, by whole and by relative links" {
  answers "{\"GET /v2/l?n=2\": [{\"json\": {\"next\": \"http://127.0.0.1:$port/v2/l?page=2\"}}],
    \"GET /v2/l?page=2\": [{\"json\": {\"next\": \"/v2/l?page=3\"}}], \"GET /v2/l?page=3\": [{\"json\": {\"next\": null}}]}"
  is "$(in_step 'http_pages l "/l?n=2" .next; printf "%s" "$http_page_count"')" 3
  is "$(asked | cut -d ' ' -f 2 | paste -s -d ' ' -)" '/v2/l?n=2 /v2/l?page=2 /v2/l?page=3'
}

@test "a link to another host, in any disguise, is not followed" {
  local link
  for link in "http://localhost:$port/v2/l" "https://127.0.0.1:$port/" "http://127.0.0.1:1/" '//evil.example/' \
    "http://127.0.0.1:$port@evil.example/" "http://127.0.0.1:$port\\\\@evil.example/" "http://127.0.0.1:$port.evil.example/" \
    'file:///etc/passwd' 'a b' "http://127.0.0.1:$port/\\nx"; do
    answers "{\"GET /v2/l\": [{\"json\": {\"next\": \"$link\"}}]}"
    run in_step 'http_pages l /l .next'
    is "$link $status" "$link 1"
    has "$output" 'it is not followed'
    is "$(asked | grep -c '')" 1
  done
}

@test "pages that lead in a circle, or never end, end the step" {
  answers "{\"GET /v2/l\": [{\"json\": {\"next\": \"/v2/m\"}}], \"GET /v2/m\": [{\"json\": {\"next\": \"/v2/l\"}}]}"
  run in_step 'http_pages l /l .next'
  has "$output" 'page 2 leads back to an earlier one'
  run in_step 'http_pages l /l .next 1'
  has "$output" 'there are more than 1 pages'
}

@test "another origin is asked only where it was named, and never with the token" {
  answers '{"GET /f": [{"text": "bytes"}]}'
  run in_step "http_fetch f http://localhost:$port/f"
  has "$output" "is not on http://127.0.0.1:$port, so it is not asked"
  in_step "http_others=(http://localhost:$port) http_lines=('Authorization: more'); http_fetch f http://LOCALHOST:$port/f"
  content .insightpulse/run/work/f bytes
  is "$(asked)" 'GET /f - '
}

@test "an address that is none, or that shows the token to all, gives 2" {
  local address
  for address in '' example.org ftp://example.org 'https://a b' https://u:p@example.org 'https://example.org/#x' 'https://example.org?x'; do
    run in_run "http_service Books '$address'; finish 0"
    is "$address $status" "$address 2"
  done
  run in_run 'trap on_exit EXIT; outcome=starting; http_service Books http://example.org/v2 s3cret-t0ken'
  is "$status" 2
  has "$output" 'would travel to http://example.org for everybody to read; use https://'
  run in_run 'trap on_exit EXIT; outcome=starting; http_service Books https://example.org "s3cret
t0ken"'
  has "$output" 'the token for Books holds white space'
  has_not "$output" s3cret
}

@test "requests keep their pace, over steps" {
  answers '{"GET /v2/x": [{"json": {}}]}'
  in_step 'http_pace=60000; (http_get x /x); (http_get x /x)'
  is "$(sleeps)" 59
}
