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
state_folders=()

# run_rollback ARGUMENT...: the whole program; it defines targets.
run_rollback() {
  catch_signals
  targets
  parse_options "$@"
  ((${#arguments[@]} < 2)) || usage_error "unexpected ${arguments[1]}"
  [[ $emergency == false ]] || yes=true
  [[ $from_remote == false || $dry_run == false ]] ||
    usage_error '--from-remote fetches, so it cannot be a dry run'
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
# run, else those of the last run that changed something.
choose_rollback_targets() {
  local folder newest='' run=''
  rollback_targets=()
  if [[ -n $chosen_target ]]; then
    rollback_targets=("$chosen_target")
    return 0
  fi
  for folder in .insightpulse/state/runs/*/*/; do
    [[ -s $folder/journal ]] || continue
    folder=${folder%/*/}
    rollback_targets+=("${folder##*/}")
  done
  ((${#rollback_targets[@]} == 0)) || return 0
  while IFS= read -r folder; do
    [[ ${folder##*/} > ${newest##*/} ]] || continue
    read_manifest "$folder/manifest.json" || continue
    [[ $manifest_reason == before* ]] || continue
    [[ -z $rollback_to || $rollback_to == "$manifest_run" || $rollback_to == "${folder##*/}" ||
      -n $manifest_commit && $manifest_commit == "$rollback_to"* ]] || continue
    newest=$folder
    run=$manifest_run
  done < <(each_store list_this_store)
  [[ -n $newest ]] || {
    [[ -z $rollback_to ]] || usage_error "--to $rollback_to: no run or backup is called so; --list shows what there is"
    die 3 'there is nothing to roll back to: no run has overwritten anything yet'
  }
  while IFS= read -r folder; do
    read_manifest "$folder/manifest.json" || continue
    [[ $manifest_run == "$run" ]] || continue
    folder=${folder#"$store"/}
    folder=${folder%%/*}
    [[ " ${rollback_targets[*]-} " == *" $folder "* ]] || rollback_targets+=("$folder")
  done < <(each_store list_this_store)
}

list_this_store() {
  list_backups "$target"
}

rollback_plan() {
  step find_state 'Find what differs from that state' reads
  if [[ $rollback_mode == drill ]]; then
    step rehearse 'Restore into a scratch folder and check' changes
  else
    step go_back 'Restore and check' changes
    step restore_elsewhere 'Put back what is not a file' changes
  fi
}

find_state_when() {
  if [[ -n $recovered && -z $rollback_to ]]; then
    skip "the last change was the interrupted run $recovered, and that is put back"
    return
  fi
  [[ $from_remote == false ]] || {
    [[ -n $backup_remote ]] || die 2 "--from-remote: $target has no remote: in sync.yaml"
    fetch_backups
  }
  choose_state
}

# choose_state: set state_folders to the backups from the chosen one on.
choose_state() {
  local folder id='' ids=() hint later=() in_git=''
  while IFS= read -r folder; do
    read_manifest "$folder/manifest.json" || {
      [[ $rollback_to != "${folder##*/}" && $rollback_to != "$target/${folder##*/}" ]] ||
        die 5 "$folder: $problem"
      later+=("$folder: $problem")
      continue
    }
    later=()
    ids+=("${folder##*/}" "$manifest_run")
    in_git=$manifest_commit
    case $rollback_to in
      '') [[ $manifest_reason == 'a commit failed' ]] || id=${folder##*/} ;;
      "${folder##*/}" | "$target/${folder##*/}" | "$manifest_run") id=${id:-${folder##*/}} ;;
      [0-9a-f][0-9a-f][0-9a-f][0-9a-f]*)
        [[ -z $manifest_commit || $manifest_commit != "$rollback_to"* ]] ||
          id=${id:-${folder##*/}}
        ;;
      *) ;;
    esac
  done < <(list_backups "$target")
  if [[ -z $id ]]; then
    [[ -n $rollback_to ]] || die 3 'there is nothing to roll back to: it has no backup'
    did_you_mean hint "$rollback_to" ${ids[@]+"${ids[@]}"}
    die 2 "--to $rollback_to: no run or backup is called so$hint; there are:$(list_backups "$target" | sed 's,.*/,  ,' | tail -n 5)"
  fi
  if ((${#later[@]} > 0)); then
    [[ $emergency == true || -n $rollback_to ]] ||
      die 5 "the newest backup is damaged: ${later[0]}; --to $id goes to the newest good one"
    warn "$target: passed over, because it is damaged: ${later[*]}"
  fi
  rollback_id=$id
  [[ -z $in_git ]] ||
    say "$target: the last change is in Git, in the commit ${in_git:0:12}; its parent has what it overwrote. To take it out of Git too, commit what this rollback puts back"
  backup_reason="before rollback to $id"
  while IFS= read -r folder; do
    [[ ${folder##*/} < $id ]] || state_folders+=("$folder")
  done < <(list_backups "$target")
  if grep -F '"event":"removed"' .insightpulse/state/history.jsonl 2>/dev/null |
    sed -n "s,.*\"what\":\"$store/$target/\([^\"]*\)\".*,\1,p" |
    awk -v id="$id" '$0 > id { found = 1 } END { exit !found }'; then
    warn "$target: backups after $id were removed by the rules; what only those runs changed stays as it is"
  fi
}

# find_state: list in work/differing what is to change, and have the copies for
# it in work/staged, checked.
find_state() {
  local folder wanted=$run_dir/work/wanted problems
  : >"$wanted.all"
  for folder in "${state_folders[@]}"; do
    read_manifest "$folder/manifest.json" || continue
    open_backup "$folder" >"$run_dir/work/problems" ||
      fail_step "$folder: $(<"$run_dir/work/problems")"
    manifest_entries "$folder/manifest.json" |
      FOLDER=$opened LC_ALL=C awk -v OFS='\t' '{ print $0, ENVIRON["FOLDER"] }' >>"$wanted.all"
  done
  encode_path rollback_file "$rollback_file"
  first_entries <"$wanted.all" | ONLY=$rollback_file LC_ALL=C awk -F '\t' '
    BEGIN { only = ENVIRON["ONLY"] }
    only == "" || $8 == only || index($8, only "/") == 1' >"$wanted"
  [[ -s $wanted ]] || fail_step "that state says nothing about $rollback_file"
  if [[ $rollback_mode == drill ]]; then
    cp -- "$wanted" "$run_dir/work/differing"
  else
    compare_with_root "$wanted" >"$run_dir/work/differing"
    LC_ALL=C awk '/^folder_absent/' "$wanted" >>"$run_dir/work/differing"
  fi
  stage_files <"$run_dir/work/differing"
  show_changes >"$run_dir/work/preview"
  note_step "$(tail -n 1 "$run_dir/work/preview")"
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
    fail_step "the backup is damaged: $(head -n 1 "$staged.damaged"); nothing was changed"
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
  [[ -s $run_dir/work/preview ]] || skip 'nothing is to be done' || return 1
  grep -qv '^folder_absent' "$run_dir/work/differing" ||
    skip 'everything is as it was then' || return 1
  [[ $dry_run == false ]] || return 0
  count=$(tail -n 1 "$run_dir/work/preview")
  warn "$target: back to $rollback_id: $count"
  head -n 20 "$run_dir/work/preview" | sed '$!b;/to restore/d' >&2
  [[ $yes == true ]] || ask_person 'shall this be done?' || skip 'the answer was no'
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
