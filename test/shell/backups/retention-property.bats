#!/usr/bin/env bats
# Whatever becomes of the backups of a target, and whatever its rules are, the
# newest good one survives, and nothing goes that verifies and that a rule keeps.
load ../helper

# Good and damaged backups are made by copying these.
prepare_kinds() {
  printf content >f
  describe_paths . < <(printf './f\0') >"$run_dir/work/facts"
  add_digests . "$run_dir/work/facts" >"$run_dir/work/entries"
  local direction=pull kind=before reason=test backup_id=20260101_000000 saved_run=20260101_000000_0001
  mkdir -p kinds/good/files
  cp -p f kinds/good/files/f
  write_manifest kinds/good/manifest.json "$run_dir/work/entries" directory ''
  local kind
  for kind in flipped cut missing extra mode no-manifest cut-manifest edited newer; do
    cp -pPR kinds/good "kinds/$kind"
  done
  printf cOntent >kinds/flipped/files/f
  printf con >kinds/cut/files/f
  rm kinds/missing/files/f
  : >kinds/extra/files/g
  chmod 600 kinds/mode/files/f
  rm kinds/no-manifest/manifest.json
  head -c 300 kinds/good/manifest.json >kinds/cut-manifest/manifest.json
  sed s/test/tost/ kinds/good/manifest.json >kinds/edited/manifest.json
  sed 's/^"format":1/"format":9/' kinds/good/manifest.json >kinds/newer/manifest.json
}

kind_names=(good good good good flipped flipped cut missing extra mode no-manifest
  cut-manifest edited newer)

# one_sequence: a store of random backups, pruned once or twice with random
# rules; sometimes the newest is the one that this run has just made.
one_sequence() {
  local count=$((RANDOM % 6 + 1)) index kind id second=0
  local ids=() kinds=()
  rm -rf "$store"
  mkdir -p "$store/demo"
  for ((index = 0; index < count; index++)); do
    second=$((second + RANDOM % 3 * 86400 + RANDOM % 7200 + 1))
    printf -v id '202601%02d_%02d%02d%02d' "$((second / 86400 + 1))" "$((second / 3600 % 24))" \
      "$((second / 60 % 60))" "$((second % 60))"
    kind=${kind_names[RANDOM % ${#kind_names[@]}]}
    cp -pPR "kinds/$kind" "$store/demo/$id"
    ids+=("$id")
    kinds+=("$kind")
  done
  backup_keep=
  while [[ -z $backup_keep ]]; do
    for kind in last hourly daily weekly monthly; do
      ((RANDOM % 3)) || backup_keep+=" $kind=$((RANDOM % 3 + 1))"
    done
    ((RANDOM % 4)) || backup_keep+=" within=$((RANDOM % 4))d$((RANDOM % 24 + 1))h"
  done
  backup_keep=${backup_keep# }
  # No config may say so, but what would it do?
  ((RANDOM % 10)) || backup_keep=last=0
  backup_made=
  ((RANDOM % 2)) || [[ ${kinds[count - 1]} != good ]] || backup_made=${ids[count - 1]}
  story="${ids[*]} (${kinds[*]}), $backup_keep, made now: ${backup_made:-none}"
  prune_backups >/dev/null 2>&1 || wrong 'pruning failed'
  judge_sequence
}

wrong() {
  printf 'seed %s, sequence %s: %s: %s\n' "$seed" "$sequence" "$1" "$story" >&2
  exit 1
}

# judge_sequence: against a model of its own. Damage that only reading shows
# counts as damage as far as the newest good one.
judge_sequence() {
  local index kind newest='' good=() sound=()
  for ((index = count - 1; index >= 0; index--)); do
    kind=${kinds[index]}
    case $kind in
      good)
        newest=${newest:-${ids[index]}}
        good=("$store/demo/${ids[index]}" ${good[@]+"${good[@]}"})
        ;;
      flipped) [[ -n $newest ]] || continue ;;
      *)
        [[ -d $store/demo/${ids[index]} ]] || wrong "the damaged ${ids[index]} is gone"
        continue
        ;;
    esac
    sound=("$store/demo/${ids[index]}" ${sound[@]+"${sound[@]}"})
  done
  for index in ${ids[@]+"${!ids[@]}"}; do
    [[ ! -d $store/demo/${ids[index]} ]] ||
      diff -r "kinds/${kinds[index]}" "$store/demo/${ids[index]}" >/dev/null ||
      wrong "${ids[index]} was changed"
  done
  [[ -n $newest ]] || return 0
  [[ -d $store/demo/$newest ]] || wrong "the newest good one, $newest, is gone"
  while IFS=$'\t' read -r kind folder _; do
    [[ $kind != keep || -d $folder ]] || wrong "$folder is gone, and a rule keeps it"
  done < <(apply_rules "${sound[@]}")
}

@test "the newest good backup survives random sequences and rules, and so does what a rule keeps" {
  local seed=${SEED:-$((RANDOM * 32768 + RANDOM))} sequences=${SEQUENCES:-200}
  printf '# %s sequences, SEED=%s\n' "$sequences" "$seed" >&3
  in_run "$(declare -f prepare_kinds one_sequence wrong judge_sequence)
    $(declare -p kind_names)
    seed=\$1 RANDOM=\$1
    quiet=true
    ledger() { :; }
    prepare_kinds
    for ((sequence = 1; sequence <= \$2; sequence++)); do
      one_sequence
    done" "$seed" "$sequences"
}
