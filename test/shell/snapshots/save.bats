#!/usr/bin/env bats
load ../helper

# save_these SET PATH...: in a run called "now".
save_these() {
  in_run 'save_paths "$1" < <(shift; printf "%s\0" "$@")' "$@"
}

# save_again PATH...: once, and once more on top of that as the former backup;
# code may change things in between. Prints the entries of the second set.
save_again() {
  in_run 'save_paths old < <(printf "%s\0" "$@")
    base=$run_dir/saved/old
    base_entries=$base/list
    base_started=9999
    eval "$BETWEEN"
    save_paths new < <(printf "%s\0" "$@")
    cat "$run_dir/saved/new/list"' "$@"
}

setup_file() {
  export BETWEEN=:
}

saved=.insightpulse/run/saved

inode() { stat -c %i -- "$1"; }

# is_whole SET: its copies are exactly what its list says.
is_whole() {
  is "$(in_run 'folder=$run_dir/saved/$1
    (cd "$folder/files" && find . ! -type d -print0) |
      describe_paths "$folder/files" >"$run_dir/work/found"
    add_digests "$folder/files" "$run_dir/work/found" | cut -f 1-4,8 | LC_ALL=C sort
    printf "%s\n" =
    LC_ALL=C grep "^[fl]i" "$folder/list" | cut -f 1-4,8 | LC_ALL=C sort' "$1" |
    awk '$0 == "=" { second = 1; next } second { right = right $0 "\n"; next } { left = left $0 "\n" }
      END { print left == right ? "whole" : left "is not\n" right }')" whole
}

@test "entries of every type and odd name are saved as they are" {
  local name
  mkdir -p tree/empty/deeper tree/$'a\nfolder'
  for name in $'new\nline' $'tab\there' '"quoted"' "it's" 'back\slash' '100%' '%41' \
    $'\377\376' -dash -- '*' ' space ' '🎈 é' .hidden; do
    printf 'of %s' "$name" >"tree/$name"
    ln -s -- "$name" "tree/to $name"
  done
  ln -s nowhere/at/all tree/dangling
  ln -s "ends with newline$nl" tree/strange
  printf 'x' >tree/$'a\nfolder/file'
  chmod 400 tree/100%
  chmod 4751 "tree/it's"
  chmod 1777 tree/empty
  save_these set tree
  is "$(picture "$saved/set/files")" "$(picture . | grep -v '^./.insightpulse')"
  is_whole set
}

@test "a folder that cannot be written in is saved with all in it" {
  mkdir -p closed/inner
  printf 'x' >closed/inner/f
  chmod 500 closed/inner closed
  save_these set closed
  chmod 700 closed closed/inner
  is_whole set
  has "$(cut -f 1,2,8 "$saved/set/list")" $'folder\t500\tclosed/inner'
}

@test "a large file, a sparse one and an empty one are saved" {
  dd if=/dev/urandom of=large bs=1000 count=200 2>/dev/null
  dd if=/dev/null of=sparse bs=1 seek=20000000 2>/dev/null
  : >empty
  save_these set large sparse empty
  is_whole set
  cmp large "$saved/set/files/large"
  cmp sparse "$saved/set/files/sparse"
}

@test "a path that is named twice, and one inside of another, are saved once" {
  mkdir -p d/e
  printf 'x' >d/e/f
  printf 'y' >g
  save_these set d d d/e d/e/f g g
  is_whole set
  save_again d d/e d d/e/f g >/dev/null
  is_whole new
}

@test "what has not changed is a link to the former copy, never to the live file" {
  mkdir -p d
  printf 'x' >d/f
  printf 'y' >g
  ln -s f d/link
  save_again d g >/dev/null
  is "$(inode "$saved/new/files/d/f")" "$(inode "$saved/old/files/d/f")"
  is "$(inode "$saved/new/files/g")" "$(inode "$saved/old/files/g")"
  [[ $(inode d/f) != "$(inode "$saved/new/files/d/f")" ]]
  [[ $(inode g) != "$(inode "$saved/new/files/g")" ]]
  is_whole new
}

@test "what has changed since is copied, and the former copy stays as it was" {
  mkdir -p d/gone
  printf 'one' >d/f
  printf 'same' >d/same
  printf 'mode' >d/mode
  printf 'x' >d/gone/x
  BETWEEN='printf two >d/f; chmod 600 d/mode; rm -r d/gone; printf new >d/new' \
    save_again d >/dev/null
  is_whole new
  is_whole old
  content "$saved/new/files/d/f" two
  content "$saved/old/files/d/f" one
  [[ ! -e $saved/new/files/d/gone/x ]]
}

@test "a file that became a folder, or a folder a file, is saved on top of a former backup" {
  mkdir -p d/b d/d
  printf 'x' >d/a
  printf 'x' >d/b/f
  printf 'x' >d/c
  BETWEEN='rm -r d/a d/b d/c d/d
    mkdir d/a d/c
    printf y >d/a/f
    printf y >d/b
    ln -s a d/d' save_again d >/dev/null
  is_whole new
  is_whole old
}

