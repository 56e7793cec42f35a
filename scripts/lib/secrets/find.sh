# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# Finding what looks like a secret: one grep over all files finds the lines that
# may matter; only these are judged (secret-rules.sh). A finding is one index of
# found_files, found_lines, found_rules, found_names and found_values.
#
# guarded_names is safety.secret_patterns of sync.yaml: POSIX extended regular
# expressions for names (in any case, anywhere in the name) whose values are
# secrets; of a name that one matches whole, in the same case, any value counts that is
# no placeholder: of one in capitals however it is written, of others in quotes.

guarded_names=()
guard_seconds=120
guard_options=()
guard_all=()
# What follows a name: a quote, a bracket, the sign.
assigned='[a-z0-9_.-]*(\\?["'\''])?]?[[:space:]]*[=:>]'
common_shapes='gh[oprsu]_[a-z0-9]{36}|github_pat_[a-z0-9_]{30}|glpat-[a-z0-9_-]{20}|a[ks]ia[a-z0-9]{16}|xox[abeoprs]-[a-z0-9-]{20}|xapp-[0-9]-[a-z0-9-]{20}|hooks\.slack\.com/[a-z]+/[a-z0-9_/-]{20}|secre[t]_[a-z0-9]{43}|ntn_[a-z0-9]{36}|do[opr]_v1_[a-f0-9]{64}|aiza[a-z0-9_-]{35}|ya29\.[a-z0-9_-]{25}|[rs]k_(live|test)_[a-z0-9]{16}|npm_[a-z0-9]{36}|eyj[a-z0-9_-]{10,}\.eyj|sk-[a-z0-9_-]{20}|bearer [a-z0-9._~+/-]{20}|[a-z0-9]://[^/@:[:space:]]*:[^/@[:space:]]+@|-----BEGIN [a-z0-9 ]*PRIVATE KEY'

# require_guarded_names: before the first step, exit 2 for a pattern that is no
# regular expression; variables that one names are masked like any secret.
require_guarded_names() {
  local problem
  check_guarded_names problem
  [[ -z $problem ]] || die 2 "$problem"
  collect_secrets
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
  ((${#guard_options[@]} == 0)) || return 0
  guard_options=(-niE -e "$common_shapes" -e "(pass|$telling_names)$assigned")
  for name in ${guarded_names[@]+"${guarded_names[@]}"}; do
    [[ $name != *['^$']* ]] || name='[a-z0-9_]'
    guard_options+=(-e "($name)$assigned")
  done
  # Text that holds a NUL further on; busybox reads all as text.
  if printf 'a\n' | grep -a a >/dev/null 2>&1; then guard_all=(-a); fi
}

# guard_files OPTION FILE...: grep them and remember what is found; -h is for one
# file alone, or - for the text in guarded_text. Secrets pass through pipes and
# variables only, never through a file.
guard_files() {
  local option=$1 alone='' left=$((guard_ends - SECONDS))
  local line rule name value file
  shift
  [[ $option == -H ]] || alone=${1/#-/\/dev\/null}
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
      { [[ $1 != - ]] || printf '%s\n' "$guarded_text"; } |
        LC_ALL=C with_timeout "$left" grep "$option" "${guard_options[@]}" \
          ${guard_all[@]+"${guard_all[@]}"} -- "$@" ||
        printf '!%s\n' "$?"
    } | judged_file=$alone listed=${guarded_names[*]+yes} judge_lines || printf '!awk\n'
  )
  [[ $1 == - ]] || guard_values "$option" "$@"
}

# guard_values OPTION FILE...: the values of variables that are named as secrets,
# as they are or encoded; not those that look like a word, a path or an address
# (TOKEN_URL).
guard_values() {
  local option=$1 value values='' line file
  shift
  for value in ${masked_values[@]+"${masked_values[@]}"}; do
    [[ ${#value} -lt 10 || $value != *[0-9]* || $value != *[A-Za-z]* ||
      $value == /* || $value == *://* ]] || values+=$value$'\n'
  done
  [[ -n $values || ${#encoded_values[@]} -gt 0 ]] || return 0
  while IFS= LC_ALL=C read -r line; do
    if [[ $line == '!'* ]]; then
      [[ $line == '!1' ]] || guard_broke "${line#!}"
      continue
    fi
    file=$1
    if [[ $option == -H ]]; then
      file=${line%%:*}
      line=${line#*:}
    fi
    found_files+=("${file#./}")
    found_lines+=("${line%%:*}")
    found_rules+=(variable)
    found_names+=(-)
    found_values+=("${line#*:}")
  done < <(
    {
      printf '%s' "$values"
      printf '%s\n' ${encoded_values[@]+"${encoded_values[@]}"} | awk 'length($0) >= 14'
    } | LC_ALL=C with_timeout "$guard_seconds" grep "$option" \
      -noF ${guard_all[@]+"${guard_all[@]}"} -f - -- "$@" || printf '!%s\n' "$?"
  )
}

# choose_named: of the assignments found stay those to a guarded name.
choose_named() {
  local index line named=$'\n' exact=$'\n' arguments=()
  ((${#found_names[@]} > 0)) || return 0
  for line in ${guarded_names[@]+"${guarded_names[@]}"}; do
    arguments+=(-e "$line")
  done
  match_names named -i -e "$telling_names" ${arguments[@]+"${arguments[@]}"}
  ((${#arguments[@]} == 0)) || match_names exact -x "${arguments[@]}"
  for index in "${!found_names[@]}"; do
    line=$'\n'$((index + 1))$'\n'
    case ${found_rules[index]} in
      named) [[ $named == *"$line"* ]] || found_rules[index]='' ;;
      listed)
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
