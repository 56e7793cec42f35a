# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# One target's program on other machines (--host): which they are, and the runs there
# side by side, each with its connection.

host_names=()
host_addresses=()
host_ports=()
host_folders=()
# As they were given.
host_words=()
own_hosts=false
detach=false
attach=false
# Those of sync.yaml: names, and their addresses.
known_hosts=()
known_addresses=()
target_hosts=()
# How often somebody wanted the runs to end.
signals=0
beats=

# host_option ARGUMENT...: the options of a program that can run a target elsewhere.
host_option() {
  taken=1
  case $1 in
    --host)
      (($# > 1)) || usage_error "$1 needs a value"
      host_words+=("$2")
      taken=2
      ;;
    --hosts) own_hosts=true ;;
    --detach) detach=true ;;
    --attach) attach=true ;;
    *) target_option "$@" ;;
  esac
}

# host_is NAME ADDRESS
host_is() {
  known_hosts+=("$1")
  known_addresses+=("$2")
}

# hosts_of TARGET NAME...: what its --hosts means.
hosts_of() {
  [[ $1 != "$target" ]] || target_hosts=("${@:2}")
}

runs_on_hosts() {
  [[ ${#host_words[@]} -gt 0 || $own_hosts$detach$attach == *true* ]]
}

# choose_hosts: set target, and the hosts, each once. What cannot be meant is refused.
choose_hosts() {
  local word given=(${host_words[@]+"${host_words[@]}"})
  ((${#wanted[@]} == 1 && ${#selected[@]} == 1)) ||
    die 2 'with --host name one TARGET: its program is what is sent'
  [[ $list == false ]] || die 2 '--list does not go with --host'
  ((jobs == 1)) || die 2 '--jobs does not go with --host'
  target=${names[selected[0]]}
  ! is_function named_hosts || named_hosts
  if [[ $own_hosts == true ]]; then
    ((${#target_hosts[@]} > 0)) || die 2 "$target: it names no \"hosts:\" in sync.yaml"
    given+=("${target_hosts[@]}")
  fi
  for word in ${given[@]+"${given[@]}"}; do
    # In a folder, which comes last, a comma is one.
    while [[ $word =~ ^([^:/,]*),(.*)$ ]]; do
      word=${BASH_REMATCH[2]}
      add_host "${BASH_REMATCH[1]}"
    done
    add_host "$word"
  done
  ((${#host_names[@]} > 0)) || die 2 '--detach and --attach go with --host'
  apart=false
  [[ $detach$attach == falsefalse ]] || apart=true
  # Steps of several are told here, and nobody knows who will watch what outlives its
  # connection.
  watched=$apart
  ((${#host_names[@]} == 1)) || watched=true
  [[ $detach == false || $dry_run == false ]] ||
    die 2 "$(given_word --dry-run --check) does not go with --detach: what comes of it would be kept there"
  [[ $detach == false || $attach == true || -z $report_file$events_to && $json == false ]] ||
    die 2 "with --detach, $(given_word --json --report --events) is for --attach, which brings the report"
}

# add_host NAME: one of sync.yaml, or what ssh knows.
add_host() {
  local LC_ALL=C index text=$1 port='' folder=''
  local address='(([A-Za-z0-9_.][A-Za-z0-9_.+-]*@)?[A-Za-z0-9_][A-Za-z0-9_.-]*)'
  local url="^ssh://$address(:([0-9]{1,5}))?(/.*)?\$" short="^$address(:(.*))?\$"
  [[ -n $1 ]] || return 0
  for index in ${host_names[@]+"${!host_names[@]}"}; do
    [[ ${host_names[index]} != "$1" ]] || return 0
  done
  for index in ${known_hosts[@]+"${!known_hosts[@]}"}; do
    [[ ${known_hosts[index]} != "$1" ]] || text=${known_addresses[index]}
  done
  if [[ $text == *[$'\001'-$'\037']* ]]; then
    address=
  elif [[ $text =~ $url ]]; then
    address=${BASH_REMATCH[1]} port=${BASH_REMATCH[4]} folder=${BASH_REMATCH[5]}
  elif [[ $text =~ $short ]]; then
    address=${BASH_REMATCH[1]} folder=${BASH_REMATCH[4]}
    [[ ! $folder =~ ^([0-9]{1,5})(/|$) ]] ||
      die 2 "--host $text: with a port it is ssh://$address:$folder; a folder ${BASH_REMATCH[1]} is ./$folder"
    case $folder/ in \~/*) folder=${folder#\~} folder=${folder#/} ;; *) ;; esac
  else
    address=
  fi
  [[ -n $address ]] ||
    die 2 "--host $text: say a name of \"hosts:\", [USER@]HOST[:FOLDER], or ssh://[USER@]HOST[:PORT][/FOLDER]"
  host_names+=("$1")
  host_addresses+=("$address")
  host_ports+=("$port")
  host_folders+=("$folder")
}

# run_on_hosts: to the end of all, with the worst of their exit codes.
run_on_hosts() {
  local index file
  need_program ssh openssh-client
  stop_if_missing
  trap 'judge_end "$BASH_COMMAND"; end_hosts' EXIT
  make_scratch run_dir
  open_events
  prepare_program
  trap 'pass_to_hosts HUP 129' HUP
  trap 'pass_to_hosts INT 130' INT
  trap 'pass_to_hosts HUP 141' PIPE
  trap 'pass_to_hosts QUIT 131' QUIT
  trap 'pass_to_hosts TERM 143' TERM
  # Ctrl-C is for the programs there, and what comes of it still has to be brought back.
  set -m
  for index in "${!host_names[@]}"; do
    mkdir -- "$run_dir/host.$index"
    converse "$index" &
    pids[index]=$!
  done
  give_beats &
  beats=$!
  set +m
  for index in "${!pids[@]}"; do
    # A signal breaks off the wait.
    while kill -0 "${pids[index]}" 2>/dev/null; do wait "${pids[index]}" || :; done
    unset "pids[$index]"
    codes[index]=3
    for file in "$run_dir/host.$index"/{signal,code}; do
      [[ ! -s $file ]] || codes[index]=$(<"$file")
    done
  done
  bring_home
  finish "$exit_code"
}

# prepare_program: what is sent is one file, also where programs share their runtime.
prepare_program() {
  local script
  target_script script "${selected[0]}"
  [[ -r $script ]] || die 3 "$script is missing; it must be in the same folder as $program"
  if grep -q '^lockstep_runtime=' "$script" &&
    ! grep -qF -- "$(tail -n 1 -- "$scripts/lib/lockstep.sh")" "$script"; then
    die 3 "$script was not made with the lib/lockstep.sh beside it: copy the whole folder again, or run $regenerate"
  fi
  sent=${script##*/}
  if [[ $detach == false && $attach == true ]]; then
    sent=
    : >"$run_dir/program"
  else
    RUNTIME=$scripts/lib/lockstep.sh awk '
      /^source "\$lockstep_runtime"$/ { while ((getline < ENVIRON["RUNTIME"]) > 0) print; next }
      !/^lockstep_runtime=\$\(find_runtime\)$/' "$script" >"$run_dir/program"
  fi
  sent_size=$(($(wc -c <"$run_dir/program")))
}

# give_beats: to each host that has begun a sign of life; one that has not by now is
# given up. When this program is gone, nobody watches any more.
give_beats() {
  local beat count=0 index place
  printf -v beat '%d.%03d' "$((silence / 6))" "$((silence % 6 * 1000 / 6))"
  while sleep "$beat" && kill -0 "$$" 2>/dev/null; do
    count=$((count + 1))
    for index in "${!pids[@]}"; do
      place=$run_dir/host.$index
      if [[ -e $place/begun ]]; then
        printf 'beat\n' 1<>"$place/in"
      elif [[ $count -ge 6 && ! -e $place/code ]]; then
        end_connection "$index"
      fi
    done
  done
  drop_hosts
}

# pass_to_hosts SIGNAL CODE: the second time nobody wants to wait for what comes of the
# first.
pass_to_hosts() {
  local index place
  signals=$((signals + 1))
  for index in ${pids[@]+"${!pids[@]}"}; do
    place=$run_dir/host.$index
    printf '%s\n' "$2" >"$place/signal"
    if [[ -e $place/begun && $apart == false ]] && ((signals == 1)); then
      printf 'signal %s\n' "$1" 1<>"$place/in"
    else
      end_connection "$index"
    fi
  done
}

end_connection() {
  kill -TERM -- "-${pids[$1]}" 2>/dev/null || :
}

end_hosts() {
  trap '' HUP INT PIPE QUIT TERM
  trap - EXIT
  set +e
  [[ -z $message ]] || warn "$program: $message"
  # Nobody wants to read that they were killed.
  exec 2>/dev/null
  drop_hosts
  exit "$exit_code"
}

# drop_hosts: whatever is still there of the connections.
drop_hosts() {
  local group
  for group in ${pids[@]+"${pids[@]}"} $beats; do
    kill -KILL -- "-$group" 2>/dev/null || :
  done
  [[ ! -d $run_dir ]] || rm -rf -- "$run_dir"
}

# given_word OPTION...: print the first of them that was given.
given_word() {
  local word
  for word in "$@"; do
    case $word in
      --dry-run) [[ $check == true ]] || break ;;
      --json) [[ $json == false ]] || break ;;
      --report) [[ -z $report_file ]] || break ;;
      *) break ;;
    esac
  done
  printf '%s' "$word"
}
