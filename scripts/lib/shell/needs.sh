# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# What a target needs, looked for before anything else is done.

missing=()
# The variables whose commands have not told them.
untold=' '

# need_program NAME PACKAGE
need_program() {
  command -v "$1" >/dev/null ||
    missing+=("$1 is not installed (Debian: apt-get install $2)")
}

# ask_secret NAME COMMAND: NAME is what COMMAND of the user's prints, unless it has a
# value; nobody sees it from now on.
ask_secret() {
  local value='' status='' folder reason given=lockstep_env_$1
  if has_setting "$1"; then
    add_secret "${!given}"
    return 0
  fi
  make_scratch folder
  { IFS= read -r -d '' -t 60 value && read -r status; } < <(
    (as_the_user bash -c "$2" 2>"$folder/errors" </dev/null 3>&- 6>&- 7>&-) || status=$?
    printf '\0%d\n' "${status:-0}"
  ) || :
  while [[ $value == *$'\n' ]]; do value=${value%$'\n'}; done
  case $status in
    0) reason='it printed nothing' ;;
    '') reason='it has not ended after 60 s, or it printed a NUL' ;;
    *) reason="exit code $status: $(tail -n 1 -- "$folder/errors")" ;;
  esac
  rm -rf -- "$folder"
  if [[ $status == 0 && -n $value ]]; then
    keep_variable "$1" "$value"
    add_secret "$value"
  else
    missing+=("$1 is not told by its command of secrets: $reason")
    untold+="$1 "
  fi
}

# need_variable NAME [WAY]: WAY says how to get a value for it.
need_variable() {
  has_setting "$1" || [[ $untold == *" $1 "* ]] ||
    missing+=("$1 is not set: ${2:+$2, then }export it or add it to .env")
}

# stop_if_missing: all that is missing in one message, exit 3.
stop_if_missing() {
  local text=
  ((${#missing[@]} > 0)) || return 0
  printf -v text '; %s' "${missing[@]}"
  die 3 "${text#; }"
}
