# shellcheck shell=bash
# shellcheck disable=SC2030,SC2031,SC2034,SC2154 # variables are shared between the parts
# Backups that only a remote has, fetched for a rollback.

# fetch_backups: of this target, what is not here from the state on that a rollback
# goes to. All manifests come first, as only they say what came before what.
fetch_backups() {
  local id wanted manifests=$run_dir/work/remote
  local ids=()
  call_rclone copy --include '/*/manifest.json' "${backup_remote%/}/$target" "$manifests/$target" \
    >"$run_dir/out/rclone" 2>&1 || die 3 "$backup_remote: $(rclone_error)"
  IFS=$'\n' read -r -d '' -a ids < <(store=$manifests && list_states "$target") || :
  ((${#ids[@]} > 0)) || die 3 "$backup_remote has no backup of $target"
  wanted=$(store=$manifests && remote_state)
  [[ -n $wanted ]] || return 0
  for id in "${ids[@]}"; do
    if [[ ! -e $store/$target/$id ]]; then
      fetch_backup "$id" || die 3 "$backup_remote: the copy of $id: ${problem:-$(rclone_error)}"
      say "$target: $id was fetched from $backup_remote"
    fi
    [[ $id != "$wanted" ]] || return 0
  done
}

# remote_state: print the state of this store that --to means, or else a rollback
# would go to.
remote_state() {
  local folder
  if [[ -z $rollback_to ]]; then
    find_choices
    choices=${choices# }
    [[ $undo_rollback == true ]] || undoable=${choices%% *}
    printf '%s' "$undoable"
    return 0
  fi
  while IFS= read -r folder; do
    read_manifest "$folder/manifest.json" || continue
    ! is_state "$rollback_to" "$folder" || printf '%s' "${folder##*/}"
  done < <(list_backups "$target")
}

# fetch_backup ID: what is not what its manifest says does not come in.
fetch_backup() {
  local partial=$store/$target/.partial-$1 archive
  problem=
  make_private_folder "$store"
  rm -rf -- "$partial"
  mkdir -p -- "$partial" || return 1
  call_rclone copy "${backup_remote%/}/$target/$1" "$partial" >"$run_dir/out/rclone" 2>&1 || return 1
  read_manifest "$partial/manifest.json" || return 1
  archive=$(find "$partial" -name 'files.tar.*')
  manifest_entries "$partial/manifest.json" >"$run_dir/work/fetched"
  archive_holds "$archive" "$run_dir/work/fetched" || {
    problem='its archive differs from what its manifest says'
    return 1
  }
  if [[ -z $manifest_archive ]]; then
    mkdir -- "$partial/files"
    unpack_archive "$archive" "$partial/files" || return 1
    rm -f -- "$archive"
  fi
  sync_folder "$partial"
  mv -- "$partial" "$store/$target/$1"
}
