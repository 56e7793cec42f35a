#!/usr/bin/env bats
load ../helper

store=.insightpulse/backups/demo

# in_store CODE: with make RUN PATH..., which makes a backup of PATHs as the run
# RUN would, linked to the former one; backup_made is its name.
in_store() {
  in_lib 'run_id=now
    # What is as it was saved is kept too, as it was asked for.
    keep_asked() {
      printf "keep %s .%s pull asked asked for\n" "$backup_layout" "$artifact" >>"$1/journal"
      keep_sets "$@"
    }
    make() {
      run_dir=.insightpulse/state/runs/demo/$1
      mkdir -p "$run_dir"/{work,out,reasons,notes,saved}
      reason_file=$run_dir/reasons/one
      saved_paths=("${@:2}")
      base=
      find_base
      save_paths now < <(printf "%s\0" "${saved_paths[@]}")
      keep_asked "$run_dir" run_at_end keep_backup
    }
    look_at_store
    '"$@"
}

# checked [read]: what check_backup says of each, after its id.
checked() {
  in_store 'while IFS= read -r folder; do
      check_backup "$folder" "$1" | sed "s,^,${folder##*/} ,"
    done < <(list_backups demo)' "${1:-}" | sed 's/^[^ ]* //'
}

the_backup() {
  printf '%s\n' "$store"/[0-9]*/ | tail -n 1
}

@test "a backup has files, a manifest, and nothing half-made beside it" {
  mkdir -p d/empty
  printf 'x' >d/f
  ln -s f d/link
  in_store 'make 20260101_000000_0001 d'
  is "$(picture "$(the_backup)files")" "$(picture .)"
  is "$(ls -A "$(the_backup)")" "files${nl}manifest.json"
  is "$(ls -A "$store")" "$(basename "$(the_backup)")"
  is "$(checked read)" ''
  jq -e '.format == 1 and .target == "demo" and (.files | length) == 4' \
    "$(the_backup)manifest.json"
}

@test "a backup is for nobody else to read, whatever the umask" {
  umask 022
  mkdir -p .insightpulse
  mkdir .insightpulse/backups
  printf 'x' >f
  in_store 'make 20260101_000000_0001 f'
  is "$(stat -c %a "$store" "$(the_backup)" "$(the_backup)files" "$(the_backup)manifest.json" |
    tr '\n' ' ')" '700 700 700 600 '
}

@test "two backups in the same second never collide" {
  printf 'x' >f
  in_store 'now_utc() {
      command sleep 0
      ticks=$(cat "$test_folder/ticks" 2>/dev/null || :)x
      printf "%s" "$ticks" >"$test_folder/ticks"
      # The clock stands still for a while.
      printf -v "$1" "20260101_0000%02d" "$((${#ticks} / 6))"
    }
    sleep() { :; }
    make 20260101_000000_0001 f
    make 20260101_000000_0002 f
    make 20260101_000000_0003 f
    backup_layout=sibling
    make 20260101_000000_0004 f
    make 20260101_000000_0005 f'
  is "$(ls "$store" | grep -c '^2')" 3
  is "$(ls f.bak.* | wc -l)" 2
  is "$(checked read)" ''
}

@test "siblings of one file made for two targets in the same second do not collide" {
  printf 'one' >f
  in_store 'now_utc() {
      ticks=$(cat "$test_folder/ticks" 2>/dev/null || :)x
      printf "%s" "$ticks" >"$test_folder/ticks"
      printf -v "$1" "20260101_0000%02d" "$((${#ticks} / 6))"
    }
    sleep() { :; }
    backup_layout=sibling
    make 20260101_000000_0001 f
    printf two >f
    target=other
    make 20260101_000000_0002 f'
  is "$(cat f.bak.*)" onetwo
}

