# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# What is to be fetched.

# git_compare: decide of each repository whether it is current, moved (work/
# moved) or must be left alone.
git_compare() {
  local name folder asked state answered=0 current=0 kept_back=0 note reason
  local total=${#repositories[@]}
  : >"$run_dir/work/moved"
  git_read_pins
  for name in "${repositories[@]}"; do
    if [[ $locked == false ]] && is_held "$name"; then
      answered=$((answered + 1)) kept_back=$((kept_back + 1))
      continue
    fi
    git_pin "$name"
    if [[ $locked == true ]]; then
      if [[ -z $pin_commit ]]; then
        fail_item "$name" "is not in $lock_file; run once without --locked"
        continue
      fi
      git_follow_lock "$name" || {
        fail_item "$name" "$refusal"
        continue
      }
      git_check_folder "$name"
    fi
    [[ -s $run_dir/work/$name.asked ]] || continue
    answered=$((answered + 1))
    read -r asked <"$run_dir/work/$name.asked"
    read -r state <"$run_dir/work/$name.folder"
    git_folder "$name"
    ! git_stands_elsewhere || state=elsewhere
    case $state in
      as_pin)
        if [[ $asked == "$pin_inputs" && $pin_folder == "$folder" ]]; then
          current=$((current + 1))
        else
          printf '%s\n' "$name" >>"$run_dir/work/moved"
        fi
        ;;
      changed | elsewhere)
        if [[ $state == changed ]] && { [[ $asked != "$pin_inputs" ]] || git_may_overwrite "$name"; }; then
          printf '%s\n' "$name" >>"$run_dir/work/moved"
        elif [[ $check == true ]]; then
          warn "$target: $name: $refusal" 2>&6
          printf '%s\n' "$name" >>"$run_dir/work/moved"
        else
          fail_item "$name" "$refusal"
        fi
        ;;
      unreadable)
        last_lines reason "$run_dir/work/$name.add" 1
        fail_item "$name" "git cannot read $folder: $reason"
        ;;
      *) printf '%s\n' "$name" >>"$run_dir/work/moved" ;;
    esac
  done
  [[ $locked == false ]] || git_connect_to_moved
  git_list_dropped >"$run_dir/work/dropped"
  [[ $dry_run == true || ! -s $run_dir/work/moved ]] || git_prepare_caches
  ((answered > 0)) || fail_step 'no repository could be asked' 3
  git_note note
  kept_back=$( ((kept_back == 0)) || printf ', %d held' "$kept_back")
  note_step "$current of $total are current$kept_back$note"
  summarize "$current of $total repositories are current$kept_back"
}

# git_connect_to_moved: with --locked nobody was asked, so no connection is there yet.
git_connect_to_moved() {
  local name input_urls input_refs over_ssh=()
  [[ $dry_run == false ]] || return 0
  while IFS= read -r name; do
    git_inputs "$name"
    over_ssh+=("${input_urls[@]}")
  done <"$run_dir/work/moved"
  git_open_connections ${over_ssh[@]+"${over_ssh[@]}"}
}
