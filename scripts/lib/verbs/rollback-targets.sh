# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# Which targets a rollback goes back with, and several of them one after another.

# choose_rollback_targets: the one that was named; else those of an interrupted
# run, else those of the last run that changed something, of --to, or with --undo
# of the newest rollback.
choose_rollback_targets() {
  local folder newest='' run='' unreadable='' known=() stores=()
  rollback_targets=()
  if [[ -n $chosen_target ]]; then
    rollback_targets=("$chosen_target")
    return 0
  fi
  if [[ -z $rollback_to && $undo_rollback == false && -z $rollback_file ]]; then
    for folder in .insightpulse/state/runs/*/*/; do
      [[ -s $folder/journal ]] || continue
      folder=${folder%/*/}
      is_of_profile "${folder##*/}" || continue
      add_rollback_target "${folder##*/}"
    done
    ((${#rollback_targets[@]} == 0)) || return 0
  fi
  list_stores
  if [[ -n $rollback_file && -z $rollback_to && $undo_rollback == false ]]; then
    find_holder newest "$rollback_file"
    [[ -n $newest ]] || die 3 "no backup holds $rollback_file; --list shows what there is"
    newest=${newest#"$store"/}
    rollback_targets=("${newest%%/*}")
    return 0
  fi
  while IFS= read -r folder; do
    if ! read_manifest "$folder/manifest.json"; then
      unreadable=$folder
      continue
    fi
    known+=("${folder##*/}" ${manifest_run:+"$manifest_run"})
    begins_rollback "$folder" || continue
    newest=$folder
    unreadable=
    run=$manifest_run
    # With its target a backup is meant alone, else what its run did elsewhere too.
    [[ $rollback_to != */* ]] || run=
  done < <(number_backups ${stores[@]+"${stores[@]}"} | cut -f 3)
  if [[ -z $rollback_to && $emergency == false && -n $unreadable ]]; then
    die 5 "the newest backup, ${unreadable#"$store"/}, is damaged, so it is not known which run was the last; name a TARGET, or a state with --to"
  fi
  if [[ -z $newest ]]; then
    [[ -z $rollback_to ]] || unknown_state ${known[@]+"${known[@]}"}
    [[ $undo_rollback == false ]] || die 3 'there is no rollback to undo'
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
  done < <(number_backups "${stores[@]}" | cut -f 3)
  # Each target has its own backup of that run.
  [[ -z $rollback_to || -z $run ]] || rollback_to=$run
}

# list_stores: set stores to the targets of this profile that have backups.
list_stores() {
  local name
  stores=()
  while IFS= read -r name; do
    ! is_of_profile "$name" || stores+=("$name")
  done < <(every_store)
}

# find_holder NAME PATH: set NAME to the folder of the newest backup of stores that
# has PATH, or something below it, and was not made by a rollback.
find_holder() {
  local its_folder its_path
  encode_path its_path "$2"
  printf -v "$1" '%s' ''
  while IFS= read -r its_folder; do
    if manifest_entries "$its_folder/manifest.json" | ONLY=$its_path LC_ALL=C awk -F '\t' '
      $8 == ENVIRON["ONLY"] || index($8, ENVIRON["ONLY"] "/") == 1 { found = 1 }
      END { exit !found }'; then
      printf -v "$1" '%s' "$its_folder"
      return 0
    fi
  done < <(number_backups ${stores[@]+"${stores[@]}"} | reverse_lines | LC_ALL=C awk -F '\t' '$4 != "rollback" { print $3 }')
}

# begins_rollback FOLDER: is it this backup, whose manifest was read, that says
# which targets go back?
begins_rollback() {
  if [[ -n $rollback_to ]]; then
    is_state "$rollback_to" "$1"
  elif [[ $undo_rollback == true ]]; then
    [[ $manifest_direction == rollback ]]
  else
    [[ $manifest_direction != rollback && $manifest_kind == before ]]
  fi
}

add_rollback_target() {
  [[ " ${rollback_targets[*]-} " == *" $1 "* ]] || rollback_targets+=("$1")
}

# roll_back_several: each target by this program, and one report over all.
roll_back_several() {
  warn "the last change was made by ${#rollback_targets[@]} targets: ${rollback_targets[*]}"
  [[ $yes == true || $dry_run == true ]] || ask_person 'Roll all of them back?' ||
    die 0 'nothing was changed: you answered no'
  every_target_by=$program_file
  wanted=("${rollback_targets[@]}")
  direction=
  select_targets
  target_options=(--wait "$wait_seconds" --yes)
  [[ $dry_run == false ]] || target_options+=(--dry-run)
  [[ $emergency == false ]] || target_options+=(--emergency)
  [[ $full == false ]] || target_options+=(--full)
  [[ $undo_rollback == false ]] || target_options+=(--undo)
  [[ $from_remote == false ]] || target_options+=(--from-remote)
  [[ $no_hold == false ]] || target_options+=(--no-hold)
  [[ $verbose == false ]] || target_options+=(--verbose)
  [[ $quiet == false ]] || target_options+=(--quiet)
  [[ -z $rollback_to ]] || target_options+=(--to "$rollback_to")
  outcome=starting
  watch_targets
  run_chosen
}
