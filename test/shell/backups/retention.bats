#!/usr/bin/env bats
load ../helper

# kept RULES ID...: what the rules say, newest first: "ID reason", or "ID -".
kept() {
  in_run 'backup_keep=$1
    shift
    apply_rules "$@" | awk -F "\t" "{ print \$2, (\$1 == \"keep\" ? \$3 : \"-\") }"' "$@"
}

# store_of ID...: good backups of these ids in the store of demo, and what
# DAMAGE says (lines "ID COMMAND", run in its folder) done to them.
store_of() {
  local id command
  in_run 'printf content >f
    describe_paths . < <(printf "./f\0") >"$run_dir/work/facts"
    add_digests . "$run_dir/work/facts" >"$run_dir/work/entries"
    direction=pull kind=before reason=test
    for backup_id in "$@"; do
      mkdir -p "$store/demo/$backup_id/files"
      cp -p f "$store/demo/$backup_id/files/f"
      saved_run=${backup_id}_0001
      backup_number=$((${backup_number:-0} + 1))
      write_manifest "$store/demo/$backup_id/manifest.json" "$run_dir/work/entries" directory ""
    done' "$@"
  while read -r id command; do
    (cd -- ".insightpulse/backups/demo/$id" && eval "$command")
  done <<<"${damage:-}"
}

# pruned RULES: what is left in the store then.
pruned() {
  in_run 'backup_keep=$1
    prune_backups >&2' "$1"
  ls .insightpulse/backups/demo | tr '\n' ' '
}

flip="printf cOntent >files/f"

@test "each rule keeps the newest of as many of its spans as it says" {
  local rules ids wanted
  while IFS='|' read -r rules ids wanted; do
    # shellcheck disable=SC2086 # split on purpose
    is "$(kept "$rules" $ids | tr '\n' ',')" "$wanted" || {
      printf 'in the case of: %s %s\n' "$rules" "$ids" >&2
      return 1
    }
  done <<'END'
last=2|20260101_000000 20260102_000000 20260103_000000|20260103_000000 the newest, last,20260102_000000 last,20260101_000000 -,
last=9|20260101_000000|20260101_000000 the newest, last,
hourly=2|20260101_095900 20260101_100000 20260101_105959 20260101_110000|20260101_110000 the newest, hourly,20260101_105959 hourly,20260101_100000 -,20260101_095900 -,
hourly=3|20260101_100000 20260102_100000 20260103_100000|20260103_100000 the newest, hourly,20260102_100000 hourly,20260101_100000 hourly,
daily=2|20260101_010000 20260102_000000 20260102_235959 20260103_000000|20260103_000000 the newest, daily,20260102_235959 daily,20260102_000000 -,20260101_010000 -,
weekly=2|20260103_000000 20260104_235959 20260105_000000 20260111_230000|20260111_230000 the newest, weekly,20260105_000000 -,20260104_235959 weekly,20260103_000000 -,
weekly=2|20251222_000000 20251229_000000 20260104_000000|20260104_000000 the newest, weekly,20251229_000000 -,20251222_000000 weekly,
monthly=2|20251231_235959 20260101_000000 20260131_000000 20260201_000000|20260201_000000 the newest, monthly,20260131_000000 monthly,20260101_000000 -,20251231_235959 -,
yearly=2|20230601_000000 20240101_000000 20241231_000000 20250101_000000|20250101_000000 the newest, yearly,20241231_000000 yearly,20240101_000000 -,20230601_000000 -,
within=1d|20260101_000000 20260101_000001 20260101_120000 20260102_000000|20260102_000000 the newest, within 1d,20260101_120000 within 1d,20260101_000001 within 1d,20260101_000000 -,
within=2h|20260101_210000 20260101_230000 20260102_000000|20260102_000000 the newest, within 2h,20260101_230000 within 2h,20260101_210000 -,
within=1m|20240201_000000 20240229_000000 20240229_000001 20240329_000000|20240329_000000 the newest, within 1m,20240229_000001 within 1m,20240229_000000 -,20240201_000000 -,
within=1y2m3d4h|20241029_080000 20241029_080001 20260101_120000|20260101_120000 the newest, within 1y2m3d4h,20241029_080001 within 1y2m3d4h,20241029_080000 -,
END
}

@test "of the rules any may keep one, and each says so" {
  is "$(kept 'last=1 daily=2 monthly=2' 20251130_000000 20260101_000000 20260102_000000 20260102_010000)" \
    "20260102_010000 the newest, last, daily, monthly
20260102_000000 -
20260101_000000 daily
20251130_000000 monthly"
}

@test "where a rule has places left the oldest is kept too, as restic documents" {
  is "$(kept 'daily=7' 20260102_000000 20260102_010000 20260102_020000)" \
    "20260102_020000 the newest, daily
20260102_010000 -
20260102_000000 oldest daily"
}

@test "a time ahead of now is kept, and no rule by time counts it" {
  is "$(kept 'within=1d' 20260101_000000 20260102_000000 20990101_000000 20260102_000001)" \
    "20260102_000001 the newest, within 1d
20990101_000000 dated in the future
20260102_000000 within 1d
20260101_000000 -"
  is "$(kept 'within=1d daily=1' 20260101_000000 20260102_000000 20990101_000000)" \
    "20990101_000000 the newest, dated in the future
20260102_000000 within 1d, daily
20260101_000000 -"
  is "$(kept 'last=2' 20990101_000000 20260102_000000 20260103_000000)" \
    "20260103_000000 the newest, last
20260102_000000 last
20990101_000000 dated in the future"
}

@test "each new backup stays, though older ones are dated ahead" {
  store_of 20990101_000000 20990102_000000 20990103_000000 20260101_000000
  run pruned last=3
  has "$output" '20990101_000000 20990102_000000 20990103_000000 '
  has "$output" '20260101_000000'
  has "$output" '3 backups are dated in the future'
}

