# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# One connection to a host, from its beginning to what came of the run there: what
# tasks/engine/run/host-connection.ts does for who watches with Node.

# Seconds in which a host that was reached must have begun, and after which it takes
# silence for a loss.
silence=${lockstep_silence:-60}

# set_connection ADDRESS PORT SILENCE: set connection to the command of ssh.
set_connection() {
  local boot
  # For any shell that a login may have: no line end, no exclamation mark; and nothing
  # that others may not see.
  IFS= read -r boot <<'END'
sh -c 'command -v bash >/dev/null || { echo "@refused bash is missing: 3.2 or newer is needed"; exit 3; }; exec bash -c "IFS= read -r -d \"\" text; eval \"\$text\""'
END
  # A connection that others share would not end with this run.
  connection=(ssh -T -o BatchMode=yes -o ConnectTimeout=15
    -o "ServerAliveInterval=$((($3 + 5) / 6))" -o ServerAliveCountMax=3
    -o RemoteCommand=none -o ClearAllForwardings=yes
    -o ControlMaster=no -o ControlPath=none
    ${2:+-p "$2"} -- "$1" "$boot")
}

# converse INDEX: in a process group of its own, which TERM makes to end the connection.
# In the folder of the host stands then what came of it: code, and report and log where
# the run came so far.
converse() {
  local place=$run_dir/host.$1 name=${host_names[$1]} line code='' refused='' before='' relay ssh connection
  set +em
  ((${#host_names[@]} == 1)) || before="$name: "
  trap '' PIPE TERM
  open_pipe 3 4 "$place/messages"
  pass_messages <&3 >&2 3<&- 4>&- 7>&- &
  relay=$!
  exec 3<&-
  open_pipe 0 8 "$place/in"
  open_pipe 9 1 "$place/out"
  set_connection "${host_addresses[$1]}" "${host_ports[$1]}" "$silence"
  (
    trap - PIPE TERM
    as_the_user "${connection[@]}"
  ) <&0 2>&4 4>&- 6>&- 7>&- 8>&- 9<&- &
  ssh=$!
  exec </dev/null >&2 4>&-
  { serving_text "$1" && printf '\0'; } >&8 2>/dev/null
  while IFS= read -r line <&9; do
    case $line in
      @ready) cat -- "$run_dir/program" >&8 2>/dev/null ;;
      @begin) : >"$place/begun" ;;
      @detached)
        say_of_host "the run goes on there by itself. To watch it: $(watching_command "$1")"
        code=0
        kill "$ssh"
        ;;
      '@event '*) pass_event "${line#@event }" ;;
      '@refused '*) refused=${line#@refused } ;;
      '@end '*) read_code "$line" ;;
      '@report '*)
        printf '%s\n' "${line#@report }" >"$place/report"
        # Nothing is told any more, and the log may be long.
        cat <&9 >"$place/rest"
        ;;
      *) ;;
    esac
  done
  exec 8>&-
  wait "$ssh"
  wait "$relay"
  if [[ -e $place/rest ]]; then
    sed -n 's/^@log //p' "$place/rest" >"$place/log"
    read_code "$(sed -n '/^@end /p' "$place/rest")"
  fi
  [[ -z $refused ]] || say_of_host "$refused"
  [[ -n $code ]] || judge_loss "$1"
  printf '%s' "$code" >"$place/code"
}

# serving_text INDEX: print what a host is sent first: the functions that serve there
# (serving: their names), and what they are told.
serving_text() {
  # shellcheck disable=SC2086 # names
  declare -f $serving
  printf '%s=%q\n' target "$target" folder "${host_folders[$1]}" program "$sent" size "$sent_size" \
    watched "$watched" silence "$silence" trace "" detach "$detach" attach "$attach"
  printf 'words=('
  printf ' %q' "${target_options[@]}"
  printf ')\nserve_host\n'
}

# open_pipe READ WRITE FILE: a pipe with these descriptors. Nobody waits for who may
# never open the other end.
open_pipe() {
  mkfifo -- "$3"
  eval "exec 5<>\"\$3\" $1<\"\$3\" $2>\"\$3\" 5>&-"
}

# pass_messages: lines, each after the name of its host, if there are several.
pass_messages() {
  local line
  while IFS= read -r line || [[ -n $line ]]; do
    printf '%s%s\n' "$before" "$line"
  done
}

say_of_host() {
  warn "$name: $1"
}

# pass_event EVENT: to --events. A run that knows itself watched says nothing of its steps.
pass_event() {
  local event=$1 json
  [[ $watched == false ]] || tell_step "$event"
  [[ -n $events_to ]] || return 0
  if ((${#host_names[@]} > 1)); then
    json_string json "$name"
    event="{\"host\":$json,${event#\{}"
  fi
  printf '%s\n' "$event" 2>/dev/null >&7
}

# read_code LINE: set code, if it has one.
read_code() {
  [[ ! $1 =~ ^@end\ ([0-9]{1,3})$ ]] || code=${BASH_REMATCH[1]}
}

# judge_loss INDEX: set code, and say why none came back.
judge_loss() {
  local signal='' again cause='the connection was lost'
  [[ ! -s $place/signal ]] || signal=$(<"$place/signal")
  again=$(watching_command "$1")
  code=3
  if [[ -n $signal && (! -e $place/begun || $apart == true) ]]; then
    code=$signal
    if [[ $apart == false ]]; then
      say_of_host 'interrupted before anything was begun there'
    elif [[ -e $place/begun ]]; then
      say_of_host "detached; the run there is left to itself. To watch it: $again"
    else
      say_of_host "interrupted; if a run has begun there, it goes on. To watch it: $again"
    fi
  elif [[ -n $refused ]]; then
    :
  elif [[ ! -e $place/begun ]]; then
    say_of_host 'nothing was begun there: it cannot be reached, lets nobody in without a question, or runs no programs'
  elif [[ $apart == true ]]; then
    say_of_host "the connection was lost; the run there is left to itself. To watch it: $again"
  else
    [[ -z $signal ]] || cause='its end was not waited for'
    say_of_host "$cause. Without a connection the run there ends within a minute, and puts back what it did unless it was done; its report and log are there"
  fi
}

# watching_command INDEX: print the command that watches what outlives its connection.
watching_command() {
  printf '%q %q --host %q --attach' "$0" "$target" "${host_names[$1]}"
}

# tell_step EVENT: a line for a step that has ended, as end_step says it.
tell_step() {
  local LC_ALL=C word='"([a-z0-9_]+)"' its_title line
  local planned="^\{\"event\":\"step_planned\",.*,\"id\":$word,\"title\":\"(.*)\"\}\$"
  local ended="^\{\"event\":\"step_end\",.*,\"id\":$word,\"status\":$word,\"exit_code\":[0-9]+,\"seconds\":([0-9.]+),\"reason\":\"(.*)\"\}\$"
  if [[ $1 =~ $planned ]]; then
    unquote_json "title_of_${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}"
  elif [[ $1 =~ $ended ]]; then
    its_title=title_of_${BASH_REMATCH[1]}
    unquote_json line "${BASH_REMATCH[4]}"
    printf -v line '%-11s %s (%s s)%s' "${BASH_REMATCH[2]//_/ }" "${!its_title:-${BASH_REMATCH[1]}}" \
      "${BASH_REMATCH[3]}" "${line:+: $line}"
    say "$before$target: $line"
  fi
}

# unquote_json NAME TEXT: set NAME to the text whose JSON, without its quotation marks, is
# TEXT: short_json made it.
unquote_json() {
  printf -v "$1" '%b' "${2//\\\"/\"}"
}
