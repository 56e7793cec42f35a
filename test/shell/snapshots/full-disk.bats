#!/usr/bin/env bats
# A disk that fills up, at each write in turn; folders that cannot be written.
load ../helper

teardown() {
  cd /
  [[ ! -e $BATS_TEST_TMPDIR/mounted ]] || umount "$root" || umount -l "$root"
}

# small_disk: the root becomes a disk of its own.
small_disk() {
  cd -- "$BATS_TEST_TMPDIR" || return
  mount -t tmpfs -o size=1024k,nr_inodes=600 tmpfs "$root" 2>/dev/null ||
    skip 'mounting a small disk needs root'
  : >"$BATS_TEST_TMPDIR/mounted"
  cd -- "$root" || return
}

# leave_free kilobytes|inodes NUMBER: and nothing more.
leave_free() {
  local free
  mkdir filler
  if [[ $1 == inodes ]]; then
    free=$(df -Pi . | awk 'NR == 2 { print $4 }')
    (cd filler && seq -f 'f%g' "$((free - $2))" | xargs touch)
  else
    free=$(df -Pk . | awk 'NR == 2 { print $4 }')
    dd if=/dev/zero of=filler/f bs=1024 count="$((free - $2))" 2>/dev/null
  fi
}

# is_clear: the message says what is the matter.
is_clear() {
  [[ $output == *'No space left'* || $output == *'could not be finished'* ||
    $output == *'cannot be created'* || $output == *'cannot be written'* ]]
}

# empty_root: of all that was kept.
empty_root() {
  rm -rf .insightpulse
  mkdir .insightpulse
}

backup() {
  with_tools "$test_bash" "$project/generated/backup.sh" --root "$root" "$@"
}

# try_with KIND NUMBER: a backup with just so much room, then one with enough.
try_with() {
  empty_root
  leave_free "$1" "$2"
  run backup d
  rm -r filler
  is "$(picture .)" "$before"
  case $status in
    0) went_well=$((went_well + 1)) ;;
    1 | 3)
      failed=$((failed + 1))
      is_clear
      ;;
    *) return 1 ;;
  esac
  made=$(ls .insightpulse/backups/files 2>/dev/null | wc -l)
  ((made == 1)) || [[ $status -ne 0 ]]
  backup --quiet d 2>"$BATS_TEST_TMPDIR/second.out"
  run backup --check --read-data
  is "$status" 0
  is "$(ls -A .insightpulse/state/runs/files .insightpulse/backups/files |
    grep -vE '^$|:$|^[0-9]{8}_[0-9]{6}$' || :)" ''
}

# fill_at_each_write KIND STEP LEAST MOST
fill_at_each_write() {
  local free failed=0 went_well=0 before made
  small_disk
  mkdir -p d/empty
  printf 'x' >d/small
  ln -s small d/link
  dd if=/dev/urandom of=d/large bs=1000 count=20 2>/dev/null
  before=$(picture .)
  for ((free = $3; free <= $4; free += $2)); do
    try_with "$1" "$free" || {
      printf '%s %s free, exit %s: %s\n' "$free" "$1" "$status" "$output" >&2
      return 1
    }
  done
  printf '# %s of %s runs failed\n' "$failed" "$((failed + went_well))" >&3
  ((failed > 5 && went_well > 1))
}

@test "a disk that fills up at any write of backup leaves no half-made backup, and the next run completes" {
  fill_at_each_write kilobytes 4 60 208
}

@test "so does a disk that can hold no more files" {
  fill_at_each_write inodes 5 0 110
}

# sync_with KIND NUMBER: a run of two changing steps with just so much room,
# then one with enough.
sync_with() {
  empty_root
  restore_before
  leave_free "$1" "$2"
  run the_program --report "$BATS_TEST_TMPDIR/report.json"
  rm -r filler
  case $status in
    0)
      went_well=$((went_well + 1))
      is "$(picture .)" "$after"
      ;;
    1 | 3)
      failed=$((failed + 1))
      is_clear
      [[ $(picture .) == "$before" || $output == *'could not be finished'* ]]
      ;;
    *) return 1 ;;
  esac
  the_program 2>"$BATS_TEST_TMPDIR/second.out"
  is "$(picture .)" "$after"
  is "$(in_lib 'run_id=now
    look_at_store
    while IFS= read -r folder; do check_backup "$folder" read; done < <(list_backups demo)')" ''
  is "$(ls -A .insightpulse/state/runs/demo)" ''
  # What stood there before is in the oldest backup.
  cmp "$BATS_TEST_TMPDIR/before/d/large" "$(in_lib 'run_id=now
    list_backups demo' | sed -n 1p)/files/d/large"
}

