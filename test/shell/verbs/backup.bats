#!/usr/bin/env bats
load ../helper

# backup ARGUMENT...: the program of this repository, on a root of the test.
backup() {
  with_tools "$test_bash" "$project/generated/backup.sh" --root "$root" "$@"
}

store=.insightpulse/backups/files

the_backup() {
  printf '%s\n' "$store"/[0-9]*/ | tail -n 1
}

@test "backup PATH saves files, folders and links, and says what it made" {
  mkdir -p d/empty
  printf 'x' >d/f
  ln -s nowhere link
  before=$(picture .)
  run backup d link
  is "$status" 0
  has "$output" "2 files saved as $(basename "$(the_backup)")"
  is "$(picture "$(the_backup)files")" "$before"
  is "$(picture .)" "$before"
  is "$(latest '.results[0] | .status, .backup')" "done$nl$(the_backup | sed 's,/$,,')"
  run backup --check --read-data
  is "$status" 0
}

@test "a second backup of what has not changed costs no copy, and both verify" {
  mkdir d
  printf 'x' >d/f
  printf 'y' >g
  touch -d '2001-01-01 00:00:00' d/f g
  # The second in which they were made must have passed.
  poll_for second_passed d/f g
  backup --quiet d g
  backup --quiet d g
  is "$(find "$store" -path '*/files/*' -type f -links 2 | wc -l)" 4
  run backup --check --read-data
  has "$output" '2 of 2 backups are good'
}

second_passed() {
  local file now
  now=$(date +%s)
  for file in "$@"; do
    (($(stat -c %Z "$file") < now)) || return 1
  done
}

@test "paths that cannot be saved are refused by name, and nothing is made" {
  local path code text
  mkdir -p d inside
  printf 'x' >d/f
  ln -s "$BATS_TEST_TMPDIR" out
  printf 'x' >"$BATS_TEST_TMPDIR/outside"
  mkfifo fifo d/fifo
  node -e 'require("net").createServer().listen("socket", () => process.exit())' 2>/dev/null || :
  [[ -S socket ]] || python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("socket")'
  mknod device c 1 3 2>/dev/null || :
  while IFS='|' read -r path code text; do
    [[ $path != device || -e device ]] || continue
    run backup "$path"
    [[ $status -eq $code && $output == *"$text"* ]] || {
      printf 'in the case of %s: exit %s, %s\n' "$path" "$status" "$output" >&2
      return 1
    }
    [[ ! -e .insightpulse/backups ]]
  done <<'END'
nothing|3|nothing: there is no such file or folder
no/such/folder|3|there is no such file or folder
/etc/hostname|2|not inside
../outside|2|not inside
out/outside|2|not inside
d/../../outside|2|not inside
.|2|is the root itself
/|2|not inside
.insightpulse|2|own files are not saved
fifo|2|not a file, a folder or a link, so it cannot be saved
socket|2|not a file, a folder or a link, so it cannot be saved
device|2|not a file, a folder or a link, so it cannot be saved
d|1|d/fifo: a fifo cannot be saved
END
}

@test "a file in a folder whose name ends with a newline is saved as itself" {
  mkdir d $'d\n'
  printf 'wrong' >d/f
  printf 'right' >$'d\n/f'
  backup $'d\n/f'
  content "$(the_backup)files/"$'d\n/f' right
  [[ ! -e $(the_backup)files/d/f ]]
}

@test "a link that leads out of the root is saved as a link" {
  ln -s /etc/hostname out
  backup --quiet out
  is "$(readlink "$(the_backup)files/out")" /etc/hostname
}

@test "artifacts with anything but letters, digits, - and _ are refused" {
  local artifact
  printf 'x' >f
  for artifact in a/b .. ../x 'a b' "a${nl}b" '*' 'é' 'a;b' "$(printf '%065d' 0)"; do
    run backup --artifact "$artifact" f
    is "$status" 2
    has "$output" 'letters, digits, - and _'
  done
  [[ ! -e .insightpulse/backups ]]
  backup --quiet --artifact abc-12_X f
  [[ $(basename "$(the_backup)") =~ ^[0-9]{8}_[0-9]{6}\.abc-12_X$ ]]
}

@test "wrong usage is exit 2" {
  local words
  printf 'x' >f
  while read -r words; do
    # shellcheck disable=SC2086 # split on purpose
    run backup $words
    [[ $status -eq 2 ]] || {
      printf 'in the case of %s: exit %s, %s\n' "$words" "$status" "$output" >&2
      return 1
    }
  done <<'END'

--layout other f
--layout
--target
--target no_such
--target oca_repos f
--list f
--check f
--clean
--no-such
END
}

