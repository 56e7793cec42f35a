#!/usr/bin/env bats
load ../helper

# written: a manifest of what stands in d, as m.json; edits on it follow.
written() {
  mkdir -p d/empty
  printf 'content' >d/f
  ln -s f d/link
  printf 'x' >d/$'odd\n"name" 100% \377'
  in_run 'find d -print0 | describe_paths . >"$run_dir/work/facts"
    add_digests . "$run_dir/work/facts" >"$test_folder/entries"
    printf "absent%sgone\n" "$no_facts" >>"$test_folder/entries"
    backup_id=20260101_000000 direction=pull kind=before reason="it is \"asked\", for" saved_run=20260101_000000_0001
    write_manifest m.json "$test_folder/entries" directory ""'
}

# problem_of FILE: empty if it reads well.
problem_of() {
  in_run 'read_manifest "$1" || :; printf "%s" "$problem"' "$1"
}

@test "a manifest gives back the entries that it was written from" {
  written
  is "$(in_run 'manifest_entries m.json')" "$(<"$BATS_TEST_TMPDIR/entries")"
  is "$(problem_of m.json)" ''
}

@test "a manifest is valid JSON, whatever a file is called" {
  written
  jq -e . m.json
  is "$(jq -r '.reason' m.json)" 'it is "asked", for'
  is "$(jq '.files | length' m.json)" "$(wc -l <"$BATS_TEST_TMPDIR/entries" | tr -d ' ')"
  is "$(jq -r '.started_at' m.json)" 2026-01-01T00:00:00Z
}

@test "its checksum can be checked by hand, as its topic comment says" {
  written
  is "$(sed '/^"checksum"/,$d' m.json | sha256sum | cut -d ' ' -f 1)" "$(jq -r .checksum m.json)"
}

@test "any line that is edited by hand, left out or put in is noticed" {
  local line count
  written
  count=$(grep -c '' m.json)
  for ((line = 1; line < count - 1; line++)); do
    # The format stands for itself, and the last two lines are the checksum's.
    sed "${line}s/[a-z]/Z/" m.json >edited.json
    cmp -s m.json edited.json || has "$(problem_of edited.json)" 'changed or is cut off'
  done
  sed 3d m.json >edited.json
  has "$(problem_of edited.json)" 'changed or is cut off'
  sed '3s/^/"more":"x",\n/' m.json >edited.json
  has "$(problem_of edited.json)" 'changed or is cut off'
}

@test "one that is cut off anywhere before its end is noticed" {
  local size bytes
  written
  size=$(wc -c <m.json)
  for bytes in 0 1 20 200 $((size / 2)) $((size - 90)) $((size - 60)) $((size - 5)); do
    head -c "$bytes" m.json >cut.json
    has "$(problem_of cut.json)" 'changed or is cut off'
  done
  has "$(problem_of missing.json)" 'no manifest'
}

@test "what is added behind the checksum is not read" {
  written
  printf '{"path":"d/added","type":"file","mode":"644","size":1,"sha256":"00"}\n' >>m.json
  is "$(in_run 'manifest_entries m.json')" "$(<"$BATS_TEST_TMPDIR/entries")"
}

@test "one of a newer format is told apart from a damaged one" {
  written
  sed 's/^"format":1,/"format":2,/' m.json >newer.json
  is "$(problem_of newer.json)" 'it was made by a newer version (format 2)'
}

@test "one that was never verified does not count" {
  written
  in_run 'sed "s/^\"verified_at\":.*/\"verified_at\":null,/; /^\"checksum\"/,\$d" m.json >none.json
    printf "\"checksum\":\"%s\"\n}\n" "$(manifest_checksum none.json)" >>none.json'
  is "$(problem_of none.json)" 'it was never verified'
}

@test "without a program that makes checksums nothing verifies" {
  written
  is "$(in_run 'find_sha256() { sha256=(no-such-program); }
    read_manifest m.json 2>/dev/null || printf "%s" "$problem"')" \
    'its manifest was changed or is cut off'
  run in_run 'find_sha256() { sha256=(no-such-program); }
    backup_id=1 direction=pull kind=before reason=x saved_run=20260101_000000_0001
    write_manifest other.json "$test_folder/entries" directory ""'
  [[ $status -ne 0 && ! -e other.json ]]
}

@test "its kind does not rest on the words of its reason; one from before there were kinds still has one" {
  local reason kind
  written
  is "$(in_run 'read_manifest m.json; printf %s "$manifest_kind"')" before
  while IFS=: read -r reason kind; do
    grep -v '^"kind"' m.json | sed "/^\"checksum\"/,\$d; s/^\"reason\".*/\"reason\":\"$reason\",/" >old.json
    printf '"checksum":"%s"\n}\n' "$(sha256sum <old.json | cut -d ' ' -f 1)" >>old.json
    is "$(in_run 'read_manifest old.json; printf %s "$manifest_kind"')" "$kind"
  done <<'END'
before sync:before
before rollback to 20260101_000000:before
asked for:asked
a commit failed:failed_commit
END
}
