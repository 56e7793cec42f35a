# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# The verb rollback.

rollback_mode=restore
rollback_to=
rollback_file=
emergency=false
from_remote=false
named_state=
rollback_id=

# run_rollback ARGUMENT...: the whole program; it defines targets.
run_rollback() {
  catch_signals
  targets
  parse_options "$@"
  ((${#arguments[@]} < 2)) || usage_error "unexpected ${arguments[1]}"
  [[ $emergency == false ]] || yes=true
  started_in=$PWD
  find_scripts
  enter_root
  chosen_target=${arguments[0]:-}
  [[ -z $chosen_target ]] || use_target "$chosen_target"
  if [[ $rollback_mode == list ]]; then
    look_at_store
    show_backups
    finish "$exit_code"
  fi
  [[ -z $rollback_file ]] || path_in_root rollback_file "$rollback_file"
  choose_rollback_targets
  if ((${#rollback_targets[@]} > 1)); then
    roll_back_several
  fi
  use_target "${rollback_targets[0]}"
  direction=rollback
  description='go back to what was saved'
  run_plan
}

# rollback_option ARGUMENT...: the options of this verb.
rollback_option() {
  taken=1
  case $1 in
    --list | --drill) rollback_mode=${1#--} ;;
    --emergency) emergency=true ;;
    --full) full=true ;;
    --from-remote) from_remote=true ;;
    --to | --file)
      (($# > 1)) || usage_error "$1 needs a value"
      taken=2
      if [[ $1 == --to ]]; then rollback_to=$2; else rollback_file=$2; fi
      ;;
    -*) unknown_option "$1" --list --to --file --emergency --drill --full --from-remote \
      --dry-run --yes --json --root --wait --quiet --help ;;
    *) arguments+=("$1") ;;
  esac
}

# choose_rollback_targets: the one that was named; else those of an interrupted
# run, else those of the last run that changed something, or of --to.
choose_rollback_targets() {
  local folder newest='' run='' unreadable='' known=()
  rollback_targets=()
  if [[ -n $chosen_target ]]; then
    rollback_targets=("$chosen_target")
    return 0
  fi
  if [[ -z $rollback_to ]]; then
    for folder in .insightpulse/state/runs/*/*/; do
      [[ -s $folder/journal ]] || continue
      folder=${folder%/*/}
      add_rollback_target "${folder##*/}"
    done
    ((${#rollback_targets[@]} == 0)) || return 0
  fi
  while IFS= read -r folder; do
    if ! read_manifest "$folder/manifest.json"; then
      [[ ${folder##*/} < ${unreadable##*/} ]] || unreadable=$folder
      continue
    fi
    known+=("${folder##*/}" ${manifest_run:+"$manifest_run"})
    if [[ -n $rollback_to ]]; then
      is_state "$rollback_to" "$folder" || continue
    else
      [[ $manifest_reason == before* && ${folder##*/} > ${newest##*/} ]] || continue
    fi
    newest=$folder
    run=$manifest_run
    # With its target a backup is meant alone, else what its run did elsewhere too.
    [[ $rollback_to != */* ]] || run=
  done < <(each_store list_this_store)
  if [[ -z $rollback_to && $emergency == false && ${unreadable##*/} > ${newest##*/} ]]; then
    die 5 "the newest backup, ${unreadable#"$store"/}, is damaged, so the last run cannot be known; name a TARGET, or --to"
  fi
  if [[ -z $newest ]]; then
    [[ -z $rollback_to ]] || unknown_state ${known[@]+"${known[@]}"}
    die 3 'there is nothing to roll back to: no run has overwritten anything yet'
  fi
  while IFS= read -r folder; do
    if [[ $folder != "$newest" ]]; then
      # One that cannot be read may be of that run; its target will say so.
      [[ -n $run && ! ${folder##*/} < ${run:0:15} ]] || continue
      ! read_manifest "$folder/manifest.json" || [[ $manifest_run == "$run" ]] || continue
    fi
    folder=${folder#"$store"/}
    add_rollback_target "${folder%%/*}"
  done < <(each_store list_this_store)
  # Each target has its own backup of that run.
  [[ -z $rollback_to || -z $run ]] || rollback_to=$run
}

add_rollback_target() {
  [[ " ${rollback_targets[*]-} " == *" $1 "* ]] || rollback_targets+=("$1")
}

list_this_store() {
  list_backups "$target"
}

rollback_plan() {
  step find_state 'Find what differs from that state' reads capture=rollback_id
  if [[ $rollback_mode == drill ]]; then
    step rehearse 'Restore into a scratch folder and check' changes
  else
    step go_back 'Restore and check' changes
    step restore_elsewhere 'Put back what is not a file' changes
  fi
}

find_state_when() {
  local interrupted=$recovered
  [[ $dry_run == false ]] || find_interrupted
  if [[ -n $interrupted && -z $rollback_to ]]; then
    summarize "the last change was the interrupted run $interrupted; that is put back, and nothing else"
    [[ $dry_run == false ]] || summarize "the interrupted run $interrupted would be put back, and nothing else"
    skip "the last change was the interrupted run $interrupted"
    return
  fi
  [[ $from_remote == false ]] || {
    [[ -n $backup_remote ]] || die 2 "--from-remote: $target has no remote: in sync.yaml"
    fetch_backups
  }
  find_named_state
}

go_back_when() {
  local count
  [[ -n $rollback_id ]] || skip 'nothing is to be done' || return 1
  backup_reason="before rollback to $rollback_id"
  tell_doubts
  if ! something_differs; then
    summarize "everything is as it was at $rollback_id"
    skip "everything is as it was at $rollback_id"
    return
  fi
  count=$(tail -n 1 "$run_dir/work/preview")
  say "$target: back to $rollback_id: $count"
  [[ ! -s $run_dir/work/in_git ]] ||
    say "$target: the last change is in Git, in the commit $(cut -c 1-12 "$run_dir/work/in_git"), and comes from its parent; to take it out of Git too, commit what is put back"
  if [[ $quiet == false || $yes == false ]]; then
    find_elsewhere
    {
      head -n 20 "$run_dir/work/preview" | sed '$!b;/to restore/d'
      [[ -z $elsewhere_differs ]] || printf '  restore  %s\n' "$elsewhere_differs"
    } >&2
  fi
  if [[ $dry_run == true ]]; then
    summarize "would go back to $rollback_id: $count"
  elif [[ $yes == false ]] && ! ask_person 'shall this be done?'; then
    summarize 'nothing was changed: the answer was no'
    skip 'the answer was no'
  fi
}

# What is to change, and what stands in its way. Folders that were not there go
# if they are empty; their files are listed too, and a path must not be saved twice.
go_back_saves() {
  {
    LC_ALL=C awk -F '\t' '!/^folder_absent/ { print $8 }' "$run_dir/work/differing"
    find_obstacles "$run_dir/work/differing"
  } | LC_ALL=C sort -u | outermost_paths | decode_paths
}

go_back() {
  local type path
  # What is saved may go.
  put_back "$run_dir/work/differing" "$run_dir/work/staged" "$run_id" "$run_dir/saved/go_back/list" ||
    fail_step 'what was restored is not what was saved'
  while IFS=$'\t' LC_ALL=C read -r type path; do
    decode_path path "$path"
    case $type in
      absent) output removed "$path" ;;
      file | link) output changed "$path" ;;
      *) ;;
    esac
  done < <(cut -f 1,8 "$run_dir/work/differing")
  summarize "back to $rollback_id: $(tail -n 1 "$run_dir/work/preview")"
}

rehearse_when() {
  [[ -n $rollback_id ]] || skip 'nothing is to be done' || return 1
  tell_doubts
}

# rehearse: everything was staged and checked; how long that took is recorded.
rehearse() {
  local now seconds
  now_milliseconds now
  seconds_between seconds "$run_started" "$now"
  mkdir -p .insightpulse/state/drills
  printf '%s %s %s\n' "$timestamp" "$rollback_id" "$seconds" >".insightpulse/state/drills/$target"
  summarize "$rollback_id can be restored: $(tail -n 1 "$run_dir/work/preview"), checked in $seconds s"
}

# roll_back_several: each target by this program, and one report over all.
roll_back_several() {
  warn "the last change was one of several targets: ${rollback_targets[*]}"
  [[ $yes == true || $dry_run == true ]] || ask_person 'shall all of them be rolled back?' ||
    die 0 'the answer was no'
  every_target_by=$0
  wanted=("${rollback_targets[@]}")
  direction=
  select_targets
  target_arguments=(--root "$root" --wait "$wait_seconds" --yes)
  [[ $dry_run == false ]] || target_arguments+=(--dry-run)
  [[ $emergency == false ]] || target_arguments+=(--emergency)
  [[ $full == false ]] || target_arguments+=(--full)
  [[ $quiet == false ]] || target_arguments+=(--quiet)
  [[ -z $events_to ]] || target_arguments+=(--events fd:7)
  [[ -z $rollback_to ]] || target_arguments+=(--to "$rollback_to")
  outcome=starting
  watch_targets
  run_chosen
}

# ask_person QUESTION: fails if the answer is no; exit 2 if nobody is there.
ask_person() {
  local answer=''
  [[ $ci == false && -t 0 ]] || die 2 'say --yes: nobody is here to be asked'
  printf '%s [y/N] ' "$1" >&2
  read -r answer || :
  [[ $answer == [yY]* ]]
}