restore_before() {
  rm -rf d
  cp -pPR "$BATS_TEST_TMPDIR/before/d" .
}

sync_at_each_write() {
  local free failed=0 went_well=0 before after
  write_program <<'END'
change_saves() { printf 'd/large\0d/new\0'; }
change() {
  head -c 30000 /dev/zero >"d/large.lockstep-$run_id"
  mv -f "d/large.lockstep-$run_id" d/large
  printf 'new\n' >d/new
}
remove_saves() { printf 'd/gone\0'; }
remove() { rm -f d/gone; }
plan() {
  step change 'Change two' changes
  step remove 'Remove one' changes
}
END
  mkdir -p "$BATS_TEST_TMPDIR/before/d"
  head -c 20000 /dev/urandom >"$BATS_TEST_TMPDIR/before/d/large"
  printf 'old\n' >"$BATS_TEST_TMPDIR/before/d/gone"
  restore_before
  before=$(picture .)
  the_program 2>"$BATS_TEST_TMPDIR/second.out"
  after=$(picture .)
  rm -rf d .insightpulse
  small_disk
  for ((free = $3; free <= $4; free += $2)); do
    sync_with "$1" "$free" || {
      printf '%s %s free, exit %s: %s\n' "$free" "$1" "$status" "$output" >&2
      return 1
    }
  done
  printf '# %s of %s runs failed\n' "$failed" "$((failed + went_well))" >&3
  ((failed > 5 && went_well > 1))
}

@test "a disk that fills up at any write of a run leaves everything as before or as after" {
  sync_at_each_write kilobytes 4 60 240
}

@test "so does one that can hold no more files while a run goes on" {
  sync_at_each_write inodes 6 0 150
}

# as_user COMMAND...: as somebody whom modes hold back.
as_user() {
  if [[ $(id -u) == 0 ]]; then
    setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
  else
    "$@"
  fi
}

# open_to_user: the root is below folders that only their owner may enter.
open_to_user() {
  as_user true 2>/dev/null || skip 'root writes everywhere, and there is no setpriv'
  chmod 755 "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR/test" "$BATS_TEST_TMPDIR"
  chmod 777 "$BATS_TEST_TMPDIR/tmp" "$root" "$root/.insightpulse"
}

backup_as_user() {
  as_user "$test_bash" "$project/generated/backup.sh" --root "$root" "$@"
}

@test "a root that cannot be written makes the run end before anything is changed, by name" {
  open_to_user
  printf 'x' >f
  chmod 555 . .insightpulse
  before=$(picture .)
  run backup_as_user f
  is "$status" 3
  has "$output" '.insightpulse/state: cannot be created'
  is "$(picture .)" "$before"
  is "$(ls -A .insightpulse)" ''
}

@test "a file that cannot be read makes no backup, and is named" {
  open_to_user
  mkdir d
  printf 'x' >d/f
  printf 'secret' >d/closed
  chmod 600 d/closed
  [[ $(id -u) == 0 ]] || chmod 000 d/closed
  run backup_as_user d
  chmod 600 d/closed
  is "$status" 1
  has "$output" d/closed
  is "$(find .insightpulse/backups -name manifest.json 2>/dev/null)" ''
}

@test "a store that cannot be written fails the backup, and the next run finishes it" {
  open_to_user
  printf 'x' >f
  mkdir -p .insightpulse/backups
  chmod 777 .insightpulse
  chmod 555 .insightpulse/backups
  run backup_as_user f
  is "$status" 1
  has "$output" 'could not be finished'
  chmod 777 .insightpulse/backups
  backup_as_user --quiet f
  is "$(ls .insightpulse/backups/files | wc -l)" 2
}
