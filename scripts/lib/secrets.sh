# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# The secret gate: nothing that looks like a secret is committed or archived.
#
#   guarded_names=(NOTION_API_TOKEN 'SUPABASE_.*KEY')
#   secret_gate CHANGED [PUBLIC]
#
# CHANGED and PUBLIC are files of paths relative to the working directory, each
# ended by a NUL. The regular files of CHANGED are read, links are not followed,
# what has a NUL in its first 8000 bytes is skipped. Findings go to standard
# output, FILE:LINE: RULE: MASKED; those in files of PUBLIC, which are byte for
# byte an upstream's, only warn. 0: none that stops, 1: some, 2: a pattern of
# guarded_names is no regular expression, 3: a file cannot be read, or it took
# longer than guard_seconds; the reason of 2 and 3 goes to standard error.
#
# guarded_names is safety.secret_patterns of sync.yaml: POSIX extended regular
# expressions for names (in any case, anywhere in the name) whose values are
# secrets; a name in capitals that one matches whole and exactly is held to be a
# variable that the user means, and any literal of 6 characters counts.
#
# One grep over all files finds the lines that may matter; only these are judged
# (secret-rules.sh). What a person accepted is in secret-allow.sh.

guarded_names=()
guard_seconds=120
# Names that always say secret; first as grep looks for lines, then as a name
# is judged.
common_names='pass|pwd|secret|token|(api|access|private|auth|encryption|signing|account|storage|shared|master|client)[_.-]?key|credential'
judged_names='passw|passphrase|passcode|(^|[_.-])pass$|pwd|secret|token|(api|access|private|auth|encryption|signing|account|storage|shared|master|client)[_.-]?key|credential'
# What follows a name: a quote, a bracket, the sign.
assigned='[a-z0-9_.-]*(\\?["'\''])?]?[[:space:]]*[=:>]'
common_shapes='gh[oprsu]_[a-z0-9]{36}|github_pat_[a-z0-9_]{30}|glpat-[a-z0-9_-]{20}|a[ks]ia[a-z0-9]{16}|xox[abeoprs]-[a-z0-9-]{20}|xapp-[0-9]-[a-z0-9-]{20}|hooks\.slack\.com/[a-z]+/[a-z0-9_/-]{20}|secre[t]_[a-z0-9]{43}|ntn_[a-z0-9]{36}|do[opr]_v1_[a-f0-9]{64}|aiza[a-z0-9_-]{35}|ya29\.[a-z0-9_-]{25}|[rs]k_(live|test)_[a-z0-9]{16}|npm_[a-z0-9]{36}|eyj[a-z0-9_-]{10,}\.eyj|[a-z0-9]://[^/@:[:space:]]*:[^/@[:space:]]+@|-----BEGIN [a-z0-9 ]*PRIVATE KEY'

# secret_gate CHANGED [PUBLIC]: as above.
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
  report_found "${2:-/dev/null}"
  return "$guard_status"
}

# check_guarded_names NAME: set NAME to what is wrong with guarded_names, if
# anything is; the regular expressions of POSIX are grep's to judge.
check_guarded_names() {
  local its_index its_said its_status its_problem=''
  for its_index in ${guarded_names[@]+"${!guarded_names[@]}"}; do
    its_status=0
    case ${guarded_names[its_index]} in
      '') its_said='it is empty' ;;
      *$'\n'*) its_said='it holds a line break' ;;
      *)
        its_said=$(with_timeout 5 grep -iE -e "${guarded_names[its_index]}" \
          -e "(${guarded_names[its_index]})" 2>&1 </dev/null) || its_status=$?
        case $its_status in
          0 | 1) continue ;;
          124) its_said='it takes too long' ;;
          *) ;;
        esac
        ;;
    esac
    its_problem="safety.secret_patterns[$its_index]: \"${guarded_names[its_index]}\": ${its_said%%$'\n'*}"
    break
  done
  printf -v "$1" '%s' "$its_problem"
}

