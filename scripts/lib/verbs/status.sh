# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# How the targets stand: from the records of their last runs, and from their
# own programs where these can look at both sides.

# What a target can be, beside never_ran and ok: the first that holds goes before the others.
status_states='running interrupted unusable out_of_sync failed overdue stale held unchecked'

# show_targets: once, in width columns.
show_targets() {
  local index lines='' line next_at last_at last_status backup_at state reasons now
  local found_states found_texts health_words health_texts in_step kept
  local run_durations runs p50 p95 p99 name_width facts
  run_durations=$(read_durations)
  now_utc now %Y-%m-%dT%H:%MZ
  longest name_width TARGET "${names[@]}"
  [[ $json == true ]] || status_row STATE TARGET 'LAST RUN' 'NEXT RUN' 'LAST BACKUP' 'P50 P95 P99 (s)' DETAILS
  for index in "${selected[@]}"; do
    target=${names[index]}
    look_at_target
    if [[ $json == true ]]; then
      status_json line
      lines+=${lines:+,}$line
    else
      print_status
    fi
  done
  target=
  tell_full_disk
  tell_recovered
  count_recovered kept
  [[ $json == false ]] || printf '{"exit_code":%d,"recovered":%d,"targets":[%s]}\n' "$exit_code" "$kept" "$lines"
}

# look_at_target: set state to the first of status_states that holds for target,
# and reasons to all that was found, in that order.
look_at_target() {
  local word place
  found_states=()
  found_texts=()
  last_run "$target"
  next_run "$target" "$now"
  find_last_backup
  judge_run
  judge_hold
  judge_schedule
  judge_checks "${check_days[index]}"
  ask_health
  judge_generated
  percentiles "$target"
  state=ok
  reasons=()
  for word in $status_states; do
    for place in ${found_states[@]+"${!found_states[@]}"}; do
      [[ ${found_states[place]} == "$word" ]] || continue
      [[ $state != ok ]] || state=$word
      reasons+=("${found_texts[place]}")
    done
  done
  [[ $state != ok || -n $last_status || ${target_directions[index]} == none ]] || {
    state=never_ran
    reasons=("run: sync $target")
  }
}

# add_finding STATE TEXT [CODE]: what holds for target, and the exit code that it means.
add_finding() {
  found_states+=("$1")
  found_texts+=("$2")
  # As for several targets, 3 goes before 8.
  [[ -z ${3:-} ]] || ((exit_code != 0 && $3 == 8)) || exit_code=$3
}

# find_last_backup: set backup_at to the time of the newest whole backup, of either
# layout; empty if there is none.
find_last_backup() {
  local folder
  backup_at=
  while IFS= read -r folder; do
    if read_manifest "$folder/manifest.json"; then
      backup_at=${manifest_verified_at:0:16}Z
    fi
  done < <(list_backups "$target" | tail -n 3)
}

judge_run() {
  local run entry age
  case $last_status in
    '' | done | unchanged) ;;
    *)
      age_of age "$last_at"
      add_finding failed "the last run, $age ago, ended as ${last_status//_/ }; run: sync $target"
      ;;
  esac
  for run in .insightpulse/state/runs/"$target"/*/; do
    [[ -d $run ]] || continue
    run=${run%/}
    for entry in .insightpulse/state/locks/"$target"/*."${run##*/}"; do
      if [[ -e $entry ]] && lock_owner_lives "${entry##*/}"; then
        add_finding running "run ${run##*/}"
        return 0
      fi
    done
    add_finding interrupted "will be undone: run ${run##*/}" 8
  done
}

# judge_hold: what a rollback holds of target.
judge_hold() {
  local words
  read_hold "$target"
  hold_words words
  [[ -z $words ]] || add_finding held "$words; to go on: sync $target --release"
}

# judge_checks DAYS: more than that since the backups were last checked, or since
# the last one was made.
judge_checks() {
  local checked last now
  [[ -n $1 && -n $backup_at ]] || return 0
  read_record ".insightpulse/state/checked/$target"
  checked=$record_at
  epoch_of last "${checked:-${backup_at%Z}:00Z}"
  now_milliseconds now
  ((now / 1000 - last > $1 * 86400)) || return 0
  checked=${checked:+"last checked $checked"}
  add_finding unchecked "its backups were ${checked:-never checked}; run: backup --check" 8
}

# judge_schedule: one that runs is not overdue.
judge_schedule() {
  local never=
  [[ " ${found_states[*]-} " != *' running '* ]] && is_overdue "$index" || return 0
  [[ -n $last_at ]] || never=', and it never ran'
  add_finding overdue "its schedule is ${schedules[index]}$never" 8
}

# judge_generated: the program of the target in generated/, also where Node
# runs another, which is always new.
judge_generated() {
  local script wrong
  target_script script "$index"
  script=generated/${script##*/}
  judge_program wrong "$script"
  [[ -n $wrong ]] || return 0
  stale_text wrong "$wrong" "$script"
  add_finding stale "$wrong" 8
}

# ask_health: ask the target's program, if it can look at both sides.
ask_health() {
  local script word text code=0 told first=''
  health_words=()
  health_texts=()
  in_step=null
  [[ ${answers[index]} == true ]] || return 0
  target_script script "$index"
  told=$(LOCKSTEP_ASK=health as_the_user bash "$script" --root "$root" 2>&1 </dev/null) || code=$?
  while IFS=$'\t' read -r word text; do
    [[ -n $text ]] || {
      text=${word#*: }
      word=problem
    }
    printable text "$text"
    health_words+=("$word")
    health_texts+=("$text")
    [[ $word != problem && $text != no:* ]] || first=${first:-${text#no: }}
    [[ $word != in_step || $text == no:* ]] || {
      in_step=true
      [[ $text == yes ]] || in_step=false
      [[ $text == yes ]] || add_finding out_of_sync "$text; run: sync $target" 8
    }
  done <<<"$told"
  # What it says beside, such as a warning of the shell, is shown with --verbose.
  ((code == 0 || code == 8)) ||
    add_finding unusable "${first:-$target could not be asked}" "$code"
}

end_status() {
  trap - EXIT
  [[ -z $message ]] || warn "$program: $message"
  exit "$exit_code"
}
