#!/usr/bin/env bats
load ../../helper
source "$project/test/fixtures/postgres.sh"
source "$project/test/fixtures/stack.sh"

# A real server; what is planted in it must not be in the copy, which has to load.

setup_file() {
  servers=$(mktemp -d)
  export servers
  chmod 711 "$servers"
  start_postgres "$servers/here"
}

teardown_file() {
  stop_postgres "$servers/here"
  rm -rf -- "$servers"
}

# on DATABASE: SQL of standard input.
on() {
  psql -X -q -At -v ON_ERROR_STOP=1 -h "$servers/here/socket" -U test -d "$1" -f -
}

# people: the database app.
people() {
  on postgres <<<'DROP DATABASE IF EXISTS app WITH (FORCE)'
  on postgres <<<'CREATE DATABASE app'
  on app <<'SQL'
CREATE SCHEMA shop;
CREATE TYPE shop.state AS ENUM ('new', 'paid');
CREATE TABLE shop.users (id serial PRIMARY KEY, email varchar(80) NOT NULL UNIQUE, login text NOT NULL UNIQUE, full_name text, phone text,
  notes text, profile jsonb, tags text[], created_at timestamptz NOT NULL DEFAULT '2026-01-01', initials text GENERATED ALWAYS AS (left(full_name, 1)) STORED);
CREATE TABLE shop.orders (id serial, login text REFERENCES shop.users (login), state shop.state NOT NULL, amount numeric) PARTITION BY LIST (state);
CREATE TABLE shop.orders_new PARTITION OF shop.orders FOR VALUES IN ('new');
CREATE TABLE shop.orders_paid PARTITION OF shop.orders FOR VALUES IN ('paid');
CREATE TABLE shop."Odd Table" ("a ""b" text);
CREATE TABLE public.audit (line text);
INSERT INTO shop.users (email, login, full_name, phone, notes, profile, tags)
SELECT 'person' || g || '@example.org', 'login-' || g, 'Anna Secret' || g, '+43 660 12345' || g, E'calls\tat noon\\n' || g,
  jsonb_build_object('tel', '+43 1 999' || g, 'town', 'Graz', 'kind', jsonb_build_object('level', g, 'nick', 'Nicky "the" ' || g)), ARRAY['tag' || g]
FROM generate_series(1, 50) g;
INSERT INTO shop.orders (login, state, amount) SELECT 'login-' || g, (ARRAY['new', 'paid'])[1 + g % 2]::shop.state, g FROM generate_series(1, 50) g;
INSERT INTO shop."Odd Table" VALUES ('nothing');
INSERT INTO audit VALUES ('person7@example.org did it');
SQL
}

rules='database:
  shop.users:
    id: keep
    email: email
    login: hash
    full_name: name
    phone: phone
    notes: text
    profile: { json: { town: keep, kind.level: keep, kind.nick: name } }
    tags: null
    created_at: keep
    initials: keep
  shop.orders: { id: keep, login: hash, state: keep, amount: keep }
  shop.Odd Table: { keep: all }
  public.audit: empty'

# lines_of FILE...: its rules as lines for bash, in FILE.lines.
lines_of() {
  (cd "$project" && npx tsx -e "import { readFileSync, writeFileSync } from 'node:fs'; import('./tasks/drivers/compose-stack/copies/sanitise.ts').then(({ sanitiseLines }) => process.argv.slice(1).forEach((file) => writeFileSync(file + '.lines', sanitiseLines(readFileSync(file, 'utf8')) + '\n')))" "${@/#/$root/}")
}

# clean RULES: the copy of app by these rules.
clean() {
  printf '%s\n' "$1" >rules.yaml
  lines_of rules.yaml
  clean_by rules.yaml
}

# clean_by FILE
clean_by() {
  cp -- "$1.lines" lines
  with_stack "target=demo verb=refresh sanitise_file=rules.yaml; stack_part database kind postgres url postgresql://test@/app?host=$servers/here/socket database app" \
    'stack_rules() { cat lines; }
    stack_make_scratch
    (stack_sanitise database) || { printf "exit %s\n" "$(cat "$run_dir/exit_code" 2>/dev/null)"; exit 1; }
    cp "$stack_out/database-complete.sql" copy.sql
    cp "$run_dir/work/facts.database" facts'
}

