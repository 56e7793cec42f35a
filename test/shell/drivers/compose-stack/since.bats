#!/usr/bin/env bats
load ../../helper
source "$project/test/fixtures/postgres.sh"
source "$project/test/fixtures/stack.sh"

# Exports since the last whole one: of one server, taken in by another, as of two machines.

setup_file() {
  servers=$(mktemp -d)
  export servers
  chmod 711 "$servers"
  start_postgres "$servers/here"
  start_postgres "$servers/there"
  mkdir -p "$BATS_FILE_TMPDIR/made/.insightpulse"
  cat >"$BATS_FILE_TMPDIR/made/.insightpulse/sync.yaml" <<'END'
version: "1.0"
targets:
  app:
    driver: compose_stack
    backup: { keep_last: 1 }
    config:
      project: app
      parts:
        database: { kind: postgres, database: app, url: "${APP_DATABASE}" }
        notes: { kind: sqlite, path: notes.db }
        config: { kind: files, paths: [conf] }
END
  generate_programs "$BATS_FILE_TMPDIR/made"
}

teardown_file() {
  stop_postgres "$servers/here"
  stop_postgres "$servers/there"
  rm -rf -- "$servers"
}

# on SERVER: SQL of standard input, in its database app.
on() {
  psql -X -q -At -v ON_ERROR_STOP=1 -h "$servers/$1/socket" -U test -d "${2:-app}" -f -
}

# fresh: "here" has a large table, a small one and hostile ones.
fresh() {
  local server
  for server in here there; do
    on "$server" postgres <<'SQL'
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname LIKE 'app%';
SELECT format('DROP DATABASE %I', datname) FROM pg_database WHERE datname LIKE 'app%' \gexec
CREATE DATABASE app;
SQL
  done
  on here <<'SQL'
CREATE TABLE large (id serial PRIMARY KEY, word text NOT NULL);
INSERT INTO large (word) SELECT repeat(md5(g::text), 8) FROM generate_series(1, 8000) g;
CREATE TABLE small (id int PRIMARY KEY, large int REFERENCES large, word text);
INSERT INTO small SELECT g, g, 'word ' || g FROM generate_series(1, 10) g;
CREATE SCHEMA "Odd.""* Sch";
CREATE TABLE "Odd.""* Sch"."It's ""a"".* (x|y)?" AS SELECT g AS "Some Name", repeat(md5(g::text), 8) AS word FROM generate_series(1, 6000) g;
CREATE TABLE "Odd.""* Sch".larger AS SELECT * FROM large;
SQL
}

# address SERVER
address() {
  printf 'postgresql://test@/app?host=%s/socket' "$servers/$1"
}

# of_server SERVER CODE: with a database there and what setup says.
of_server() {
  with_stack "stack_part database kind postgres database app url $(printf %q "$(address "$1")"); target=demo; ${setup:-:}" "$2"
}

whole() {
  rm -rf team-sync-exports .insightpulse/state
  of_server here "$stack_export"
}

since() {
  of_server here "since=last; $stack_export"
}

# newest: the newest of the exports.
newest() {
  ls team-sync-exports/team-export-*.tar* | sort | tail -n 1
}

# manifest [JQ]: of the newest.
manifest() {
  zstd -dqc "$(newest)" | tar -xOf - --wildcards '*/manifest.json' | jq -c "$1"
}

rows_of() {
  pg_dump --data-only -h "$servers/$1/socket" -U test app | grep -v '^\\\(un\)\?restrict' | LC_ALL=C sort
}

# taken_in: what is there after an import is what is here.
taken_in() {
  of_server there "$stack_import"
  is "$(rows_of there)" "$(rows_of here)"
}

@test "of an unchanged database nothing is dumped, and an import has all of it" {
  fresh
  whole
  base=$(newest)
  run since
  is "$status" 0
  is "$(newest | sed 's/[0-9]/N/g')" team-sync-exports/team-export-NNNN-NN-NN-NN-NN-NN-since-NNNN-NN-NN-NN-NN-NN.tar.zst
  is "$(manifest '[.members[] | [.path, .base]]')" '[["export-metadata.json",null],["database-complete.dump",true]]'
  is "$(manifest '.base.sha256')" "\"$(sha256sum "$base" | cut -c 1-64)\""
  [[ $(wc -c <"$(newest)") -lt 4096 ]]
  taken_in
}

@test "a table that changed is dumped, and the others come from the base" {
  local change odd='"Odd.""* Sch"."It'"'"'s ""a"".* (x|y)?"'
  fresh
  whole
  while IFS= read -r change; do
    on here <<<"$change"
    since
    is "$change $(manifest '[.parts.database.from_base[][2]] | sort')" "$change $(
      case $change in *Odd*) printf '["large","larger"]' ;; *) printf '["It'"'"'s \\"a\\".* (x|y)?","large","larger"]' ;; esac
    )"
    is "$(manifest '[.members[] | select(.base)]')" '[]'
    taken_in
  done <<END
