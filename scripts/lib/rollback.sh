# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# The verb rollback. A backup holds what one run overwrote, as it was before. So
# the state before a run is that of its backup, and for every other path that of
# the first later backup that has it.

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
    exit "$exit_code"
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

# is_state NAME FOLDER: is that backup, whose manifest was read, called so?
is_state() {
  local owner=${2#"$store"/}
  [[ $1 == "${2##*/}" || $1 == "${owner%%/*}/${2##*/}" || $1 == "$manifest_run" ]] ||
    [[ $1 =~ ^[0-9a-f]{7,64}$ && -n $manifest_commit && $manifest_commit == "$1"* ]]
}

# unknown_state KNOWN...: of --to, with the nearest.
unknown_state() {
  local hint names
  (($# > 0)) || die 3 'there is nothing to roll back to: there is no backup'
  names=$(printf '%s\n' "$@" | nearest_states "$rollback_to")
  die 2 "--to $rollback_to: no run or backup is called so; the nearest are ${names//$'\n'/, }; --list shows all"
}

# nearest_states NAME: of those read, the three that begin most like NAME, the
# newest first.
nearest_states() {
  NAME=$1 LC_ALL=C awk '
    {
      for (same = 0; substr($0, same + 1, 1) == substr(ENVIRON["NAME"], same + 1, 1) && same < length($0); ) same++
      print same "\t" $0
    }' | LC_ALL=C sort -t $'\t' -k 1,1nr -k 2,2r -u | head -n 3 | cut -f 2
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

# find_interrupted: set interrupted to the run that is to be undone first. A dry
# run does not undo it.
find_interrupted() {
  local folder
  for folder in .insightpulse/state/runs/"$target"/*/; do
    [[ -s $folder/journal ]] || continue
    read_journal "$folder/journal"
    [[ $journal_complete == true ]] || interrupted=$(basename "$folder")
  done
}

# find_named_state: set named_state to the backup that --to means, if it is given.
find_named_state() {
  local folder known=()
  named_state=
  while IFS= read -r folder; do
    read_manifest "$folder/manifest.json" || manifest_run=
    known+=("${folder##*/}" ${manifest_run:+"$manifest_run"})
    [[ -z $rollback_to || -n $named_state ]] || ! is_state "$rollback_to" "$folder" ||
      named_state=${folder##*/}
  done < <(list_backups "$target")
  ((${#known[@]} > 0)) || die 3 'there is nothing to roll back to: it has no backup'
  [[ -z $rollback_to || -n $named_state ]] || unknown_state "${known[@]}"
}

# find_state: choose the state, list in work/differing what is to change for it,
# and have the copies in work/staged, checked. Without --to it is the newest one
# that is of use: a backup that was asked for may hold just what is here now,
# and --file be in none but older ones.
find_state() {
  local state chosen=
  local entries=$run_dir/work/wanted damaged=$run_dir/work/damaged_states
  encode_path rollback_file "$rollback_file"
  : >"$entries.all"
  : >"$damaged"
  while IFS= read -r state; do
    add_state "$state" || continue
    [[ -e $run_dir/work/in_git ]] || printf '%s' "$manifest_commit" >"$run_dir/work/in_git"
    [[ -z $named_state || $state == "$named_state" ]] || continue
    [[ ! -s $damaged || -n $named_state || $emergency == true ]] ||
      fail_step "the newest backup is damaged: $(head -n 1 "$damaged"); --to $state goes to the newest good one" 5
    find_differing
    [[ -s $entries ]] || continue
    chosen=$state
    [[ -z $named_state && $manifest_reason =~ ^(asked for|a commit failed)$ ]] || break
    ! something_differs || break
  done < <(list_backups "$target" | sed 's,.*/,,' | LC_ALL=C sort -ru)
  [[ -n $chosen ]] || no_state
  printf '%s\n' "$chosen" >"$run_dir/work/rollback_id"
  stage_files <"$run_dir/work/differing"
  show_changes >"$run_dir/work/preview"
  note_step "$(tail -n 1 "$run_dir/work/preview")"
}

# add_state ID: put the entries of this backup before those of the later ones;
# fails if it is damaged.
add_state() {
  local folder problems=$run_dir/work/problems
  : >"$entries.new"
  while IFS= read -r folder; do
    [[ ${folder##*/} == "$1" ]] || continue
    # A sibling is a backup of its file alone.
    [[ -z $rollback_file || $folder != */siblings/* || $folder == */siblings/"$rollback_file"/* ]] || continue
    check_backup "$folder" read >"$problems"
    if [[ -s $problems ]]; then
      printf '%s: %s\n' "$1" "$(head -n 1 "$problems")" >>"$damaged"
      [[ $1 != "$named_state" ]] || fail_step "the backup is damaged: $(tail -n 1 "$damaged")" 5
      return 1
    fi
    manifest_entries "$folder/manifest.json" |
      FOLDER=$opened LC_ALL=C awk -v OFS='\t' '{ print $0, ENVIRON["FOLDER"] }' >>"$entries.new"
  done < <(list_backups "$target")
  cat -- "$entries.all" >>"$entries.new"
  mv -f -- "$entries.new" "$entries.all"
}

# find_differing: of the state in wanted.all, what is not so below the root.
find_differing() {
  first_entries <"$entries.all" | ONLY=$rollback_file LC_ALL=C awk -F '\t' '
    BEGIN { only = ENVIRON["ONLY"] }
    only == "" || $8 == only || index($8, only "/") == 1' >"$entries"
  if [[ $rollback_mode == drill ]]; then
    cp -- "$entries" "$run_dir/work/differing"
  else
    compare_with_root "$entries" >"$run_dir/work/differing"
    LC_ALL=C awk '/^folder_absent/' "$entries" >>"$run_dir/work/differing"
  fi
}

something_differs() {
  LC_ALL=C grep -qv '^folder_absent' "$run_dir/work/differing"
}

no_state() {
  [[ ! -s $damaged ]] || fail_step "no backup is good: $(head -n 1 "$damaged")" 5
  fail_step "no backup${named_state:+ from $named_state on} holds $rollback_file; --list shows what there is" 3
}

# stage_files: entries with the folder of their copy; those that are a file or
# link come to work/staged, and must be what their manifest says.
stage_files() {
  local path from folder='' batch=() last='' staged=$run_dir/work/staged
  mkdir -p -- "$staged"
  while IFS=$'\t' LC_ALL=C read -r path from; do
    decode_path path "$path"
    if [[ $from/${path%"${path##*/}"} != "$last" ]] || ((${#batch[@]} >= 200)); then
      stage_batch
      folder=${path%"${path##*/}"}
      last=$from/$folder
    fi
    [[ ! -e $from/$path && ! -L $from/$path ]] || batch+=("$from/$path")
  done < <(LC_ALL=C awk -F '\t' -v OFS='\t' '/^(file|link)/ { print $8, $9 }' "$run_dir/work/differing")
  stage_batch
  LC_ALL=C awk '/^(file|link)/' "$run_dir/work/differing" >"$staged.wanted"
  cut -f 8 "$staged.wanted" | decode_paths | describe_paths "$staged" >"$staged.found"
  add_digests "$staged" "$staged.found" >"$staged.full"
  differing_entries "$staged.wanted" "$staged.full" | cut -f 8 >"$staged.damaged"
  [[ ! -s $staged.damaged ]] ||
    fail_step "the backup is damaged: $(head -n 1 "$staged.damaged"); nothing was changed" 5
}

stage_batch() {
  ((${#batch[@]} > 0)) || return 0
  mkdir -p -- "$staged/$folder"
  cp -pPR -- "${batch[@]}" "$staged/$folder"
  batch=()
}

# show_changes: what a person wants to read before answering.
show_changes() {
  local type path put=0 removed=0
  while IFS=$'\t' LC_ALL=C read -r type path; do
    case $type in
      absent)
        removed=$((removed + 1))
        printf '  remove   %s\n' "$path"
        ;;
      file | link)
        put=$((put + 1))
        printf '  restore  %s\n' "$path"
        ;;
      *) ;;
    esac
  done < <(cut -f 1,8 "$run_dir/work/differing")
  printf '%d to restore, %d to remove\n' "$put" "$removed"
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
  [[ $quiet == true && $yes == true ]] || head -n 20 "$run_dir/work/preview" | sed '$!b;/to restore/d' >&2
  if [[ $dry_run == true ]]; then
    summarize "would go back to $rollback_id: $count"
  elif [[ $yes == false ]] && ! ask_person 'shall this be done?'; then
    summarize 'nothing was changed: the answer was no'
    skip 'the answer was no'
  fi
}

# tell_doubts: what may be missing in the state that was found.
tell_doubts() {
  [[ ! -s $run_dir/work/damaged_states ]] ||
    warn "$target: passed over, because it is damaged: $(<"$run_dir/work/damaged_states")"
  if grep -F '"event":"removed"' .insightpulse/state/history.jsonl 2>/dev/null |
    sed -n "s,.*\"what\":\"$store/$target/\([^\"]*/\)*\([0-9]\{8\}_[^/\"]*\)\".*,\2,p" |
    awk -v id="$rollback_id" '$0 > id { found = 1 } END { exit !found }'; then
    warn "$target: backups after $rollback_id were removed; what only those runs changed stays as it is"
  fi
}

# Folders that were not there go if they are empty; their files are listed too,
# and a path must not be saved twice.
go_back_saves() {
  LC_ALL=C awk -F '\t' '!/^folder_absent/ { print $8 }' "$run_dir/work/differing" | decode_paths
}

go_back() {
  local type path
  put_back "$run_dir/work/differing" "$run_dir/work/staged" "$run_id" ||
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
  exit_code=0
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
