# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# The secret gate: nothing that looks like a secret is committed.
#
#   guarded_names=(NOTION_API_TOKEN 'SUPABASE_.*KEY')
#   secret_gate CHANGED [PUBLIC [REFUSED]]
#
# CHANGED and PUBLIC are files of paths relative to the working directory, each
# ended by a NUL. The regular files of CHANGED are read, links are not followed,
# what has a NUL in its first 8000 bytes is skipped. Findings go to standard
# output, FILE:LINE: RULE: MASKED; those in files of PUBLIC, which are byte for
# byte an upstream's, only warn, the others are added to the
# file REFUSED too. 0: none that stops, 1: some, 2: a pattern of guarded_names is no regular expression, 3: a file cannot be read, or it took
# longer than guard_seconds; the reason of 2 and 3 goes to standard error.
#
# How one is found is in secret-find.sh, what a person accepted in secret-allow.sh.

# secret_gate CHANGED [PUBLIC [REFUSED]]: as above.
secret_gate() {
  local guard_status=0 pending=() pending_bytes=0 path problem
  local found_files=() found_lines=() found_rules=() found_names=() found_values=()
  check_guarded_names problem
  if [[ -n $problem ]]; then
    printf '%s\n' "$problem" >&2
    return 2
  fi
  prepare_guard
  while IFS= LC_ALL=C read -r -d '' path || [[ -n $path ]]; do
    guard_path "$path"
  done <"$1"
  guard_pending
  choose_named
  report_found "${2:-/dev/null}" "${3:-/dev/null}"
  return "$guard_status"
}

# guard_path PATH: many in one grep, but alone if the name has what separates
# the names in its output.
guard_path() {
  [[ -f $1 && ! -L $1 ]] || return 0
  if [[ ! -r $1 ]]; then
    guard_failed "$1 cannot be read"
  elif [[ $1 == *[:$'\t\n']* ]]; then
    guard_files -h "./$1"
  else
    pending+=("./$1")
    pending_bytes=$((pending_bytes + ${#1} + 12))
    ((pending_bytes < 200000)) || guard_pending
  fi
}

guard_pending() {
  ((${#pending[@]} == 0)) || guard_files -H "${pending[@]}"
  pending=()
  pending_bytes=0
}

# report_found PUBLIC REFUSED: a line for each finding that nobody accepted.
report_found() {
  local index file public=$'\n' binary_file='' is_binary=false how
  ((${#found_files[@]} > 0)) || return 0
  read_allowed
  public_among_found "$1"
  for index in "${!found_files[@]}"; do
    [[ -n ${found_rules[index]} ]] || continue
    file=${found_files[index]}
    if [[ $file != "$binary_file" ]]; then
      binary_file=$file
      is_binary=false
      if holds_nul "$file"; then is_binary=true; fi
    fi
    [[ $is_binary == false ]] || continue
    if is_allowed "${found_rules[index]}" "${found_values[index]}"; then continue; fi
    if [[ $public == *$'\n'$((index + 1))$'\n'* ]]; then
      describe_found "$index" 'warning: public already'
    else
      allow_command how "${found_rules[index]}" "${found_values[index]}" \
        "$file:${found_lines[index]}"
      describe_found "$index" "to accept it: $how"
      describe_found "$index" "to accept it: $how" >>"$2"
      ((guard_status != 0)) || guard_status=1
    fi
  done
}

# public_among_found PUBLIC: the numbers of the findings in those files. Line
# breaks in names stand as \001 while grep compares.
public_among_found() {
  local line
  [[ -s $1 ]] || return 0
  while IFS=: read -r line _; do
    public+=$line$'\n'
  done < <(printf '%s\0' "${found_files[@]}" | tr '\n\0' '\001\n' |
    LC_ALL=C grep -nxF -f <(tr '\n\0' '\001\n' <"$1") || :)
}

# describe_found INDEX HOW: of a short secret no character is shown.
describe_found() {
  local file=${found_files[$1]} name=${found_names[$1]} value=${found_values[$1]}
  local LC_ALL=C shown=''
  [[ $file != *[[:cntrl:]]* ]] || printf -v file '%q' "$file"
  ((${#value} < 16)) || shown=${value:0:4}
  [[ $name != - ]] || name=
  printf '%s:%s: %s: %s%s… (%d characters); %s\n' "$file" "${found_lines[$1]}" \
    "${found_rules[$1]}" "${name:+$name }" "$shown" "${#value}" "$2"
}

# holds_nul FILE: in its first 8000 bytes; read ends there or after them all.
holds_nul() {
  local LC_ALL=C start=''
  IFS= read -r -d '' -n 8000 start <"$1" && ((${#start} < 8000))
}
