# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# The state that a rollback goes to. A backup holds what one run overwrote, as it
# was before. So the state before a run is that of its backup, and for every
# other path that of the first later backup that has it.

# find_named_state: set named_state to the backup that --to or --undo means, if one
# is given, and choices.
find_named_state() {
  local folder known=()
  named_state=
  while IFS= read -r folder; do
    read_manifest "$folder/manifest.json" || manifest_run=
    known+=("${folder##*/}" ${manifest_run:+"$manifest_run"})
    [[ -z $rollback_to || -n $named_state ]] || ! is_state "$rollback_to" "$folder" ||
      named_state=${folder##*/}
  done < <(list_backups "$target")
  ((${#known[@]} > 0)) || die 3 "there is nothing to roll back to: $target has no backup"
  [[ -z $rollback_to || -n $named_state ]] || unknown_state "${known[@]}"
  find_choices
  [[ $undo_rollback == false ]] || named_state=$undoable
  [[ $undo_rollback == false || $rolled_back == true ]] || die 3 "$target: there is no rollback to undo"
}

# find_choices: set choices to the states that a rollback may go to by itself,
# undoable to the newest rollback that stands, and rolled_back if there was any.
# What a rollback went back over is no choice: only --undo goes forward again, and
# when it did, not beyond a run that changed something.
find_choices() {
  local state direction went_to until='' undone=false closed=false states
  states=$(number_backups "$target" | cut -f 2,4,5 | reverse_lines | uniq)
  choices=' ' undoable='' rolled_back=false
  while read -r state direction went_to; do
    [[ -z $until || $state == "$until" ]] || continue
    if [[ $direction != rollback ]]; then
      until=
      choices+="$state "
      [[ $undone == false || $direction == backup ]] || closed=true
    elif [[ $state == "$until" ]]; then
      # It was undone: what came before it counts again.
      until=
      undone=true
    else
      rolled_back=true
      [[ $closed == true || $'\n'$states == *$'\n'"$went_to"$'\trollback\t'* ]] ||
        undoable=${undoable:-$state}
      until=${went_to#-}
    fi
  done <<<"$states"
}

# state_fact STATE FIELD: of its manifest; nothing if there is none that is good.
state_fact() {
  local folder fact=manifest_$2
  [[ -n $1 ]] || return 0
  folder=$(list_backups "$target" | STATE=$1 awk -F / '$NF == ENVIRON["STATE"] { folder = $0 } END { print folder }')
  ! read_manifest "$folder/manifest.json" || printf '%s' "${!fact}"
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
  (($# > 0)) || die 3 'there is nothing to roll back to: no backup has been made yet'
  names=$(printf '%s\n' "$@" | nearest_states "$rollback_to")
  die 2 "--to $rollback_to: no run or backup has that name; the nearest are ${names//$'\n'/, }; --list shows all"
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

# find_rollback_state: choose the state, list in work/differing what is to change for it,
# and have the copies in work/staged, checked. Without --to it is the newest one
# that is of use: a backup that was asked for may hold just what is here now,
# and --file be in none but older ones.
find_rollback_state() {
  local state chosen=
  local entries=$run_dir/work/wanted damaged=$run_dir/work/damaged_states
  encode_path rollback_file "$rollback_file"
  : >"$entries.all"
  : >"$damaged"
  : >"$run_dir/work/overwritten"
  while IFS= read -r state; do
    add_state "$state" || continue
    [[ -e $run_dir/work/in_git ]] || printf '%s' "$manifest_commit" >"$run_dir/work/in_git"
    if [[ -n $named_state ]]; then
      [[ $state == "$named_state" ]] || continue
    else
      [[ $choices == *" $state "* ]] || continue
    fi
    [[ ! -s $damaged || -n $named_state || $emergency == true ]] ||
      fail_step "the newest backup is damaged: $(head -n 1 "$damaged"); --to $state goes to the newest good one" 5
    find_differing
    [[ -s $entries ]] || continue
    chosen=$state
    [[ -z $named_state && $manifest_kind =~ ^(asked|failed_commit)$ ]] || break
    ! something_differs || break
  done < <(list_states "$target")
  [[ -n $chosen ]] || no_state
  printf '%s\n' "$chosen" >"$run_dir/work/rollback_id"
  stage_files <"$run_dir/work/differing"
  show_changes >"$run_dir/work/preview"
  note_step "$(tail -n 1 "$run_dir/work/preview")"
}

# find_interrupted: set interrupted to the run that is to be undone first. A dry
# run does not undo it.
find_interrupted() {
  local folder
  for folder in .insightpulse/state/runs/"$target"/*/; do
    [[ -s $folder/journal ]] || continue
    folder=${folder%/}
    # In ( ): at its end this run removes what its own journal names.
    (
      read_journal "$folder/journal"
      [[ $journal_complete == true ]]
    ) || interrupted=${folder##*/}
  done
}

no_state() {
  [[ ! -s $damaged ]] || fail_step "no backup is good: $(head -n 1 "$damaged")" 5
  [[ -n $rollback_file ]] || fail_step 'there is nothing to roll back to: no state is older than the one that the last rollback went to; --list shows all, --to STATE goes to one' 3
  fail_step "no backup${named_state:+ from $named_state on} holds $rollback_file; --list shows what there is" 3
}

# tell_doubts: what may be missing in the state that was found.
tell_doubts() {
  [[ ! -s $run_dir/work/damaged_states ]] ||
    warn "$target: skipped, because it is damaged: $(<"$run_dir/work/damaged_states")"
  if grep -sF "\"what\":\"$store/$target/" .insightpulse/state/history.jsonl |
    ID=$rollback_id NUMBER=$(state_fact "$rollback_id" number) LC_ALL=C awk '
      /"event":"removed"/ {
        id = number = $0
        sub(/.*"what":"[^"]*\//, "", id)
        sub(/".*/, "", id)
        if (!sub(/.*"number":/, "", number)) number = 0
        if (number + 0 > ENVIRON["NUMBER"] + 0) found = 1
        if (number + ENVIRON["NUMBER"] == 0 && id > ENVIRON["ID"]) found = 1
      }
      END { exit !found }'; then
    warn "$target: backups after $rollback_id were removed; what only those runs changed stays as it is"
  fi
}
