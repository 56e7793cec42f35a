#!/usr/bin/env bats
load ../../helper
source "$project/test/fixtures/stack.sh"

# A disk of the exports that is too small, and one that turns out to be: nothing with
# a final name is left on it, and nothing that is here has changed.

setup_file() {
  export made=$BATS_FILE_TMPDIR/made
  mkdir -p "$made/.insightpulse"
  cat >"$made/.insightpulse/sync.yaml" <<'END'
version: "1.0"
targets:
  app:
    driver: compose_stack
    config:
      project: app
      archive: gzip
      parts: { config: { kind: files, paths: [conf] } }
END
  generate_programs "$made"
  # The same, which believes that there is room.
  sed 's/^stack_check_room() {$/&\n  return 0/' "$made/generated/export-app.sh" >"$made/generated/export-full.sh"
  sed 's/^stack_check_room() {$/&\n  return 0/' "$made/generated/import-app.sh" >"$made/generated/import-full.sh"
}

teardown() {
  [[ ! -e $BATS_TEST_TMPDIR/mounted ]] || umount "$root/team-sync-exports"
}

# a_program NAME [OPTION]...
a_program() {
  bash "$made/generated/$1.sh" --root "$root" "${@:2}"
}

# small_disk KILOBYTES: for the exports; and files of 600 kB that cannot be compressed.
small_disk() {
  mkdir -p team-sync-exports conf
  mount -t tmpfs -o "size=${1}k" tmpfs team-sync-exports 2>/dev/null || skip 'no right to mount a small file system'
  : >"$BATS_TEST_TMPDIR/mounted"
  head -c 300000 /dev/urandom >conf/a
  head -c 300000 /dev/urandom >conf/b
}

@test "an export for which there is no room is refused before anything" {
  small_disk 512
  run a_program export-app
  is "$status" 3
  has "$output" 'make room first'
  is "$(ls -A team-sync-exports)" ''
}

@test "an export that fills the disk leaves nothing, whichever file it was" {
  local kilobytes
  small_disk 400
  for kilobytes in 400 700 1000; do
    mount -o "remount,size=${kilobytes}k" team-sync-exports
    run a_program export-full
    is "$kilobytes $status" "$kilobytes 1"
    has "$output" 'No space left on device'
    is "$(ls -A team-sync-exports)" ''
  done
  mount -o remount,size=3000k team-sync-exports
  a_program export-full
}

@test "an import that fills the disk changes nothing" {
  local kilobytes
  small_disk 3000
  a_program export-app
  printf 'mine\n' >conf/a
  for kilobytes in 900 1300 1600; do
    mount -o "remount,size=${kilobytes}k" team-sync-exports
    run a_program import-full --yes
    is "$kilobytes $status" "$kilobytes 1"
    content conf/a "mine$nl"
    is "$(ls -A team-sync-exports | grep -vc '^team-export-' || :)" 0
  done
  mount -o remount,size=4000k team-sync-exports
  a_program import-full --yes
  is "$(wc -c <conf/a)" 300000
}

@test "a file for which there is no room beside the one that is there is refused" {
  mkdir -p team-sync-exports data
  sqlite3 notes.db "CREATE TABLE t (x); INSERT INTO t VALUES (randomblob(3000000))"
  with_stack "stack_part notes kind sqlite path notes.db" "$stack_export"
  mount -t tmpfs -o size=12000k tmpfs data 2>/dev/null || skip 'no right to mount a small file system'
  sqlite3 data/notes.db 'CREATE TABLE t (x); INSERT INTO t VALUES (7)'
  run with_stack "stack_part notes kind sqlite path data/notes.db" "$stack_import"
  is "$(sqlite3 data/notes.db 'SELECT x FROM t')" 7
  umount data
  is "$status" 1
  has "$output" 'make room first'
}
