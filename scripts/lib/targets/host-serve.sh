# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # what it is told (serving_text) comes before it
# What a host is sent before a program (host-connection.sh, and tasks/engine/run/host.ts): these
# functions serve there. They take the program in, run it, and bring back on standard output the
# program's events, and lines of their own, which begin with @.

serve_host() {
  set -uo pipefail
  mask=$(umask)
  umask 077
  # It would lead to another folder of the same name.
  unset -v CDPATH
  read -r HOSTNAME < <(uname -n)
  message=
  root=
  init=false
  dry_run=false
  records=.insightpulse/state/detached/$target
  trap end_serving EXIT
  # With a trap that does nothing, what is started can still set its own.
  trap : HUP INT PIPE TERM
  ((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] >= 302)) || die 3 "bash $BASH_VERSION is too old: 3.2 or newer is needed"
  [[ -z $program ]] || take_in
  cd -- "$HOME" || die 3 'the login has no home'
  [[ -z $folder || $folder == /* ]] || folder=./$folder
  cd -- "${folder:-.}" 2>/dev/null || die 3 "$folder: there is no such folder"
  if [[ -z $program ]]; then
    watch_last
  elif [[ $detach == true ]]; then
    run_detached
  else
    run_here
    [[ -e $place/lost ]] || bring_back "$place"
  fi
}

take_in() {
  local got
  make_scratch place
  printf '@ready\n'
  { head -c "$size" >"$place/$program"; } 2>/dev/null
  got=$(wc -c <"$place/$program" 2>/dev/null) || got=0
  ((got == size)) || die 3 "${place%/*}: there is no room for the program"
}

# run_here: set code. Events and messages go through pipes of ours: a connection that
# hangs cannot hold up the program, which has something to put back.
run_here() {
  local running listener relay messages event
  mkfifo "$place/events" "$place/messages" || die 3 "${place%/*}: no pipe can be made there"
  exec 8<&0
  # What the program tells cannot pass for what is said here.
  while IFS= read -r event; do printf '@event %s\n' "$event"; done <"$place/events" &
  relay=$!
  cat "$place/messages" >&2 &
  messages=$!
  exec 3>"$place/events" 4>"$place/messages"
  printf '@begin\n'
  start_program "$place/report"
  listen "$running" "$relay" "$messages" <&8 >/dev/null 2>&1 &
  listener=$!
  exec 8<&-
  await_program
  kill "$listener" 2>/dev/null
  wait "$listener" 2>/dev/null
  wait "$relay" "$messages" 2>/dev/null
}

# start_program REPORT: set running. Its events go to descriptor 3, its messages to 4.
start_program() {
  # shellcheck disable=SC2086 # names
  unset -v ${!LOCKSTEP_@}
  set -m
  umask "$mask"
  LOCKSTEP_WATCHED=${watched#false} LOCKSTEP_TRACE=$trace bash "$place/$program" \
    ${words[@]+"${words[@]}"} --json --events fd:3 --root "$PWD" \
    </dev/null >"$1" 2>&4 4>&- 8<&- &
  running=$!
  set +m
  exec 3>&- 4>&-
}

# await_program: set code.
await_program() {
  wait "$running"
  code=$?
  while kill -0 "$running" 2>/dev/null; do
    wait "$running"
    code=$?
  done
}

# listen PROGRAM RELAY...: what is said there, until it falls silent: then nobody watches
# any more, and the program ends as if its terminal had gone.
listen() {
  local word rest
  while read -r -t "$silence" word rest; do
    case $word:$rest in
      signal:HUP | signal:INT | signal:QUIT | signal:TERM) kill "-$rest" "$1" ;;
      *) ;;
    esac
  done
  : >"$place/lost"
  kill "${@:2}"
  kill -HUP "$1"
}

# run_detached: what comes of the run goes to a record, and who watches it reads that:
# the end of a connection is nothing to the run.
run_detached() {
  local running
  make_record
  printf '@begin\n'
  if [[ $attach == true ]]; then watch_run & else tell_begun & fi
  exec </dev/null >/dev/null 2>&1
  exec 3>>"$record/events" 4>>"$record/messages"
  start_program "$record/report"
  await_program
  printf '%d\n' "$code" >"$record/code.new" && mv -- "$record/code.new" "$record/code"
}

# make_record: set record, and forget those of runs that have ended. The name of one
# says when it was made, and by whom.
make_record() {
  local entry now mark
  root=$PWD
  [[ " ${words[*]-} " != *' --init '* ]] || init=true
  [[ -d .insightpulse ]] || make_root "$PWD"
  make_private_folder .insightpulse/state
  for entry in "$records"/*; do
    [[ -d $entry ]] || continue
    ! is_in_progress "$entry" || die 6 "a detached run of $target is in progress there: --attach shows it"
    rm -rf -- "$entry"
  done
  now_utc now %Y%m%d_%H%M%S
  owner_mark mark
  record=$records/$now.$mark
  { mkdir -p -- "$record" && : >"$record/events" && : >"$record/messages"; } 2>/dev/null ||
    die 3 "$PWD/$record: cannot be written"
}

is_in_progress() {
  local its_name=${1##*/}
  [[ ! -e $1/code ]] && lock_owner_lives "${its_name#*.}"
}

# tell_begun: that the run goes on by itself now; or what came of it, if it never began,
# or has ended already.
tell_begun() {
  until grep -q '"event":"step_start"' "$record/events" || ! is_in_progress "$record"; do sleep 0.1; done
  if is_in_progress "$record"; then printf '@detached\n'; else watch_run; fi
}

# watch_last: the run that is in progress, or the last one.
watch_last() {
  local entry
  record=
  for entry in "$records"/*; do
    [[ -d $entry ]] || continue
    record=$entry
    ! is_in_progress "$entry" || break
  done
  [[ -n $record ]] || die 3 "no run of $target was detached there"
  # There is nothing to put back.
  trap - HUP INT PIPE TERM
  printf '@begin\n'
  watch_run
}

# watch_run: from its beginning to its end, as if it ran here.
watch_run() {
  local event rest='' goes_on=true
  exec 3<"$record/events" 4<"$record/messages"
  while [[ $goes_on == true ]]; do
    is_in_progress "$record" || goes_on=false
    while IFS= read -r event; do
      printf '@event %s\n' "$rest$event"
      rest=
    done <&3
    rest+=$event
    cat <&4 >&2
    [[ $goes_on == false ]] || sleep 0.2
  done
  if [[ -e $record/code ]]; then
    code=$(<"$record/code")
    bring_back "$record"
  else
    printf '@refused %s\n' 'the run there came to no end: it was killed. The next one puts back what it did'
  fi
}

# bring_back FOLDER: the report in it, what the run has logged, and its exit code.
bring_back() {
  local run
  sed 's/^/@report /' "$1/report"
  run=$(sed -n 's/^{"timestamp":"[^"]*","run":"\([0-9a-z_]*\)".*/\1/p' "$1/report")
  [[ -z $run ]] || LC_ALL=C awk -v run="$run:" '
    /^== [0-9TZ:-]+ run [0-9a-f_]+: / { its_own = $4 == run }
    its_own { print "@log " $0 }' ".insightpulse/logs/$target-${run%%_*}.log" 2>/dev/null
  printf '@end %d\n' "$code"
}

end_serving() {
  trap - EXIT
  [[ -z $message ]] || printf '@refused %s\n@end %d\n' "$message" "$exit_code"
  [[ -z ${place:-} ]] || rm -rf -- "$place"
}
