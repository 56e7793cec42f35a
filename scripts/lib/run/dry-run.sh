# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# What a dry run does, and what it says instead of doing the rest. --check is one
# that asks whether anything is out of sync.

# What a line about a step has said already.
told=

# runs_in_dry_run: does the step in hand change nothing, and can it be judged now?
runs_in_dry_run() {
  local setting
  setting setting dry_run
  case ${step_kinds[step_index]} in
    reads | guards) ;;
    checks) [[ $verify == true && $setting == with_verify ]] ;;
    *) [[ $setting == runs ]] ;;
  esac
}

# tell_would_run ITEMS: what is said instead of running the step in hand; ITEMS is the
# file of a pool.
tell_would_run() {
  local items_text=''
  if is_function "${step_id}_unknown"; then
    "${step_id}_unknown" || end_step cannot_know "$skip_reason" 0
  elif [[ -z $1 ]]; then
    [[ $outcome != checking ]] || items_text='runs once, at the end'
    end_step would_run "$items_text" 0
  elif [[ ! -e $run_dir/work/$1 ]]; then
    end_step cannot_know 'known only once the steps before it have run' 0
  else
    items_text=$(paste -s -d ' ' -- "$run_dir/work/$1")
    cp -- "$run_dir/work/$1" "$run_dir/work/$step_id.finished"
    end_step would_run "$items_text" 0
  fi
}

# end_dry_run: a changing step has run as a dry run of its own. Whether it found
# anything to do is in its words only.
end_dry_run() {
  local text
  last_lines text "$run_dir/out/$step_id" 1
  if [[ $check == true ]]; then
    end_step cannot_know "its dry run passed${text:+: $text}" 0
  else
    end_step would_run "$text" 0
  fi
}

# judge_dry_run: set status, and message to what is known if nothing else says it.
judge_dry_run() {
  local index reason text=''
  for index in ${step_ids[@]+"${!step_ids[@]}"}; do
    reason=${step_reasons[index]}
    case ${step_kinds[index]}:${step_states[index]} in
      *:cannot_know) [[ $status != unchanged ]] || status=cannot_know text=$reason ;;
      changes:would_run)
        [[ $status == would_run ]] || text=${step_titles[index]}${reason:+: $reason}
        status=would_run
        ;;
      *) ;;
    esac
  done
  judge_verification
  [[ $check == true ]] || told=$text
  [[ -n $message || -s $run_dir/summary && $status != cannot_know ]] || message=$text
}

# judge_verification: of a target of which nothing else is known, --check takes its
# word.
judge_verification() {
  [[ $check == true && $status == cannot_know ]] || return 0
  [[ -e $run_dir/notes/verification || -s $run_dir/verification ]] || return 0
  status=unchanged
  text=verified
  [[ ! -s $run_dir/notes/verification ]] || text+=": $(<"$run_dir/notes/verification")"
}

# add_remedy: what is out of sync is named with the command that settles it. A step
# that found it in conflict has named its own.
add_remedy() {
  local command
  [[ $check == true && $exit_code -eq 8 ]] || return 0
  [[ $status == would_run || ${step_kinds[step_index]:-} == checks ]] || return 0
  remedy command "$direction"
  message="${message%%$'\n'*}; to settle it: $command${message#"${message%%$'\n'*}"}"
}

# remedy NAME WAY: set NAME to the command that goes that way: the alias, if
# remedies (WAY=ALIAS words) has one. A step may know a better way than both ways.
remedy() {
  local its_way=$2 its_words=" ${remedies:-} "
  [[ $2 != bidirectional || ! -s $run_dir/work/way ]] || its_way=$(<"$run_dir/work/way")
  [[ $its_words == *" $its_way="* ]] || its_way=$2
  printf -v "$1" 'generated/%s' "$program"
  if [[ $its_words == *" $its_way="* ]]; then
    its_words=${its_words#*" $its_way="}
    printf -v "$1" '%s' "${its_words%% *}"
  elif [[ $2 != "${directions%% *}" ]]; then
    printf -v "$1" 'generated/%s --direction %s' "$program" "$2"
  fi
}
