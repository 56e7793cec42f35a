# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# An entrypoint: a user's script in place of a driver. What it does to the
# declared outputs is found by comparing, and undone if it comes to that.

# check_entrypoint: before the first step.
check_entrypoint() {
  local pattern first
  is_function entrypoint_text || [[ -f $entrypoint ]] ||
    die 3 "missing: the file $entrypoint"
  check_inside outputs ${declared_outputs[@]+"${declared_outputs[@]}"}
  check_inside inputs ${declared_inputs[@]+"${declared_inputs[@]}"}
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

# list_saved_outputs: the outputs that are there, and the folders that are not.
list_saved_outputs() {
  local pattern base
  list_matching_files ${declared_outputs[@]+"${declared_outputs[@]}"}
  for pattern in ${declared_outputs[@]+"${declared_outputs[@]}"}; do
    pattern_base base "$pattern"
    [[ -e $base || -L $base ]] || printf '%s\0' "$base"
  done
}

# run_entrypoint: the step that runs it.
run_entrypoint() {
  local before=$run_dir/work/outputs.before script=./$entrypoint status=0
  if [[ $dry_run == false ]]; then
    printf '%s\n' ${declared_outputs[@]+"${declared_outputs[@]}"} >"$before.patterns"
    encoded_matches "$before.patterns" >"$before"
    undo_with "${before#"$root/"}"
  fi
  ! is_function entrypoint_text || unpack_entrypoint
  (SYNC_TARGET=$target SYNC_DIRECTION=$direction SYNC_DRY_RUN=$dry_run as_the_user \
    ${interpreter[@]+"${interpreter[@]}"} "$script" 6>&- 7>&-) || status=$?
  ((status == 0)) || fail_step "$entrypoint: exit code $status"
  [[ $dry_run == true ]] || compare_outputs
}

# unpack_entrypoint: set script to a copy of what this program carries, unless
# it stands in its place: there it may have companions.
unpack_entrypoint() {
  local copy=$run_dir/work/${entrypoint##*/}
  entrypoint_text >"$copy"
  if [[ ! -f $entrypoint || $(<"$copy") != "$(<"$entrypoint")" ]]; then
    [[ ! -e $entrypoint ]] ||
      warn "$target: $entrypoint has changed since this program was generated, and is run as it was: generate again" 2>&6
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

# undo_entrypoint BEFORE: remove what was not there before; after a kill, to
# where recovery keeps things.
undo_entrypoint() {
  local path keep=${keep:-} status=0
  while IFS= LC_ALL=C read -r path; do
    decode_path path "$path"
    if [[ -d $path && ! -L $path ]]; then
      rmdir -- "$path" 2>/dev/null || :
    else
      remove_again "$path" || status=1
    fi
  done < <(encoded_matches "$1.patterns" | LC_ALL=C sort -r |
    BEFORE=$1 LC_ALL=C awk '
      BEGIN { while ((getline <ENVIRON["BEFORE"]) > 0) seen[$0] }
      !($0 in seen)')
  return "$status"
}

# compare_outputs: what was created, changed and removed, for the report.
compare_outputs() {
  local facts=$run_dir/work/outputs.facts kind
  local counts=''
  list_matching_files ${declared_outputs[@]+"${declared_outputs[@]}"} |
    describe_paths . >"$facts"
  # What has kept all its times has kept its content.
  OLD=$run_dir/saved/$step_id/list LC_ALL=C awk -F '\t' -v OFS='\t' '
    function facts() { return $1 FS $2 FS $3 FS $5 FS $6 FS $7 }
    BEGIN {
      while ((getline <ENVIRON["OLD"]) > 0) {
        old[$8] = facts()
        digest[$8] = $4
      }
    }
    $8 in old && old[$8] == facts() { $4 = digest[$8] }
    { print }' "$facts" >"$facts.known"
  add_digests . "$facts.known" | OLD=$run_dir/saved/$step_id/list LC_ALL=C awk -F '\t' '
    BEGIN {
      while ((getline <ENVIRON["OLD"]) > 0)
        if ($1 ~ /^(file|link)$/) old[$8] = $1 FS $2 FS $3 FS $4
    }
    !($8 in old) { print "created " $8; next }
    old[$8] != $1 FS $2 FS $3 FS $4 { print "changed " $8 }
    { delete old[$8] }
    END { for (path in old) print "removed " path }' >>"$run_dir/outputs"
  for kind in created changed removed; do
    counts+="${counts:+, }$(grep -c "^$kind " "$run_dir/outputs" || :) $kind"
  done
  if [[ $direction != pull ]]; then
    : >"$run_dir/sent"
    summarize 'sent'
  fi
  [[ ! -s $run_dir/outputs ]] || summarize "$counts"
}
