# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# What looks like a secret is masked in what steps print, before any of it is
# shown, logged or reported.

# Remembered are so many values at most: each costs time in each line.
most_masked=300

# mask_found NAME: mask the variable NAME, also what the secret gate would find
# in it and nobody accepted; that is remembered as if a variable had held it.
mask_found() {
  local guarded_text=${!1} guard_seconds=10 guard_status=0 index
  local found_files=() found_lines=() found_rules=() found_names=() found_values=()
  prepare_guard
  guard_files -h -
  choose_named
  if ((guard_status != 0)); then
    printf -v "$1" '%s' '(not shown: the secret gate could not look at it)'
    return 0
  elif ((${#found_values[@]} > most_masked)); then
    printf -v "$1" '%s' "(not shown: it holds ${#found_values[@]} secrets)"
    return 0
  fi
  ((${#masked_values[@]} + ${#found_values[@]} <= most_masked)) ||
    local masked_values=("${masked_values[@]}")
  add_key_lines "$guarded_text"
  ((${#found_values[@]} == 0)) || read_allowed
  for index in ${found_values[@]+"${!found_values[@]}"}; do
    [[ -n ${found_rules[index]} ]] || continue
    is_allowed "${found_rules[index]}" "${found_values[index]}" ||
      add_secret "${found_values[index]}"
  done
  mask "$1"
}

# add_key_lines TEXT: the lines of private keys. The last one of a key is short; a
# few lines without any of it may stand before them. In a text of JSON \n stands
# between lines.
add_key_lines() {
  local line text=$1 others=4
  [[ $text == *-----BEGIN*'PRIVATE KEY'* ]] || return 0
  text=${text//\\r/}
  while IFS= read -r line; do
    case $line in
      *-----END*) others=4 ;;
      *-----BEGIN*'PRIVATE KEY'*) others=0 ;;
      *-----BEGIN*) others=4 ;;
      *) ;;
    esac
    ((others < 4)) || continue
    if [[ $line =~ ([A-Za-z0-9+/]{40,}=*)[^A-Za-z0-9+/=]*$ ]]; then
      add_secret "${BASH_REMATCH[1]}"
      others=3
    elif ((others == 3)) && [[ $line =~ ([A-Za-z0-9+/]{6,}=*)[^A-Za-z0-9+/=]*$ ]]; then
      add_secret "${BASH_REMATCH[1]}"
      others=4
    else
      others=$((others + 1))
    fi
  done <<<"${text//\\n/$'\n'}"
}

# follow_key LINE: key_lines is how many lines of a private key may still come;
# they are looked at together.
follow_key() {
  case $1 in
    *-----END*) key_lines=0 ;;
    *-----BEGIN*'PRIVATE KEY'*) key_lines=200 ;;
    *) ((key_lines == 0)) || key_lines=$((key_lines - 1)) ;;
  esac
}
