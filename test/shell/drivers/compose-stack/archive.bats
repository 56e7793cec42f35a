#!/usr/bin/env bats
load ../../helper
source "$project/test/fixtures/stack.sh"

# One archive: what it holds, and what is refused before anything is written.

files='stack_part config kind files paths "conf
.env"'

# make_archive [SETTING]: of two files; archive is its path.
make_archive() {
  mkdir -p conf
  printf 'one\n' >'conf/a b'
  printf 'two\n' >conf/é
  printf 'WORD=not-to-be-seen\n' >.env
  with_stack "${1:-:}; $files" "$stack_export" >"$BATS_TEST_TMPDIR/out" 2>&1
  archive=$(ls team-sync-exports/team-export-*)
}

# open_it [SETTING]: unpack and verify archive; what it says is in output.
open_it() {
  run with_stack "archive=$archive; ${1:-:}; $files" 'stack_find_archive; stack_open_archive; cat "$unpacked/manifest.json"'
}

# repack COMMAND...: the same archive after COMMAND in its folder.
repack() {
  rm -rf "$BATS_TEST_TMPDIR/again"
  mkdir "$BATS_TEST_TMPDIR/again"
  zstd -dqc "$archive" | tar -C "$BATS_TEST_TMPDIR/again" -xf -
  (cd "$BATS_TEST_TMPDIR"/again/export-* && "$@")
  tar -C "$BATS_TEST_TMPDIR/again" -cPf - $(ls "$BATS_TEST_TMPDIR/again") | zstd -q >"$archive.new"
  mv "$archive.new" "$archive"
}

# is_refused TEXT: with 5, and nothing was written outside of what is removed again.
is_refused() {
  is "$status" 1
  has "$output" "$1"
  content "$(echo .insightpulse/state/runs/demo/*/exit_code)" 5
}

@test "an archive has a manifest of all files, and opens again" {
  make_archive
  open_it
  is "$status" 0
  is "$(jq -r '[.members[].path] | sort | join(" ")' <<<"$output")" '.env conf/a b conf/é export-metadata.json'
  is "$(jq -r '.members[] | select(.path == "conf/a b") | .sha256' <<<"$output")" "$(printf 'one\n' | sha256sum | cut -c 1-64)"
}

@test "an archive of gzip opens too" {
  make_archive compress=gzip
  has "$archive" .tar.gz
  open_it
  is "$status" 0
}

@test "the metadata say who, where, when and from which versions" {
  make_archive 'stack_version pilotproVersion 1.2.3'
  zstd -dqc "$archive" | tar -xOf - --wildcards '*/export-metadata.json' >"$BATS_TEST_TMPDIR/metadata"
  is "$(jq -r '[.pilotproVersion, .exportedBy, .hostname, .project] | join(" ")' "$BATS_TEST_TMPDIR/metadata")" \
    "1.2.3 $(id -un) $(hostname) demo"
  [[ $(jq -r .exportDate "$BATS_TEST_TMPDIR/metadata") =~ ^20.*\.000Z$ ]]
}

@test "private files in the clear are said each time" {
  make_archive
  has "$(cat "$BATS_TEST_TMPDIR/out")" 'holds .env and is not encrypted'
  has_not "$(cat "$BATS_TEST_TMPDIR/out")" not-to-be-seen
}

@test "an archive for a key of age opens with it and with no other" {
  age-keygen -o key 2>/dev/null
  age-keygen -o other 2>/dev/null
  make_archive "encrypt=age:$(age-keygen -y key)"
  has "$archive" .age
  has_not "$(cat "$BATS_TEST_TMPDIR/out")" 'not encrypted'
  ! grep -aq manifest.json "$archive"
  open_it "identity=$PWD/key"
  is "$status" 0
  rm -rf .insightpulse/state
  open_it "identity=$PWD/other"
  is_refused 'is cut off or damaged, or made for another key'
}

