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
  (cd "$project" && npx tsx -e "import { readFileSync, writeFileSync } from 'node:fs'; import('./tasks/drivers/compose-stack/copies/sanitise.ts').then(({ sanitiseLines }) => process.argv.slice(1).forEach((file) => writeFileSync(file + '.lines', sanitiseLines(readFileSync(file, 'utf8'), { chats: 'sqlite' }) + '\n')))" "${@/#/$root/}")
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

# found_in PLACE SQL: by rules.yaml, what SQL plants is found there, and nothing is left.
found_in() {
  people
  on app.db <<<"$2"
  rm -rf team-sync-exports
  run clean_by rules.yaml
  [[ $status != 0 && $output == *"stands in clear in $1"* && $output == *'exit 5'* ]] || {
    printf '%s\n' "$2" "$output" >&2
    return 1
  }
  is "$(find . -name 'chats.sqlite')" ''
}

@test "a value that was masked is found wherever it stands in what was made" {
  printf '%s\n' "$rules" >rules.yaml
  lines_of rules.yaml
  found_in 'main."said"' "INSERT INTO said VALUES ('as PERSON9@example.org wrote');"
  found_in 'main."said"' "INSERT INTO said VALUES (CAST('abc' || x'00' || 'by login-u7' AS BLOB));"
  found_in 'main."said"' "INSERT INTO said VALUES ('{\"n\": \"pers\\u006fn3@example.org\"}');"
  found_in 'main."user"' "UPDATE user SET settings = json_set(settings, '\$.town', 'at Nicky \"the\" 7') WHERE id = 'u3';"
  found_in 'main."order"' "UPDATE \"order\" SET state = 'calls' || char(9) || 'at noon\\n' || char(10) || 5 WHERE number = 2;"
  found_in 'main."said"' "UPDATE user SET phone = 'https://example.org/of/person'; INSERT INTO said VALUES ('[\"https:\\/\\/example.org\\/of\\/person\"]');"
  # JSON that is nothing but a text.
  found_in 'main."said"' "UPDATE user SET settings = '\"bare9@example.net\"' WHERE id = 'u3'; INSERT INTO said VALUES ('of bare9@example.net');"
  # What is only a piece of what the rules write.
  found_in 'main."said"' "UPDATE user SET phone = 'est user ' WHERE id = 'u3'; INSERT INTO said VALUES ('a test user x');"
  # What its type does not allow is a value all the same.
  found_in 'main."said"' "UPDATE user SET born = 'in Graz or so' WHERE id = 'u3'; INSERT INTO said VALUES ('born in Graz or so');"
  found_in 'the text of the schema' "CREATE VIEW v AS SELECT 'person4@example.org';"
  found_in 'the text of the schema' "CREATE INDEX i ON said (at /* ask person3@example.org */);"
  found_in 'the text of the schema' "CREATE TRIGGER t AFTER DELETE ON said BEGIN SELECT 'Anna Secret5'; END;"
}

@test "the words of a virtual table are left out, or made anew of what was masked" {
  people
  on app.db <<'SQL'
CREATE VIRTUAL TABLE words USING fts5(notes, content='user');
INSERT INTO words (words) VALUES ('rebuild');
CREATE VIRTUAL TABLE own USING fts4(line);
INSERT INTO own VALUES ('person7@example.org is here');
CREATE TABLE words_content (x);
ANALYZE;
SQL
  refused "$rules
  main.words_content: { keep: all }
  main.own: { keep: all }
  main.words: empty" 4 'main.own is a virtual table, of which no column can be masked: empty'
  clean "$rules
  main.words_content: { keep: all }
  main.own: empty
  main.words: empty"
  is "$(on copy.db <<<"SELECT count(*) FROM words WHERE words MATCH 'noon'; SELECT count(*) FROM words WHERE words MATCH 'xxxxxxxxxxxxxxxxx*'; SELECT count(*) FROM own")" $'0\n50\n0'
  is "$(on copy.db <<<"SELECT count(*) > 0 FROM sqlite_stat1; INSERT INTO words (words) VALUES ('integrity-check')")" 1
  is "$(grep -aci -e noon -e person copy.db || :)" 0
}

