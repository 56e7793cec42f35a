#!/usr/bin/env bats
load ../helper

# described PATH...: the entries of these, without what differs from run to run.
described() {
  in_run 'printf "%s\0" "$@" | describe_paths . >"$run_dir/work/facts"
    add_digests . "$run_dir/work/facts" | cut -f 1-4,8' "$@"
}

hash_of() { printf '%s' "$1" | sha256sum | cut -d ' ' -f 1; }

@test "an entry says what stands at a path: file, link, folder or nothing" {
  printf 'x' >file
  chmod 4640 file
  mkdir -m 711 folder
  ln -s nowhere/at/all link
  is "$(described file folder link gone file/below)" \
    "file	4640	1	$(hash_of x)	file
folder	711	-	-	folder
link	-	14	nowhere/at/all	link
absent	-	-	-	gone
absent	-	-	-	file/below"
}

@test "what cannot be saved is told apart" {
  mkfifo fifo
  ln -s fifo link
  is "$(described fifo link | cut -f 1)" "fifo${nl}link"
  mknod device b 1 3 2>/dev/null || skip 'making a device needs root'
  is "$(described device | cut -f 1)" device
}

@test "names are encoded so that a line is an entry, and decoded to the same bytes" {
  local name odd=($'new\nline' $'tab\t' '"' "'" '\' '\n' '%' '%41' '%%' $'\377\376' $'\303' $'x\342\202' '-n' -- '*' ' '
    '🎈' é $'\177' $'\001' '$HOME' '`x`' '{{x}}')
  for name in "${odd[@]}"; do
    printf 'of %s' "$name" >"./$name"
  done
  # In any locale.
  for LC_ALL in C C.UTF-8; do
    export LC_ALL
    is "$(described "${odd[@]}" | cut -f 4)" "$(for name in "${odd[@]}"; do hash_of "of $name"; done)"
    is "$(described "${odd[@]}" | wc -l | tr -d ' ')" "${#odd[@]}"
    in_run 'for name in "$@"; do
        encode_path text "$name"
        [[ $text != *\"* && $text != *\\* ]]
        decode_path back "$text"
        [[ $back == "$name" ]]
      done' "${odd[@]}"
  done
  is "$(in_run 'encode_path text "$1"; printf "%s" "$text"' $'a\n%"\\\377é')" 'a%0A%25%22%5C%FFé'
}

@test "thousands of paths give the entries that each alone would give" {
  local file
  mkdir d
  for file in {1..700}; do
    printf '%s' "$file" >"d/$file"
  done
  ln -s 1 d/link
  in_run 'find ./d -print0 | LC_ALL=C sort -z >"$run_dir/work/all"
    describe_paths . <"$run_dir/work/all" >"$run_dir/work/together"
    while IFS= read -r -d "" path; do
      printf "%s\0" "$path"
    done <"$run_dir/work/all" | (
      look_at_each() { :; }
      cat >"$run_dir/work/list"
      describe_plain . "$run_dir/work/list"
    ) >"$run_dir/work/plain"
    cmp "$run_dir/work/together" "$run_dir/work/plain"
    # One of them has an odd name, one is gone: then each is looked at.
    mv d/699 "d/odd name"
    rm d/650
    describe_paths . <"$run_dir/work/all" >"$run_dir/work/gone"
    [[ $(grep -c ^absent "$run_dir/work/gone") == 2 ]]
    find ./d -print0 | LC_ALL=C sort -z | describe_paths . >"$run_dir/work/odd"
    cut -f 8 "$run_dir/work/odd" | decode_paths | cmp - <(find ./d -print0 | LC_ALL=C sort -z)
    [[ $(grep -c "" "$run_dir/work/odd") == 701 ]]'
}

@test "a file that vanishes while it is described makes that fail" {
  printf 'x' >f
  printf 'x' >g
  run in_run 'stat() {
      rm -f f
      command stat "$@"
    }
    xargs() { rm -f f; command xargs "$@"; }
    describe_paths . < <(printf "f\0g\0")'
  [[ $status -ne 0 ]]
}

@test "entries differ by type, mode, size and digest, not by times" {
  printf 'x' >f
  described_full() { in_run 'describe_paths . < <(printf "f\0") >"$run_dir/work/facts"
    add_digests . "$run_dir/work/facts"'; }
  described_full >"$BATS_TEST_TMPDIR/one"
  touch -d '2001-01-01 00:00:00' f
  described_full >"$BATS_TEST_TMPDIR/two"
  is "$(in_run 'differing_entries "$@"' "$BATS_TEST_TMPDIR/one" "$BATS_TEST_TMPDIR/two")" ''
  local change
  for change in 'chmod 600 f' 'printf y >f' 'printf xx >f' 'rm f; ln -s x f' 'rm f; mkdir f' 'rmdir f'; do
    eval "$change"
    described_full >"$BATS_TEST_TMPDIR/two"
    [[ -n $(in_run 'differing_entries "$@"' "$BATS_TEST_TMPDIR/one" "$BATS_TEST_TMPDIR/two") ]]
  done
}

@test "of several states of a path the first counts, and nothing below what was no folder" {
  is "$(in_run 'first_entries' <<<$'absent\t-\t-\t-\t-\t-\t-\ta
file\t644\t1\t1\t-\t-\t-\tb
file\t644\t1\t2\t-\t-\t-\tb
file\t644\t1\t3\t-\t-\t-\ta/new
folder\t755\t-\t-\t-\t-\t-\tc
file\t644\t1\t4\t-\t-\t-\tc/d
file\t644\t1\t5\t-\t-\t-\tab' | cut -f 4,8)" $'-\ta
1\tb
-\tc
4\tc/d
5\tab'
}
