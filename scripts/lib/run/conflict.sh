# shellcheck shell=bash
# shellcheck disable=SC2154 # variables are shared between the parts
# Where both sides changed the same thing since they were last in step. The names
# of the two sides are values of on_conflict; a verdict is to_ and the side that
# is written.

# take_side SIDE OTHER: on_conflict, where --take-SIDE or --take-OTHER was given.
take_side() {
  local one=take_$1 other=take_$2
  [[ ${!one} == false || ${!other} == false ]] ||
    usage_error "--${one//_/-} and --${other//_/-} cannot be combined"
  [[ ${!one} == false ]] || on_conflict=$1
  [[ ${!other} == false ]] || on_conflict=$2
}

# resolve_conflicts RESOLVED UNSETTLED SETTLE: read KEY TAB LABEL TAB FILE a line,
# KEY as JSON has it. SETTLE NAME LABEL FILE sets NAME to a verdict or to nothing.
# Sets RESOLVED to a JSON object of verdicts, UNSETTLED to the other labels.
resolve_conflicts() {
  local key label file choice members='' labels=''
  while IFS=$'\t' read -r key label file; do
    "$3" choice "$label" "$file"
    if [[ -n $choice ]]; then
      members+=",$key:\"$choice\""
    else
      labels+=", $label"
    fi
  done
  printf -v "$1" '{%s}' "${members#,}"
  printf -v "$2" '%s' "${labels#, }"
}

# settle_conflict NAME SIDE TIME OTHER TIME: set NAME to the verdict that
# on_conflict gives, or to nothing. TIME is in seconds, empty where nobody knows.
settle_conflict() {
  local winner=$on_conflict
  if [[ $winner == newest ]]; then
    winner=''
    if [[ -n $3 && -n $5 ]]; then
      (($3 <= $5)) || winner=$2
      (($3 >= $5)) || winner=$4
    fi
  fi
  case $winner in
    "$2") printf -v "$1" 'to_%s' "$4" ;;
    "$4") printf -v "$1" 'to_%s' "$2" ;;
    *) printf -v "$1" '%s' '' ;;
  esac
}

# fail_unsettled UNSETTLED SIDE TEXT OTHER TEXT: end the step with the two ways
# out. TEXT is what people call a side.
fail_unsettled() {
  local unsettled=$1 code=4
  [[ $check == false ]] || code=8
  mask_found unsettled
  fail_step "$3 and $5 both changed $unsettled; to keep what $3 has: generated/$program --take-${2//_/-}; to keep what $5 has: generated/$program --take-${4//_/-}" \
    "$code"
}