# prepare_guard: the arguments of grep. A name that is bound to its ends cannot
# be looked for in a line: each assignment is looked at instead.
prepare_guard() {
  local name
  guard_ends=$((SECONDS + guard_seconds))
  guard_options=(-niE -e "$common_shapes" -e "($common_names)$assigned")
  for name in ${guarded_names[@]+"${guarded_names[@]}"}; do
    [[ $name != *['^$']* ]] || name='[a-z0-9_]'
    guard_options+=(-e "($name)$assigned")
  done
  # Text that holds a NUL further on; busybox reads all as text.
  if printf 'a\n' | grep -a a >/dev/null 2>&1; then guard_options+=(-a); fi
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

guard_failed() {
  printf 'the secret gate: %s\n' "$1" >&2
  guard_status=3
}

guard_broke() {
  case $1 in
    124) guard_failed "took longer than $guard_seconds seconds: is a pattern of safety.secret_patterns too slow?" ;;
    awk) guard_failed 'awk failed' ;;
    *) guard_failed "grep failed: exit $1" ;;
  esac
}

# guard_files OPTION FILE...: grep them and remember what is found; -h is for one
# file alone. Secrets pass through pipes and variables only, never through a
# file.
guard_files() {
  local option=$1 alone='' left=$((guard_ends - SECONDS))
  local line rule name value file
  shift
  [[ $option == -H ]] || alone=$1
  ((left > 0)) || left=1
  while IFS=$'\t' LC_ALL=C read -r line rule name value file; do
    case $line in
      '!1') continue ;;
      '!'*)
        guard_broke "${line#!}"
        continue
        ;;
      *) ;;
    esac
    file=${alone:-$file}
    found_files+=("${file#./}")
    found_lines+=("$line")
    found_rules+=("$rule")
    found_names+=("$name")
    found_values+=("$value")
  done < <(
    {
      LC_ALL=C with_timeout "$left" grep "$option" "${guard_options[@]}" -- "$@" \
        </dev/null ||
        printf '!%s\n' "$?"
    } | judged_file=$alone judge_lines || printf '!awk\n'
  )
}

# choose_named: of the assignments found stay those to a guarded name.
choose_named() {
  local index line named=$'\n' exact=$'\n' arguments=()
  ((${#found_names[@]} > 0)) || return 0
  for line in ${guarded_names[@]+"${guarded_names[@]}"}; do
    arguments+=(-e "$line")
  done
  match_names named -i -e "$judged_names" ${arguments[@]+"${arguments[@]}"}
  ((${#arguments[@]} == 0)) || match_names exact -x "${arguments[@]}"
  for index in "${!found_names[@]}"; do
    line=$'\n'$((index + 1))$'\n'
    case ${found_rules[index]} in
      named) [[ $named == *"$line"* ]] || found_rules[index]='' ;;
      weak)
        found_rules[index]=named
        [[ $exact == *"$line"* ]] || found_rules[index]=''
        ;;
      *) ;;
    esac
  done
}

# match_names NAME ARGUMENT...: add to NAME the numbers of the names that match.
match_names() {
  local its_set=$1 its_line
  shift
  while IFS=: read -r its_line _; do
    case $its_line in
      '!1') ;;
      '!'*) guard_broke "${its_line#!}" ;;
      *) printf -v "$its_set" '%s%s\n' "${!its_set}" "$its_line" ;;
    esac
  done < <(printf '%s\n' "${found_names[@]}" | {
    LC_ALL=C with_timeout "$guard_seconds" grep -nE "$@" || printf '!%s\n' "$?"
  })
}

# report_found PUBLIC: a line for each finding that nobody accepted.
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
      how='warning: public already'
    else
      printf -v how 'to accept it: %s --accept-secret %q' "$program" \
        "$file:${found_lines[index]}"
      ((guard_status != 0)) || guard_status=1
    fi
    describe_found "$index" "$how"
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