@test "hard links are made between backups, never to live files, and cost no copy" {
  mkdir -p d
  printf 'x' >d/f
  printf 'y' >g
  # The racy second must have passed.
  touch -d '2001-01-01 00:00:00' d/f g
  in_store 'find_base() {
      local folder
      for folder in "$store"/demo/*/; do
        [[ -d $folder ]] || return 0
        base=${folder%/} base_started=9999 base_entries=$run_dir/work/base
        manifest_entries "$base/manifest.json" >"$base_entries"
      done
    }
    make 20260101_000000_0001 d g
    make 20260101_000000_0002 d g'
  is "$(find "$store" -type f -links 2 ! -name manifest.json | wc -l)" 4
  is "$(find d g -type f -links 1 | wc -l)" 2
  is "$(checked read)" ''
}

@test "another path saved in between does not cost a copy" {
  printf 'x' >f
  printf 'y' >g
  in_store 'run_time() { printf -v "$1" 2099-01-01T00:00:00Z; }
    make 20260101_000000_0001 f
    make 20260101_000000_0002 g
    make 20260101_000000_0003 f'
  is "$(find "$store" -path '*/files/f' -links 2 | wc -l)" 2
}

@test "a link whose target is called absent is in the backup of the run that removed it" {
  ln -s is/absent link
  ln -s folder_absent other
  in_store 'run_dir=.insightpulse/state/runs/demo/20260101_000000_0001
    mkdir -p "$run_dir"/{work,out,saved}
    save_paths now < <(printf "link\0other\0gone\0")
    rm link other
    keep_asked "$run_dir"'
  is "$(in_store 'manifest_entries "$1" | cut -f 1,4,8' "$(the_backup)manifest.json")" \
    $'link\tis/absent\tlink\nlink\tfolder_absent\tother'
}

@test "a list that cannot be written whole makes no backup, and the next try makes it" {
  local broken
  mkdir d
  printf 'x' >d/f
  printf 'y' >g
  in_store 'run_dir=.insightpulse/state/runs/demo/20260101_000000_0001
    mkdir -p "$run_dir"/{work,out,saved}
    save_paths now < <(printf "d\0g\0")'
  for broken in 'first_entries() { return 2; }' 'merge_tree() { return 1; }' \
    'mkdir() { return 1; }' 'mv() { return 1; }' 'hash_text() { return 1; }' \
    'manifest_line() { return 1; }' 'awk() { return 2; }'; do
    run in_store 'mkdir -p "$run_dir/out"
      '"$broken"'
      keep_asked .insightpulse/state/runs/demo/20260101_000000_0001 || exit 9'
    is "$status" 9 || {
      printf 'in the case of: %s\n' "$broken" >&2
      return 1
    }
    is "$(ls "$store" 2>/dev/null | grep '^2' || :)" ''
  done
  in_store 'mkdir -p "$run_dir/out"
    keep_asked .insightpulse/state/runs/demo/20260101_000000_0001'
  is "$(picture "$(the_backup)files")" "$(picture .)"
  is "$(checked read)" ''
  is "$(ls -A "$store")" "$(basename "$(the_backup)")"
}

@test "a sibling is named FILE.bak.YYYYMMDD_HHMMSS and its artifact" {
  mkdir -p d
  printf 'x' >d/f
  chmod 640 d/f
  ln -s f d/link
  in_store 'backup_layout=sibling
    make 20260101_000000_0001 d
    artifact=abc12345
    make 20260101_000000_0002 d/f
    : >"$test_folder/made"'
  is "$(ls -A d | sed 's/[0-9]\{8\}_[0-9]\{6\}/STAMP/')" \
    "f${nl}f.bak.STAMP${nl}f.bak.STAMP.abc12345${nl}link${nl}link.bak.STAMP"
  is "$(stat -c %a d/f.bak.*.abc12345)" 640
  is "$(readlink d/link.bak.*)" f
  is "$(checked read)" ''
  printf 'y' >"$(ls d/f.bak.*.abc12345)"
  has "$(checked read)" 'd/f: has other content'
  rm d/link.bak.*
  has "$(checked)" 'd/link: is missing'
}