@test "weeks are those of ISO 8601, over many years" {
  local day ours
  ours=$(kept 'weekly=9999' $(for day in {0..1200}; do
    date -u -d "2021-12-20 +$day days" +%Y%m%d_000000
  done) | awk '$2 != "-" && !/oldest/ { print $1 }')
  # Of each week its Sunday stays, and the last day of all.
  is "$(sed 1d <<<"$ours")" "$(for day in {0..1199}; do
    date -u -d "2021-12-20 +$day days" '+%u %Y%m%d_000000'
  done | awk '$1 == 7 { print $2 }' | sort -r)"
}

@test "what restic keeps is kept" {
  command -v restic >/dev/null || skip 'restic is not installed (Debian package restic)'
  local ids=() id rules theirs ours option
  export RESTIC_PASSWORD=x RESTIC_REPOSITORY=$BATS_TEST_TMPDIR/repository XDG_CACHE_HOME=$BATS_TEST_TMPDIR
  restic init -q
  : >f
  for id in 20250228_235959 20251130_120000 20251229_000000 20251231_235959 20260101_000000 \
    20260104_235959 20260105_000000 20260105_003000 20260105_013000 20260106_013000; do
    ids+=("$id")
    restic backup -q --no-scan --host h --time "${id:0:4}-${id:4:2}-${id:6:2} ${id:9:2}:${id:11:2}:${id:13:2}" f 2>/dev/null ||
      restic backup -q --host h --time "${id:0:4}-${id:4:2}-${id:6:2} ${id:9:2}:${id:11:2}:${id:13:2}" f
  done
  for rules in last=3 hourly=3 daily=3 weekly=3 monthly=3 yearly=2 within=1m 'last=1 daily=2 weekly=2 yearly=2'; do
    option=$(printf -- '--keep-%s ' $rules)
    # shellcheck disable=SC2086 # split on purpose
    theirs=$(TZ=UTC restic forget --dry-run --json $option |
      jq -r '.[].keep[].time | "\(.[0:4])\(.[5:7])\(.[8:10])_\(.[11:13])\(.[14:16])\(.[17:19])"' | sort)
    ours=$(kept "$rules" "${ids[@]}" | awk '$2 != "-" { print $1 }' | sort)
    is "$rules: $ours" "$rules: $theirs"
  done
}

@test "old ones go, and nothing else" {
  store_of 20260101_000000 20260102_000000.abc 20260103_000000
  is "$(pruned last=2)" '20260102_000000.abc 20260103_000000 '
  has "$(<.insightpulse/state/history.jsonl)" 'no rule keeps it'
  is "$(pruned last=2)" '20260102_000000.abc 20260103_000000 '
}

@test "a damaged one neither counts nor goes" {
  damage='20260102_000000 rm manifest.json
20260103_000000 sed -i s/test/tost/ manifest.json
20260104_000000 rm files/f' \
    store_of 20260101_000000 20260102_000000 20260103_000000 20260104_000000 20260105_000000
  is "$(pruned last=2)" '20260101_000000 20260102_000000 20260103_000000 20260104_000000 20260105_000000 '
}

@test "the newest is read byte by byte before any goes; if it is damaged the next one stays" {
  damage="20260103_000000 $flip" store_of 20260101_000000 20260102_000000 20260103_000000
  run pruned last=1
  has "$output" '20260103_000000 is damaged: f: has other content'
  is "$(ls .insightpulse/backups/demo | tr '\n' ' ')" '20260102_000000 20260103_000000 '
}

@test "a week of bad days costs no good backup" {
  damage="20260102_000000 : >files/f
20260103_000000 rm manifest.json
20260104_000000 rm -r files
20260105_000000 : >manifest.json
20260106_000000 truncate -s 3 files/f
20260107_000000 $flip
20260108_000000 $flip" \
    store_of 2026010{1..8}_000000
  has "$(pruned last=1)" 20260101_000000
  has "$(pruned within=1d)" 20260101_000000
}

@test "a dry run says keep or remove and why, and removes nothing" {
  damage='20260102_000000 rm manifest.json' store_of 20260101_000000 20260102_000000 20260103_000000
  run in_run 'dry_run=true show_verdicts=true backup_keep=last=1 quiet=true
    prune_backups 2>/dev/null'
  is "$(tr -s ' ' <<<"$output")" "keep demo/20260103_000000 the newest, last
remove demo/20260101_000000 no rule keeps it
damaged demo/20260102_000000 it has no manifest"
  is "$(ls .insightpulse/backups/demo | wc -l)" 3
}

@test "siblings are judged file by file" {
  in_run 'printf x >f
    printf x >g
    backup_layout=sibling
    for number in 1 2 3; do
      for file in f g; do
        [[ $file$number != g3 ]] || continue
        run_dir=.insightpulse/state/runs/demo/20260101_000000_$file$number
        mkdir -p "$run_dir"/{work,out,saved}
        save_paths now < <(printf "%s\0" "$file")
        journal keep sibling . pull asked "asked for"
        keep_sets "$run_dir"
      done
    done
    backup_keep=last=2
    prune_backups'
  is "$(ls f.bak.* | wc -l)" 2
  is "$(ls g.bak.* | wc -l)" 2
  is "$(in_run 'list_backups demo' | wc -l)" 4
}

@test "a backup that cannot be removed makes pruning fail, and stays whole" {
  store_of 20260101_000000 20260102_000000
  run in_run 'mv() { return 1; }
    backup_keep=last=1
    prune_backups || exit 9'
  is "$status" 9
  is "$(ls .insightpulse/backups/demo | wc -l)" 2
}
