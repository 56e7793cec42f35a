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

# Seconds that a command has to tell one.
answer_seconds=60

# ask_secret NAME COMMAND [REQUIRED]: NAME is what COMMAND of the user's prints, unless it
# has a value; nobody sees it from now on. With REQUIRED false one that is not told is no
# more than said.
ask_secret() {
  local value='' rest='' folder reason='' status=0 given=lockstep_env_$1
  local empty=${!given+set}
  if has_setting "$1"; then
    add_secret "${!given}"
    return 0
  fi
  make_scratch folder
  # It never stands in a file. A NUL of its own would come before ours.
  { IFS= read -r -d '' value && IFS= read -r -d '' rest; } < <(
    run_for_answer "$2" </dev/null 2>"$folder/errors" || status=$?
    printf '%d' "$status" >"$folder/status"
    printf '\0end\0'
  ) || :
  status=$(<"$folder/status")
  while [[ $value == *$'\n' ]]; do value=${value%$'\n'}; done
  if ((status == 124 || status == 137)); then
    reason="it has not ended after $answer_seconds s"
  elif ((status != 0)); then
    reason="exit code $status: $(tail -n 1 -- "$folder/errors")"
  elif [[ $rest != end ]]; then
    reason='it printed a NUL'
  elif [[ -z $value ]]; then
    reason='it printed nothing'
  else
    keep_variable "$1" "$value"
    # One that was there, but empty, is none of the shell's.
    [[ -z $empty ]] || ! is_for_tools "$1" || export "$1=$value"
    add_secret "$value"
  fi
  rm -rf -- "$folder"
  [[ -n $reason ]] || return 0
  reason="$1 is not told by its command of secrets: $reason"
  untold+="$1 "
  if [[ ${3:-} == false ]]; then
    warn "$target: $reason"
  else
    missing+=("$reason")
  fi
}

# run_for_answer COMMAND: in the user's environment, for at most answer_seconds.
# It has nothing of ours open: nobody waits for what it may leave behind.
run_for_answer() (
  exec 3>&- 6>&- 7>&-
  find_timeout
  [[ $timeout_kind != gnu ]] ||
    as_the_user timeout --foreground -k 5 "$answer_seconds" bash -c "$1"
  with_timeout "$answer_seconds" as_the_user bash -c "$1"
)

# need_variable NAME [WAY]: WAY says how to get a value for it.
need_variable() {
  has_setting "$1" || [[ $untold == *" $1 "* ]] ||
    missing+=("$1 is not set: ${2:+$2, then }export it or add it to .env")
}

# hide_variable NAME: nobody sees its value.
hide_variable() {
  local given=lockstep_env_$1
  [[ -z ${!given:-} ]] || add_secret "${!given}"
}

# stop_if_missing: all that is missing in one message, exit 3.
stop_if_missing() {
  local text=
  ((${#missing[@]} > 0)) || return 0
  printf -v text '; %s' "${missing[@]}"
  die 3 "${text#; }"
}
