# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# What a person accepted: .insightpulse/secrets.allow, a file to commit.
#
#   key 0f3a…                        32 hexadecimal digits, chance
#   github 5c0de # config/a.env:12   a rule, a mark, where it stood
#
# The mark is the beginning of a SHA-256 over key, rule and secret: it moves
# with the secret, and another secret has another. The key keeps marks from being
# compared between repositories, but whoever reads the file has it too, and could
# try all short secrets; no hash is slow enough in bash to prevent that. So a
# mark keeps 20 bits only: a million guesses at a password all fit one of each
# million times, and none can be told to be right. In return one new secret
# in a million passes for an accepted one.

allow_file=.insightpulse/secrets.allow
allow_key=
allowed=$'\n'

# read_allowed: its key and marks.
read_allowed() {
  local rule mark
  allow_key=
  allowed=$'\n'
  [[ -f $allow_file ]] || return 0
  while read -r rule mark _ || [[ -n $rule ]]; do
    case $rule in
      key) [[ -n $allow_key ]] || allow_key=$mark ;;
      '' | '#'*) ;;
      *) allowed+="$rule $mark"$'\n' ;;
    esac
  done <"$allow_file"
}

is_allowed() {
  local mark
  [[ -n $allow_key && $allowed == *$'\n'"$1 "* ]] || return 1
  allow_mark mark "$1" "$2"
  [[ $allowed == *$'\n'"$1 $mark"$'\n'* ]]
}

# allow_mark NAME RULE VALUE
allow_mark() {
  local its_mark
  its_mark=$(printf '%s\n%s\n%s' "$allow_key" "$2" "$3" | allow_digest)
  its_mark=${its_mark##*= }
  printf -v "$1" '%s' "${its_mark:0:5}"
}

# allow_digest: of standard input; macOS has shasum only, others openssl only.
allow_digest() {
  if command -v sha256sum >/dev/null; then
    sha256sum
  elif command -v shasum >/dev/null; then
    shasum -a 256
  else
    openssl dgst -sha256
  fi
}

# secret_accept FILE:LINE: accept what the gate finds there. 1: it finds nothing.
secret_accept() {
  local file=${1%:*} line=${1##*:} index mark accepted=1
  local guard_status=0 pending=() pending_bytes=0
  local found_files=() found_lines=() found_rules=() found_names=() found_values=()
  prepare_guard
  guard_path "$file"
  guard_pending
  choose_named
  read_allowed
  for index in ${found_files[@]+"${!found_files[@]}"}; do
    [[ ${found_lines[index]} == "$line" && -n ${found_rules[index]} ]] || continue
    accepted=0
    if is_allowed "${found_rules[index]}" "${found_values[index]}"; then continue; fi
    [[ -n $allow_key ]] || new_allow_key
    allow_mark mark "${found_rules[index]}" "${found_values[index]}"
    printf '%s %s # %q\n' "${found_rules[index]}" "$mark" "$1" >>"$allow_file"
    allowed+="${found_rules[index]} $mark"$'\n'
  done
  ((accepted == 0)) || printf 'no secret is found at %s\n' "$1" >&2
  return "$accepted"
}

new_allow_key() {
  allow_key=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
  mkdir -p -- "${allow_file%/*}"
  printf 'key %s\n' "$allow_key" >>"$allow_file"
}
