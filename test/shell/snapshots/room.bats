#!/usr/bin/env bats
load ../helper

# with_room KILOBYTES: a program that overwrites 3 MB, on a disk with so much room.
with_room() {
  head -c 3000000 /dev/zero >a
  write_program <<END
df() { printf 'Filesystem 1024-blocks Used Available Capacity Mounted on\n//host/a share 9000 8000 $1  90%% /mnt/a b\n'; }
plan() { step two 'Do two' changes; }
two() { printf x >a; printf x >b; }
two_saves() { printf '%s\0' a b; }
END
}

@test "a run whose backup does not fit says so before it changes anything: exit 3" {
  local before
  with_room 2500
  before=$(picture "$root")
  run the_program
  is "$status" 3
  has "$output" 'the backup needs 3.0 MB and the disk of'
  has "$output" 'has 2.5 MB free: make room first'
  is "$(picture "$root")" "$before"
  is "$(latest '.results[0] | .status, .exit_code')" "failed${nl}3"
}

@test "one that fits goes on, and so does one whose former backup has it all" {
  with_room 9000
  the_program
  content a x
  head -c 3000000 /dev/zero >a
  touch -d '2020-01-01' a
  the_program
}

@test "where df says nothing of use, the run goes on" {
  with_room unknown
  the_program
  content a x
}

@test "a pool whose items fit one by one, but not together, says so before the first" {
  local before
  head -c 1500000 /dev/zero >a
  mkdir -p b/c 'd e'
  head -c 1500000 /dev/zero >b/c/f
  head -c 1500000 /dev/zero >'d e/f'
  write_program <<'END'
df() { printf 'Filesystem 1024-blocks Used Available Capacity Mounted on\n//a 9000 8000 4500 90%% /mnt\n'; }
one() { printf '%s\n' a b 'd e' new >"$run_dir/work/things"; }
two() { rm -rf -- "$1" && printf 'x' >"$1"; }
END
  before=$(picture "$root")
  run the_program
  is "$status" 3
  has "$output" 'the backup needs 4.'
  has "$output" 'has 4.6 MB free: make room first'
  is "$(picture "$root")" "$before"
  is "$(latest '.results[0] | .status, .exit_code')" "failed${nl}3"
  rm -rf 'd e'
  the_program
  content a x
  content new x
}
