# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# The word for how a run ended, and what is said of it.

# would_change: has the run changed something, or would it in a dry run?
would_change() {
  local index
  [[ ! -s $run_dir/outputs && ! -e $run_dir/sent ]] || return 0
  for index in ${step_ids[@]+"${!step_ids[@]}"}; do
    [[ ${step_states[index]} != would_run || ${step_kinds[index]} != changes ]] ||
      return 0
  done
  return 1
}

# name_status: the word for how it ended, and a message where none was given.
name_status() {
  local kept
  status=$outcome
  [[ $outcome != refused || $exit_code != [13] ]] || status=failed
  # What it lacks may be there when it really runs.
  [[ $outcome != refused || $exit_code -ne 3 || $dry_run == false ]] || status=cannot_know
  if [[ $outcome == 'done' ]]; then
    status=unchanged
    if [[ $dry_run == true ]]; then
      judge_dry_run
    elif would_change; then
      status='done'
    fi
  fi
  if [[ -z $message ]]; then
    status_word message
    [[ ! -s $run_dir/summary ]] || message=$(<"$run_dir/summary")
    [[ $outcome != partial ]] ||
      message+="; $(grep -c '' "$run_dir/failures") failed"
  fi
  recovered_text kept
  message+=${kept:+$'\n'"$kept"}
}

# status_word NAME: how it ended, for people.
status_word() {
  local its_word=${status//_/ }
  [[ $status != unchanged ]] || its_word='up to date'
  [[ $check == false || $exit_code -ne 8 ]] || its_word='out of sync'
  printf -v "$1" '%s' "$its_word"
}

# status_text NAME: that word and the message, unless this begins with it.
status_text() {
  local its_status
  status_word its_status
  if [[ $message == "$its_status"* ]]; then
    printf -v "$1" '%s' "$message"
  else
    printf -v "$1" '%s' "$its_status: $message"
  fi
}

# failures_by_reason: print REASON TAB ITEMS; where one server is dead, its many
# repositories are one line.
failures_by_reason() {
  [[ -s $run_dir/failures ]] || return 0
  LC_ALL=C sort -t $'\t' -k 2 "$run_dir/failures" | LC_ALL=C awk -F '\t' -v OFS='\t' '
    !($1 in count) { reasons[++number] = $1 }
    ++count[$1] <= 3 {
      items[$1] = items[$1] (count[$1] > 1 ? ", " : "") substr($0, length($1) + 2)
    }
    END {
      for (i = 1; i <= number; i++) {
        more = count[reasons[i]] - 3
        print reasons[i], items[reasons[i]] (more > 0 ? " and " more " more" : "")
      }
    }'
}
