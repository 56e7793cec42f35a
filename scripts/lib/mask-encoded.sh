# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# Secrets are masked also as they come back in base64 or URL encoding.

# encode_secrets: secrets may come back in base64, alone or inside of a longer
# text, and URL-encoded. One base64 encodes all at the three offsets that a
# place in a text can have.
encode_secrets() {
  local LC_ALL=C value filler encoded piece size start=0
  local found=()
  ((${#masked_values[@]} > 0)) || return 0
  encoded=$(print_at_offsets "${masked_values[@]}" | base64 | tr -d '\n')
  for value in "${masked_values[@]}"; do
    for filler in '' x xx; do
      size=$((${#filler} + ${#value}))
      piece=${encoded:start:(size + 2)/3*4}
      start=$((start + ${#piece}))
      add_base64 "$piece" "${#filler}" "$size"
    done
    add_url_encoded "$value"
  done
  encoded_values=()
  while read -r _ value; do
    encoded_values+=("$value")
  done < <(for value in "${found[@]}"; do
    printf '%d %s\n' "${#value}" "$value"
  done | sort -rn | uniq)
  # Most lines have no word as long as the shortest; BSD counts to 255.
  size=${#encoded_values[${#encoded_values[@]} - 1]}
  ((size < 255)) || size=255
  encoded_word="[^[:space:]]{$size}"
}

# print_at_offsets VALUE...: filled up to three bytes with NULs, which encode
# as padding does.
print_at_offsets() {
  local value filler
  for value in "$@"; do
    for filler in '' x xx; do
      printf '%s' "$filler$value"
      case $(((${#filler} + ${#value}) % 3)) in
        1) printf '\0\0' ;;
        2) printf '\0' ;;
        *) ;;
      esac
    done
  done
}

# add_base64 TEXT FILLER SIZE: what is the same in any text around it; alone
# its last character too, and in lines of 76 (base64) or 64 (openssl).
add_base64() {
  local first=$((($2 * 8 + 5) / 6)) whole=${1:0:($3 * 8 + 5)/6} width
  add_either_base64 "${1:first:$3*8/6-first}"
  (($2 == 0)) || return 0
  (($3 % 3 == 0)) || add_either_base64 "$whole"
  for width in 76 64; do
    for ((first = 0; ${#whole} > width && first < ${#whole}; first += width)); do
      add_either_base64 "${whole:first:width}"
    done
  done
}

# add_either_base64 TEXT: and in the alphabet for URLs.
add_either_base64() {
  local for_url=${1//+/-}
  for_url=${for_url//\//_}
  ((${#1} < 6)) || found+=("$1" "$for_url")
}

# add_url_encoded VALUE: as curl, JavaScript, Python and forms do it, with the
# digits of either case.
add_url_encoded() {
  local keep upper lower before=$1
  for keep in '' "!'()*" /; do
    url_encode upper "$1" "$keep"
    [[ $upper != "$before" && $upper != "$1" ]] || continue
    before=$upper
    url_lower lower "$upper"
    found+=("$upper" "$lower" "${upper//%20/+}" "${lower//%20/+}")
  done
}

# url_encode NAME TEXT [KEEP]: set NAME to TEXT percent-encoded (RFC 3986), but
# for the characters in KEEP.
url_encode() {
  local LC_ALL=C url_text='' url_char url_index
  for ((url_index = 0; url_index < ${#2}; url_index++)); do
    url_char=${2:url_index:1}
    case $url_char in
      [A-Za-z0-9._~-]) ;;
      *)
        if [[ ${3:-} != *"$url_char"* ]]; then
          printf -v url_char '%d' "'$url_char"
          printf -v url_char '%%%02X' "$((url_char & 255))"
        fi
        ;;
    esac
    url_text+=$url_char
  done
  printf -v "$1" '%s' "$url_text"
}

# url_lower NAME TEXT: %2F as %2f.
url_lower() {
  local url_rest=$2 url_text='' url_digits
  while [[ $url_rest == *%* ]]; do
    url_text+=${url_rest%%\%*}
    url_rest=${url_rest#*%}
    url_digits=${url_rest:0:2}
    url_rest=${url_rest:2}
    printf -v url_digits '%02x' "0x$url_digits"
    url_text+=%$url_digits
  done
  printf -v "$1" '%s' "$url_text$url_rest"
}