@test "what cannot be looked through, or made anew, is refused, and says what to do" {
  people
  on app.db <<<"UPDATE user SET settings = '{\"score\": NaN, \"mail\": \"in@example.net\"}' WHERE id = 'u3'; UPDATE \"order\" SET value = '' WHERE number = 2"
  refused "$rules" 4 'main.user: settings has 1 values that are no JSON: mend them'
  [[ $output != *in@example.net* && $output != *'main.order'* ]]
  rm -f app.db*
  on app.db <<<"PRAGMA encoding = 'UTF-16le'; CREATE TABLE user (email TEXT); INSERT INTO user VALUES ('one@example.net')"
  refused $'chats:\n  main.user: { email: email }' 4 'its texts are in UTF-16le'
  rm -f app.db*
  on app.db <<<"CREATE TABLE ids (id INTEGER PRIMARY KEY, ssn INTEGER NOT NULL UNIQUE); PRAGMA writable_schema = ON;
    INSERT INTO sqlite_master VALUES ('table', 'odd', 'odd', 0, 'CREATE VIRTUAL TABLE odd USING unheard(x)')"
  refused $'chats:\n  main.ids: { id: keep, ssn: keep }\n  main.odd: empty' 4 'main.odd is a virtual table of a kind that sqlite3 here cannot make'
  [[ $output != *'write it into the rules'* ]]
  rm -f app.db*
  on app.db <<<"CREATE TABLE ids (id INTEGER PRIMARY KEY, ssn INTEGER NOT NULL UNIQUE)"
  refused $'chats:\n  main.ids: { id: keep, ssn: hash }' 4 'ssn is integer: hash is for text; take keep, or empty'
  refused $'chats:\n  main.ids: { id: keep, ssn: null }' 4 'ssn is never null, so it cannot be: take keep, or empty'
}

@test "tables that are named as those of a virtual one are of the user all the same" {
  rm -f app.db*
  on app.db <<'SQL'
CREATE TABLE docs_stat (line TEXT);
INSERT INTO docs_stat VALUES ('of the user');
CREATE VIEW notes AS SELECT rowid AS id, line FROM docs_stat;
CREATE VIRTUAL TABLE docs USING fts5(line);
CREATE VIRTUAL TABLE found USING fts5(line, content='notes', content_rowid='id');
CREATE TABLE broken (x REFERENCES nowhere (y));
SQL
  refused $'chats:\n  main.broken: { x: keep }\n  main.docs: empty\n  main.found: empty' 4 'main.docs_stat: line has no rule'
  clean $'chats:\n  main.docs_stat: { line: keep }\n  main.broken: { x: keep }\n  main.docs: empty\n  main.found: empty'
  is "$(on copy.db <<<"SELECT count(*) FROM found WHERE found MATCH 'user'; SELECT count(*) FROM docs_stat")" $'1\n1'
}

@test "a copy lacks nothing: what Docker cannot bring ends the step, and the file is checked" {
  people
  mkdir bin
  cat >bin/docker <<'END'
#!/usr/bin/env bash
case $1 in
  ps) echo one ;;
  inspect) echo running/none ;;
  cp)
    case $2 in
      *-wal) cat said >&2; exit 1 ;;
      *-journal) echo 'Error response from daemon: Could not find the file /app.db-journal in container one' >&2; exit 1 ;;
      *) cp app.db "$3" ;;
    esac
    ;;
esac
END
  chmod +x bin/docker
  printf 'rules\n' >rules.yaml
  take() {
    run with_stack 'target=demo verb=refresh; stack_part chats kind sqlite service app path /app.db
      PATH=$PWD/bin:$PATH' 'stack_use chats; stack_make_scratch; mkdir -p "$stack_scratch/x"; stack_sqlite_catalog "$stack_scratch/x"'
  }
  printf 'Could not find the file /app.db-wal in container one\n' >said
  take
  is "$status" 0
  printf 'connection reset by peer\n' >said
  take
  [[ $status == 1 && $output == *'/app.db-wal could not be copied: connection reset by peer'* ]]
  printf 'Could not find the file /app.db-wal in container one\n' >said
  printf 'damaged here' | dd of=app.db bs=1 seek="$(on app.db <<<"SELECT (rootpage - 1) * page_size FROM sqlite_master, pragma_page_size WHERE name = 'audit'")" conv=notrunc 2>/dev/null
  take
  [[ $status == 1 && $output == *'damaged'* ]]
}

