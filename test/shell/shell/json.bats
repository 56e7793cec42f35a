#!/usr/bin/env bats
load ../helper

# json_of TEXT
json_of() {
  in_lib 'json_string text "$1"; printf %s "$text"' "$1"
}

# comes_back TEXT: through json_string and jq, byte for byte.
comes_back() {
  json_of "$1" >"$BATS_TEST_TMPDIR/json"
  jq -e 'type == "string"' "$BATS_TEST_TMPDIR/json" >/dev/null || return
  is "$(jq -j . "$BATS_TEST_TMPDIR/json" && printf x)" "${1}x"
}

@test "plain text stays as it is between quotes" {
  is "$(json_of 'a plain word')" '"a plain word"'
}

@test "an empty text is an empty string" {
  is "$(json_of '')" '""'
}

@test "quotes and backslashes come back" {
  comes_back '"'
  comes_back "\\"
  comes_back "\\\\\"\\n\\u0041 ' \`"
  comes_back 'ends with a backslash\'
}

@test "newlines, tabs and carriage returns come back, also at the end" {
  comes_back $'one\ntwo\r\n\tthree\n\n'
}

@test "what JSON or bash treats specially comes back" {
  comes_back '] [ ^ ~ ! # * ? $(id) ${HOME} %s %% & <b> -n -e /'
}

@test "every ASCII byte comes back" {
  local text='' byte
  for ((byte = 1; byte < 128; byte++)); do
    printf -v byte_text '\\%03o' "$byte"
    printf -v text '%s%b' "$text" "$byte_text"
  done
  is "${#text}" 127
  comes_back "$text"
}

@test "control characters are escaped" {
  is "$(json_of $'\001\037\177')" '"\u0001\u001f\u007f"'
}

@test "characters of two, three and four bytes come back" {
  comes_back $'\302\200 \337\277 \303\251'
  comes_back $'\340\240\200 \340\277\277 \341\200\200 \354\277\277 \355\200\200 \355\237\277 \356\200\200 \357\277\277 \342\202\254'
  comes_back $'\360\220\200\200 \360\237\230\200 \363\277\277\277 \364\217\277\277'
}

@test "a lone byte that is not UTF-8 becomes U+FFFD" {
  is "$(json_of $'a\377b')" '"a\ufffdb"'
  is "$(json_of $'\200')" '"\ufffd"'
}

@test "a character that is cut off becomes U+FFFD" {
  is "$(json_of $'x\342\202')" '"x\ufffd\ufffd"'
  is "$(json_of $'\303"')" '"\ufffd\""'
}

@test "overlong forms, surrogates and what is beyond Unicode become U+FFFD" {
  is "$(json_of $'\300\257')" '"\ufffd\ufffd"'
  is "$(json_of $'\340\237\277')" '"\ufffd\ufffd\ufffd"'
  is "$(json_of $'\355\240\200')" '"\ufffd\ufffd\ufffd"'
  is "$(json_of $'\360\217\277\277')" '"\ufffd\ufffd\ufffd\ufffd"'
  is "$(json_of $'\364\220\200\200')" '"\ufffd\ufffd\ufffd\ufffd"'
}

@test "every first byte with good and bad tails gives valid JSON in UTF-8" {
  in_lib 'for ((lead = 128; lead < 256; lead++)); do
      printf -v lead_text "\\\\%03o" "$lead"
      for tail in "" "\\200" "\\277" "\\237\\200" "\\240\\200" "\\220\\200\\200" \
        "\\217\\277\\277" "\\200\\200\\200" "\\200\\200\\200\\200" "\"" "\\\\" "\\n"; do
        printf -v text "%b" "$lead_text$tail"
        json_string text "$text"
        printf "%s\n" "$text"
      done
    done' >"$BATS_TEST_TMPDIR/json"
  is "$(jq -s 'length' "$BATS_TEST_TMPDIR/json")" 1536
  jq -e -s 'all(type == "string")' "$BATS_TEST_TMPDIR/json"
  iconv -f UTF-8 -t UTF-8 "$BATS_TEST_TMPDIR/json" >/dev/null
}

@test "the result is the same whatever the locale" {
  local locale text=$'\303\251\342\202\254\377"'
  for locale in C C.UTF-8; do
    is "$(LC_ALL=$locale json_of "$text")" $'"\303\251\342\202\254\\ufffd\\""'
  done
}

@test "an object has its fields in order" {
  is "$(in_lib 'json_object text a 1 "b c" "[]"; printf %s "$text"')" '{"a":1,"b c":[]}'
  is "$(in_lib 'json_object text; printf %s "$text"')" '{}'
}

@test "a text that may be missing, and a list of words" {
  is "$(in_lib 'json_or_null text "$1"; printf %s "$text"' '')" null
  is "$(in_lib 'json_or_null text "$1"; printf %s "$text"' 'a "b"')" '"a \"b\""'
  is "$(in_lib 'json_words list; printf %s "$list"')" '[]'
  is "$(in_lib 'json_words list one two; printf %s "$list"')" '["one","two"]'
}
