# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# Which archives the workflows here descend from: those that were made of them or taken
# in, by the ids of their runs. The newest that another archive descends from too is
# what both sides had in common. In .insightpulse/state/lineage/TARGET/PART/ stand
# `ancestors`, an id a line, the newest first, and of those the workflows, ID.json.

# stack_lineage_place: set lineage to the folder of the part in hand.
stack_lineage_place() {
  lineage=.insightpulse/state/lineage/$target/$part
}

# stack_ancestors: print those of the part in hand, as a list of JSON.
stack_ancestors() {
  local lineage
  stack_lineage_place
  { cat -- "$lineage/ancestors" 2>/dev/null || :; } | jq -cRn '[inputs]'
}

# stack_lineage_add RUN WORKFLOWS ANCESTORS: RUN and then the ANCESTORS, a file of lines,
# are what the part in hand descends from now.
stack_lineage_add() {
  local lineage former
  stack_lineage_place
  make_private_folder .insightpulse/state
  umask 077
  mkdir -p -- "$lineage"
  cp -- "$2" "$lineage/.new"
  mv -f -- "$lineage/.new" "$lineage/$1.json"
  { printf '%s\n' "$1" && cat -- "$3"; } | awk '!seen[$0]++ && ++count <= 50' >"$lineage/.new"
  mv -f -- "$lineage/.new" "$lineage/ancestors"
  find "$lineage" -name '*.json' | LC_ALL=C sort -r | tail -n +21 | while IFS= read -r former; do
    rm -f -- "$former"
  done
}

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

# stack_ancestors_there: print, as lines, those of the part in hand in the archive.
stack_ancestors_there() {
  jq -r --arg part "$part" '.parts[$part].ancestors // [] | .[]' "$unpacked/manifest.json"
}

# stack_note_archive: the archive and work/ancestors, until the run is undone.
stack_note_archive() {
  local lineage file saved=$run_dir/stack/lineage.$part
  stack_lineage_place
  (umask 077 && mkdir -p -- "$run_dir/stack")
  cat -- "$lineage/ancestors" >"$saved" 2>/dev/null || : >"$saved"
  undo_with stack_undo_lineage "${saved#"$root"/}" "$lineage"
  stack_n8n_file file "$part" workflows.json
  stack_lineage_add "$(jq -r .run "$unpacked/manifest.json")" "$unpacked/$file" "$run_dir/work/ancestors"
}

# stack_undo_lineage SAVED FOLDER
stack_undo_lineage() {
  if [[ -s $1 ]]; then
    cp -- "$1" "$2/.new" && mv -f -- "$2/.new" "$2/ancestors"
  else
    rm -f -- "$2/ancestors"
  fi
}
