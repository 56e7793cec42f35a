# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# What an environment says of itself: work/facts, and what is known of a release.

# stack_ask_host: a step: does the host answer, and its Docker? work/facts.
stack_ask_host() {
  local status=0 complaint host docker
  stack_link_log || warn "$target: the log cannot be linked from $logs" 2>&6
  stack_host_name host
  stack_there facts >"$run_dir/work/facts" 2>"$run_dir/work/complaint" </dev/null || status=$?
  if ((status != 0)); then
    last_lines complaint "$run_dir/work/complaint" 2
    fail_step "$environment, $host: ${complaint:-exit $status}" 3
  fi
  docker=$(stack_fact docker)
  # What docker-compose 1 reads of an image is gone since 25.
  [[ $(stack_fact compose) != 1 || ${docker%%.*} -lt 25 ]] ||
    fail_step "$environment, $host: docker-compose 1 cannot work with Docker $docker: install the plugin docker compose there" 3
  note_step "$environment, $env_project, $host, Docker $docker, $(stack_fact current | sed 's/^$/no release yet/')"
}

# stack_fact WORD: print what the host said of it.
stack_fact() {
  sed -n "s/^$1 *//p" "$run_dir/work/facts"
}

# stack_lines NAME TEXT: set the array NAME to the lines of TEXT.
stack_lines() {
  local its_line
  eval "$1=()"
  while IFS= read -r its_line; do
    [[ -z $its_line ]] || eval "$1+=(\"\$its_line\")"
  done <<<"$2"
}

# stack_running: print "service NAME IMAGE STATE" of what runs there now.
stack_running() {
  grep '^service ' "$run_dir/work/facts" || :
}

# stack_known RELEASE WORD: print what is known of it there, as work/releases has it.
stack_known() {
  awk -F '\t' -v name="$1" -v word="$2=" '$1 == name { for (i = 6; i <= NF; i++) if (index($i, word) == 1) print substr($i, length(word) + 1) }' "$run_dir/work/releases"
}

# stack_about WHY: print what is known of a release.
stack_about() {
  local commit=none dirty=''
  if commit=$(git rev-parse --short=12 HEAD 2>/dev/null); then
    [[ -z $(git status --porcelain --untracked-files=no 2>/dev/null) ]] || dirty=+
  else
    commit=none
  fi
  printf 'why=%s\ncommit=%s\nby=%s\nfrom=%s\nat=%s\n' "$1" "$commit$dirty" "${LOGNAME:-${USER:-$(id -un)}}" "$HOSTNAME" "$timestamp"
}

# stack_link_log: where logs names a folder, the log of this day has the name there that
# people look for.
stack_link_log() {
  local folder=$environment name=$verb link former slashes
  [[ -n $logs && -n $log_file ]] || return 0
  case $verb in
    refresh) name=sync ;;
    health) folder=health name=health-check ;;
    test) folder=testing name=workflow-test ;;
    *) ;;
  esac
  folder=$logs/$folder
  link=$folder/$name-${log_file##*-}
  [[ ! -e $link && ! -L $link ]] || return 0
  # Git need not know of a folder of ours.
  if [[ ! -e $logs ]]; then mkdir -p -- "$logs" && printf '*\n' >"$logs/.gitignore"; fi || return 1
  mkdir -p -- "$folder" || return 1
  # Those whose logs are gone.
  for former in "$folder/$name"-*.log; do
    [[ ! -L $former || -e $former || $(readlink -- "$former") != *.insightpulse/logs/* ]] || rm -f -- "$former"
  done
  slashes=${folder//[!\/]/}
  ln -s -- "../${slashes//\//../}$log_file" "$link"
}
