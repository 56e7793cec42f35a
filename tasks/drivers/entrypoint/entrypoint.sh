# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# An entrypoint: a user's script in place of a driver. What it does to the
# declared outputs is found by comparing, and undone if it comes to that.

# check_entrypoint: before the first step.
check_entrypoint() {
  local pattern first
  is_function entrypoint_text || [[ -f $entrypoint ]] ||
    die 3 "$entrypoint does not exist"
  check_inside outputs ${declared_outputs[@]+"${declared_outputs[@]}"}
  check_inside inputs ${declared_inputs[@]+"${declared_inputs[@]}"}
  follow_links
  for pattern in ${declared_inputs[@]+"${declared_inputs[@]}"}; do
    IFS= read -r -d '' first < <(list_matching_files "$pattern") ||
      die 3 "inputs: nothing matches $pattern"
  done
}

# export_setting NAME VALUE: a key of the config, for the script.
export_setting() {
  export "SYNC_CONFIG_$1=$2"
}

# compare_inputs: a step that says what goes into the run.
compare_inputs() {
  fingerprint_inputs >"$run_dir/work/fingerprint"
}

# fingerprint_inputs: of all that the outcome depends on, and of the outcome.
fingerprint_inputs() {
  local facts=$run_dir/work/fingerprint.facts
  list_matching_files "${declared_inputs[@]}" \
    ${declared_outputs[@]+"${declared_outputs[@]}"} | describe_paths . >"$facts"
  {
    printf '%s %s\n' "$direction" "$SYNC_CONFIG"
    ! is_function entrypoint_text || entrypoint_text
    [[ ! -f $entrypoint ]] || cat -- "$entrypoint"
    add_digests . "$facts" | cut -f 1,2,4,8
  } | hash_text
}

# inputs_moved: since the last success?
inputs_moved() {
  local last=''
  { read -r last <".insightpulse/state/inputs/$target"; } 2>/dev/null || :
  [[ $(<"$run_dir/work/fingerprint") != "$last" ]]
}

# remember_inputs: a step, once all is verified.
remember_inputs() {
  make_private_folder .insightpulse/state
  mkdir -p .insightpulse/state/inputs
  printf '%s\n' "$(fingerprint_inputs)" >".insightpulse/state/inputs/$target"
}

# list_saved_outputs: the outputs that are there.
list_saved_outputs() {
  list_matching_files ${declared_outputs[@]+"${declared_outputs[@]}"}
}