load_copy() {
  on postgres <<<'DROP DATABASE IF EXISTS copy WITH (FORCE)'
  on postgres <<<'CREATE DATABASE copy'
  on copy <copy.sql >/dev/null
}

@test "no original is in the copy, and it loads with all constraints" {
  people
  clean "$rules"
  for value in person login- Secret 12345 noon '+43 1' Nicky tag1; do
    run grep -c "$value" copy.sql
    [[ $output == 0 ]] || printf '%s\n' "$value: $output" >&2
    is "$output" 0
  done
  load_copy
  is "$(on copy <<<"SELECT count(*), count(DISTINCT email), min(email) ~ '^test\+[g-z]{20}@example.com\$', min(full_name), min(phone) FROM shop.users")" '50|50|t|Test User|555-0123'
  is "$(on copy <<<'SELECT count(*) FROM shop.users JOIN shop.orders USING (login)')" 50
  is "$(on copy <<<"SELECT profile FROM shop.users ORDER BY id LIMIT 1")" '{"kind": {"nick": "Test User", "level": 1}, "town": "Graz"}'
  is "$(on copy <<<'SELECT count(*) FROM public.audit')" 0
  is "$(on copy <<<"INSERT INTO shop.users (email, login) VALUES ('a', 'b') RETURNING id")" 51
  is "$(jq -c '[.rows, (.counts | map(.[2]))]' facts)" '[101,[0,1,25,25,50]]'
}

# refused RULES CODE TEXT: it ends with CODE and says TEXT; nothing is left.
refused() {
  rm -rf team-sync-exports
  run clean "$1"
  [[ $status != 0 && $output == *"$3"* && $output == *"exit $2"* ]] || {
    printf '%s\n' "$output" >&2
    return 1
  }
  is "$(find team-sync-exports -name '*-complete.sql' | wc -l)" 0
}

@test "not a row is read unless each column has a rule that fits it" {
  people
  refused "$(grep -v 'phone:' <<<"$rules")" 4 'shop.users: phone has no rule'
  refused "$(grep -v 'audit' <<<"$rules")" 4 'public.audit: line has no rule'
  refused "${rules/initials: keep/initials: keep
    gone: null}" 4 'shop.users: gone has a rule, and is not in the database'
  refused "${rules/email: email/email: null}" 4 'shop.users: email is never null'
  refused "${rules/email: email/email: { fixed: x \}}" 4 'shop.users: email is unique, or references what is: one fixed value'
  refused "${rules/id: keep/id: hash}" 4 'shop.users: id is integer: hash is for text'
  refused "${rules/tags: null/tags: text}" 4 'shop.users: tags is text[]'
  refused "${rules/notes: text/notes: { json: { a: keep \} \}}" 4 'shop.users: notes is text, not JSON'
  refused "${rules/login: hash, state/login: name, state}" 4 'shop.orders: login references shop.users: login, so both have the same rule'
  refused "${rules/state: keep/state: null}" 4 'shop.orders: state says which partition a row is in'
  refused "$(sed '/^  shop.users:/,/initials/d' <<<"$rules")
  shop.users: empty" 4 'references shop.users, which is left empty'
  on app <<<"SELECT lo_create(0)" >/dev/null
  refused "$rules" 4 'large objects'
}

@test "what would reach another server does not come along, nor do settings" {
  people
  on app <<<"ALTER DATABASE app SET app.word = 'not-for-staging'"
  clean "$rules"
  is "$(jq -c .settings facts)" '[]'
  on app <<<"CREATE FOREIGN DATA WRAPPER other; CREATE SERVER warehouse FOREIGN DATA WRAPPER other"
  refused "$rules" 4 'the copy would reach the foreign server warehouse'
}

