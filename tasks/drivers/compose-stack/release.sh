# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# A new version takes over: what is to run is resolved on the host, its images are
# brought there, what would change is shown, and the host switches, or goes back, by
# itself (there.sh). A release is what has run, whole: going back to it is the same.

# stack_release_settings: once they are bound, for the verbs of environments.
stack_release_settings() {
  local listing=${list:-false}
  local list=false
  agreed=false
  stack_settings
  stack_choose_environment
  [[ $listing == false ]] || stack_list_releases
}

# stack_of_environment COMMAND...: in a step of its own: COMMAND, of the data of the
# environment, where it is.
stack_of_environment() {
  project=$env_project
  [[ -z $env_host ]] || export DOCKER_HOST=$env_host
  "$@"
}

# stack_reach: a step: does the host answer, and its Docker? work/facts.
stack_reach() {
  local status=0 complaint host
  stack_host_name host
  there facts >"$run_dir/work/facts" 2>"$run_dir/work/complaint" </dev/null || status=$?
  if ((status != 0)); then
    last_lines complaint "$run_dir/work/complaint" 2
    fail_step "$environment, $host: ${complaint:-exit $status}" 3
  fi
  note_step "$environment, $env_project, $host, Docker $(stack_fact docker), $(stack_fact current | sed 's/^$/no release yet/')"
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

# stack_resolve: a step: the compose files of the environment as one, as its host sees
# them; work/resolved.yml and work/compose.
stack_resolve() {
  local files=() file sent=false status=0 complaint
  umask 077
  stack_lines files "$env_files"
  : >"$run_dir/work/nothing"
  if [[ -n $env_host ]]; then
    sent=true
    for file in "${files[@]}"; do
      mkdir -p -- "$run_dir/work/sent/$(dirname -- "$file")"
      compose_without_builds <"$file" >"$run_dir/work/sent/$file"
    done
    tar -cf "$run_dir/work/nothing" -C "$run_dir/work/sent" .
  fi
  there resolve "$sent" "${files[@]}" <"$run_dir/work/nothing" >"$run_dir/work/resolved.yml" 2>"$run_dir/work/complaint" || status=$?
  if ((status != 0)); then
    last_lines complaint "$run_dir/work/complaint" 3
    fail_step "the compose files of $environment: ${complaint:-exit $status}" 2
  fi
  compose_facts <"$run_dir/work/resolved.yml" >"$run_dir/work/compose"
  stack_check_resolved "${files[@]}"
  note_step "$(grep -c '^service ' "$run_dir/work/compose") services"
}

# stack_check_resolved FILE...: each service needs the name of an image: without one
# nobody can say which it was.
stack_check_resolved() {
  local nameless
  grep -q '^service ' "$run_dir/work/compose" || fail_step "$*: there is no service in it" 2
  nameless=$(awk '$1 == "service" { all[$2] } $1 == "image" { delete all[$2] } END { for (s in all) print s }' "$run_dir/work/compose" | sort | paste -s -d ' ' -)
  [[ -z $nameless ]] ||
    fail_step "$nameless: give it \`image: NAME:TAG\` beside \`build\`, so that what is built here has a name there too" 2
}

# stack_builds: is anything built here? For a host the files are read as they stand.
stack_builds() {
  local files=()
  stack_lines files "$env_files"
  grep -qE '^ +build:' -- "${files[@]}"
}

# stack_build: a step: images that are built are built on this machine.
stack_build() {
  local files=() file words=()
  stack_lines files "$env_files"
  for file in "${files[@]}"; do
    words+=(-f "$file")
  done
  [[ ! -f $env_env_file ]] || words=(--env-file "$env_env_file" "${words[@]}")
  (
    env_host=''
    env_folder=$root
    there compose "${words[@]}" build </dev/null
  ) || fail_step 'an image could not be built; --verbose shows what was said'
  : >"$run_dir/work/built"
}

# stack_bring: a step: each image is on the host: as it is here, where it was built here
# or is missing there, else out of its registry; work/images.
stack_bring() {
  local names=() name id here brought=0
  stack_lines names "$(awk '$1 == "image" { print $3 }' "$run_dir/work/compose" | sort -u)"
  there images "${names[@]}" </dev/null >"$run_dir/work/images"
  while IFS=' ' read -r name id <&3; do
    here=-
    [[ -z $env_host ]] || here=$(stack_docker image inspect -f '{{.Id}}' "$name" 2>/dev/null) || here=-
    if [[ $here != - && $here != "$id" && ($id == - || -e $run_dir/work/built) ]]; then
      stack_docker save "$name" | gzip -1 | there run docker load >/dev/null ||
        fail_step "the image $name could not be carried to ${env_host#ssh://}"
    elif [[ $id == - || ${pull:-false} == true ]]; then
      there run docker pull -q "$name" </dev/null >/dev/null ||
        fail_step "the image $name is neither there nor here, and could not be pulled" 3
    else
      continue
    fi
    brought=$((brought + 1))
  done 3<"$run_dir/work/images"
  there images "${names[@]}" </dev/null >"$run_dir/work/images.new"
  mv -- "$run_dir/work/images.new" "$run_dir/work/images"
  note_step "$brought of ${#names[@]} images brought"
}

# stack_plan_release: a step, a guard: the release that would run, in work/new, what it
# changes, and whether its ports are free.
stack_plan_release() {
  umask 077
  mkdir -p -- "$run_dir/work/new"
  [[ -s $run_dir/work/images ]] || stack_know_images
  awk 'NR == FNR { id[$1] = $2; next } $1 == "image" { print $2, id[$3] }' "$run_dir/work/images" "$run_dir/work/compose" >"$run_dir/work/pins"
  stack_write_release deploy
}

# stack_write_release WHY: of the resolved file with the images of work/pins.
stack_write_release() {
  local new=$run_dir/work/new
  compose_pinned "$run_dir/work/pins" "${env_port_offset:-0}" <"$run_dir/work/resolved.yml" >"$new/compose.yml"
  awk '$1 == "service" { print $2 }' "$run_dir/work/compose" >"$new/services"
  stack_canaries >"$new/canaries"
  stack_about "$1" >"$new/about"
  stack_check_ports
  stack_show_release
}

# stack_know_images: in a dry run nothing was brought: what is there now.
stack_know_images() {
  local names=()
  stack_lines names "$(awk '$1 == "image" { print $3 }' "$run_dir/work/compose" | sort -u)"
  there images "${names[@]}" </dev/null >"$run_dir/work/images"
}

# stack_canaries: print the services that can be tried beside the one that runs: those
# that write to no volume, and that no part of the data belongs to.
stack_canaries() {
  local service index
  while IFS= read -r service; do
    grep -q "^service $service " <(stack_running) || continue
    ! grep -qx "holds $service" "$run_dir/work/compose" || continue
    for ((index = 0; index < ${#stack_keys[@]}; index += 3)); do
      [[ ${stack_keys[index + 1]} != service || ${stack_keys[index + 2]} != "$service" ]] || continue 2
    done
    printf '%s\n' "$service"
  done < <(awk '$1 == "service" { print $2 }' "$run_dir/work/compose")
}

# stack_running: print "service NAME IMAGE STATE" of what runs there now.
stack_running() {
  grep '^service ' "$run_dir/work/facts" || :
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

# stack_check_ports: nobody else listens where it would be published.
stack_check_ports() {
  local ports=() taken
  stack_lines ports "$(compose_facts <"$run_dir/work/new/compose.yml" | awk '$1 == "port" { print $3 }')"
  ((${#ports[@]} > 0)) || return 0
  taken=$(there listens "${ports[@]}" </dev/null) || return 0
  [[ -z $taken ]] ||
    fail_step "port $(paste -s -d '; ' - <<<"$taken" | sed 's/; /; port /g; s/\([0-9]\) /\1 is taken by /g'): stop that, or give $environment a port_offset" 4
}

# stack_show_release: what would change; work/differs says that anything does.
stack_show_release() {
  local service image old current
  current=$(stack_fact current)
  : >"$run_dir/work/differs"
  if [[ -z $current ]] || ! there run cat ".insightpulse/state/releases/$env_project/$current/compose.yml" </dev/null >"$run_dir/work/current.yml" 2>/dev/null; then
    : >"$run_dir/work/current.yml"
    [[ -z $(stack_running) ]] || printf 'the first release: what runs now becomes the one to go back to\n' >>"$run_dir/work/differs"
  fi
  while IFS=' ' read -r _ service image; do
    old=$(stack_running | awk -v service="$service" '$2 == service { print $3; exit }')
    if [[ -z $old ]]; then
      printf '%s: new, %s\n' "$service" "${image:0:19}"
    elif [[ $old != "$image" ]]; then
      printf '%s: %s becomes %s\n' "$service" "${old:0:19}" "${image:0:19}"
    elif stack_running | awk -v service="$service" '$2 == service && $4 !~ /^running\/(healthy|none)\// { bad = 1 } END { exit !bad }'; then
      printf '%s: does not run well now\n' "$service"
    fi
  done < <(compose_facts <"$run_dir/work/new/compose.yml" | grep '^image ') >>"$run_dir/work/differs"
  while IFS=' ' read -r _ service _; do
    grep -qxF -- "$service" "$run_dir/work/new/services" || printf '%s: goes; its volumes stay\n' "$service"
  done < <(stack_running) | sort -u >>"$run_dir/work/differs"
  if [[ -s $run_dir/work/current.yml ]] && ! cmp -s "$run_dir/work/current.yml" "$run_dir/work/new/compose.yml"; then
    # Names only: the values may be secret.
    { diff "$run_dir/work/current.yml" "$run_dir/work/new/compose.yml" || :; } | LC_ALL=C awk '
      /^[<>]/ { sub(/^. *-? */, ""); if (match($0, /^[A-Za-z_][A-Za-z0-9_.-]*[:=]/)) name[substr($0, 1, RLENGTH - 1)] }
      END { delete name["image"]; for (each in name) text = text " " each; if (text) print "settings that differ:" text }' >>"$run_dir/work/differs"
    [[ -s $run_dir/work/differs ]] || printf 'the compose file differs\n' >>"$run_dir/work/differs"
  fi
  if [[ -s $run_dir/work/differs ]]; then
    sed "s/^/$environment: /" "$run_dir/work/differs" >&6
  else
    summarize "$environment runs what it should: $current"
  fi
}

# stack_may_switch: a condition: there is something to do, and a person agrees where the
# environment is protected.
stack_may_switch() {
  [[ -s $run_dir/work/differs ]] || skip 'it runs what it should' || return 1
  [[ $declined == false ]] || skip 'you answered no' || return 1
  [[ $dry_run == false && $env_protected == true && $agreed == false && ${emergency:-false} == false ]] || return 0
  agreed=true
  ask_to_restore "Let this run in $environment ($env_project)?"
}

# stack_switch_release: a step: the host switches; nobody is needed for it any more.
stack_switch_release() {
  local name status=0 current
  name=${timestamp//[-:TZ]/}
  name=${name:0:8}-${name:8:6}-${run_id##*_}
  current=$(stack_fact current)
  [[ -n $current || -z $(stack_running) ]] || stack_adopt current "$name"
  undo_with stack_undo_release "${env_host:-here}" "$env_folder" ".insightpulse/state/releases/$env_project/$name" "$health_seconds"
  tar -cf - -C "$run_dir/work/new" . | there place "$name" || fail_step 'the release could not be written there'
  : >"$run_dir/sent"
  printf '%s\n' "$name" >"$run_dir/work/release"
  printf '%s\n' "$current" >"$run_dir/work/before"
  there start "$name" switch "$health_seconds" "$current" </dev/null >"$run_dir/work/switched" || status=$?
  cat -- "$run_dir/work/switched"
  case $status in
    0) note_step "$name runs" ;;
    6) fail_step "$(tail -n 1 "$run_dir/work/switched")" 6 ;;
    7) fail_step "$(stack_why_not); the former release does not run either: see $env_folder/.insightpulse/state/releases/$env_project/$name/log" 7 ;;
    *) fail_step "$(stack_why_not)${current:+; $current runs as before}" ;;
  esac
  summarize "$environment: $name runs"
}

# stack_why_not: print the line that says so, with the last one of the log.
stack_why_not() {
  local text
  text=$(grep -m 1 -E ' is .* after [0-9]+ s|has no container|^back to ' "$run_dir/work/switched" | sed 's/; it said last:$//') || text='the connection was lost, or it was ended'
  printf '%s%s' "$text" "$(sed -n 's/^  | /: /p' "$run_dir/work/switched" | tail -n 1)"
}

# stack_adopt NAME BEFORE: what runs now and was not deployed by us becomes a release,
# to go back to: the files as they are, with the images that run; set NAME to its name.
stack_adopt() {
  local its_folder=$run_dir/work/adopted its_name=00000000-000000-${2##*-}
  umask 077
  mkdir -p -- "$its_folder"
  awk '$1 == "service" { print $2, $3 }' "$run_dir/work/facts" >"$run_dir/work/running"
  compose_pinned "$run_dir/work/running" 0 <"$run_dir/work/new/compose.yml" >"$its_folder/compose.yml"
  cut -d ' ' -f 1 "$run_dir/work/running" | LC_ALL=C sort -u | grep -xF -f "$run_dir/work/new/services" >"$its_folder/services" || :
  : >"$its_folder/canaries"
  stack_about 'ran before the first release' >"$its_folder/about"
  tar -cf - -C "$its_folder" . | there adopt "$its_name" || fail_step 'what runs now could not be recorded there'
  printf -v "$1" '%s' "$its_name"
}

# stack_undo_release HOST FOLDER RELEASE SECONDS: RELEASE is its folder there.
stack_undo_release() {
  local quoted
  printf -v quoted 'cd -- %q || exit 1; [[ ! -s %q/program.sh ]] || exec bash %q/program.sh back %q </dev/null' "$2" "$3" "$3" "$4"
  stack_on_host "$1" "$quoted"
}

# stack_has_switched: a condition.
stack_has_switched() {
  [[ -s $run_dir/work/release ]] || skip 'nothing has changed'
}

# stack_prove_release: a step, a check: what is asked of a healthy stack, until all of it
# is good or the time is over.
stack_prove_release() {
  local began=$SECONDS item bad
  while :; do
    there facts </dev/null >"$run_dir/work/facts"
    stack_list_checks health
    bad=''
    while IFS= read -r item <&3; do
      bad=$(
        reason_file=$run_dir/work/proof
        rm -f -- "$reason_file"
        (stack_check_one "$item") >/dev/null 2>&1 || printf '%s: %s' "$item" "$(<"$reason_file")"
      )
      [[ -z $bad ]] || break
    done 3<"$run_dir/work/checks"
    rm -f -- "$run_dir/exit_code"
    [[ -n $bad ]] || break
    ((SECONDS - began < health_seconds)) || fail_step "$bad"
    command sleep 1
  done
  note_step "$(grep -c '' "$run_dir/work/checks") checks are good"
}

# stack_saves_data: a condition: what a protected environment holds is exported first.
stack_saves_data() {
  [[ $env_protected == true && ${emergency:-false} == false && ${no_data:-false} == false ]]
}
