# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# What a run overwrote becomes a backup, and older ones go.

# keep_backup FOLDER: what the run overwrote becomes a backup; then
# older ones go. Fails if it has to be tried again by the next run.
keep_backup() {
  local place
  if ! keep_sets "$1" run_at_end keep_backup; then
    warn "$target: the backup could not be finished; it is in $1, and the next run tries again"
    return 1
  fi
  [[ -n $backup_made ]] || return 0
  backup_place place
  log_line "$target: backup $place"
  if [[ $verb == backup && $1 == "$run_dir" ]]; then
    output created "$place"
    summarize "$(<"$run_dir/summary") as $backup_made"
  fi
  # Each in a group of its own too.
  if [[ $outcome == 'done' ]]; then
    run_at_end prune_backups prune_backups ||
      warn "$target: old backups could not be removed"
  fi
  if is_function after_backup; then
    run_at_end after_backup after_backup || :
  fi
}

# run_at_end ID COMMAND...: what belongs to no step, in a group of its own too.
run_at_end() {
  step_id=$1
  run_in_group "$@"
  ((step_status == 0))
}