INSERT INTO small VALUES (11, NULL, 'new')
UPDATE small SET word = 'other' WHERE id = 1
BEGIN; DELETE FROM small WHERE id = 2; INSERT INTO small VALUES (2, 2, 'once more'); COMMIT
CREATE TEMP TABLE t AS SELECT * FROM small; TRUNCATE small; INSERT INTO small SELECT * FROM t
UPDATE $odd SET word = '' WHERE "Some Name" = 1
END
}

@test "what was rolled back, and a vacuum, is no change, but a sequence that moved is" {
  fresh
  whole
  on here <<<"BEGIN; UPDATE small SET word = 'x'; ROLLBACK"
  on here <<<'VACUUM FULL small; VACUUM FREEZE large; ANALYZE'
  since
  is "$(manifest '[.members[] | select(.base) | .path]')" '["database-complete.dump"]'
  taken_in
  on here <<<"SELECT nextval('large_id_seq')"
  since
  is "$(manifest '.parts.database.from_base | length')" 3
  taken_in
}

@test "what is written in a transaction that was open during the base is a change" {
  local ask answer session
  fresh
  mkfifo ask answer
  on here <ask >answer &
  session=$!
  exec 8>ask 5<answer
  # The number of the inner one is larger than that of the transaction.
  echo "BEGIN; SELECT txid_current(); SAVEPOINT s; UPDATE small SET word = 'inner' WHERE id = 3; SELECT 'open';" >&8
  while IFS= read -r answer <&5 && [[ $answer != open ]]; do :; done
  on here <<<'CREATE TABLE later (x int)'
  whole 8>&- 5<&-
  echo 'COMMIT;' >&8
  exec 8>&- 5<&-
  wait "$session"
  since
  is "$(manifest '.parts.database.from_base | length')" 3
  taken_in
}

@test "what cannot be told by the rows makes it whole, with the reason" {
  local change why
  fresh
  whole
  while IFS='|' read -r change why; do
    on here <<<"$change"
    run since
    has "$output" "database is whole: $why"
    is "$change $(manifest .base)" "$change null"
    taken_in
    whole
  done <<'END'
ALTER TABLE large ADD COLUMN more int DEFAULT 7|its tables or settings are others
CREATE INDEX ON small (word)|its tables or settings are others
ALTER DATABASE app SET lc_monetary = 'C'|its tables or settings are others
SELECT lo_from_bytea(0, 'abc')|it has large objects
END
}

@test "a table or a column that was made anew under its name is another" {
  fresh
  on here <<<'CREATE TABLE dull (x int, note int); INSERT INTO dull SELECT g, g FROM generate_series(1, 10) g'
  whole
  on here <<<'ALTER TABLE dull DROP COLUMN note; ALTER TABLE dull ADD COLUMN note int'
  since
  is "$(manifest '[.base == null, (.parts.database.from_base | length)]')" '[false,3]'
  taken_in
  whole
  on here <<<'DROP TABLE dull; CREATE TABLE dull (x int, note int)'
  since
  is "$(manifest '[.base == null, (.parts.database.from_base | length)]')" '[false,3]'
  taken_in
}

@test "a database that was made anew, or whose server was started since, is dumped whole" {
  fresh
  whole
  on here postgres <<'SQL'
CREATE DATABASE app_copy TEMPLATE app;
ALTER DATABASE app RENAME TO app_old;
ALTER DATABASE app_copy RENAME TO app;
SQL
  since
  is "$(manifest .base)" null
  since
  is "$(manifest '.base == null')" false
  (cd "$servers/here" && postgres_tool pg_ctl -D data -m fast -w restart >/dev/null)
  since
  is "$(manifest .base)" null
}

# a_program VERB [OPTION]...
a_program() {
  bash "$BATS_FILE_TMPDIR/made/generated/$1-app.sh" --root "$root" "${@:2}"
}

