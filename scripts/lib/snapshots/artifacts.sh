# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# What steps save that is no file of the user's, such as a copy of a database.

# keep_artifacts: for a step that has made saved/artifacts: onto the disk with
# it, and its entries into saved/artifact_entries.
keep_artifacts() {
  local entries=$run_dir/saved/artifact_entries syncing
  sync_folder "$run_dir/saved/artifacts" &
  syncing=$!
  artifact_entries "$run_dir/saved" >"$entries.new" || return 1
  wait "$syncing" || return 1
  mv -f -- "$entries.new" "$entries"
}

# artifact_entries SAVED: of what is in its folder artifacts.
artifact_entries() {
  local list=$run_dir/work/artifacts
  if [[ -e $1/artifact_entries ]]; then
    cat -- "$1/artifact_entries"
    return
  fi
  (cd -- "$1/artifacts" && find . -type f -print0) |
    describe_paths "$1/artifacts" >"$list" || return 1
  add_digests "$1/artifacts" "$list" | sed 's/^file/artifact/'
}
