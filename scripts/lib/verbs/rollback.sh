# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# The verb rollback.

rollback_mode=restore
rollback_to=
rollback_file=
emergency=false
from_remote=false
undo_rollback=false
no_hold=false
declined=false
named_state=
rollback_id=
elsewhere_differs=
# Fields that a dry run has more in its report.
result_more=()

# run_rollback ARGUMENT...: the whole program; it defines targets.
run_rollback() {
  catch_signals
  absolute_path program_file "$0"
  hand_to_target "$@"
  targets
  parse_options "$@"
  ((${#arguments[@]} < 2)) || usage_error "unexpected ${arguments[1]}: one TARGET at most"
  [[ $undo_rollback == false || -z $rollback_to ]] || usage_error '--undo cannot be combined with --to'
  [[ $undo_rollback == false || $rollback_mode != drill ]] || usage_error '--undo cannot be combined with --drill'
  [[ $emergency == false ]] || yes=true
  started_in=$PWD
  find_scripts
  enter_root
  name_target_or_path "${arguments[0]:-}"
  if [[ $rollback_mode == list ]]; then
    look_at_store
    show_backups
    finish "$exit_code"
  fi
  [[ -z $rollback_file ]] || path_in_root rollback_file "$rollback_file"
  choose_rollback_targets
  [[ -z $rollback_file || ${#rollback_targets[@]} -eq 1 ]] ||
    usage_error "--file: name the TARGET too; the last change was made by several: ${rollback_targets[*]}"
  if ((${#rollback_targets[@]} > 1)); then
    roll_back_several
  fi
  use_target "${rollback_targets[0]}"
  program_words=" $target"
  # An emergency asks no network, and a drill says nothing of the target.
  [[ $emergency == false && $rollback_mode != drill ]] || unset -f tell_others
  direction=rollback
  description='go back to what was saved'
  run_plan
}

# hand_to_target ARGUMENT...: to the program of a target among them that has its own way
# back, with the others.
hand_to_target() {
  local word script others=()
  for word in "$@"; do
    script=${program_file%/*}/rollback-$(printf '%s' "$word" | tr 'A-Z_' 'a-z-').sh
    if [[ $word == [A-Za-z]* && $word != */* && -f $script ]]; then
      shift "$((${#others[@]} + 1))"
      as_the_user bash "$script" ${others[@]+"${others[@]}"} "$@"
    fi
    others+=("$word")
  done
}

# name_target_or_path WORD: set chosen_target, or rollback_file where WORD is no
# target and a backup holds such a path.
name_target_or_path() {
  local path holder stores
  own_name chosen_target "$1"
  if [[ -n $1 && -z $rollback_file && $rollback_mode != list && " ${names[*]-} " != *" $chosen_target "* ]] && ! is_store "$1"; then
    if [[ $1 == */* || -e $started_in/$1 || $started_in/ == "${root%/}"/* ]]; then
      path_in_root path "$1"
      list_stores
      find_holder holder "$path"
      if [[ -n $holder ]]; then
        chosen_target=
        rollback_file=$1
        return 0
      fi
      [[ $1 != */* && ! -e $started_in/$1 ]] || die 3 "no backup holds $1; --list shows what there is"
    fi
  fi
  [[ -z $chosen_target ]] || use_target "$chosen_target"
}

# rollback_option ARGUMENT...: the options of this verb.
rollback_option() {
  taken=1
  case $1 in
    --list | --drill) rollback_mode=${1#--} ;;
    --emergency) emergency=true ;;
    --undo) undo_rollback=true ;;
    --no-hold) no_hold=true ;;
    --full) full=true ;;
    --from-remote) from_remote=true ;;
    --to | --file)
      (($# > 1)) || usage_error "$1 needs a value"
      taken=2
      if [[ $1 == --to ]]; then rollback_to=$2; else rollback_file=$2; fi
      ;;
    -*) unknown_option "$1" ;;
    *) arguments+=("$1") ;;
  esac
}

may_find_state() {
  local interrupted=$recovered
  [[ $dry_run == false ]] || find_interrupted
  if [[ -n $interrupted && -z $rollback_to ]]; then
    summarize "the last change was the interrupted run $interrupted; it was put back, and nothing else"
    [[ $dry_run == false ]] || summarize "the interrupted run $interrupted would be put back, and nothing else"
    skip "the last change was the interrupted run $interrupted"
    return
  fi
  [[ $from_remote == false ]] || {
    [[ -n $backup_remote ]] || die 2 "--from-remote: $target has no remote in sync.yaml"
    fetch_backups
  }
  find_named_state
  [[ $undo_rollback == false || -n $named_state ]] || {
    summarize 'its last rollback was undone already'
    skip 'its last rollback was undone already'
  }
}

may_go_back() {
  local count question
  [[ -n $rollback_id ]] || skip 'nothing to do' || return 1
  backup_reason="before rollback to $rollback_id"
  [[ $dry_run == true || -n $rollback_file ]] || journal went_to "$rollback_id"
  tell_doubts
  if ! something_differs; then
    summarize "nothing to restore: everything is as it was at $rollback_id"
    skip "everything is as it was at $rollback_id"
    return
  fi
  count=$(tail -n 1 "$run_dir/work/preview")
  say "$target: back to $rollback_id: $count"
  [[ ! -s $run_dir/work/in_git ]] ||
    say "$target: the last change is in Git, in the commit $(cut -c 1-12 "$run_dir/work/in_git"), and what it replaced comes from its parent; to take it out of Git too, commit what is restored"
  if [[ $quiet == false || $yes == false || $dry_run == true ]]; then
    find_elsewhere
    show_preview >&2
  fi
  if [[ $dry_run == true ]]; then
    list_would
    summarize "would go back to $rollback_id: $count"
    return 0
  fi
  question="Restore ${count% to remove}"
  question="${question/ to restore, / and remove } files"
  ask_to_restore "$question${elsewhere_differs:+, and restore $elsewhere_differs}?"
}

# show_preview: the first of what would be done; with --verbose all.
show_preview() {
  local most=20 count
  count=$(($(grep -c '' "$run_dir/work/preview") - 1))
  [[ $verbose == false ]] || most=$count
  sed '$d' "$run_dir/work/preview" | head -n "$most"
  ((count <= most)) || printf '  … and %d more; --verbose shows all\n' "$((count - most))"
  [[ -z $elsewhere_differs ]] || printf '  restore  %s\n' "$elsewhere_differs"
}

# list_would: for the report of a dry run.
list_would() {
  local type path restored='' removed=''
  while IFS=$'\t' LC_ALL=C read -r type path; do
    decode_path path "$path"
    json_string path "$path"
    case $type in
      absent) removed+=${removed:+,}$path ;;
      file | link) restored+=${restored:+,}$path ;;
      *) ;;
    esac
  done < <(cut -f 1,8 "$run_dir/work/differing")
  if [[ -n $elsewhere_differs ]]; then
    json_string path "$elsewhere_differs"
    restored+=${restored:+,}$path
  fi
  result_more=(would_restore "[$restored]" would_remove "[$removed]")
}

# What is to change, and what stands in its way. Folders that were not there go
# if they are empty; their files are listed too, and a path must not be saved twice.
list_obstructed() {
  {
    LC_ALL=C awk -F '\t' '!/^folder_absent/ { print $8 }' "$run_dir/work/differing"
    find_obstacles "$run_dir/work/differing"
  } | LC_ALL=C sort -u | outermost_paths | decode_paths
}

restore_state() {
  local type path
  # What is saved may go.
  put_back "$run_dir/work/differing" "$run_dir/work/staged" "$run_id" "$run_dir/saved/go_back/list" ||
    fail_step 'the restored files differ from the backup'
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

has_state() {
  [[ -n $rollback_id ]] || skip 'nothing to do' || return 1
  tell_doubts
}

# rehearse_state: everything was staged and checked; how long that took is recorded.
rehearse_state() {
  local now seconds
  now_milliseconds now
  seconds_between seconds "$run_started" "$now"
  mkdir -p .insightpulse/state/drills
  printf '%s %s %s\n' "$timestamp" "$rollback_id" "$seconds" >".insightpulse/state/drills/$target"
  summarize "$rollback_id can be restored: $(tail -n 1 "$run_dir/work/preview"), checked in $seconds s"
}
