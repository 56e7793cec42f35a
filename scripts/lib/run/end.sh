# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# The end of a run, well or not: undo, backup, report, history, unlock.

# on_exit: the one way out, whatever happened. Success is what complete_run
# said, never the exit status: that is 0 too when a pipe broke (bash 5.2).
on_exit() {
  trap '' HUP INT PIPE QUIT TERM
  trap - EXIT
  set +e
  # A signal may have come while a wait had its messages sent away.
  exec 2>&6
  [[ -z $step_group ]] || stop_group "$step_group"
  case $outcome in
    starting)
      [[ -z $message ]] || warn "$program: $message"
      # One that is asked works in the folder of the run that asks.
      [[ ! -d $run_dir || $run_dir == "$lockstep_run_dir" ]] || rm -rf -- "$run_dir"
      release_locks
      exit "$exit_code"
      ;;
    running | interrupted) undo_run ;;
    *) ;;
  esac
  close_run
  exit "$exit_code"
}

# undo_run: after a failure or a signal, everything as it was before.
undo_run() {
  local index advice
  [[ $outcome != running ]] || outcome=failed
  [[ $exit_code -ne 0 ]] || exit_code=1
  [[ -e $run_dir/journal ]] || return 0
  rm -f -- "$run_dir"/reserve* "$run_dir"/saved/*/list.*
  read_journal "$run_dir/journal"
  # A commit that is pushed cannot be undone, nor what is in it.
  [[ $journal_complete == false ]] || return 0
  if put_back_run; then
    keep_after_failed_commit
    journal undone
    [[ $outcome != interrupted ]] || message+='; everything was restored'
    : >"$run_dir/outputs"
    commit_id=
    for index in ${step_ids[@]+"${!step_ids[@]}"}; do
      [[ ${step_states[index]} == ok && ${step_kinds[index]} == changes ]] ||
        continue
      step_index=$index
      step_id=${step_ids[index]}
      now_milliseconds step_started
      end_step put_back '' 0
    done
  else
    exit_code=7
    recovered_advice advice
    message+="; putting back failed too: what was saved is in $run_dir/saved, and the next run tries again$advice"
  fi
}

# keep_after_failed_commit: everything is as it was, but a person may have to
# look into it; what was saved stays.
keep_after_failed_commit() {
  local place
  [[ ${step_ids[step_index]:-} == commit && ${step_states[step_index]} == failed ]] ||
    return 0
  commit_id=
  journal keep "$backup_layout" ".$artifact" "$direction" failed_commit 'a commit failed'
  if keep_sets "$run_dir" run_at_end keep_backup && [[ -n $backup_made ]]; then
    backup_place place
    message+=$'\n'"everything is put back; the backup stays: $place"
  fi
}

# close_run: report, history, log, unlock; also after a failure.
close_run() {
  local result='' success report successful=0 now keep_folder=false
  [[ ! -e $run_dir/reserve ]] || : >"$run_dir/reserve"
  if [[ $outcome =~ ^(done|partial)$ && $dry_run == false ]]; then
    keep_backup "$run_dir" || lack_backup
  fi
  now_milliseconds now
  seconds_between duration "$run_started" "$now"
  name_status
  add_remedy
  mask message
  printable message "$message"
  if [[ $verify == true && -s $run_dir/verification ]]; then
    verification=$(<"$run_dir/verification")
    verification_passed=true
    [[ ${step_ids[step_index]:-}:${step_states[step_index]:-} != verification:failed && $exit_code -ne 5 ]] ||
      verification_passed=false
  fi
  result_json result
  emit run_end "\"status\":\"$status\",\"exit_code\":$exit_code,\"report\":\".insightpulse/reports/$run_id.json\""
  if [[ -n $lockstep_result ]]; then
    hand_over "$lockstep_result" "$result" "$status" "$success" "$exit_code"
  elif ((exit_code != 6)); then
    case $status in done | unchanged | would_run) successful=1 ;; *) ;; esac
    report_json report "$result" 1 "$successful" "$duration"
    write_report "$report"
    (add_history "$result") || :
  fi
  # A backup, a rollback or a drill is no run of the target.
  if [[ $verb == 'sync' && $dry_run == false && $exit_code -ne 6 && -w . ]]; then
    make_private_folder .insightpulse/state
    [[ -d .insightpulse/state/last ]] || mkdir -p .insightpulse/state/last
    printf '%s %s\n' "$timestamp" "$status" >".insightpulse/state/last/$target"
    ! is_function count_run || (count_run) || :
  fi
  tell_end
  tell_github
  end_connections "$run_dir"
  [[ ! -e $run_dir/journal ]] || read_journal "$run_dir/journal"
  [[ $exit_code -ne 7 || ${#journal_undos[@]} -eq 0 ]] || keep_folder=true
  if [[ -d $run_dir && $keep_folder == false ]]; then
    remove_scratch
    forget_run "$run_dir"
  fi
  # The lock of commits is held until the run has ended, well or not.
  [[ -z $lock_entry ]] ||
    release_lock ".insightpulse/state/locks/commit/${lock_entry##*/}"
  release_locks
  ! is_function tell_others || (tell_others end) || :
}

# lack_backup: what was done stays, but it is not all that was asked for.
lack_backup() {
  keep_folder=true
  exit_code=1
  outcome=partial
  [[ $verb != backup ]] || outcome=failed
  message='the backup could not be finished; the next run tries again'
}

# tell_end: the failures, a line for each reason, and the last line.
tell_end() {
  local item reason line
  while IFS=$'\t' LC_ALL=C read -r reason item; do
    line="$target: $item: $reason"
    mask line
    log_line "$line"
    warn "$line"
  done < <(failures_by_reason)
  status_text line
  [[ $message != "$told" ]] || status_word line
  line="$target: $line ($duration s)"
  log_line "$line"
  if ((exit_code == 0)); then
    say "$line"
  else
    warn "$line"
  fi
}