@test "a sibling stands beside its file also where the run removed the folder" {
  mkdir d
  printf 'x' >d/f
  in_store 'backup_layout=sibling
    run_dir=.insightpulse/state/runs/demo/20260101_000000_0001
    mkdir -p "$run_dir"/{work,out,saved}
    save_paths now < <(printf "d\0")
    rm -r d
    keep_asked "$run_dir"'
  content "$(ls d/f.bak.*)" x
}

@test "check finds what is damaged" {
  local case what
  mkdir -p d
  printf 'content' >d/f
  printf 'content' >$'d/odd\n%name'
  ln -s f d/link
  in_store 'make 20260101_000000_0001 d'
  mv .insightpulse/backups good
  while IFS='|' read -r case what; do
    rm -rf .insightpulse/backups
    cp -pPR good .insightpulse/backups
    (cd -- "$(the_backup)" && eval "$case")
    has "$(checked)" "$what" || {
      printf 'in the case of: %s\n' "$case" >&2
      return 1
    }
  done <<'END'
rm files/d/f|d/f: is missing
rm -r files|is missing
rm files/d/link|d/link: is missing
ln -sf longer files/d/link|d/link: has 6 bytes instead of 1
: >files/d/extra|d/extra: does not belong there
ln -s x files/d/.extra|d/.extra: does not belong there
printf '' >files/d/f|d/f: has 0 bytes instead of 7
printf 'x' >>files/d/odd*|d/odd%0A%25name: has 8 bytes instead of 7
chmod 600 files/d/f|d/f: has the mode 600 instead of 644
rm files/d/f; mkdir files/d/f|d/f: is missing
rm files/d/f; ln -s link files/d/f|d/f: is a link instead of a file
rm manifest.json|it has no manifest
: >manifest.json|its manifest was changed or is cut off
END
}

@test "only reading the data finds a flipped bit, of a file and of a link" {
  mkdir d
  printf 'content' >d/f
  ln -s one d/link
  in_store 'make 20260101_000000_0001 d'
  printf 'cOntent' >"$(the_backup)files/d/f"
  ln -sf 0ne "$(the_backup)files/d/link"
  is "$(checked)" ''
  has "$(checked read)" 'd/f: has other content'
  has "$(checked read)" 'd/link: has other content'
}

@test "a removal that was killed in between is finished, and is never seen as a backup" {
  printf 'x' >f
  in_store 'make 20260101_000000_0001 f
    backup_layout=sibling
    make 20260101_000000_0002 f
    rm() { exit 1; }
    for folder in $(list_backups demo); do
      (remove_backup "$folder") || :
    done'
  is "$(in_store 'list_backups demo')" ''
  mkdir "$store/.partial-20260101_000000_0009"
  in_store 'clear_store'
  is "$(find "$store" -type f)" ''
  is "$(ls -A .)" ".insightpulse${nl}f"
}

# of_clocks CLOCK...: a backup at each of these times, as the clock has them.
of_clocks() {
  in_store 'now_utc() { printf -v "$1" "%s" "$clock"; }
    for clock in "$@"; do
      number=$((${number:-0} + 1))
      printf "%s" "$number" >f
      make "20260101_000000_000$number" f
    done' "$@"
}

@test "backups are in the order in which they were made, whatever the clock said" {
  of_clocks 20270101_120000 20260101_120000 20260101_110000
  is "$(in_store 'list_backups demo' | sed 's,.*/,,' | tr '\n' ' ')" \
    '20270101_120000 20260101_120000 20260101_110000 '
  is "$(cat "$store"/20260101_110000/files/f)" 3
  jq -e '.number > 1700000000' "$store/20260101_110000/manifest.json"
}

@test "manifests without a number come first, and one that cannot be read has its place by its id" {
  local id
  of_clocks 20260101_120000 20260102_120000 20260103_120000
  sed -i '/^"number"/d' "$store"/20260103_120000/manifest.json
  cp -pPR "$store"/20260103_120000 "$store"/20250101_120000
  : >"$store"/20260102_120000/manifest.json
  for id in 20260102_120001 20260101_110000; do
    mkdir "$store/$id"
  done
  is "$(in_store 'list_backups demo' | sed 's,.*/,,' | tr '\n' ' ')" \
    '20250101_120000 20260101_110000 20260103_120000 20260101_120000 20260102_120000 20260102_120001 '
}