@test "names that are hostile and rules for them come through" {
  rm -f app.db*
  on app.db <<'SQL'
CREATE TABLE "It's a ""t"".{c} \& $(touch x)" ("key" TEXT UNIQUE, "{t}" TEXT, "a\b&c" TEXT, "type" JSON, "--" TEXT) -- that's all
;
INSERT INTO "It's a ""t"".{c} \& $(touch x)" VALUES ('secret-1', 'secret-2 é', 'secret-3', '{"value":{"key":"secret-4","a b":1}}', 'kept é');
CREATE TABLE columns ("name" TEXT, "table" TEXT);
CREATE TABLE copies ("x" TEXT);
CREATE TABLE hashes (v TEXT);
INSERT INTO columns VALUES ('secret-5', 'kept');
INSERT INTO copies VALUES ('kept');
INSERT INTO hashes VALUES ('secret-5');
SQL
  clean "chats:
  \"main.It's a \\\"t\\\".{c} \\\\& \$(touch x)\": { key: hash, \"{t}\": email, 'a\\b&c': name, type: { json: { value.a b: keep, value.key: hash } }, --: keep }
  main.columns: { name: hash, table: keep }
  main.copies: { x: keep }
  main.hashes: { v: hash }"
  is "$(on copy.db <<<"SELECT \"{t}\", \"a\\b&c\", \"--\", json_extract(type, '\$.value.\"a b\"'), length(key) = 64 FROM \"It's a \"\"t\"\".{c} \\& \$(touch x)\"")" \
    'test@example.com|Test User|kept é|1|1'
  is "$(on copy.db <<<'SELECT count(*) FROM columns JOIN hashes ON name = v')" 1
  is "$(on copy.db <<<'.dump' | grep -c secret- || :)" 0
  is "$(grep -ac secret- copy.db || :)" 0
  [[ ! -e x ]]
}

@test "rows that a hash would tear from each other are refused, and those that stood alone are not" {
  people
  on app.db <<'SQL'
INSERT INTO "order" (user_id) VALUES ('nobody');
CREATE TABLE nick (nick TEXT COLLATE NOCASE PRIMARY KEY);
CREATE TABLE called (nick TEXT REFERENCES nick);
INSERT INTO nick VALUES ('Anna the first');
INSERT INTO called VALUES ('Anna the first');
SQL
  clean "$rules
  main.nick: { nick: hash }
  main.called: { nick: hash }"
  on app.db <<<"UPDATE called SET nick = 'ANNA the first'"
  refused "$(<rules.yaml)" 4 '2 rows of the copy reference what is not there any more'
}

@test "workflows of n8n do not act in the copy" {
  people
  on app.db <<<"CREATE TABLE n8n_workflow_entity (active BOOLEAN); CREATE TABLE execution_entity (waitTill DATETIME); CREATE TABLE webhook_entity (path TEXT);
    INSERT INTO n8n_workflow_entity VALUES (1), (0); INSERT INTO execution_entity VALUES ('2026-01-01'); INSERT INTO webhook_entity VALUES ('hook')"
  clean "$rules
  main.n8n_workflow_entity: { keep: all }
  main.execution_entity: { keep: all }
  main.webhook_entity: { keep: all }"
  is "$(on copy.db <<<'SELECT count(*), max(active) FROM n8n_workflow_entity; SELECT count(*), max(waitTill) FROM execution_entity; SELECT count(*) FROM webhook_entity')" $'2|0\n1|\n0'
}

@test "a hash is the one that PostgreSQL makes with this key" {
  people
  clean "$rules"
  is "$(on copy.db <<<"SELECT count(*) FROM user WHERE id = '$(printf '%su7' "$(<key)" | sha256sum | cut -c 1-64 | tr '0123456789abcdef' 'ghjkmnpqrstvwxyz')'")" 1
}

# propose: what is proposed for app.db, in proposed.
propose() {
  with_stack "target=demo verb=sanitise; stack_part chats kind sqlite path app.db" 'stack_propose chats' >proposed
}

@test "what is proposed masks what looks personal, and is a file of rules that works" {
  people
  on app.db <<<'CREATE VIRTUAL TABLE words USING fts5(line)'
  propose
  is "$(sed 's/ *#.*//' proposed)" "chats:
  main.audit:
    line: text
  main.order:
    number: keep
    value: { json: {} }
    user_id: hash
    state: keep
  main.pairs:
    a: hash
    b: keep
  main.said:
    at: keep
  main.user:
    id: hash
    email: email
    'full \"Name''': name
    phone: phone
    notes: text
    picture: null
    born: keep
    settings: { json: {} }
    initials: keep
  main.words: empty"
  clean "$(<proposed)"
  is "$(on copy.db <<<'SELECT count(*) FROM user JOIN "order" ON user_id = id')" 49
}

