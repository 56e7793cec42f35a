# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# Node starts a program with the end of a pipe as descriptor 4, and holds the
# other end as long as it lives.

# hold_lifeline: when Node is gone, however it ended, nobody watches any more:
# the program ends as if its terminal had gone.
hold_lifeline() {
  local birth now
  [[ $lockstep_lifeline == 4 ]] || return 0
  process_birth birth "$$"
  (
    trap - HUP INT PIPE QUIT TERM EXIT
    read -r <&4 || :
    process_birth now "$$"
    [[ $now != "$birth" ]] || kill -HUP "$$"
  ) </dev/null >/dev/null 2>&1 3>&- 5>&- 6>&- 7>&- &
  exec 4<&-
  lockstep_lifeline=
}
