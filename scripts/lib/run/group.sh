# shellcheck shell=bash
# shellcheck disable=SC2030,SC2031,SC2034,SC2154 # variables are shared between the parts
# Process groups: what was started can be ended, all of it.

step_group=

# run_in_group OUT COMMAND...: run COMMAND in a process group of its own,
# without standard input, and wait for it; nothing of it is left running. What
# it prints goes to out/OUT. Sets step_status. Never call it in a condition:
# errexit would be off in there.
run_in_group() {
  local out=$run_dir/out/$1 follower='' watcher='' seconds=''
  shift
  : >"$out"
  # What is done at the end of a run has no step of the plan.
  [[ $step_id != "${step_ids[step_index]:-}" ]] || setting seconds timeout
  if [[ $verbose == true ]]; then
    rm -f -- "$out.ended"
    pass_output "$out" show_lines false &
    follower=$!
  elif [[ $lockstep_watched == true ]]; then
    tell_last_lines "$out" 5>&- &
    follower=$!
  fi
  set -m
  (
    set +m
    trap - HUP INT PIPE QUIT TERM EXIT
    own_process_id group
    process_birth birth "$group"
    [[ $dry_run == true ]] || journal step_start "$step_id" "$group" "$birth"
    reason_file=$run_dir/reasons/$step_id
    set -E
    trap 'note_command "$?" "$BASH_COMMAND"' ERR
    "$@"
  ) </dev/null >"$out" 2>&1 5>&- &
  step_group=$!
  if [[ -n $seconds ]]; then
    end_late_group "$step_group" "$seconds" </dev/null >/dev/null 2>&1 6>&- 7>&- &
    watcher=$!
  fi
  set +m
  step_status=0
  { wait "$step_group" || step_status=$?; } 2>/dev/null
  [[ -z $watcher ]] ||
    { kill -KILL -- "-$watcher" && wait "$watcher"; } 2>/dev/null || :
  stop_group "$step_group"
  step_group=
  if [[ -n $follower ]]; then
    : >"$out.ended"
    # What it would still tell, the end of the step says.
    [[ $verbose == true ]] || kill -KILL "$follower" 2>/dev/null || :
    { wait "$follower"; } 2>/dev/null || :
  fi
  [[ ! -s $out ]] || log_output "$out"
}

# end_late_group PID SECONDS: not beyond the life of the program: what a killed
# one leaves is for the next run to end.
end_late_group() {
  local left=$2
  trap - HUP INT PIPE QUIT TERM EXIT
  while ((left > 0)); do
    command sleep 1
    kill -0 "$$" || exit 0
    left=$((left - 1))
  done
  printf 'took longer than %s seconds' "$2" >"$run_dir/reasons/$step_id"
  stop_group "$1"
}

# stop_group PID: end every process of a group of ours; after 5 s by force.
stop_group() {
  local tries=0
  group_lives "$1" || return 0
  kill -TERM -- "-$1" 2>/dev/null || :
  while ((tries < 70)) && group_lives "$1"; do
    tries=$((tries + 1))
    ((tries != 10)) || tell_still_ending
    ((tries != 50)) || kill -KILL -- "-$1" 2>/dev/null || :
    sleep 0.1
  done
}

# tell_still_ending: whoever has interrupted a run sees that it was heard.
tell_still_ending() {
  local heard='interrupted; what the step has started is still ending, in 4 s by force'
  [[ $outcome == interrupted ]] || return 0
  if [[ $lockstep_watched == true ]]; then
    emit step_output "\"id\":\"$step_id\",\"line\":\"$heard\""
  else
    warn "$target: $heard"
  fi
}

# group_lives PID: zombies do not count; nobody may be there to reap them.
group_lives() {
  local file fields state group
  kill -0 -- "-$1" 2>/dev/null || return 1
  if [[ ! -r /proc/self/stat ]]; then
    while read -r group state; do
      [[ $group != "$1" || $state == Z* ]] || return 0
    done < <(ps -A -o pgid= -o stat=)
    return 1
  fi
  for file in /proc/[0-9]*/stat; do
    { IFS= read -r fields <"$file"; } 2>/dev/null || continue
    # After the name: state, parent, group.
    fields=${fields##*) }
    state=${fields%% *}
    fields=${fields#* * }
    group=${fields%% *}
    [[ $group != "$1" || $state == Z ]] || return 0
  done
  return 1
}

# stop_former_group PID BIRTH: end a group that the journal names, if it is
# still that one. Its leader may have ended before the others did; then the
# number is theirs as long as the machine was not started again.
stop_former_group() {
  local birth
  process_birth birth "$1"
  if [[ -z $birth ]]; then
    process_birth birth "$$"
    [[ ${birth%-*} == "${2%-*}" ]] || return 0
  elif [[ $birth != "$2" ]]; then
    return 0
  fi
  stop_group "$1"
}