@test "a value that was masked, in free text, in JSON, in a comment or a default, is found" {
  people
  on app <<<"UPDATE shop.\"Odd Table\" SET \"a \"\"b\" = 'as PERSON9@example.org wrote'"
  refused "$rules" 5 'stands in clear in shop."Odd Table"'
  people
  on app <<'SQL'
UPDATE shop.users SET profile = profile || jsonb_build_object('town', 'at Nicky "the" 7') WHERE id = 3
SQL
  refused "$rules" 5 'stands in clear in shop.users'
  people
  on app <<<"COMMENT ON TABLE shop.users IS 'ask person3@example.org'"
  refused "$rules" 5 'a comment, a default or a view'
  people
  on app <<<"ALTER TABLE shop.users ALTER notes SET DEFAULT '+43 660 123456'"
  refused "$rules" 5 'a comment, a default or a view'
}

@test "it is found in what is large, and whatever JSON keeps of another column" {
  people
  on app <<'SQL'
CREATE TABLE big (id serial, line text);
INSERT INTO big (line) SELECT CASE g WHEN 1 THEN 'person9@example.org' ELSE repeat('nothing ', 10) END FROM generate_series(1, 20000) g;
SQL
  refused "$rules
  public.big: { id: keep, line: keep }" 5 'stands in clear in public.big'
  people
  on app <<<"CREATE TABLE z (j jsonb); INSERT INTO z VALUES ('{\"town\": \"person3@example.org\"}')"
  refused "$rules
  public.z: { j: { json: { town: keep } } }" 5 'stands in clear in public.z'
}

@test "an index of an expression is unique too, and dates are what they were" {
  people
  on app <<<"ALTER TABLE shop.users ADD nick text; UPDATE shop.users SET nick = 'Nick ' || id; CREATE UNIQUE INDEX ON shop.users (lower(nick)); ALTER TABLE shop.users ADD born date DEFAULT '2026-04-03'"
  on app <<<"ALTER DATABASE app SET datestyle = 'SQL, DMY'"
  clean "${rules/initials: keep/initials: keep
    nick: name
    born: keep}"
  load_copy
  is "$(on copy <<<'SELECT count(DISTINCT nick), min(born) FROM shop.users')" '50|2026-04-03'
}

@test "of partitions, quotes, enums, arrays and a short column each comes through" {
  people
  on app <<<"ALTER TABLE shop.users ADD city varchar(5); UPDATE shop.users SET city = 'Graz'; ALTER TABLE shop.users ADD code char(50) UNIQUE; UPDATE shop.users SET code = 'code ' || id"
  clean "${rules/initials: keep/initials: keep
    city: name
    code: hash}"
  load_copy
  is "$(on copy <<<"SELECT min(city), count(DISTINCT code) FROM shop.users")" 'Test |50'
  refused "${rules/initials: keep/initials: keep
    city: hash
    code: { fixed: x \}}" 4 'shop.users: code is unique'
}

@test "what is proposed masks what looks personal, and is a file of rules that works" {
  people
  with_stack "target=demo verb=sanitise; stack_part database kind postgres url postgresql://test@/app?host=$servers/here/socket database app" \
    'stack_propose database' >proposed
  is "$(sed -n '/shop.users/,/initials/p' proposed | sed 's/ *#.*//')" '  shop.users:
    id: keep
    email: email
    login: hash
    full_name: name
    phone: phone
    notes: text
    profile: { json: {} }
    tags: null
    created_at: keep
    initials: keep'
  on app <<<'DELETE FROM audit'
  clean "$(<proposed)"
  load_copy
  is "$(on copy <<<'SELECT count(*) FROM shop.users JOIN shop.orders USING (login)')" 50
}