@test "a type keeps nothing of what its name or its values tell" {
  rm -f app.db*
  on app.db <<<"CREATE TABLE p (id INTEGER PRIMARY KEY, phone INTEGER, mobile INT NOT NULL, ssn BIGINT UNIQUE NOT NULL, sent DATETIME, at DATETIME, sum REAL);
    INSERT INTO p VALUES (1, 4366012345, 5, 5, 'anna@example.net', '2026-01-01 10:00:00', 1.5)"
  propose
  is "$(sed 's/ *#.*//' proposed)" "chats:
  main.p:
    id: keep
    phone: null
    mobile: { fixed: '' }
    ssn: keep
    sent: null
    at: keep
    sum: keep"
  [[ $(<proposed) == *'ssn: keep  # integer, never null and unique'* ]]
}

@test "of Open WebUI, old and new, what is proposed takes in users and chats" {
  local schema
  for schema in v0.5.20-fresh v0.5.20-upgraded-to-v0.10.2 v0.10.2-fresh; do
    rm -f app.db*
    on app.db <"$project/test/fixtures/open-webui/$schema.sqlite.sql"
    on app.db <<'SQL'
INSERT INTO user (id, name, email, role, profile_image_url, settings, last_active_at, updated_at, created_at)
  VALUES ('0f0e3e5c-1111-4222-8333-444455556666', 'René Planted', 'rene.planted@example.org', 'user', '/planted.png', '{"ui": {"nick": "planted-nick"}}', 1, 1, 1);
INSERT INTO auth (id, email, password, active) SELECT id, email, 'planted-word', 1 FROM user;
INSERT INTO chat (id, user_id, title, chat, created_at, updated_at) SELECT '1f0e3e5c-1111-4222-8333-444455556666', id, 'On planted things',
  '{"title": "On planted things", "models": ["inna"], "history": {"currentId": "a", "messages": {"a": {"content": "Ren\u00e9 Planted asks"}}}}', 1, 1 FROM user;
SQL
    propose
    sed -i 's/^    chat: { json: {} }.*/    chat: { json: { models: keep, title: text, history.currentId: keep } }/' proposed
    clean "$(<proposed)"
    is "$(on copy.db <<<'SELECT u.name, u.role, a.email, c.title, c.chat FROM user u JOIN auth a USING (id) JOIN chat c ON c.user_id = u.id')" \
      'Test User|user|test@example.com|xxxxxxxxxxxxxxxxx|{"title":"xxxxxxxxxxxxxxxxx","models":["inna"],"history":{"currentId":"a"}}'
    is "$(grep -aci -e planted copy.db || :)" 0
    is "$(on copy.db <<<'SELECT * FROM alembic_version')" "$(on app.db <<<'SELECT * FROM alembic_version')"
    # Whoever keeps the messages is told, though JSON writes the name in another way.
    sed -i 's/ history.currentId: keep/ history: keep/' proposed
    refused "$(<proposed)" 5 'stands in clear in main."chat"'
  done
}

# random_case NUMBER: a database of planted values (NUMBER.sql), rules for it that may be
# wrong (NUMBER.yaml), and what must not come through (NUMBER.planted).
random_case() {
  local table column rows definitions values leak='' end
  : >"$1.planted"
  printf 'CREATE TABLE notes (line);\nINSERT INTO notes VALUES (NULL);\n' >"$1.sql"
  printf 'chats:\n  main.notes: { keep: all }\n' >"$1.yaml"
  for ((table = 0; table <= RANDOM % 3; table++)); do
    rows=$((RANDOM % 20 + 1)) definitions=('id INTEGER PRIMARY KEY') values=() end=''
    ((RANDOM % 4 > 0)) || end=' WITHOUT ROWID'
    printf '  "main.T %s":\n    id: keep\n' "$table" >>"$1.yaml"
    for ((column = 0; column <= RANDOM % 4; column++)); do
      random_column "$1" "$table.$column"
    done
    printf 'CREATE TABLE "T %s" (%s)%s;\n' "$table" "$(paste -s -d , - < <(printf '%s\n' "${definitions[@]}"))" "$end"
    printf 'WITH RECURSIVE n(g) AS (VALUES (1) UNION ALL SELECT g + 1 FROM n WHERE g < %s) INSERT INTO "T %s" SELECT g, %s FROM n;\n' "$rows" "$table" \
      "$(paste -s -d , - < <(printf '%s\n' "${values[@]}"))"
  done >>"$1.sql"
  # Somebody wrote one of them where nobody expects it.
  if ((RANDOM % 5 == 0)) && [[ -n $leak ]]; then
    printf "UPDATE notes SET line = %s;\n" "$leak" >>"$1.sql"
    : >"$1.leaks"
  fi
}