@test "a kill while copies go that a commit made redundant leaves a good restore point" {
  git init -q .
  git config user.name A
  git config user.email a@example.org
  printf 'one' | tee f >g
  git add f g
  git commit -qm one
  in_store 'run_dir=.insightpulse/state/runs/demo/20260101_000000_0001
    mkdir -p "$run_dir"/{work,out,reasons,saved}
    save_paths now < <(printf "f\0g\0")
    printf two | tee f >g
    git commit -qam two
    commit_id=$(git rev-parse HEAD)
    rm() {
      [[ $* == *.partial-*/files ]] || { command rm "$@"; return; }
      command rm -- "${*: -1}/f"
      own_process_id id
      kill -KILL "$id"
    }
    ! keep_asked "$run_dir" run_at_end keep_backup || exit 9
    unset -f rm
    keep_asked "$run_dir"'
  is "$(checked read)" ''
  is "$(ls -A "$(the_backup)")" manifest.json
  is "$(ls -A "$store")" "$(basename "$(the_backup)")"
}

@test "a file whose sibling would have too long a name is kept in the store, also after a kill" {
  local long percents
  long=$(printf '%0240d' 0)
  percents=$(printf '%0100d' 0 | tr 0 %)
  mkdir d
  printf 'x' | tee d/f "d/$long" >"d/$percents"
  in_store 'backup_layout=sibling
    mv() {
      [[ $* != *.partial-* ]] || { own_process_id id; kill -KILL "$id"; }
      command mv "$@"
    }
    ! make 20260101_000000_0001 d || exit 9
    unset -f mv
    keep_asked "$run_dir"'
  is "$(checked read)" ''
  is "$(ls d | sed 's/[0-9]\{8\}_[0-9]\{6\}/STAMP/')" "$(printf '%s\n' "$percents" "$long" f f.bak.STAMP)"
  is "$(cd "$(the_backup)files/d" && ls)" "$(printf '%s\n' "$percents" "$long")"
  is "$(in_store 'list_states demo' | wc -l)" 1
}

@test "a database that a rollback put aside is listed, and goes with the backup of that rollback" {
  printf 'x' >f
  printf 'x' | tee db.before-20260101_000000_0001 db.before-20260101_000000_0001-wal >db.before-other
  in_store 'run_dir=.insightpulse/state/runs/demo/20260101_000000_0001
    mkdir -p "$run_dir"
    journal aside db.before-20260101_000000_0001
    make 20260101_000000_0001 f
    make 20260101_000000_0002 f'
  has "$(in_store 'show_backups')" 'keeps the former database: db.before-20260101_000000_0001'
  in_store 'rm() { [[ $* == *db.before* ]] || exit 1; command rm "$@"; }
    (remove_backup "$1") || :' "$(printf '%s\n' "$store"/[0-9]* | head -n 1)"
  in_store 'clear_store'
  is "$(ls)" "db.before-other${nl}f"
  is "$(ls -A "$store" | wc -l)" 1
}

@test "what a rollback put aside has a backup that keeps it, though nothing else was saved" {
  : >db.before-20260101_000000_0001
  in_store 'run_dir=.insightpulse/state/runs/demo/20260101_000000_0001
    mkdir -p "$run_dir"/{work,out,reasons,saved}
    journal aside db.before-20260101_000000_0001
    keep_asked "$run_dir"'
  is "$(jq -r .aside "$(the_backup)manifest.json")" db.before-20260101_000000_0001
  is "$(checked read)" ''
}

@test "a disk that is over 90 % full is said, and no other" {
  local percent
  for percent in 90 91; do
    in_store 'df() { printf "%s\n" "Filesystem 1024-blocks Used Available Capacity Mounted on" \
        "/dev/my disk 100 91 9 '$percent'% /with space 99%"; }
      tell_full_disk' >"$percent" 2>&1
  done
  is "$(<90)" ''
  has "$(<91)" 'the disk of the backups is 91 % full'
}
