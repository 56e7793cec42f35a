# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# When the workflows here get another ancestor: by an export, an import, a merge, a rollback.

# stack_note_export: a step: what was exported is an ancestor from now on.
stack_note_export() {
  local name file lineage
  for name in "${stack_parts[@]}"; do
    stack_use "$name"
    [[ $kind == n8n ]] || continue
    stack_n8n_file file "$name" workflows.json
    stack_lineage_place
    cat -- "$lineage/ancestors" >"$run_dir/work/ancestors" 2>/dev/null || : >"$run_dir/work/ancestors"
    stack_lineage_add "$run_id" "$stack_out/$file" "$run_dir/work/ancestors"
  done
}

# stack_note_import: of all that came in, the parts of the kind n8n descend from the
# archive and its ancestors, and from nothing else any more.
stack_note_import() {
  local name
  unpacked=$(<"$run_dir/work/unpacked")
  stack_loads
  for name in "${loads[@]}"; do
    stack_use "$name"
    [[ $kind == n8n ]] || continue
    stack_ancestors_there >"$run_dir/work/ancestors"
    stack_note_archive
  done
}

# stack_note_back: a step: as stack_note_import, where the data of the environment is what
# an export here takes.
stack_note_back() {
  [[ -z $env_host && $env_project == "$project" ]] || return 0
  stack_note_import
}

# stack_run_there, stack_ancestors_there: print the id of the archive, and as lines those of
# the part in hand in it. They become names of files, so they are what ids are, or none.
stack_run_there() {
  jq -r '.run | strings | select(test("\\A[0-9A-Za-z_]{1,64}\\z"))' "$unpacked/manifest.json"
}

stack_ancestors_there() {
  jq -r --arg part "$part" '.parts[$part].ancestors // [] | .[] | strings | select(test("\\A[0-9A-Za-z_]{1,64}\\z"))' "$unpacked/manifest.json"
}

# stack_note_archive: the archive and work/ancestors, until the run is undone.
stack_note_archive() {
  local lineage file run saved=$run_dir/stack/lineage.$part
  stack_lineage_place
  (umask 077 && mkdir -p -- "$run_dir/stack")
  cat -- "$lineage/ancestors" >"$saved" 2>/dev/null || : >"$saved"
  undo_with stack_undo_lineage "${saved#"$root"/}" "$lineage"
  stack_n8n_file file "$part" workflows.json
  run=$(stack_run_there)
  stack_lineage_add "${run:-unknown_$run_id}" "$unpacked/$file" "$run_dir/work/ancestors"
}
