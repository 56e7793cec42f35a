#!/usr/bin/env bats
load ../helper

# packed gzip|zstd CODE: a packed backup of which a kill has left a part of its
# files.
packed() {
  in_run '
    backup_compress=$1
    store=.insightpulse/backups verb=backup
    folder=$store/demo/20260101_000000
    mkdir -p "$folder/files" "$run_dir/work"
    printf one >"$folder/files/a"
    printf two >"$folder/files/b"
    (cd "$folder/files" && printf "a\0b\0") | describe_paths "$folder/files" >"$run_dir/work/found"
    add_digests "$folder/files" "$run_dir/work/found" >"$run_dir/work/entries"
    backup_id=20260101_000000 direction=pull kind=before reason=test artifact="" saved_run=20260101_000000_0000
    write_manifest "$folder/manifest.json" "$run_dir/work/entries" directory ""
    pack_backup "$folder" "$backup_compress"
    mkdir "$folder/files"
    printf one >"$folder/files/a"
    '"$2" "$1"
}

still_verifies='pack_backups; check_backup "$folder" read; ls "$folder"'

@test "a packed backup whose files were half removed still verifies, and the rest goes" {
  run packed gzip "$still_verifies"
  is "$output" "files.tar.gz${nl}manifest.json"
}

@test "so does one that was packed by zstd" {
  run packed zstd "$still_verifies"
  is "$output" "files.tar.zst${nl}manifest.json"
}

@test "a packed backup that was changed does not verify" {
  local kind
  for kind in gzip zstd; do
    run packed "$kind" 'pack_backups
      printf xxxxxxxxxxxxxxxx | dd of="$(printf %s "$folder"/files.tar.*)" bs=1 seek=40 conv=notrunc
      check_backup "$folder" read'
    has "$output" files.tar
  done
}
