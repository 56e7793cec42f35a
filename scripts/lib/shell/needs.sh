# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# What a target needs, looked for before anything else is done.

missing=()

# need_program NAME PACKAGE
need_program() {
  command -v "$1" >/dev/null ||
    missing+=("$1 is not installed (Debian: apt-get install $2)")
}

# need_variable NAME [WAY]: WAY says how to get a value for it.
need_variable() {
  has_setting "$1" ||
    missing+=("$1 is not set: ${2:+$2, then }export it or add it to .env")
}

# stop_if_missing: all that is missing in one message, exit 3.
stop_if_missing() {
  local text=
  ((${#missing[@]} > 0)) || return 0
  printf -v text '; %s' "${missing[@]}"
  die 3 "${text#; }"
}
