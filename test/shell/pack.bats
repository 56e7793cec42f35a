#!/usr/bin/env bats
load helper

# packed: a packed backup of which a kill has left a part of its files.
packed() {
  in_run '
    store=.insightpulse/backups verb=backup
    folder=$store/demo/20260101_000000
    mkdir -p "$folder/files" "$run_dir/work"
    printf one >"$folder/files/a"
    printf two >"$folder/files/b"
    (cd "$folder/files" && printf "a\0b\0") | describe_paths "$folder/files" >"$run_dir/work/found"
    add_digests "$folder/files" "$run_dir/work/found" >"$run_dir/work/entries"
    backup_id=20260101_000000 direction=pull reason=test artifact="" saved_run=20260101_000000_0000
    write_manifest "$folder/manifest.json" "$run_dir/work/entries" directory ""
    pack_backup "$folder" gzip
    mkdir "$folder/files"
    printf one >"$folder/files/a"
    backup_compress=gzip
    '"$1"
}

@test "a packed backup whose files were half removed still verifies, and the rest goes" {
  run packed 'pack_backups; check_backup "$folder" read; ls "$folder"'
  is "$output" "files.tar.gz${nl}manifest.json"
}
