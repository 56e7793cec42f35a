# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# Secrets never appear in what is printed, logged or reported.

stars='***'
masked_values=()

# collect_secrets: remember the values (6 characters or more) of the exported
# variables whose name says that they are secret.
collect_secrets() {
  local name
  while IFS= read -r name; do
    case $name in
      *[Tt][Oo][Kk][Ee][Nn]* | *[Ss][Ee][Cc][Rr][Ee][Tt]* | \
        *[Pp][Aa][Ss][Ss][Ww]* | *[Aa][Pp][Ii]_[Kk][Ee][Yy]* | \
        *[Aa][Pp][Ii][Kk][Ee][Yy]* | *[Pp][Rr][Ii][Vv][Aa][Tt][Ee]_[Kk][Ee][Yy]* | \
        *[Cc][Rr][Ee][Dd][Ee][Nn][Tt][Ii][Aa][Ll]*)
        add_secret "${!name}"
        ;;
      *) ;;
    esac
  done < <(compgen -e)
}

# add_secret VALUE: each line of it by itself, because text is masked line by
# line; the longest first, because one may be the beginning of another.
add_secret() {
  local line value added
  local sorted=()
  while IFS= read -r line; do
    ((${#line} >= 6)) || continue
    sorted=()
    added=false
    for value in ${masked_values[@]+"${masked_values[@]}"}; do
      if [[ $added == false && ${#line} -gt ${#value} ]]; then
        sorted+=("$line")
        added=true
      fi
      sorted+=("$value")
    done
    [[ $added == true ]] || sorted+=("$line")
    masked_values=("${sorted[@]}")
  done <<<"$1"
}

# encode_secrets: secrets may come back base64- or URL-encoded.
encode_secrets() {
  local value encoded
  for value in ${masked_values[@]+"${masked_values[@]}"}; do
    encoded=$(printf '%s' "$value" | base64 | tr -d '\n=')
    add_secret "$encoded"
    url_encode encoded "$value"
    [[ $encoded == "$value" ]] || add_secret "$encoded"
  done
}

# url_encode NAME TEXT: set NAME to TEXT percent-encoded (RFC 3986).
url_encode() {
  local LC_ALL=C url_text='' url_char url_index
  for ((url_index = 0; url_index < ${#2}; url_index++)); do
    url_char=${2:url_index:1}
    case $url_char in
      [A-Za-z0-9._~-]) ;;
      *)
        printf -v url_char '%d' "'$url_char"
        printf -v url_char '%%%02X' "$((url_char & 255))"
        ;;
    esac
    url_text+=$url_char
  done
  printf -v "$1" '%s' "$url_text"
}

# mask NAME: replace the secrets in the variable NAME, and the password of any
# URL in it.
mask() {
  local masked=${!1} value
  for value in ${masked_values[@]+"${masked_values[@]}"}; do
    masked=${masked//"$value"/$stars}
  done
  while [[ $masked =~ ://[^/@:[:space:]]*:([^/@[:space:]]*[^/@*[:space:]][^/@[:space:]]*)@ ]]; do
    value=${BASH_REMATCH[1]}
    masked=${masked//":$value@"/:$stars@}
  done
  printf -v "$1" '%s' "$masked"
}
