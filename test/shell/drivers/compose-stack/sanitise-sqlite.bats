#!/usr/bin/env bats
load ../../helper
source "$project/test/fixtures/stack.sh"

# A file of SQLite; what is planted in it must not be in the copy, not even in its free pages.

# on FILE: SQL of standard input.
on() {
  sqlite3 -batch -bail "$1" '.timeout 10000' '.read /dev/stdin'
}

# people: the database app.db.
people() {
  rm -rf app.db*
  on app.db >/dev/null <<'SQL'
PRAGMA journal_mode = WAL;
PRAGMA user_version = 7;
PRAGMA application_id = 77;
CREATE TABLE user (id TEXT PRIMARY KEY, email VARCHAR(80) NOT NULL, "full ""Name'" TEXT, phone, notes TEXT, picture BLOB, born DATE, settings JSON,
  initials TEXT GENERATED ALWAYS AS (substr("full ""Name'", 1, 1)) STORED, CHECK (notes <> "never"));
CREATE UNIQUE INDEX user_email ON user (lower(email));
CREATE TABLE "order" (number INTEGER PRIMARY KEY AUTOINCREMENT, "value" JSON, user_id TEXT REFERENCES USER, state TEXT NOT NULL DEFAULT 'new') ;
CREATE TABLE pairs (a TEXT, b INTEGER, PRIMARY KEY (a, b)) STRICT, WITHOUT ROWID;
CREATE TABLE audit (line TEXT);
CREATE TABLE said (at INTEGER);
CREATE VIEW mails AS SELECT email FROM user;
CREATE TRIGGER seen AFTER INSERT ON user BEGIN INSERT INTO said VALUES (1); END;
WITH RECURSIVE n(g) AS (VALUES (1) UNION ALL SELECT g + 1 FROM n WHERE g < 50)
INSERT INTO user SELECT 'u' || g, 'Person' || g || '@example.org', 'Anna Secret' || g, '+43 660 12345' || g, 'calls' || char(9) || 'at noon\n' || char(10) || g,
  CAST('photo of ' || g AS BLOB), '1990-01-01', json_object('tel', '+43 1 999' || g, 'town', 'Graz', 'ratio', json('1.10'), 'kind', json_object('level', g, 'nick', 'Nicky "the" ' || g))
FROM n;
DELETE FROM said;
INSERT INTO "order" (value, user_id) SELECT json_object('to', email, 'sum', 5), id FROM user;
INSERT INTO pairs SELECT 'login-' || id, 3 FROM user;
INSERT INTO audit VALUES ('person7@example.org did it');
DELETE FROM "order" WHERE number = 50;
SQL
}

rules='chats:
  main.user:
    id: hash
    email: email
    full "Name'"'"': name
    phone: phone
    notes: text
    picture: null
    born: null
    settings: { json: { town: keep, ratio: keep, kind.level: keep, kind.nick: hash } }
    initials: keep
  main.order: { number: keep, value: { json: { sum: keep } }, user_id: hash, state: keep }
  main.pairs: { a: hash, b: keep }
  main.said: { keep: all }
  main.audit: empty'

# lines_of FILE...: its rules as lines for bash, in FILE.lines.
lines_of() {
  (cd "$project" && npx tsx -e "import { readFileSync, writeFileSync } from 'node:fs'; import('./tasks/drivers/compose-stack/sanitise.ts').then(({ sanitiseLines }) => process.argv.slice(1).forEach((file) => writeFileSync(file + '.lines', sanitiseLines(readFileSync(file, 'utf8'), { chats: 'sqlite' }) + '\n')))" "${@/#/$root/}")
}

# clean RULES: the copy of app.db by these rules, copy.db.
clean() {
  printf '%s\n' "$1" >rules.yaml
  lines_of rules.yaml
  clean_by rules.yaml
}

# clean_by FILE
clean_by() {
  cp -- "$1.lines" lines
  rm -f copy.db
  with_stack "target=demo verb=refresh sanitise_file=rules.yaml; stack_part chats kind sqlite path app.db" \
    'stack_rules() { cat lines; }
    stack_make_scratch
    (stack_sanitise chats) || { printf "exit %s\n" "$(cat "$run_dir/exit_code" 2>/dev/null)"; exit 1; }
    cp "$stack_out/chats.sqlite" copy.db
    cp "$stack_scratch/key" key
    cp "$run_dir/work/facts.chats" facts'
}

@test "no original is in the copy, and it is whole, with all that belongs to it" {
  people
  clean "$rules"
  for value in person login- Secret 12345 noon '+43 1' Nicky photo 1990; do
    is "$value: $(grep -aci "$value" copy.db || :)" "$value: 0"
  done
  is "$(on copy.db <<<"SELECT count(*), count(DISTINCT email), min(email) GLOB 'test+[g-z]*@example.com', min(\"full \"\"Name'\"), min(phone), count(picture), min(initials), max(length(notes)) FROM user")" \
    '50|50|1|Test User|555-0123|0|T|18'
  is "$(on copy.db <<<'SELECT count(*) FROM user JOIN "order" ON user_id = id')" 49
  is "$(on copy.db <<<"SELECT json_remove(settings, '$.kind.nick'), value FROM user JOIN \"order\" ON user_id = id ORDER BY number LIMIT 1")" \
    '{"town":"Graz","ratio":1.10,"kind":{"level":1}}|{"sum":5}'
  is "$(on copy.db <<<'PRAGMA user_version; PRAGMA application_id; SELECT count(*) FROM mails; SELECT count(*) FROM said; SELECT count(*) FROM audit')" \
    $'7\n77\n50\n0\n0'
  is "$(on copy.db <<<'INSERT INTO "order" DEFAULT VALUES RETURNING number')" 51
  is "$(diff <(on app.db <<<'SELECT type, name, sql FROM sqlite_master ORDER BY 1, 2') <(on copy.db <<<'SELECT type, name, sql FROM sqlite_master ORDER BY 1, 2'))" ''
  is "$(jq -c '[.tables, .rows]' facts)" '[5,149]'
}

# refused RULES CODE TEXT: it ends with CODE and says TEXT; nothing is left.
refused() {
  rm -rf team-sync-exports
  run clean "$1"
  [[ $status != 0 && $output == *"$3"* && $output == *"exit $2"* ]] || {
    printf '%s\n' "$output" >&2
    return 1
  }
  is "$(find . -name 'chats.sqlite')" ''
}

@test "nothing is taken out of it unless each column has a rule that fits it" {
  people
  refused "$(grep -v 'phone:' <<<"$rules")" 4 'main.user: phone has no rule'
  refused "$(grep -v 'audit' <<<"$rules")" 4 'main.audit: line has no rule'
  refused "${rules/initials: keep/initials: keep
    gone: null}" 4 'main.user: gone has a rule, and is not in the database'
  refused "${rules/email: email/email: null}" 4 'main.user: email is never null'
  refused "${rules/number: keep/number: null}" 4 'main.order: number is never null'
  refused "${rules/email: email/email: { fixed: x \}}" 4 'main.user: email is unique, or references what is: one fixed value'
  refused "${rules/picture: null/picture: text}" 4 'main.user: picture is blob: text is for text'
  refused "${rules/value: \{ json: \{ sum: keep \} \}/value: name}" 4 'main.order: value is json: name is for text'
  refused "${rules/user_id: hash/user_id: keep}" 4 'main.order: user_id references main.user: id, so both have the same rule'
  refused "$(sed '/^  main.user:/,/initials/d' <<<"$rules")
  main.user: empty" 4 'references main.user, which is left empty'
}
