# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# Packed backups: the files in one archive, gzip or zstd. They take no part in
# hard links.

backup_compress=
compress_after=

# pack_backup FOLDER KIND: its files become an archive. That is unpacked and
# compared before the manifest names it, and only then the files go, so a backup
# that is killed in between is still whole.
pack_backup() {
  local archive=$1/files.tar.gz backup_id=${1##*/} entries=$run_dir/work/packed
  local direction kind reason artifact saved_run backup_number went_to aside
  [[ $2 != zstd ]] || archive=$1/files.tar.zst
  read_manifest "$1/manifest.json" || return 1
  if [[ -n $manifest_archive ]]; then
    # A kill left a part of what is in the archive already.
    rm -rf -- "$1/files" || return 1
    return 0
  fi
  make_archive "$1/files" "$2" "$archive" || return 1
  manifest_entries "$1/manifest.json" >"$entries" || return 1
  archive_holds "$archive" "$entries" || return 1
  direction=$manifest_direction kind=$manifest_kind reason=$manifest_reason
  artifact=$manifest_artifact saved_run=$manifest_run
  backup_number=$manifest_number went_to=$manifest_went_to aside=$manifest_aside
  write_manifest "$1/manifest.json" "$entries" directory "${archive##*/}" || return 1
  rm -rf -- "$1/files"
}

# pack_backups: of this target, the new one if all are to be packed, and those
# older than compress_after days.
pack_backups() {
  local folder today day
  [[ -n $backup_compress$compress_after ]] || return 0
  now_utc today %Y%m%d
  day_number today "$today"
  while IFS= read -r folder; do
    day_of_backup day "$folder"
    [[ -d $folder/files ]] || continue
    if [[ -n $backup_compress ]] || ((today - day >= compress_after)); then
      pack_backup "$folder" "${backup_compress:-gzip}" ||
        warn "$target: $folder could not be packed; it stays as it is" 2>&6
    fi
  done < <(list_backups "$target")
}

# make_archive FOLDER KIND ARCHIVE: beside its final name first.
make_archive() {
  (cd -- "$1" && tar cf - .) | "$2" -c >"$3.new" &&
    sync_folder "${3%/*}" && mv -f -- "$3.new" "$3"
}

# archive_holds ARCHIVE ENTRIES: does it hold just the files of ENTRIES, each
# byte and mode of them?
archive_holds() {
  local inside=$run_dir/work/inside status=0
  rm -rf -- "$inside"
  mkdir -- "$inside"
  unpack_archive "$1" "$inside" &&
    (cd -- "$inside" && find . ! -type d -print0) |
    describe_paths "$inside" >"$inside.found" &&
    add_digests "$inside" "$inside.found" >"$inside.full" &&
    LC_ALL=C awk '/^(file|link)/' "$2" >"$inside.wanted" &&
    differing_entries "$inside.wanted" "$inside.full" >"$inside.differing" &&
    [[ ! -s $inside.differing ]] || status=1
  rm -rf -- "$inside"
  return "$status"
}

# unpack_archive ARCHIVE FOLDER
unpack_archive() {
  local program=gzip
  [[ $1 != *.zst ]] || program=zstd
  "$program" -dc <"$1" 2>/dev/null | (cd -- "$2" && tar xpf - 2>/dev/null)
}
