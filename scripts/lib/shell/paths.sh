# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# A path as one line of text: in lists, in JSON, in the journal.

# encode_path NAME PATH: set NAME to PATH as it stands in JSON and in lists:
# control characters, %, ", \ and what is not UTF-8 become %XX.
encode_path() {
  local LC_ALL=C its_rest=$2 its_text='' its_plain its_length its_byte
  while [[ $its_rest == *[!]\ !#-$\&-[^-~]* ]]; do
    its_plain=${its_rest%%[!]\ !#-$\&-[^-~]*}
    its_rest=${its_rest:${#its_plain}}
    its_text+=$its_plain
    utf8_length its_length "$its_rest"
    if ((its_length > 1)); then
      its_text+=${its_rest:0:its_length}
    else
      its_length=1
      printf -v its_byte '%%%02X' "'${its_rest:0:1}"
      its_text+=%${its_byte: -2}
    fi
    its_rest=${its_rest:its_length}
  done
  printf -v "$1" '%s' "$its_text$its_rest"
}

# decode_path NAME TEXT: what encode_path made.
decode_path() {
  if [[ $2 == *%* ]]; then
    printf -v "$1" '%b' "${2//%/\\x}"
  else
    printf -v "$1" '%s' "$2"
  fi
}

# decode_paths: encoded lines in, paths ended by NUL out, none like an option.
decode_paths() {
  local line
  while IFS= LC_ALL=C read -r line; do
    decode_path line "$line"
    printf './%s\0' "$line" || return 1
  done
}
