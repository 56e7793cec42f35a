# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# Secrets never appear in what is printed, logged or reported.

stars='***'
masked_values=()
encoded_values=()
encoded_word=

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
      [[ $value != "$line" ]] || continue 2
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

# mask NAME: replace the secrets in the variable NAME, and the password of any
# URL in it.
mask() {
  local masked=${!1} value
  if ((${#encoded_values[@]} > 0)) && [[ $masked =~ $encoded_word ]]; then
    for value in "${encoded_values[@]}"; do
      masked=${masked//"$value"/$stars}
    done
  fi
  for value in ${masked_values[@]+"${masked_values[@]}"}; do
    masked=${masked//"$value"/$stars}
  done
  while [[ $masked =~ ://[^/@:[:space:]]*:([^/@[:space:]]*[^/@*[:space:]][^/@[:space:]]*)@ ]]; do
    value=${BASH_REMATCH[1]}
    masked=${masked//":$value@"/:$stars@}
  done
  printf -v "$1" '%s' "$masked"
}