# list_absent_folders: the folders of the outputs that are not there, encoded, a
# folder before what is in it.
list_absent_folders() {
  local pattern missing
  for pattern in ${declared_outputs[@]+"${declared_outputs[@]}"}; do
    pattern_base missing "$pattern"
    while ! stands "$missing"; do
      encode_path pattern "$missing"
      printf '%s\n' "$pattern"
      [[ $missing == */* ]] || break
      missing=${missing%/*}
    done
  done | LC_ALL=C sort -u
}

# run_entrypoint: the step that runs it.
run_entrypoint() {
  local before=$run_dir/work/outputs.before script=./$entrypoint status=0
  if [[ $dry_run == false ]]; then
    printf '%s\n' ${declared_outputs[@]+"${declared_outputs[@]}"} >"$before.patterns"
    encoded_matches "$before.patterns" >"$before"
    list_absent_folders >"$before.folders"
    undo_with undo_entrypoint "${before#"$root/"}"
  fi
  ! is_function entrypoint_text || unpack_entrypoint
  (
    give_trace
    SYNC_TARGET=${target%%.*} SYNC_PROFILE=$profile SYNC_DIRECTION=$direction SYNC_DRY_RUN=$dry_run as_the_user \
      ${interpreter[@]+"${interpreter[@]}"} "$script" 6>&- 7>&-
  ) || status=$?
  ((status == 0)) || fail_step "exit code $status"
  [[ $dry_run == true ]] || compare_outputs
}

# unpack_entrypoint: set script to a copy of what this program carries, unless
# it stands in its place: there it may have companions.
unpack_entrypoint() {
  local copy=$run_dir/work/${entrypoint##*/}
  entrypoint_text >"$copy"
  if [[ ! -f $entrypoint || $(<"$copy") != "$(<"$entrypoint")" ]]; then
    [[ ! -e $entrypoint ]] ||
      warn "$target: $entrypoint has changed since this program was generated, which runs the old one: run $regenerate" 2>&6
    script=$copy
  fi
}

# encoded_matches FILE: what matches the patterns in FILE, a line each.
encoded_matches() {
  local pattern path
  local patterns=()
  while IFS= read -r pattern; do
    [[ -z $pattern ]] || patterns+=("$pattern")
  done <"$1"
  list_matching ${patterns[@]+"${patterns[@]}"} |
    while IFS= LC_ALL=C read -r -d '' path; do
      encode_path path "$path"
      printf '%s\n' "$path"
    done
}

# new_matches BEFORE: the encoded paths that match now and did not before.
new_matches() {
  encoded_matches "$1.patterns" | BEFORE=$1 LC_ALL=C awk '
    BEGIN { while ((getline <ENVIRON["BEFORE"]) > 0) seen[$0] }
    !($0 in seen)'
}

# undo_entrypoint BEFORE: what was not there before is in the way. Nobody can tell
# what of it a person wrote meanwhile, so nothing is known.
undo_entrypoint() {
  local new=$run_dir/work/new_matches
  new_matches "$1" >"$new" && : >"$new.known" && clear_way "$new" "$new.known" || return 1
  LC_ALL=C sort -r "$1.folders" | remove_empty_folders
}

# remove_empty_folders: encoded paths in, a folder after what is in it.
remove_empty_folders() {
  local path
  while IFS= LC_ALL=C read -r path; do
    decode_path path "$path"
    [[ ! -d $path ]] || rmdir -- "./$path" 2>/dev/null || :
  done
}

# compare_outputs: what was created, changed and removed, for the report; and what
# was created, with its digest, as absent before.
compare_outputs() {
  local facts=$run_dir/work/outputs.facts saved=$run_dir/saved/$step_id/list kind
  local counts=''
  list_matching_files ${declared_outputs[@]+"${declared_outputs[@]}"} |
    describe_paths . >"$facts"
  # What has kept all its times has kept its content.
  OLD=$saved LC_ALL=C awk -F '\t' -v OFS='\t' '
    function facts() { return $1 FS $2 FS $3 FS $5 FS $6 FS $7 }
    BEGIN {
      while ((getline <ENVIRON["OLD"]) > 0) {
        old[$8] = facts()
        digest[$8] = $4
      }
    }
    $8 in old && old[$8] == facts() { $4 = digest[$8] }
    { print }' "$facts" >"$facts.known"
  add_digests . "$facts.known" | OLD=$saved CREATED=$facts.created LC_ALL=C awk -F '\t' -v OFS='\t' '
    BEGIN {
      while ((getline <ENVIRON["OLD"]) > 0)
        if ($1 ~ /^(file|link)$/) old[$8] = $1 FS $2 FS $3 FS $4
      printf "" >ENVIRON["CREATED"]
    }
    !($8 in old) {
      print "created " $8
      print "absent", "-", "-", $4, "-", "-", "-", $8 >ENVIRON["CREATED"]
      next
    }
    old[$8] != $1 FS $2 FS $3 FS $4 { print "changed " $8 }
    { delete old[$8] }
    END { for (path in old) print "removed " path }' >>"$run_dir/outputs"
  list_created_folders >"$facts.folders"
  cat -- "$saved" "$facts.folders" "$facts.created" >"$saved.new"
  mv -f -- "$saved.new" "$saved"
  for kind in created changed removed; do
    counts+="${counts:+, }$(grep -c "^$kind " "$run_dir/outputs" || :) $kind"
  done
  if [[ $direction != pull ]]; then
    : >"$run_dir/sent"
    summarize 'sent'
  fi
  [[ ! -s $run_dir/outputs ]] || summarize "$counts"
}

# list_created_folders: entries of those that were not there before.
list_created_folders() {
  local path folder
  {
    cat -- "$run_dir/work/outputs.before.folders"
    new_matches "$run_dir/work/outputs.before"
  } | while IFS= LC_ALL=C read -r path; do
    decode_path folder "$path"
    [[ ! -d $folder || -L $folder ]] || printf '%s\n' "folder_absent$no_facts$path"
  done
}
