#!/usr/bin/env bats
load ../../helper
source "$project/test/fixtures/stack.sh"

# A SQLite file that is here: read while somebody writes, replaced by a rename.

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
      parts:
        chats: { kind: sqlite, path: "data/it's a \"file\".db" }
END
  generate_programs "$made"
}

file="data/it's a \"file\".db"

# ready: three rows in an odd table, in WAL mode.
ready() {
  mkdir -p data
  sqlite3 "$file" >/dev/null <<'SQL'
PRAGMA journal_mode = WAL;
CREATE TABLE "Odd ""Table's" (id INTEGER PRIMARY KEY, "Some Name" TEXT);
INSERT INTO "Odd ""Table's" VALUES (1, 'one'), (2, 'two'), (3, 'it''s');
SQL
}

# a_program VERB [OPTION]...
a_program() {
  bash "$made/generated/$1-app.sh" --root "$root" "${@:2}"
}

# unpacked: the archive's files, in unpacked/.
unpacked() {
  rm -rf unpacked
  mkdir unpacked
  zstd -dqc team-sync-exports/*.zst | tar -C unpacked -xf - --strip-components 1
}

@test "what is only in the write-ahead log of an open database is exported" {
  ready
  mkfifo ask
  sqlite3 "$file" <ask >answer &
  exec 8>ask
  printf '%s\n' 'PRAGMA wal_autocheckpoint = 0;' "INSERT INTO \"Odd \"\"Table's\" VALUES (4, 'four');" 'SELECT 4;' >&8
  poll_for grep -qx 4 answer
  [[ -s $file-wal ]]
  a_program export
  exec 8>&-
  wait
  unpacked
  is "$(sqlite3 unpacked/chats.sqlite "SELECT group_concat(\"Some Name\") FROM \"Odd \"\"Table's\"")" "one,two,it's,four"
  is "$(jq -c '.parts.chats.counts' unpacked/manifest.json)" '[["Odd \"Table'"'"'s",4]]'
  is "$(stat -c %a team-sync-exports/*.zst)" 600
}

@test "an import replaces the file, and keeps the former one" {
  local turn
  ready
  a_program export
  chmod 640 "$file"
  for turn in 1 2; do
    sqlite3 "$file" "UPDATE \"Odd \"\"Table's\" SET \"Some Name\" = 'changed in turn $turn'"
    a_program import --yes
    is "$(sqlite3 "$file" "SELECT group_concat(\"Some Name\") FROM \"Odd \"\"Table's\"")" "one,two,it's"
    is "$(stat -c %a "$file")" 640
    is "$(find data -name '*.before-*' ! -name '*-wal' ! -name '*-shm' | wc -l)" 1
  done
}

@test "what is not whole, though it can be read, is not exported" {
  ready
  sqlite3 "$file" 'CREATE TABLE t (a, b); CREATE INDEX i ON t (a)' "INSERT INTO t VALUES (1, 'x'), (2, 'y')" \
    'PRAGMA writable_schema = ON' "UPDATE sqlite_master SET sql = 'CREATE INDEX i ON t (b)' WHERE name = 'i'"
  run a_program export
  is "$status" 1
  has "$output" 'the database is damaged'
  is "$(find team-sync-exports -name 'team-export-*' 2>/dev/null)" ''
}

@test "the write-ahead log of the former file goes with it" {
  ready
  a_program export
  mkfifo ask
  sqlite3 "$file" <ask >answer &
  exec 8>ask
  printf '%s\n' 'PRAGMA wal_autocheckpoint = 0;' "INSERT INTO \"Odd \"\"Table's\" VALUES (4, 'four');" 'SELECT 4;' >&8
  poll_for grep -qx 4 answer
  a_program import --yes
  [[ ! -e $file-wal ]]
  exec 8>&-
  wait
  is "$(sqlite3 "$file" "SELECT count(*) FROM \"Odd \"\"Table's\"")" 3
  former=$(find data -name '*.before-*' ! -name '*-wal' ! -name '*-shm')
  is "$(sqlite3 "$former" "SELECT count(*) FROM \"Odd \"\"Table's\"")" 4
}

@test "a file that is not there is said" {
  run a_program export
  is "$status" 3
  has "$output" "there is no data/it's"
}

@test "an import where there is no file yet writes one" {
  ready
  a_program export
  rm -f data/*
  a_program import --yes
  is "$(sqlite3 "$file" "SELECT count(*) FROM \"Odd \"\"Table's\"")" 3
}

@test "an import that was killed before, within or after its switch leaves the former file" {
  local point
  ready
  a_program export
  sqlite3 "$file" "UPDATE \"Odd \"\"Table's\" SET \"Some Name\" = 'mine'"
  for point in stack_sqlite_check stack_sqlite_switch stack_prove; do
    rm -f "$BATS_TEST_TMPDIR/there"
    program=$BATS_TEST_TMPDIR/import.sh
    sed "s|^$point() {\$|&\n  : >'$BATS_TEST_TMPDIR/there'; command sleep 600|" "$made/generated/import-app.sh" >"$program"
    start_program --yes
    poll_for test -e "$BATS_TEST_TMPDIR/there"
    kill -KILL "$program_pid"
    end_program
    run a_program import --archive missing.tar.gz
    is "$status" 3
    is "$point $(sqlite3 "$file" "SELECT group_concat(\"Some Name\") FROM \"Odd \"\"Table's\"")" "$point mine,mine,mine"
    is "$(ls data | grep -e new- -e before- || :)" ''
    is "$(ls -A team-sync-exports | grep -c '^\.' || :)" 0
  done
}