@test "--target saves what there is of the target's outputs; nothing is exit 3" {
  run backup --target oca_repos
  is "$status" 3
  has "$output" 'none of its outputs exists yet'
  mkdir -p insightpulse_odoo/addons/oca/web
  printf 'x' >insightpulse_odoo/addons/oca/web/f
  run backup --target oca_repos --artifact abc
  is "$status" 0
  is "$(cd .insightpulse/backups/oca_repos/*.abc/files && find . -type f)" ./insightpulse_odoo/addons/oca/web/f
}

@test "the layout sibling keeps three of a file, and --clean removes all of them" {
  local number
  mkdir d
  for number in 1 2 3 4; do
    printf '%s' "$number" >d/f
    backup --quiet --layout sibling d/f
  done
  is "$(ls d | sed 's/[0-9]\{8\}_[0-9]\{6\}$/STAMP/')" \
    "f${nl}f.bak.STAMP${nl}f.bak.STAMP${nl}f.bak.STAMP"
  is "$(cat d/f.bak.*)" 234
  printf 'mine' >d/f.bak.mine
  run backup --clean --dry-run d/f
  is "$status" 0
  is "$(ls d | wc -l)" 5
  run backup --clean d/f
  is "$status" 0
  has "$output" '3 removed'
  is "$(ls d)" "f${nl}f.bak.mine"
  content d/f 4
  run backup --list
  has_not "$output" f.bak
  is "$(grep -c '"event":"removed"' .insightpulse/state/history.jsonl)" 4
}

@test "--check is exit 5 for a damaged backup and names it; only --read-data sees a flipped bit" {
  printf 'content' >f
  backup --quiet f
  printf 'cOntent' >"$(the_backup)files/f"
  run backup --check
  is "$status" 0
  run backup --check --read-data
  is "$status" 5
  has "$output" "files/$(basename "$(the_backup)"): f: has other content"
  run backup --check --read-data --json
  is "$(jq -r '.exit_code, .problems[0]' <<<"${output##*$nl}")" \
    "5${nl}files/$(basename "$(the_backup)"): f: has other content"
  printf 'con' >"$(the_backup)files/f"
  run backup --check
  is "$status" 5
}

@test "--list looks before it speaks, and says when each was last checked and by what" {
  local day
  day=$(date -u +%Y-%m-%d)
  printf 'content' >f
  backup --quiet f
  has "$(backup --list)" "made $day, not checked since"
  backup --quiet --check
  has "$(backup --list)" "checked $day (sizes)"
  backup --quiet --check --read-data
  has "$(backup --list)" "checked $day (every byte)"
  is "$(backup --list --json | jq -r '.backups[0] | .checked_by, .checked_at[:10]')" "bytes$nl$day"
  printf 'con' >"$(the_backup)files/f"
  has "$(backup --list)" 'damaged: f: has 3 bytes instead of 7'
  is "$(backup --list --json | jq -r '.backups[0].checked_by')" null
}

@test "a backup of a newer format is exit 5, says so, and is listed" {
  printf 'x' >f
  backup --quiet f
  sed -i 's/^"format":1/"format":2/' "$(the_backup)manifest.json"
  run backup --check
  is "$status" 5
  has "$output" 'made by a newer version (format 2)'
  run backup --list
  is "$status" 0
  has "$output" 'newer version'
}

@test "a dry run of backup makes nothing at all" {
  printf 'x' >f
  before=$(find . | sort)
  run backup --dry-run f
  is "$status" 0
  is "$(find . | sort)" "$before"
}

@test "--usage counts what hard links share once" {
  dd if=/dev/zero of=f bs=1000 count=5 2>/dev/null
  touch -d '2001-01-01 00:00:00' f
  poll_for second_passed f
  backup --quiet f
  backup --quiet f
  run backup --usage --json
  is "$(jq -c '.bytes, .targets.files, .ages.today, .most_saved[0]' <<<"$output")" \
    "5000${nl}5000${nl}5000${nl}"'{"path":"f","times":2}'
}

@test "a backup that cannot be finished fails, and the next run finishes it" {
  printf 'x' >f
  mkdir -p .insightpulse/backups
  # A file where the folder of the store would be.
  : >"$store"
  run backup f
  is "$status" 1
  has "$output" 'could not be finished'
  is "$(latest '.results[0].status')" failed
  rm "$store"
  printf 'y' >g
  run backup g
  is "$status" 0
  is "$(ls "$store" | wc -l)" 2
  is "$(cat "$store"/*/files/f)" x
  run backup --check --read-data
  is "$status" 0
}
