# shellcheck shell=bash
# shellcheck disable=SC2154 # size, program, target, folder, watched and words come before it
# What a host is sent before a program (tasks/engine/run/host.ts). It takes the program in, runs it, and brings back
# on standard output the program's events, and lines of its own, which begin with @.
set -uo pipefail
mask=$(umask)
umask 077
# It would lead to another folder of the same name.
unset -v CDPATH

serve() {
  trap end_serving EXIT
  # With a trap that does nothing, what is started can still set its own.
  trap : HUP INT PIPE TERM
  ((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] >= 302)) || die 3 "bash $BASH_VERSION is too old: 3.2 or newer is needed"
  make_scratch place
  printf '@ready\n'
  { head -c "$size" >"$place/$program"; } 2>/dev/null
  got=$(wc -c <"$place/$program" 2>/dev/null) || got=0
  ((got == size)) || die 3 "${place%/*}: there is no room for the program"
  cd -- "$HOME" || die 3 'the login has no home'
  [[ -z $folder || $folder == /* ]] || folder=./$folder
  cd -- "${folder:-.}" 2>/dev/null || die 3 "$folder: there is no such folder"
  run_here
  [[ -e $place/lost ]] || bring_back
}

# run_here: set code. Events and messages go through pipes of ours: a connection that
# hangs cannot hold up the program, which has something to put back.
run_here() {
  local listener running relays event
  mkfifo "$place/events" "$place/messages" || die 3 "${place%/*}: no pipe can be made there"
  exec 8<&0
  # What the program tells cannot pass for what is said here.
  while IFS= read -r event; do printf '@event %s\n' "$event"; done <"$place/events" &
  relays=$!
  cat "$place/messages" >&2 &
  relays="$relays $!"
  exec 3>"$place/events" 4>"$place/messages"
  # shellcheck disable=SC2086 # names
  unset -v ${!LOCKSTEP_@}
  printf '@begin\n'
  set -m
  umask "$mask"
  LOCKSTEP_WATCHED=$watched bash "$place/$program" \
    ${words[@]+"${words[@]}"} --json --events fd:3 --root "$PWD" \
    </dev/null >"$place/report" 2>&4 4>&- 8<&- &
  running=$!
  set +m
  exec 3>&- 4>&-
  listen "$running" "$relays" <&8 >/dev/null 2>&1 &
  listener=$!
  exec 8<&-
  wait "$running"
  code=$?
  while kill -0 "$running" 2>/dev/null; do
    wait "$running"
    code=$?
  done
  kill "$listener" 2>/dev/null
  wait "$listener" 2>/dev/null
  # shellcheck disable=SC2086 # numbers
  wait $relays 2>/dev/null
}

# listen PROGRAM RELAYS: what is said there, until it falls silent: then nobody watches
# any more, and the program ends as if its terminal had gone.
listen() {
  local word rest
  while read -r -t 60 word rest; do
    case $word:$rest in
      signal:HUP | signal:INT | signal:QUIT | signal:TERM) kill "-$rest" "$1" ;;
      *) ;;
    esac
  done
  : >"$place/lost"
  # shellcheck disable=SC2086 # numbers
  kill $2
  kill -HUP "$1"
}

# bring_back: the report, what the run has logged, and its exit code.
bring_back() {
  local run
  sed 's/^/@report /' "$place/report"
  run=$(sed -n 's/^{"timestamp":"[^"]*","run":"\([0-9a-z_]*\)".*/\1/p' "$place/report")
  [[ -z $run ]] || sed -n "/^== [^ ]* run $run: /,\$s/^/@log /p" ".insightpulse/logs/$target-${run%%_*}.log" 2>/dev/null
  printf '@end %d\n' "$code"
}

end_serving() {
  trap - EXIT
  [[ -z $message ]] || printf '@refused %s\n' "$message"
  [[ -z ${place:-} ]] || rm -rf -- "$place"
}

serve