@test "a file changed in the second of the former backup, to the same size, is copied" {
  printf 'one' >f
  in_run 'save_paths old < <(printf "f\0")
    base=$run_dir/saved/old base_entries=$run_dir/work/base
    printf "two" >f
    # As bad as a clock can be: all that is known of the file is the same.
    describe_paths . < <(printf "f\0") >"$run_dir/work/now"
    digest=$(cut -f 4 "$base/list")
    awk -F "\t" -v OFS="\t" -v digest="$digest" "{ \$4 = digest; print }" \
      "$run_dir/work/now" >"$base_entries"
    base_started=$(cut -f 7 "$run_dir/work/now")
    base_started=${base_started%.*}
    save_paths new < <(printf "f\0")'
  content "$saved/new/files/f" two
  is_whole new
}

@test "a former backup that lost a file, or has one cut off, is no help and does no harm" {
  mkdir d
  printf 'one' >d/lost
  printf 'two' >d/cut
  printf 'three' >d/mode
  printf 'four' >single
  BETWEEN='rm "$base/files/d/lost" "$base/files/single"
    printf t >"$base/files/d/cut"
    chmod 600 "$base/files/d/mode"
    : >"$base/files/d/extra"' save_again d single >/dev/null
  is_whole new
  content "$saved/new/files/d/cut" two
  content "$saved/old/files/d/cut" t
}

@test "a former backup that cannot be linked from is not written to" {
  mkdir d
  printf 'one' >d/f
  printf 'two' >d/g
  # cp makes some links, fails at others, as at the limit of links to a file.
  BETWEEN='cp() {
      [[ $1 == -pPRl ]] || { command cp "$@"; return; }
      command cp "$@"
      return 1
    }
    printf new >d/g' save_again d >/dev/null
  is_whole new
  is_whole old
  content "$saved/old/files/d/g" two
  content "$saved/new/files/d/g" new
}

@test "a file that vanishes while it is saved makes a second attempt" {
  mkdir d
  printf 'one' >d/f
  printf 'two' >d/g
  in_run 'first=true
    cp() {
      [[ $first == false ]] || rm -f d/f
      first=false
      command cp "$@"
    }
    save_paths set < <(printf "d\0")'
  is "$(find "$saved/set/files" ! -type d)" "$saved/set/files/d/g"
  is_whole set
}

@test "a file that keeps changing while it is saved is refused, by name" {
  mkdir d
  printf 'x' >'d/busy one'
  printf 'x' >d/still
  # Same size, and its digest is taken before and after.
  run in_run 'cp() {
      command cp "$@"
      [[ $1 == -pPR ]] || return 0
      tries=$((${tries:-0} + 1))
      printf "%s" "$tries" >"d/busy one"
      printf "%s" "$tries" >"$test_folder/tries"
    }
    save_paths set < <(printf "d\0")'
  is "$status" 1
  has "$output" 'd/busy one: keeps changing while it is saved'
  is "$(<"$BATS_TEST_TMPDIR/tries")" 3
  [[ ! -e .insightpulse/run/journal ]]
}

@test "a folder that gets new files all the time while it is saved is refused, by name" {
  mkdir d
  printf 'x' >d/still
  run in_run 'cp() {
      command cp "$@"
      tries=$((${tries:-0} + 1))
      : >"d/new $tries"
    }
    save_paths set < <(printf "d\0")'
  is "$status" 1
  has "$output" 'keeps changing while it is saved'
}

@test "a file that changes once while it is saved is saved as it is then" {
  printf 'one' >f
  in_run 'cp() {
      command cp "$@"
      [[ -e $test_folder/changed ]] || printf two >f
      : >"$test_folder/changed"
    }
    save_paths set < <(printf "f\0")'
  content "$saved/set/files/f" two
  is_whole set
}

@test "a copy that fails is not called a change; what cp said is the reason" {
  printf 'one' >f
  run in_run 'cp() {
      printf "cp: no such luck\n" >&2
      return 1
    }
    save_paths set < <(printf "f\0")'
  is "$status" 1
  has "$output" 'cp: no such luck'
  has_not "$output" changes
  [[ ! -e .insightpulse/run/journal ]]
}

@test "a copy that differs from its original is not accepted" {
  printf 'one' >f
  run in_run 'cp() {
      command cp "$@"
      printf "0ne" >"$run_dir/saved/set/files/f"
    }
    save_paths set < <(printf "f\0")'
  is "$status" 1
  [[ ! -e .insightpulse/run/journal ]]
}

@test "what cannot be described or hashed fails, whatever is wrong with it" {
  local broken
  mkdir d
  printf 'one' >d/f
  printf 'two' >d/g
  for broken in 'xargs() { return 1; }' 'awk() { return 2; }' 'find() { return 1; }' \
    'stat_files() { return 1; }' 'hash_files() { return 1; }' 'sort() { return 1; }'; do
    run in_run "$broken"'
      save_paths set < <(printf "d\0")'
    [[ $status -ne 0 ]] || {
      printf 'accepted: %s\n' "$broken" >&2
      return 1
    }
    [[ ! -e .insightpulse/run/journal ]]
    rm -rf .insightpulse
  done
}

@test "sockets and devices cannot be saved and fail the step, by name" {
  mkdir d
  mknod d/device c 1 3 2>/dev/null || skip 'making a device needs root'
  run save_these set d
  is "$status" 1
  has "$output" 'd/device: a device cannot be saved'
}
