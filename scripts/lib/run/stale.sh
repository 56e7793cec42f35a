# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# A generated program carries the SHA-256 of the sync.yaml that it was made from
# (made_from), with the files that it includes (made_of) after it, and, in its
# header, that of its own text without that line. Where
# there is no sync.yaml, as on a server without the repository, nothing is said.

# What is wrong with this program, for its report; as JSON.
stale=

# look_at_program FILE: this one's file; one line on the screen, but where the
# program of all targets has said it, and in an answer to another program.
look_at_program() {
  local state text
  judge_program state "$1"
  [[ -n $state ]] || return 0
  stale_text text "$state" "$program"
  json_string stale "$text"
  [[ -n $lockstep_ask || $lockstep_stale == "$state" ]] || warn "$text"
  lockstep_stale=$state
}

# stale_text NAME STATE PROGRAM
stale_text() {
  case $2 in
    edited) printf -v "$1" '%s was edited by hand: keep the change in sync.yaml or in a script of your own, and run %s --force' "$3" "$regenerate" ;;
    *) printf -v "$1" '%s was not made from the present .insightpulse/sync.yaml: run %s' "$3" "$regenerate" ;;
  esac
}

# judge_program NAME FILE: set NAME to other, if FILE was made from another
# sync.yaml, to edited, or to nothing.
judge_program() {
  local its_line its_lines=0 its_from='' its_sum='' its_yaml its_text its_more=()
  printf -v "$1" '%s' ''
  [[ -r .insightpulse/sync.yaml && -r $2 ]] || return 0
  while [[ -z $its_from ]] && ((its_lines < 200)) && IFS= read -r its_line; do
    its_lines=$((its_lines + 1))
    case $its_line in
      '# Checksum:    '*) its_sum=${its_line##* } ;;
      '  made_of=('*)
        its_line=${its_line#*\(}
        IFS=' ' read -r -a its_more <<<"${its_line%\)}"
        ;;
      '  made_from='*) its_from=${its_line#*=} ;;
      *) ;;
    esac
  done <"$2"
  [[ -n $its_sum ]] || return 0
  find_sha256 sha256sum shasum openssl
  { read -r its_yaml _ && read -r its_text _; } < <(
    LC_ALL=C sed '1,/^# Checksum:    /{/^# Checksum:    /d;}' "$2" |
      exec "${sha256[@]}" .insightpulse/sync.yaml /dev/stdin
  ) || return 0
  if ((${#its_more[@]} > 0)); then
    its_yaml=$(cat -- .insightpulse/sync.yaml "${its_more[@]}" 2>/dev/null | "${sha256[@]}") || its_yaml=
    its_yaml=${its_yaml%% *}
  fi
  if [[ $its_sum != "$its_text" ]]; then
    printf -v "$1" edited
  elif [[ $its_from != "$its_yaml" ]]; then
    printf -v "$1" other
  fi
}
