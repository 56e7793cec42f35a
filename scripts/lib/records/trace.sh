# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# Traces: Node makes them of the event stream (tasks/engine/run/traces). It says by
# lockstep_trace, "SEED [TRACE]", which ids its spans will have.

# give_trace: in a subshell, before as_the_user: what is started belongs to the span
# of the step in hand. Without Node the trace context of the caller stays.
give_trace() {
  local seed trace digest
  [[ -n $lockstep_trace ]] || return 0
  IFS=' ' read -r seed trace <<<"$lockstep_trace"
  if [[ -z $trace ]]; then
    digest=$(printf '%s %s' "$seed" "$target" | hash_text) || return 0
    trace=${digest:0:32}
  fi
  digest=$(printf '%s %s %s' "$seed" "$target" "$step_id" | hash_text) || return 0
  keep_setting TRACEPARENT "00-$trace-${digest:0:16}-01"
}
