# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# Secrets never appear in what is printed, logged or reported.

# What the name of a secret says: a regular expression (POSIX, extended), in either
# case. tasks/engine/config/secret-names.ts has it too; there is no other list.
telling_names='passw|passphrase|passcode|(^|[_.-])pass$|pwd|secret|token|(api|access|private|auth|encryption|signing|account|storage|shared|master|client)[_.-]?key|credential'
stars='***'
masked_values=()
encoded_values=()
encoded_word=

# collect_secrets: remember the values (6 characters or more) of the user's variables
# whose name says that they are secret, or is one of guarded_names.
collect_secrets() {
  local number pattern value
  local arguments=(-e "$telling_names")
  for pattern in ${guarded_names[@]+"${guarded_names[@]}"}; do
    arguments+=(-e "$pattern")
  done
  while IFS=: read -r number _; do
    value=${lockstep_environment[number - 1]#*=}
    add_secret "$value"
  done < <(printf '%s\n' ${lockstep_environment[@]+"${lockstep_environment[@]%%=*}"} |
    LC_ALL=C grep -niE "${arguments[@]}" || :)
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
  local LC_ALL=C masked=${!1} value
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