# random_column NUMBER NAME: adds to definitions, values and the files.
random_column() {
  local plant="plant $1.$2." rules=() masks=true types rule kind unique=''
  kind=$((RANDOM % 5))
  ((RANDOM % 3 > 0)) || unique=' UNIQUE'
  case $kind in
    0 | 1)
      rules=(hash email phone name text)
      [[ -n $unique ]] || rules+=('{ fixed: harmless }' keep)
      types=(TEXT 'VARCHAR(20)' '' 'NVARCHAR COLLATE NOCASE' STRING)
      values+=("'$plant' || g || '\\\"' || char(9)")
      definitions+=("\"$2\" ${types[RANDOM % 5]} NOT NULL$unique")
      ;;
    2)
      rules=('{ json: { open: keep } }' '{ json: { deep.name: name, open: keep } }' '{ json: { deep.name: hash } }' null)
      values+=("json_object('open', g, 'name', '$plant' || g, 'deep', json_object('name', '$plant' || g || '\"', 'list', json_array('$plant' || g)))")
      types=(JSON TEXT)
      definitions+=("\"$2\" ${types[RANDOM % 2]}")
      ;;
    3)
      rules=(null '{ fixed: 1 }')
      types=(BLOB INTEGER DATETIME)
      values+=("CASE g % 2 WHEN 0 THEN '$plant' || g ELSE CAST('$plant' || g AS BLOB) END")
      definitions+=("\"$2\" ${types[RANDOM % 3]}")
      ;;
    *)
      rules=(keep)
      masks=false
      values+=(g)
      definitions+=("\"$2\" integer")
      ;;
  esac
  rule=${rules[RANDOM % ${#rules[@]}]}
  [[ $rule != keep ]] || masks=false
  if [[ $masks == true ]]; then
    seq -f "$plant%g" "$rows" >>"$1.planted"
    ((kind == 2)) || leak="CAST('said ' || x'00' || upper('${plant}1') || '\\\"' || char(9) AS BLOB)"
    ((kind != 3)) || leak="'said ' || upper('${plant}1')"
  fi
  ((RANDOM % 20 > 0)) || rule=''
  [[ -z $rule ]] || printf '    "%s": %s\n' "$2" "$rule" >>"$1.yaml"
}

# rows_of FILE: print the rows of each of its tables.
rows_of() {
  on "$1" <<<"SELECT 'SELECT count(*) FROM \"' || name || '\";' FROM sqlite_master WHERE type = 'table' ORDER BY name" | on "$1"
}

@test "random schemas: refused, or nothing planted is in the copy, which is whole" {
  local number accepted=0
  : "${SEED:=$((RANDOM * 32768 + RANDOM))}"
  RANDOM=$SEED
  printf '# SEED=%s\n' "$SEED" >&3
  for number in {1..10}; do random_case "$number"; done
  lines_of {1..10}.yaml
  for number in {1..10}; do
    rm -rf app.db* team-sync-exports
    on app.db <"$number.sql"
    run clean_by "$number.yaml"
    if ((status != 0)); then
      [[ $output == *'exit 4'* || $output == *'exit 5'* && -e $number.leaks ]] || {
        printf '%s\n' "case $number: $output" >&2
        return 1
      }
      is "$(find . -name chats.sqlite)" ''
      continue
    fi
    accepted=$((accepted + 1))
    [[ ! -e $number.leaks ]]
    is "$(grep -aiF -f "$number.planted" copy.db || :)" ''
    is "$(rows_of copy.db)" "$(rows_of app.db)"
  done
  ((accepted > 0))
}
