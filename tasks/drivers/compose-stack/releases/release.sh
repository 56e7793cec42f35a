# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# A new version takes over: what is to run is resolved on the host, its images are
# brought there, what would change is shown, and the host switches, or goes back, by
# itself (there.sh). A release is what has run, whole: going back to it is the same.

# stack_plan_release: a step, a guard: the release that would run, in work/new, what it
# changes, and whether its ports are free.
stack_plan_release() {
  umask 077
  mkdir -p -- "$run_dir/work/new"
  # In a dry run nothing was brought.
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

# stack_canaries: print the services that can be tried beside the one that runs: those
# that write to no volume, and that no part of the data belongs to.
stack_canaries() {
  local service index
  while IFS= read -r service; do
    grep -q "^service $service " <(stack_running) || continue
    ! grep -qxE "(holds|alone) $service" "$run_dir/work/compose" || continue
    [[ " $no_canary " != *" $service "* ]] || continue
    for ((index = 0; index < ${#stack_keys[@]}; index += 3)); do
      [[ ${stack_keys[index + 1]} != service || ${stack_keys[index + 2]} != "$service" ]] || continue 2
    done
    printf '%s\n' "$service"
  done < <(awk '$1 == "service" { print $2 }' "$run_dir/work/compose")
}

# stack_may_switch: a condition: there is something to do, and a person agrees where the
# environment is protected.
stack_may_switch() {
  local lost=''
  [[ -s $run_dir/work/differs ]] || skip 'it runs what it should' || return 1
  [[ $declined == false ]] || skip 'you answered no' || return 1
  [[ $dry_run == false && $agreed == false && ${emergency:-false} == false ]] || return 0
  [[ $env_protected == true || ${with_data:-false} == true ]] || return 0
  agreed=true
  [[ ! -s $run_dir/work/created ]] || lost=", and lose what was written since $(<"$run_dir/work/created")"
  ask_to_restore "Let this run in $environment ($env_project)$lost?"
}

# stack_place_release: what work/new has is a release there, which runs not yet.
stack_place_release() {
  local name current
  name=${timestamp//[-:TZ]/}
  name=${name:0:8}-${name:8:6}-${run_id##*_}
  current=$(stack_fact current)
  [[ -n $current || -z $(stack_running) ]] || stack_adopt current "$name"
  undo_with stack_undo_release "${env_host:-here}" "$env_folder" ".insightpulse/state/releases/$env_project/$name" "$health_seconds"
  tar -cf - -C "$run_dir/work/new" . | stack_there place "$name" || fail_step 'the release could not be written there'
  : >"$run_dir/sent"
  printf '%s\n' "$name" >"$run_dir/work/release"
  printf '%s\n' "$current" >"$run_dir/work/before"
}

# stack_switch_release: a step: the host switches; nobody is needed for it any more.
stack_switch_release() {
  local name status=0 current
  [[ -s $run_dir/work/release ]] || stack_place_release
  name=$(<"$run_dir/work/release")
  current=$(<"$run_dir/work/before")
  [[ ! -e $run_dir/work/new/kept ]] ||
    undo_with stack_undo_halt "${env_host:-here}" "$env_folder" ".insightpulse/state/releases/$env_project/$name" "$health_seconds"
  stack_there start "$name" switch "$health_seconds" "$current" </dev/null >"$run_dir/work/switched" || status=$?
  cat -- "$run_dir/work/switched"
  case $status in
    0) note_step "$name runs" ;;
    6) fail_step "$(tail -n 1 "$run_dir/work/switched")" 6 ;;
    7) fail_step "$(stack_why_not); the former release does not run either: see $env_folder/.insightpulse/state/releases/$env_project/$name/log" 7 ;;
    124 | 255) fail_step "the connection was lost; $env_folder goes on by itself, and what comes of it is put back" ;;
    *) fail_step "$(stack_why_not)${current:+; $current runs as before}" ;;
  esac
  summarize "$environment: $name runs"
}

# stack_why_not: print the line that says so, with the last one of the log.
stack_why_not() {
  local text
  text=$(grep -m 1 -E ' is .* after [0-9]+ s|has no container|cannot be tried|^back to ' "$run_dir/work/switched" | sed 's/; it said last:$//') || text='it was ended before it could say'
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
  tar -cf - -C "$its_folder" . | stack_there adopt "$its_name" || fail_step 'what runs now could not be recorded there'
  printf -v "$1" '%s' "$its_name"
}

# stack_undo_release HOST FOLDER RELEASE SECONDS: RELEASE is its folder there.
stack_undo_release() {
  stack_its_program back "$@"
}

# stack_undo_halt HOST FOLDER RELEASE SECONDS: what runs stops, for its data goes back next.
stack_undo_halt() {
  stack_its_program halt "$@"
}

# stack_its_program WORD HOST FOLDER RELEASE SECONDS: by the program of that release.
stack_its_program() {
  local quoted
  printf -v quoted 'cd -- %q || exit 1; [[ ! -s %q/program.sh ]] || exec bash %q/program.sh %q %q </dev/null' "$3" "$4" "$4" "$1" "$5"
  stack_try_on_host "$2" "$quoted"
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
    stack_there facts >"$run_dir/work/facts"
    stack_list_proof
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

# stack_may_save: a condition: something is about to change, and there is data.
stack_may_save() {
  stack_may_switch || return 1
  [[ -n $(stack_running) ]] || skip 'nothing of it runs there yet'
}

# stack_all_dumped: a condition: no service is paused where the archive is not to be.
stack_all_dumped() {
  stack_may_save || return 1
  [[ ! -s $run_dir/failures ]] || skip 'not all other parts could be dumped'
}

# stack_saves_data: a condition: what a protected environment holds is exported first.
stack_saves_data() {
  [[ ${with_data:-false} == true || $env_protected == true && ${emergency:-false} == false && ${no_data:-false} == false ]]
}
