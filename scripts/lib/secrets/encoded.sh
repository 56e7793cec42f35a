# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# Secrets are masked also as they come back in base64 or URL encoding. Values may
# have 100 KB, so nothing here goes through one in bash.

# encode_secrets: secrets may come back in base64, alone or inside of a longer
# text, and URL-encoded. The longest first.
encode_secrets() {
  local LC_ALL=C IFS=$'\n' size encoded
  local embedded=() whole=()
  ((${#masked_values[@]} > 0)) || return 0
  find_base64
  set -f
  # shellcheck disable=SC2207 # split at line breaks
  encoded_values=($({
    print_base64
    print_base64 | tr '+/' '-_'
    print_url_encoded
  } | awk '{ print length($0), $0 }' | sort -rn | uniq | cut -d ' ' -f 2))
  set +f
  # Most lines have no word as long as the shortest; BSD counts to 255.
  size=${#encoded_values[${#encoded_values[@]} - 1]}
  ((size < 255)) || size=255
  encoded_word="[^[:space:]]{$size}"
}

# find_base64: one base64 encodes all at the three offsets that a place in a text
# can have. Set embedded to what is the same in any text around it, and whole to what
# stands alone, with its last character too.
find_base64() {
  local value filler piece size first start=0
  encoded=$(print_at_offsets "${masked_values[@]}" | base64 | tr -d '\n')
  for value in "${masked_values[@]}"; do
    for filler in '' x xx; do
      size=$((${#filler} + ${#value}))
      piece=${encoded:start:(size + 2)/3*4}
      start=$((start + ${#piece}))
      first=$(((${#filler} * 8 + 5) / 6))
      embedded+=("${piece:first:size*8/6-first}")
      [[ -n $filler ]] || whole+=("${piece:0:(size * 8 + 5)/6}")
    done
  done
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

# print_base64: what stands alone also in lines of 76 (base64) or 64 (openssl).
print_base64() {
  {
    printf '%s\n' "${embedded[@]}" "${whole[@]}"
    printf '%s\n' "${whole[@]}" | fold -w 76
    printf '%s\n' "${whole[@]}" | fold -w 64
  } | awk 'length($0) >= 6'
}

# print_url_encoded: the secrets as curl, JavaScript, Python and forms encode them
# (RFC 3986, but for what some keep), with the digits of either case.
print_url_encoded() {
  [[ ${masked_values[*]} == *[!A-Za-z0-9._~$'\n'-]* ]] || return 0
  printf '%s\n' "${masked_values[@]}" | od -An -v -tx1 | awk '
    BEGIN {
      for (code = 33; code < 127; code++) {
        char = sprintf("%c", code)
        hex = sprintf("%02x", code)
        if (char ~ /[A-Za-z0-9._~-]/) plain[hex] = char
        if (char ~ /[!\047()*]/) kept[1, hex] = char
      }
      kept[2, "2f"] = "/"
    }

    { for (i = 1; i <= NF; i++) take($i) }

    function take(byte,  keep) {
      if (byte != "0a") {
        bytes[++size] = byte
        for (keep = 0; keep <= 2; keep++)
          if (!(byte in plain || (keep, byte) in kept)) odd[keep] = 1
        if (byte == "20") space = 1
        return
      }
      for (keep = 0; keep <= 2; keep++) {
        if (!(keep in odd)) continue
        show(keep, 0, 0)
        show(keep, 1, 0)
        if (space) show(keep, 0, 1)
        if (space) show(keep, 1, 1)
      }
      split("", odd)
      size = space = 0
    }

    function show(keep, lower, plus,  i, byte) {
      for (i = 1; i <= size; i++) {
        byte = bytes[i]
        if (byte in plain) printf "%s", plain[byte]
        else if ((keep, byte) in kept) printf "%s", kept[keep, byte]
        else if (plus && byte == "20") printf "+"
        else printf "%%%s", lower ? byte : toupper(byte)
      }
      print ""
    }'
}
