#!/usr/bin/env bash
# Measures the verb backup against what one would use instead: 10,000 files of
# 1 GB in all, saved for the first time, and again when nothing has changed.
#   test/bench/backup.sh [ROUNDS]    medians of ROUNDS (default 5); contenders take turns in each round
# Prints a table: what | ours | theirs | ratio | goal. The folder stands below TMPDIR and takes 5 GB.
# BENCH_SIZE=tiny shows that it runs.
set -euo pipefail

here=$(cd -P -- "${BASH_SOURCE[0]%/*}" && pwd)
project=${here%/test/bench}
rounds=${1:-5} folders=100 files=100 bytes=100000
[[ ${BENCH_SIZE:-} != tiny ]] || rounds=1 folders=2 files=2 bytes=100
# shellcheck source=lib.sh
source "$here/lib.sh"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export RESTIC_PASSWORD=bench RESTIC_REPOSITORY=$work/restic XDG_CACHE_HOME=$work

make_files() {
  local folder
  for ((folder = 1; folder <= folders; folder++)); do
    mkdir -p "$work/root/data/folder-$folder"
    head -c "$((files * bytes))" /dev/urandom |
      split -b "$bytes" -a 3 - "$work/root/data/folder-$folder/file-"
  done
}

ours() { (cd "$work/root" && bash "$project/generated/backup.sh" --root . --init --quiet data); }
cp_and_sums() {
  cp -a "$work/root/data" "$work/copy"
  (cd "$work/root" && find data -type f -print0 | xargs -0 sha256sum) >"$work/sums"
}
restic_first() { restic init -q && restic_again; }
restic_again() { (cd "$work/root" && restic backup -q data); }
rsync_first() { rsync -a "$work/root/data/" "$work/rsync-1"; }
rsync_again() { rsync -a --link-dest="$work/rsync-1" "$work/root/data/" "$work/rsync-2"; }

# installed NAME: the tools that are compared where they are there.
installed() { command -v "$1" >/dev/null; }

make_files
for tool in restic rsync; do
  installed "$tool" || printf 'bench: %s is not installed, and not compared\n' "$tool" >&2
done
sync
printf '%-58s | %11s | %11s | %6s | %s\n' 'what' 'ours' 'theirs' 'ratio' 'goal'
for ((round = 0; round < rounds; round++)); do
  rm -rf "$work"/{copy,restic,rsync-1,rsync-2,root/.insightpulse}
  mkdir "$work/root/.insightpulse"
  warm_up "$work/root/data"
  timed 'first cp' cp_and_sums
  warm_up "$work/root/data"
  timed 'first ours' ours
  warm_up "$work/root/data"
  ! installed restic || timed 'first restic' restic_first
  warm_up "$work/root/data"
  ! installed rsync || timed 'first rsync' rsync_first
  sync
  # Each contender repeats itself, what is cached for one is for the other.
  timed 'again ours' ours
  ! installed restic || timed 'again restic' restic_again
  ! installed rsync || timed 'again rsync' rsync_again
done
row '10,000 files, 1 GB, first: cp -a and sha256sum' 'first ours' 'first cp' '1.3 x'
! installed restic || row 'first: restic' 'first ours' 'first restic'
! installed rsync || row 'first: rsync -a' 'first ours' 'first rsync'
! installed restic || row 'unchanged: restic' 'again ours' 'again restic' '1.0 x'
! installed rsync || row 'unchanged: rsync --link-dest' 'again ours' 'again rsync'
