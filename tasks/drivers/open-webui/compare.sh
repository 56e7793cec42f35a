# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# What is to go where, between the files, the row, and what both had when they
# were last in step.

# webui_compare: decide for each field. Leaves in work: verdicts (VERDICT TAB
# FIELD a line), wanted (for the row), prompt and metadata (for the files), base
# (what both have afterwards). What webui_check decides is called after.verdicts
# and so on.
webui_compare() {
  local resolved decided=$run_dir/work/
  webui_read_and_decide
  if [[ $(<"$run_dir/work/verdicts") == *conflict$'\t'* ]]; then
    webui_resolve resolved
    webui_decide "$resolved"
  fi
  webui_format
  webui_tell
  if [[ $dry_run == false && ! -e $run_dir/work/changes ]] &&
    ! cmp -s -- "$run_dir/work/base" "$state_file"; then
    webui_remember
  fi
}

# webui_check: after the changes, read both sides again.
webui_check() {
  local differing decided=$run_dir/work/after.
  webui_read_and_decide
  webui_differing differing
  [[ -z $differing ]] || fail_step "still not in step: $differing"
}

# webui_differing NAME: set NAME to the fields that a run would move.
webui_differing() {
  local verdict field fields=''
  while IFS=$'\t' read -r verdict field; do
    case $verdict in
      to_database | to_files) fields+=", $field" ;;
      conflict) fields+=", $field (both changed)" ;;
      *) ;;
    esac
  done <"${decided}verdicts"
  printf -v "$1" '%s' "${fields#, }"
}

# webui_read_and_decide: by one process, where that can read the row too.
webui_read_and_decide() {
  if [[ $engine == sqlite ]]; then
    webui_decide '{}' "$database" "CREATE TEMP TABLE row AS $sqlite_row"
  else
    webui_read_row
    webui_decide '{}'
  fi
}

# webui_decide RESOLVED [FILE SQL]: RESOLVED is a JSON object of verdicts for
# conflicts; the others as for webui_run_decision. The paths of what it leaves
# begin with $decided.
webui_decide() {
  webui_ask "${decided}verdicts" webui_run_decision "${2:-:memory:}" "${3:-}" \
    model="$model" row="$run_dir/work/row.json" prompt="$system_prompt" \
    metadata="$metadata" base="$state_file" of="$database $model" \
    direction="$direction" resolved="$1" show="$check" work="$decided"
  webui_check_input
}

# webui_check_input: what is wrong with the files or the row ends the step.
webui_check_input() {
  local kind path text
  while IFS=$'\t' read -r kind path text; do
    case $kind in
      missing) webui_no_model ;;
      broken) fail_step "$path:$(json_place "$path")" 4 ;;
      problem) fail_step "$path: $text" 4 ;;
      damaged) fail_step "model $model: its $path in the database is not a JSON object; save the model again in Open WebUI" 3 ;;
      *) ;;
    esac
  done <"${decided}verdicts"
}

# webui_format: what is to be written, as its reader writes it.
webui_format() {
  local work=$run_dir/work
  if [[ -e $work/wanted.raw ]]; then
    json_python <"$work/wanted.raw" >"$work/wanted" ||
      fail_step "$system_prompt or $metadata: not UTF-8" 4
  fi
  if [[ -e $work/prompt.raw ]]; then
    json_pretty <"$work/prompt.raw" >"$work/prompt"
  fi
  if [[ -e $work/metadata.raw ]]; then
    json_pretty <"$work/metadata.raw" >"$work/metadata"
  fi
}

# webui_tell: say what goes where; work/changes exists if anything does.
webui_tell() {
  local verdict field text=''
  local to_database='' to_files='' merged='' kept=''
  while IFS=$'\t' read -r verdict field; do
    case $verdict in
      to_database) to_database+=", $field" ;;
      to_files) to_files+=", $field" ;;
      merged) merged+=", $field" ;;
      kept) kept+=", $field" ;;
      *) ;;
    esac
  done <"$run_dir/work/verdicts"
  [[ -z $to_database$to_files$merged ]] || : >"$run_dir/work/changes"
  text+=${to_database:+"; to the database: ${to_database#, }"}
  text+=${to_files:+"; to the files: ${to_files#, }"}
  text+=${merged:+"; merged: ${merged#, }"}
  text+=${kept:+"; left alone, one side has nothing: ${kept#, }"}
  text=${text#; }
  note_step "${text:-in step}"
  summarize "${text:-in step}"
  case ${to_database:+d}${to_files:+f}$merged in
    d) printf push >"$run_dir/work/way" ;;
    f) printf pull >"$run_dir/work/way" ;;
    *) ;;
  esac
  [[ $check == false || ! -e $run_dir/work/changes ]] || webui_show_differences
}
