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

# stack_undo_lineage SAVED FOLDER
stack_undo_lineage() {
  if [[ -s $1 ]]; then
    cp -- "$1" "$2/.new" && mv -f -- "$2/.new" "$2/ancestors"
  else
    rm -f -- "$2/ancestors"
  fi
}