# random_case NUMBER: a database of planted values (NUMBER.sql), rules for it that may be
# wrong (NUMBER.yaml), and what must not come through (NUMBER.planted).
random_case() {
  local table column rows rule kind width unique values definitions leak=''
  : >"$1.planted"
  printf 'CREATE TABLE notes (line text);\nINSERT INTO notes VALUES (NULL);\n' >"$1.sql"
  printf 'database:\n  public.notes: { keep: all }\n' >"$1.yaml"
  for ((table = 0; table <= RANDOM % 3; table++)); do
    rows=$((RANDOM % 20 + 1)) definitions=('id serial PRIMARY KEY') values=()
    printf '  "public.T %s":\n    id: keep\n' "$table" >>"$1.yaml"
    for ((column = 0; column <= RANDOM % 4; column++)); do
      random_column "$1" "$table.$column"
    done
    printf 'CREATE TABLE "T %s" (%s);\n' "$table" "$(paste -s -d , - < <(printf '%s\n' "${definitions[@]}"))"
    printf 'INSERT INTO "T %s" SELECT g, %s FROM generate_series(1, %s) g;\n' "$table" "$(paste -s -d , - < <(printf '%s\n' "${values[@]}"))" "$rows"
  done >>"$1.sql"
  # Somebody wrote one of them where nobody expects it.
  if ((RANDOM % 5 == 0)) && [[ -n $leak ]]; then
    printf "UPDATE notes SET line = 'said ' || upper(%s);\n" "$leak" >>"$1.sql"
    : >"$1.leaks"
  fi
}

# random_column NUMBER NAME: adds to definitions, values and the files.
random_column() {
  local plant="plant $1.$2." rules=() masks=true tail=''
  kind=$((RANDOM % 5)) width=$((RANDOM % 60 + 20)) unique=''
  ((RANDOM % 3 > 0)) || unique=' UNIQUE'
  case $kind in
    0 | 1)
      rules=(hash email phone name text)
      [[ -n $unique ]] || rules+=('{ fixed: harmless }' keep)
      ((kind == 0)) || unique=''
      tail=" || E'\\\\\"\\t'"
      values+=("'$plant' || g$tail")
      definitions+=("\"$2\" $(if ((kind == 0)); then printf text; else printf 'varchar(%s)' "$width"; fi) NOT NULL$unique")
      ;;
    2)
      rules=('{ json: { open: keep } }' '{ json: { deep.name: name, open: keep } }' null)
      values+=("jsonb_build_object('open', g, 'name', '$plant' || g, 'deep', jsonb_build_object('name', '$plant' || g || '\"', 'list', jsonb_build_array('$plant' || g)))")
      definitions+=("\"$2\" jsonb")
      ;;
    3)
      rules=(null "{ fixed: '{a,b}' }")
      values+=("ARRAY['$plant' || g, NULL, '{\"']")
      definitions+=("\"$2\" text[]")
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
    leak="'${plant}1'$tail"
  fi
  ((RANDOM % 20 > 0)) || rule=''
  [[ -z $rule ]] || printf '    "%s": %s\n' "$2" "$rule" >>"$1.yaml"
}

@test "random schemas: refused, or nothing planted is in the copy, which loads whole" {
  local number accepted=0 before
  : "${SEED:=$((RANDOM * 32768 + RANDOM))}"
  RANDOM=$SEED
  printf '# SEED=%s\n' "$SEED" >&3
  for number in {1..12}; do random_case "$number"; done
  lines_of {1..12}.yaml
  for number in {1..12}; do
    on postgres <<<'DROP DATABASE IF EXISTS app WITH (FORCE)'
    on postgres <<<'CREATE DATABASE app'
    on app <"$number.sql"
    rm -rf team-sync-exports copy.sql
    run clean_by "$number.yaml"
    if ((status != 0)); then
      [[ $output == *'exit 4'* || $output == *'exit 5'* && -e $number.leaks ]] || {
        printf '%s\n' "case $number: $output" >&2
        return 1
      }
      is "$(find . -name '*-complete.sql' | wc -l)" 0
      continue
    fi
    accepted=$((accepted + 1))
    [[ ! -e $number.leaks ]]
    is "$(grep -iF -f "$number.planted" copy.sql)" ''
    before=$(on app <<<"SELECT sum((xpath('/row/c/text()', query_to_xml(format('SELECT count(*) AS c FROM %I', tablename), false, true, '')))[1]::text::int) FROM pg_tables WHERE schemaname = 'public'")
    load_copy
    is "$(on copy <<<"SELECT sum((xpath('/row/c/text()', query_to_xml(format('SELECT count(*) AS c FROM %I', tablename), false, true, '')))[1]::text::int) FROM pg_tables WHERE schemaname = 'public'")" "$before"
  done
  ((accepted > 0))
}
