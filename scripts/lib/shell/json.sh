# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# Text as JSON (RFC 8259), with nothing but bash.

# json_string NAME TEXT: set NAME to TEXT as a quoted JSON string. Bytes that
# are not UTF-8 become U+FFFD, so the result is valid whatever a file is named.
json_string() {
  local LC_ALL=C json_rest=$2 json_text='' json_plain json_char json_length
  while [[ $json_rest == *[!]\ !#-[^-~]* ]]; do
    json_plain=${json_rest%%[!]\ !#-[^-~]*}
    json_rest=${json_rest:${#json_plain}}
    json_text+=$json_plain
    utf8_length json_length "$json_rest"
    json_char=${json_rest:0:json_length}
    case $json_char in
      '"') json_text+='\"' ;;
      \\) json_text+=\\\\ ;;
      $'\n') json_text+='\n' ;;
      $'\r') json_text+='\r' ;;
      $'\t') json_text+='\t' ;;
      [$'\001'-$'\037'$'\177'])
        printf -v json_char '\\u%04x' "'$json_char"
        json_text+=$json_char
        ;;
      '')
        json_text+='\ufffd'
        json_length=1
        ;;
      *) json_text+=$json_char ;;
    esac
    json_rest=${json_rest:json_length}
  done
  printf -v "$1" '"%s"' "$json_text$json_rest"
}

# json_or_null NAME TEXT: as json_string, but null where TEXT is empty.
json_or_null() {
  if [[ -n $2 ]]; then json_string "$1" "$2"; else printf -v "$1" null; fi
}

# json_words NAME [WORD]...: set NAME to the list of words that need no quoting.
json_words() {
  local its_name=$1 its_list
  shift
  printf -v its_list ',"%s"' "$@"
  (($# > 0)) || its_list=
  printf -v "$its_name" '[%s]' "${its_list#,}"
}

# json_object NAME [KEY JSON]...: set NAME to the object of these fields, in order.
json_object() {
  local its_name=$1 its_fields=''
  shift
  while (($# > 1)); do
    its_fields+=${its_fields:+,}"\"$1\":$2"
    shift 2
  done
  printf -v "$its_name" '{%s}' "$its_fields"
}

# utf8_length NAME TEXT: set NAME to the number of bytes of the first character
# of TEXT, 0 if it is not UTF-8 (RFC 3629, table 3-7 of Unicode). LC_ALL=C.
utf8_length() {
  local tail=[$'\200'-$'\277'] length=0
  # shellcheck disable=SC2254 # $tail is a pattern
  case $2 in
    [$'\001'-$'\177']*) length=1 ;;
    [$'\302'-$'\337']$tail*) length=2 ;;
    $'\340'[$'\240'-$'\277']$tail*) length=3 ;;
    $'\355'[$'\200'-$'\237']$tail*) length=3 ;;
    [$'\341'-$'\354'$'\356'$'\357']$tail$tail*) length=3 ;;
    $'\360'[$'\220'-$'\277']$tail$tail*) length=4 ;;
    [$'\361'-$'\363']$tail$tail$tail*) length=4 ;;
    $'\364'[$'\200'-$'\217']$tail$tail*) length=4 ;;
    *) ;;
  esac
  printf -v "$1" '%d' "$length"
}
