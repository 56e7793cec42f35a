#!/usr/bin/env bash
# Stands before the tools on PATH under their names. It counts the calls of a
# run and kills that run at call number KILL_AT: before, inside or after the
# tool. KILL_MODE is group (every process of the run) or leader (its main shell
# alone: the step goes on until somebody ends it).
set -u
tool=${0##*/}
here=${0%/*}
PATH=${PATH//"$here:"/}

# kill_everything: frozen first, so that nothing happens between the kills.
kill_everything() {
  local pids='' former=none
  # The run may end the group that this is in meanwhile.
  trap '' HUP INT PIPE TERM
  until [[ $pids == "$former" ]]; do
    former=$pids
    # It fails when a process ends meanwhile.
    pids=$(exec env -i grep -lsaF "KILL_MARK=$KILL_FOLDER/" /proc/[0-9]*/environ)
    signal STOP
  done
  signal KILL
  kill -KILL "$$"
}

signal() {
  local pid
  for pid in $pids; do
    pid=${pid#/proc/}
    pid=${pid%/environ}
    [[ $pid == "$$" ]] || kill "-$1" "$pid" 2>/dev/null
  done
}

kill_run() {
  # Of two at once one has to be killed by the other.
  if ! mkdir "$KILL_FOLDER/killed" 2>/dev/null; then
    [[ $KILL_MODE == leader ]] || exec sleep 60
    return
  fi
  [[ $KILL_MODE == leader ]] || kill_everything
  kill -KILL "$(<"$KILL_FOLDER/leader")"
}

# do_half ARGUMENT...: a part of what the tool would do.
do_half() {
  local options=() operands=() last sources
  while (($# > 0)) && [[ $1 == -* ]]; do
    options+=("$1")
    shift
    [[ ${options[${#options[@]} - 1]} != -- ]] || break
  done
  operands=("$@")
  case $tool in
    rm)
      ((${#operands[@]} > 0)) || return 0
      find "${operands[@]}" ! -type d | awk 'NR % 2' | xargs -d '\n' rm -f --
      ;;
    cp | mv)
      last=${operands[${#operands[@]} - 1]}
      sources=$(((${#operands[@]} - 1) / 2))
      if ((sources > 0)); then
        "$tool" "${options[@]}" "${operands[@]:0:sources}" "$last"
      elif [[ $tool == cp ]]; then
        cp "${options[@]}" "${operands[@]}"
        [[ ! -d $last ]] || last=$last/${operands[0]##*/}
        # A link is there or not: it is never half of a file.
        if [[ ${options[*]} == -*l* ]]; then
          find "$last" -type f | awk 'NR % 2' | xargs -d '\n' rm -f --
        else
          find "$last" -type f | awk 'NR % 2' | xargs -d '\n' truncate -s 1 --
        fi
      fi
      ;;
    *) timeout -s KILL 0.004 "$tool" "${options[@]}" "$@" ;;
  esac
}

printf . >>"$KILL_FOLDER/calls"
read -r calls <"$KILL_FOLDER/calls"
if ((${#calls} < KILL_AT)) || [[ -e $KILL_FOLDER/killed ]]; then
  exec "$tool" "$@"
fi
[[ -e $KILL_FOLDER/call ]] || printf '%s ' "$tool" "$@" >"$KILL_FOLDER/call"
status=0
case $KILL_WHEN in
  before)
    kill_run
    exec "$tool" "$@"
    ;;
  inside) do_half "$@" ;;
  *) "$tool" "$@" || status=$? ;;
esac
kill_run
exit "$status"
