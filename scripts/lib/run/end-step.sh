# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# How a step ended: recorded, told and logged.

# end_step STATUS REASON EXIT_CODE [SHOWN]: record, tell and log how a step ended,
# with SHOWN as the reason on the screen and in the log.
end_step() {
  local now seconds reason=$2 line shown
  now_milliseconds now
  seconds_between seconds "$step_started" "$now"
  mask reason
  printable reason "$reason"
  shown=${4-$reason}
  step_states[step_index]=$1
  step_reasons[step_index]=$reason
  step_codes[step_index]=$3
  step_durations[step_index]=$seconds
  printf -v line '%s: %-11s %s (%s s)%s' "$target" "${1//_/ }" \
    "${step_titles[step_index]}" "$seconds" "${shown:+: $shown}"
  log_line "$line"
  [[ -n $lockstep_watched ]] || say "$line"
  short_json reason "$reason"
  emit step_end "\"id\":\"$step_id\",\"status\":\"$1\",\"exit_code\":$3,\"seconds\":$seconds,\"reason\":$reason"
}
