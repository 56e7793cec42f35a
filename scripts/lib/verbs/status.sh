# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# How the targets stand: from the records of their last runs, and from their
# own programs where these can look at both sides.

show_status() {
  local index lines='' line next_at last_at last_status state backup_at
  local health_words health_texts in_step kept
  local run_durations runs p50 p95 p99
  outcome=starting
  exit_code=0
  run_dir=
  run_id=
  trap 'judge_end "$BASH_COMMAND"; end_status' EXIT
  targets
  parse_options "$@"
  select_targets
  find_scripts
  enter_root
  run_durations=$(read_durations)
  [[ $json == true ]] || print_header "$(print_facts 'LAST BACKUP' 'P50 P95 P99 (s)' STATE)"
  for index in "${selected[@]}"; do
    target=${names[index]}
    last_run "$target"
    next_run "$target"
    last_backup
    target_state
    judge_hold
    judge_schedule "${longest_gaps[index]}"
    judge_checks "${check_days[index]}"
    ask_health "$index"
    judge_generated "$index"
    percentiles "$target"
    if [[ $json == true ]]; then
      status_json line
      lines+=${lines:+,}$line
    else
      ((runs > 0)) || p50=- p95='' p99=''
      print_target "$index" "$(print_facts "$backup_at" "$p50 $p95 $p99" "$state")"
      [[ $verbose == false ]] || print_health
    fi
  done
  target=
  tell_full_disk
  tell_recovered
  count_recovered kept
  [[ $json == false ]] || printf '{"exit_code":%d,"recovered":%d,"targets":[%s]}\n' "$exit_code" "$kept" "$lines"
  finish "$exit_code"
}

print_facts() {
  printf '%-17s %-16s %s' "$@"
}

# last_backup: set backup_at to the time of the newest whole backup, of either
# layout.
last_backup() {
  local folder
  backup_at=-
  while IFS= read -r folder; do
    if read_manifest "$folder/manifest.json"; then
      backup_at=${manifest_verified_at:0:16}Z
    fi
  done < <(list_backups "$target" | tail -n 3)
}

# target_state: set state: running, interrupted, ok, or how it failed.
target_state() {
  local run entry
  state=ok
  case $last_status in
    '') state='never ran' ;;
    done | unchanged) ;;
    *) state="last run: ${last_status//_/ }" ;;
  esac
  for run in .insightpulse/state/runs/"$target"/*/; do
    [[ -d $run ]] || continue
    run=${run%/}
    for entry in .insightpulse/state/locks/"$target"/*."${run##*/}"; do
      if [[ -e $entry ]] && lock_owner_lives "${entry##*/}"; then
        state="running (run ${run##*/})"
        return 0
      fi
    done
    state="interrupted, will be undone (run ${run##*/})"
    worse_code 8
  done
}

# judge_checks DAYS: more than that since the backups were last checked, or since
# the last one was made.
judge_checks() {
  local checked last now
  [[ -n $1 && $backup_at != - ]] || return 0
  read_record ".insightpulse/state/checked/$target"
  checked=$record_at
  epoch_of last "${checked:-${backup_at%Z}:00Z}"
  now_milliseconds now
  ((now / 1000 - last > $1 * 86400)) || return 0
  checked=${checked:+"last checked $checked"}
  state+="; its backups were ${checked:-never checked}: run backup --check"
  worse_code 8
}

# judge_schedule SECONDS: more than the longest gap of its schedule since the
# last run means overdue. Schedulers may be late: a quarter of an hour is.
judge_schedule() {
  local last now
  [[ -n $1 && -n $last_status && $state != running* ]] || return 0
  epoch_of last "$last_at"
  now_milliseconds now
  ((now / 1000 - last > $1 + 900)) || return 0
  state+="; overdue, its schedule is ${schedules[index]}"
  worse_code 8
}

# judge_generated INDEX: the program of the target in generated/, also where Node
# runs another, which is always new.
judge_generated() {
  local script wrong
  target_script script "$1"
  script=generated/${script##*/}
  judge_program wrong "$script"
  [[ -n $wrong ]] || return 0
  stale_text wrong "$wrong" "$script"
  state+="; $wrong"
  worse_code 8
}

# ask_health INDEX: ask the target's program, if it can look at both sides.
ask_health() {
  local script word text code=0 told first=''
  health_words=()
  health_texts=()
  in_step=null
  [[ ${answers[$1]} == true ]] || return 0
  target_script script "$1"
  told=$(LOCKSTEP_ASK=health as_the_user bash "$script" --root "$root" 2>&1 </dev/null) || code=$?
  while IFS=$'\t' read -r word text; do
    [[ -n $text ]] || {
      text=${word#*: }
      word=problem
    }
    health_words+=("$word")
    health_texts+=("$text")
    [[ $word != problem && $text != no:* ]] || first=${first:-${text#no: }}
    [[ $word != in_step || $text == no:* ]] || {
      in_step=true
      [[ $text == yes ]] || in_step=false first=${first:-out of sync: $text}
    }
  done <<<"$told"
  [[ $in_step != true || -n $first ]] || state+='; in sync'
  state+=${first:+; $first}
  ((code == 0)) || worse_code "$code"
}

# worse_code CODE: as for several targets, 3 goes before 8.
worse_code() {
  ((exit_code != 0 && $1 == 8)) || exit_code=$1
}

print_health() {
  local index
  for index in ${health_words[@]+"${!health_words[@]}"}; do
    printf '  %-10s %s\n' "${health_words[index]//_/ }" "${health_texts[index]}"
  done
}

status_json() {
  local its_text its_held its_backup=null its_health='' its_index its_durations=null
  for its_index in ${health_words[@]+"${!health_words[@]}"}; do
    json_string its_text "${health_texts[its_index]}"
    its_health+=${its_health:+,}"\"${health_words[its_index]}\":$its_text"
  done
  [[ $backup_at == - ]] || its_backup="\"$backup_at\""
  ((runs == 0)) ||
    its_durations="{\"runs\":$runs,\"p50\":$p50,\"p95\":$p95,\"p99\":$p99}"
  json_string its_text "$state"
  hold_json its_held "$target"
  printf -v "$1" '%s' "{\"target\":\"$target\",\"direction\":\"${target_directions[index]}\",\"next_run\":\"$next_at\",\"last_run\":\"$last_at\",\"last_status\":\"$last_status\",\"last_backup\":$its_backup,\"durations\":$its_durations,\"in_step\":$in_step,\"held\":$its_held,\"state\":$its_text,\"health\":{$its_health}}"
}

end_status() {
  trap - EXIT
  [[ -z $message ]] || warn "$program: $message"
  exit "$exit_code"
}
