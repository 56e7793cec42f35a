#!/usr/bin/env bats
load ../../helper

# entries FILE: what is in it, as JSON; then what is wrong with it.
entries() {
  in_run 'export KEY=Name TEXT=Description
    notion_entries fields "$1"
    cat -- "$run_dir/work/problems"' "$1"
}

@test "an entry of Markdown is a heading, a list and a text" {
  cat >a.md <<'END'
# Fields
Not an entry
- A: b

## `x_state` ##

- Model: sale.order
* Url: https://a.example/?q:1

Some *text*,
with "quotes" and \.

```
## no heading
```
### Part of the text
- Not: a property
## second
<!-- for people -->
- Empty:
- A thing
## third
END
  entries a.md >out
  is "$(sed -n 1p out | jq -c '[.at, .entry.Name, .entry.Model, .entry.Url]')" \
    '["a.md:5","x_state","sale.order","https://a.example/?q:1"]'
  is "$(sed -n 1p out | jq -r .entry.Description)" 'Some *text*,
with "quotes" and \.

```
## no heading
```
### Part of the text
- Not: a property'
  is "$(sed -n 2p out)" '{"at":"a.md:18","list":"fields","entry":{"Name":"second","Empty":"","Description":"- A thing"}}'
  is "$(sed -n 3p out)" '{"at":"a.md:22","list":"fields","entry":{"Name":"third"}}'
  is "$(grep -c '' out)" 3
}

@test "YAML is understood as it is documented" {
  cat >a.yaml <<'END'
# comment
---
tasks:
- task: A "quoted" thing # comment
  offset: -2
  Time: 12:30
  list: [a, 'b, c', "d\"e"]
  more:
    - x
    - "y: z"
  long: |
    one
      two \

    three
  folded: >-
    one
    two

    three
  none: ~
- "odd key": it's
holidays:
  - 2026-12-25 # Christmas
more: [a, "b, c"]
END
  entries a.yaml >out
  is "$(sed -n 1p out | jq -c .entry)" \
    '{"task":"A \"quoted\" thing","offset":"-2","Time":"12:30","list":["a","b, c","d\"e"],"more":["x","y: z"],"long":"one\n  two \\\n\nthree","folded":"one two\nthree","none":""}'
  is "$(sed -n 2p out)" '{"at":"a.yaml:22","list":"tasks","entry":{"odd key":"it'"'"'s"}}'
  is "$(sed -n 3p out)" '{"at":"a.yaml:24","list":"holidays","entry":"2026-12-25"}'
  is "$(tail -n 2 out | jq -c '[.list, .entry]' | paste -s -d ' ' -)" '["more","a"] ["more","b, c"]'
  is "$(grep -c '' out)" 5
}

@test "a real reader of YAML makes the same of the shipped files" {
  local file reader='import { readFileSync } from "node:fs"
    import { parse } from "yaml"
    const all = parse(readFileSync(process.argv[1], "utf8"), { schema: "failsafe" })
    for (const [list, entries] of Object.entries(all))
      for (const entry of entries) console.log(JSON.stringify({ list, entry }))'
  for file in bir-filings holidays month-end; do
    cp "$project/tasks/notion/$file.yaml" .
    entries "$file.yaml" | jq -S -c '{list, entry}' >ours
    (cd "$project" && node --input-type=module -e "$reader" "$root/$file.yaml") | jq -S -c . >theirs
    cmp ours theirs
    [[ -s ours ]]
  done
}

@test "what is not understood is refused with its line" {
  local text words
  while IFS='|' read -r text words; do
    printf '%b' "$text" >a.yaml
    entries a.yaml >out
    has "$(<out)" "a.yaml:$words"
  done <<'END'
tasks:\n  - a: &x 1\n|2: put &x 1 between quotes
tasks:\n  - a: b: c\n|2: put b: c between quotes
tasks:\n\t- a: b\n|2: indented with a tab
tasks:\n  - a: 1\n    a: 2\n|3: "a" stands twice
tasks:\n  - a: 1\n   b: 2\n|3: not indented as the keys
tasks:\n  - a: "x\n|2: a quote that is not closed
tasks:\n  - a: [x, y\n|2: a list that is not closed
tasks:\n  - a: {x: y}\n|2: put {x: y} between quotes
tasks:\n  - a\ntasks:\n|3: "tasks" stands twice
just text\n|1: neither "key: value" nor
tasks:\n  - a: "x" y\n|2: something follows
tasks:\n  - a: !!str x\n|2: put !!str x between quotes
END
  printf '## a\n- X: 1\n- X: 2\n' >a.md
  has "$(entries a.md)" 'a.md:3: "X" stands twice'
  printf '## a\n```\nopen\n' >a.md
  has "$(entries a.md)" 'a.md:3: a block of code is not closed'
}

@test "any text comes through as it is" {
  local text
  while IFS= read -r text; do
    printf 'a:\n  - Name: %s\n' "$(jq -n -c --arg text "$text" '$text')" >a.yaml
    printf '## %s\n' "$text" >a.md
    is "$(entries a.yaml | jq -r .entry.Name)" "$text"
    is "$(entries a.md | jq -r .entry.Name)" "$text"
  done <<'END'
$HOME $(touch x) 'y'
a'b"c\\d\e
%s {{x}} ${{ x }} &amp; é 😀 <>|;*?
END
}
