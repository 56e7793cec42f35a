# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# What the verb status has found, for people and as JSON.

# print_status: the line of a target, and with --verbose what is known of it.
print_status() {
  local details='' reason ran=never soon=- saved=- durations=-
  [[ -z $last_status ]] || age_of ran "$last_at"
  [[ -z $next_at ]] || age_of soon "$next_at"
  [[ -z $backup_at ]] || age_of saved "$backup_at"
  ((runs == 0)) || durations="$p50 $p95 $p99"
  for reason in ${reasons[@]+"${reasons[@]}"}; do
    details+="${details:+; }$reason"
  done
  [[ $in_step != true ]] || details+="${details:+; }in sync"
  if [[ $state == ok ]]; then
    [[ $ran == never ]] || details+="${details:+; }ran $ran ago"
    [[ ${target_directions[index]} != none ]] || details='never synced; it has verbs of its own'
    [[ $soon == - ]] || details+="; next in $soon"
  fi
  [[ $ran == never ]] || ran+=' ago'
  [[ $soon == - ]] || soon="in $soon"
  [[ $saved == - ]] || saved+=' ago'
  status_row "${state//_/ }" "$target" "$ran" "$soon" "$saved" "$durations" "$details"
  [[ $verbose == false ]] || print_known
}

# status_row STATE TARGET RAN NEXT BACKUP DURATIONS DETAILS: as much as the screen
# has room for; where there is none, nothing is cut.
status_row() {
  local line
  printf -v line '%-11s  %-*s  ' "$1" "$name_width" "$2"
  ((width < 110)) || printf -v line '%s%-11s  %-10s  ' "$line" "$3" "$4"
  ((width < 150)) || printf -v line '%s%-11s  %-16s  ' "$line" "$5" "$6"
  [[ $verbose == true ]] || fit line "$width" "$line$7"
  [[ $verbose == false ]] || line+=$7
  printf '%s\n' "$line"
}

print_known() {
  local place
  print_fact direction "${target_directions[index]/none/-}${schedules[index]:+, ${schedules[index]}}"
  print_fact 'last run' "${last_at:-never}${last_status:+ ${last_status//_/ }}"
  print_fact 'next run' "${next_at:--}"
  print_fact 'last backup' "${backup_at:--}"
  ((runs == 0)) || print_fact duration "P50 $p50 s, P95 $p95 s, P99 $p99 s, of $runs runs"
  for place in ${health_words[@]+"${!health_words[@]}"}; do
    print_fact "${health_words[place]//_/ }" "${health_texts[place]}"
  done
}

print_fact() {
  printf '  %-12s %s\n' "$@"
}

status_json() {
  local its_text its_held its_backup its_health='' its_reasons='' its_place its_durations=null
  for its_place in ${health_words[@]+"${!health_words[@]}"}; do
    json_string its_text "${health_texts[its_place]}"
    its_health+=${its_health:+,}"\"${health_words[its_place]}\":$its_text"
  done
  for its_text in ${reasons[@]+"${reasons[@]}"}; do
    json_string its_text "$its_text"
    its_reasons+=${its_reasons:+,}$its_text
  done
  ((runs == 0)) ||
    json_object its_durations runs "$runs" p50 "$p50" p95 "$p95" p99 "$p99"
  hold_json its_held "$target"
  json_or_null its_backup "$backup_at"
  target_facts "$index"
  json_object "$1" "${facts[@]}" last_backup "$its_backup" durations "$its_durations" \
    in_step "$in_step" held "$its_held" state "\"$state\"" reasons "[$its_reasons]" health "{$its_health}"
}
