#!/usr/bin/env bats
load ../../helper

# in_driver CODE ARGUMENT...: with what of the library and the driver these
# functions need.
in_driver() {
  local code=$1 part
  shift
  with_tools "$test_bash" -c "set -euo pipefail
    $(for part in "$lib"/shell/{json,hash,message,portable}.sh "$lib/records/words.sh" "$project"/tasks/drivers/skill-catalog/*.sh; do
    printf '. %q\n' "$part"
  done)
    run_dir=$(printf %q "$BATS_TEST_TMPDIR") reason_file=reason skill_most=1 skill_most_files=20
    $code" t.sh "$@" 2>&1
}

# packed COMMANDS: a.tgz of the folder that they fill.
packed() {
  rm -rf in out a.tgz a.tgz.*
  mkdir in
  printf -- '---\nname: a-skill\ndescription: It does a thing.\n---\nHow.\n' >in/SKILL.md
  (cd in && eval "$1")
  [[ -e a.tgz ]] || tar -czf a.tgz -C in .
}

@test "an archive is unpacked, from its top or its one folder, with plain modes" {
  packed 'mkdir -p scripts empty; echo ls >scripts/run; chmod 4711 scripts/run; chmod 600 SKILL.md; : >é'
  in_driver 'skill_unpack a.tgz out'
  is "$(cd out && find . | LC_ALL=C sort | paste -s -d ' ' -)" '. ./SKILL.md ./scripts ./scripts/run ./é'
  is "$(stat -c %a out/scripts/run out/SKILL.md out/scripts | paste -s -d ' ' -)" '755 644 755'
  packed 'mkdir a-skill-1.2; mv SKILL.md a-skill-1.2; tar -czf ../a.tgz a-skill-1.2'
  in_driver 'skill_unpack a.tgz out'
  is "$(ls out)" SKILL.md
}

@test "whatever leads out, is no plain file, or is too much is not unpacked" {
  local commands words
  while IFS='|' read -r commands words; do
    packed "$commands"
    run in_driver 'skill_unpack a.tgz out'
    is "$commands $status" "$commands 1"
    has "$output" "$words"
    [[ ! -e out && ! -e ../escaped && ! -e "$BATS_TEST_TMPDIR/escaped" ]]
  done <<'END'
ln -s /etc/passwd link|holds ./link, which is a link or a device
ln -s .. up; tar -czf ../a.tgz SKILL.md up|holds up, which is a link or a device
ln SKILL.md hard|, which is a link or a device
mkfifo pipe|holds ./pipe, which is a link or a device
tar -czf ../a.tgz --transform 's,^SKILL.md,../escaped,' SKILL.md|leads out of the folder
tar -czPf ../a.tgz --transform 's,^SKILL.md,/tmp/lockstep-escaped,' SKILL.md|leads out of the folder
tar -czf ../a.tgz --transform 's,^SKILL.md,a/../../escaped,' SKILL.md|leads out of the folder
mkdir -p sub/.GIT/hooks; : >sub/.GIT/hooks/x|a repository is not unpacked
: >"$(printf 'a\nb')"|which is no plain name
: >'a\b'|which is no plain name
head -c 3000000 /dev/zero >zeros|holds more than 1 MB
truncate -s 500000000 sparse; tar -cSzf ../a.tgz SKILL.md sparse|its archive
mkdir m; (cd m; touch {1..30})|holds more than 20 files
rm SKILL.md; : >README.md|its archive has no SKILL.md at its top
head -c 200 /dev/urandom >../a.tgz|is not a whole .tar.gz
tar -czf ../whole .; head -c 100 ../whole >../a.tgz|is not a whole .tar.gz
echo text >../t; gzip -c ../t >../a.tgz|is not a whole .tar.gz
END
}

# checked TEXT: what is said of a SKILL.md between whose lines --- TEXT stands.
checked() {
  printf -- '---\n%b\n---\nbody\n' "$1" >SKILL.md
  in_driver 'check_skill_file SKILL.md a-skill' || :
}

@test "a SKILL.md as the reference validator takes it is good" {
  local good='name: a-skill\ndescription: '
  is "$(checked "${good}Does it.")" ''
  is "$(checked "${good}\"Quoted: with # and \\\\\"\"  # why")" ''
  is "$(checked "${good}'It''s: so'\nlicense: MIT")" ''
  is "$(checked "${good}>-\n  folded: over\n\n  lines\nallowed-tools: Bash(git:*) Read")" ''
  is "$(checked "${good}over\n  two lines\n# said\nmetadata:\n  author: somebody\n  \"version\": \"1.0\"\ncompatibility: any")" ''
  is "$(checked "${good}$(printf 'é%.0s' {1..1024})")" ''
  printf -- '---\r\nname: a-skill\r\ndescription: x\r\n---\r\n' >SKILL.md
  is "$(in_driver 'check_skill_file SKILL.md a-skill')" ''
}

@test "what is wrong with a SKILL.md is said with its line" {
  local good='name: a-skill\ndescription: x\n'
  has "$(checked 'name: other\ndescription: x')" "name: must be a-skill, as the catalog and the folder have it, not 'other'"
  has "$(checked 'description: x')" "not ''"
  has "$(checked 'name: a-skill')" 'description: is missing or empty'
  has "$(checked 'name: a-skill\ndescription: "  "')" 'description: is missing or empty'
  has "$(checked "name: a-skill\ndescription: $(printf 'é%.0s' {1..1025})")" 'description: must have at most 1024 characters, not 1025'
  has "$(checked "${good}compatibility: $(printf 'x%.0s' {1..501})")" 'compatibility: must have at most 500'
  has "$(checked "${good}model: opus")" 'SKILL.md:4: unknown key model'
  has "$(checked "${good}name: a-skill")" 'SKILL.md:4: name stands here twice'
  has "$(checked "${good}license: a: b")" 'SKILL.md:4: license: holds a colon'
  has "$(checked "${good}license: [a]")" 'SKILL.md:4: license: must be a text'
  has "$(checked "${good}license: \"open")" 'the quote has no end'
  has "$(checked "${good}metadata: {a: b}")" 'SKILL.md:4: metadata: must be keys and values'
  has "$(checked "${good}metadata:\n  - a")" 'SKILL.md:5: metadata: must be keys and texts'
  has "$(checked "${good}nonsense")" 'SKILL.md:4: must be a key and its value'
  printf 'name: a-skill\n' >SKILL.md
  has "$(in_driver 'check_skill_file SKILL.md a-skill' || :)" 'SKILL.md:1: must begin with a line ---'
  printf -- '---\nname: a-skill\n' >SKILL.md
  has "$(in_driver 'check_skill_file SKILL.md a-skill' || :)" 'no line --- ends'
}

@test "the tree of a folder is the same with every tool, and tells every change" {
  mkdir -p a/sub
  printf 'x\n' >a/SKILL.md
  printf 'y\n' >'a/sub/with space'
  tree() { in_driver 'skill_tree t a; printf "%s" "$t"'; }
  local before
  before=$(tree)
  is "${#before}" 64
  mkdir a/empty
  printf 'old\n' >a/SKILL.md.bak.20260101_000000
  is "$(tree)" "$before"
  is "$(in_driver 'find_sha256() { sha256=(openssl dgst -r -sha256); }; skill_tree t a; printf "%s" "$t"')" "$before"
  chmod +x a/SKILL.md
  [[ $(tree) != "$before" ]]
  chmod -x a/SKILL.md
  ln -s x a/link
  [[ $(tree) != "$before" ]]
  rm a/link
  is "$(tree)" "$before"
  mv 'a/sub/with space' a/sub/other
  [[ $(tree) != "$before" ]]
}