# ready: a base and an export since, of which only the small table is new; another machine,
# the folder "other", has both files.
ready() {
  fresh
  export APP_DATABASE
  APP_DATABASE=$(address here)
  mkdir -p conf
  head -c 1100000 /dev/urandom >conf/image
  echo small >conf/words
  sqlite3 notes.db "CREATE TABLE notes (x); INSERT INTO notes SELECT randomblob(1100000)"
  a_program export
  base=$(newest)
  on here <<<"UPDATE small SET word = 'newer' WHERE id = 1"
  a_program export --since last
  archive=$(newest)
  mkdir -p "$BATS_TEST_TMPDIR/other/.insightpulse" "$BATS_TEST_TMPDIR/other/team-sync-exports" "$BATS_TEST_TMPDIR/other/conf"
  cp team-sync-exports/* "$BATS_TEST_TMPDIR/other/team-sync-exports/"
  echo before >"$BATS_TEST_TMPDIR/other/conf/words"
  sqlite3 "$BATS_TEST_TMPDIR/other/notes.db" "CREATE TABLE mine (x)"
  on there <<<"CREATE TABLE mine (note text); INSERT INTO mine VALUES ('not to be lost')"
}

# other VERB [OPTION]...: on the other machine.
other() {
  APP_DATABASE=$(address there) bash "${its_program:-$BATS_FILE_TMPDIR/made/generated/$1-app.sh}" --root "$BATS_TEST_TMPDIR/other" "${@:2}"
}

untouched() {
  is "$(on there <<<'SELECT note FROM mine')" 'not to be lost'
  content "$BATS_TEST_TMPDIR/other/conf/words" "before$nl"
  is "$(sqlite3 "$BATS_TEST_TMPDIR/other/notes.db" .tables)" mine
}

@test "another machine needs both files, refuses what is missing or another, and takes in the rest" {
  local place=$BATS_TEST_TMPDIR/other/team-sync-exports
  ready
  is "$(manifest '[.members[] | select(.base) | .path]')" '["conf/image","notes.sqlite"]'
  has "$(a_program export --list)" "$archive"
  run a_program export --inspect "$archive"
  is "$status" 0
  has "$output" "together with ${base##*/}"
  run a_program export --since yesterday
  is "$status" 2
  has "$output" '--since takes only the word last'

  mv "$place/${base##*/}" "$BATS_TEST_TMPDIR/"
  run other import --yes
  is "$status" 3
  has "$output" "needs ${base##*/}"
  has "$output" 'neither beside it nor in team-sync-exports: put it there'
  has "$(other export --list)" 'which is not here'
  untouched
  {
    cat "$BATS_TEST_TMPDIR/${base##*/}"
    echo
  } >"$place/${base##*/}"
  run other import --yes
  is "$status" 5
  has "$output" 'has another content'
  untouched
  mv "$BATS_TEST_TMPDIR/${base##*/}" "$place/"
  run other import --yes --dry-run
  is "$status" 0
  untouched
  other import --yes
  is "$(rows_of there)" "$(rows_of here)"
  cmp conf/image "$BATS_TEST_TMPDIR/other/conf/image"
  is "$(sqlite3 "$BATS_TEST_TMPDIR/other/notes.db" 'SELECT hex(x) FROM notes' | md5sum)" "$(sqlite3 notes.db 'SELECT hex(x) FROM notes' | md5sum)"
  is "$(ls "$place/before-import" | grep -c since || :)" 0
}

@test "an import that was killed on its way leaves what was there" {
  local point
  ready
  for point in stack_complete stack_postgres_fill_both stack_prove; do
    rm -f "$BATS_TEST_TMPDIR/there"
    program=$BATS_TEST_TMPDIR/import.sh
    sed "s|^$point() {\$|&\n  : >'$BATS_TEST_TMPDIR/there'; command sleep 600|" "$BATS_FILE_TMPDIR/made/generated/import-app.sh" >"$program"
    root=$BATS_TEST_TMPDIR/other APP_DATABASE=$(address there) start_program --yes
    poll_for test -e "$BATS_TEST_TMPDIR/there"
    kill -KILL "$program_pid"
    end_program
    run other import --archive missing.tar.gz
    is "$status" 3
    untouched
    is "$(on there postgres <<<"SELECT count(*) FROM pg_database WHERE datname LIKE 'app%'")" 1
    is "$(ls -A "$BATS_TEST_TMPDIR/other/team-sync-exports" | grep -c '^\.' || :)" 0
  done
}

@test "the base stays as long as an archive needs it, and without it the next one is whole" {
  ready
  a_program export --since last
  # By the rule only the newest stays.
  is "$(cd team-sync-exports && ls | sort | tr '\n' ' ')" "${base##*/} $(basename "$(newest)") "
  large=${base%.tar*}
  large=team-sync-exports/team-export-2999-01-01-00-00-00-since-${large##*team-export-}.tar.zst
  head -c 2000000 /dev/zero >"$large"
  run a_program export --since last --dry-run --verbose
  has "$output" 'is more than half of it'
  rm "$large"
  mv "$base" "$BATS_TEST_TMPDIR/"
  run a_program export --since last --dry-run --verbose
  has "$output" "$base is gone"
  run a_program export --since last
  is "$status" 0
  is "$(manifest .base)" null
  mv "$BATS_TEST_TMPDIR/${base##*/}" team-sync-exports/
  a_program export
  is "$(ls team-sync-exports)" "$(basename "$(newest)")"
  printf x >>"$(newest)"
  run a_program export --since last
  is "$(manifest .base)" null
}

@test "a base that only its receiver can open is one all the same" {
  fresh
  age-keygen -o "$BATS_TEST_TMPDIR/key" 2>/dev/null
  setup="encrypt=age:$(age-keygen -y "$BATS_TEST_TMPDIR/key")"
  whole
  on here <<<"DELETE FROM small"
  since
  has "$(newest)" -since-
  is "$(ls -l team-sync-exports/ | grep -c '\.age$')" 2
  setup="identity=$BATS_TEST_TMPDIR/key; $setup"
  taken_in
  setup="encrypt=age:age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"
  since
  is "$(newest | grep -c since || :)" 0
}