@test "an archive for a key of gpg opens with it" {
  export GNUPGHOME=$BATS_TEST_TMPDIR/gnupg
  mkdir -m 700 "$GNUPGHOME"
  gpg --batch --quiet --passphrase '' --quick-generate-key team@example.test default default never 2>/dev/null
  make_archive 'encrypt=gpg:team@example.test'
  open_it
  gpgconf --kill gpg-agent
  is "$status" 0
}

@test "an archive that is cut off is refused" {
  make_archive
  truncate -s -40 "$archive"
  rm -rf .insightpulse/state
  open_it
  is_refused 'is cut off or damaged'
}

@test "a file that was changed is refused" {
  make_archive
  repack sed -i s/one/two/ 'conf/a b'
  rm -rf .insightpulse/state
  open_it
  is_refused 'conf/a b is damaged'
}

@test "two files that were swapped are refused" {
  make_archive
  repack sh -c 'mv "conf/a b" x; mv conf/é "conf/a b"; mv x conf/é'
  rm -rf .insightpulse/state
  open_it
  is_refused 'is damaged: its digest is another'
}

@test "a file that the manifest does not name is refused" {
  make_archive
  repack touch conf/more
  rm -rf .insightpulse/state
  open_it
  is_refused 'conf/more is missing, or not in the manifest'
}

@test "a link in an archive is refused before anything is written" {
  make_archive
  repack ln -s /etc/passwd conf/link
  rm -rf .insightpulse/state
  open_it
  is_refused 'holds more than files and folders'
  is "$(ls team-sync-exports/.lockstep-*/in)" ''
}

@test "a path that leads out of an archive is refused before anything is written" {
  local name
  make_archive
  for name in ../outside /tmp/lockstep-outside export-1/../../outside; do
    python3 - "$archive" "$name" <<'END'
import subprocess, sys, tarfile, io
archive, name = sys.argv[1:]
data = subprocess.run(['zstd', '-dqc', archive], capture_output=True, check=True).stdout
out = io.BytesIO()
with tarfile.open(fileobj=io.BytesIO(data)) as old, tarfile.open(fileobj=out, mode='w') as new:
    for member in old:
        new.addfile(member, old.extractfile(member) if member.isfile() else None)
    bad = tarfile.TarInfo(name)
    new.addfile(bad, io.BytesIO())
subprocess.run(['zstd', '-qfo', archive + '.bad'], input=out.getvalue(), check=True)
END
    mv "$archive.bad" bad.tar.zst
    rm -rf .insightpulse/state team-sync-exports/.lockstep-*
    archive=bad.tar.zst open_it
    is_refused 'leads out of its folder'
    is "$(ls team-sync-exports/.lockstep-*/in)" ''
  done
}

@test "what has no room beside what is there is refused, by what df says" {
  run in_run "stack_judge_room 50000000 <<'DF'
Filesystem     1024-blocks     Used Available Capacity Mounted on
/dev/vda          263098148 30000000     58000      16% /a place
DF"
  is "$output" "room it needs 50.0 MB beside what is there, and the disk there has 59.3 MB free: make room first"
  run in_run "stack_judge_room 40000000 <<'DF'
Filesystem     1024-blocks     Used Available Capacity Mounted on
overlay           263098148 30000000     58000      16% /
DF"
  is "$status$output" 0
  # Whose df cannot be read says nothing.
  run in_run "stack_judge_room 40000000 <<<'df: no such thing'"
  is "$status$output" 0
}

@test "how much of a large part is dumped is told while it goes on, and no longer" {
  head -c 7000000 /dev/zero >database-complete.dump
  run in_run 'part=database stack_out=$PWD run_dir=$PWD
    progress() { printf "%s of %s %s\n" "$@" >told; }
    step_id=dump_parts items=(a database c)
    mkdir work && echo a >work/dump_parts.finished && echo 120000000 >work/look.database
    (stack_begin_telling && while [[ ! -s told ]]; do command sleep 0.1; done && echo "$teller" >who)
    cat told
    while kill -0 "$(<who)" 2>/dev/null; do command sleep 0.1; done'
  is "$status $output" '0 1 of 3 database: 7 of about 120 MB'
}
