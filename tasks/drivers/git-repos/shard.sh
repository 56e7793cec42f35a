# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# One of the machines that ask and fetch for a run elsewhere: it has the repositories whose
# names fall to its number, and leaves a share (shares.sh).

# git_keep_shard: leave in repositories those of this shard; what it fetches goes beside
# its place, where it is moved when all of it is there.
git_keep_shard() {
  local name kept=()
  [[ $shard =~ ^[0-9]{1,3}$ && $((10#0$shard)) -lt $shards ]] ||
    usage_error "--shard: say which of them, a number from 0 to $((shards - 1))"
  [[ -n $shares ]] || usage_error '--shares: say in which folder to leave the share'
  while IFS= read -r name; do
    [[ -z $name ]] || kept+=("$name")
  done < <(printf '%s\n' ${repositories[@]+"${repositories[@]}"} | git_names_of_shard)
  repositories=(${kept[@]+"${kept[@]}"})
  cache_folder=$shares/.$shard-$run_id
  # Nobody looks at folders here.
  destination=$cache_folder/none
}

# git_names_of_shard: print those of the names that fall to shard, one of shards. All
# machines have to agree, so this is nothing but arithmetic.
git_names_of_shard() {
  LC_ALL=C awk -v shard="$((10#$shard))" -v shards="$shards" '
    BEGIN { for (i = 33; i < 127; i++) code[sprintf("%c", i)] = i }
    {
      hash = 1
      for (i = 1; i <= length($0); i++) hash = ((hash * 128 + code[substr($0, i, 1)]) * 16807) % 2147483647
      if (hash % shards == shard) print
    }'
}

# git_compare_shard: leave in work/moved what stands elsewhere than the lock file says.
git_compare_shard() {
  local name asked answered=0 moved=0
  : >"$run_dir/work/moved"
  for name in ${repositories[@]+"${repositories[@]}"}; do
    [[ -s $run_dir/work/$name.asked ]] || continue
    answered=$((answered + 1))
    read -r asked <"$run_dir/work/$name.asked"
    git_pin "$name"
    [[ $asked != "$pin_inputs" ]] || continue
    moved=$((moved + 1))
    printf '%s\n' "$name" >>"$run_dir/work/moved"
  done
  [[ ! -s $run_dir/work/moved ]] || (umask 077 && mkdir -p -- "$cache_folder")
  note_step "$moved of $answered moved"
}

# git_fetch_shard NAME: into its cache in the share. Until it is there nothing is known of it.
git_fetch_shard() {
  local name=$1 url wanted_ref asked commit
  git_source "$name"
  read -r asked <"$run_dir/work/$name.asked"
  rm -f -- "$run_dir/work/$name.asked"
  git_get_commit "$asked"
  commit=$(git_bare "$name" rev-parse --verify "$commit")
  printf '%s\n' "$commit" >"$run_dir/work/$name.asked"
}

# git_write_share: what failed is no failure here: whoever takes the share asks again.
git_write_share() {
  local name asked item reason place=$shares/$((10#$shard))
  (umask 077 && mkdir -p -- "$cache_folder")
  {
    printf '%s\n' "$made_from"
    for name in ${repositories[@]+"${repositories[@]}"}; do
      [[ -s $run_dir/work/$name.asked ]] || continue
      read -r asked <"$run_dir/work/$name.asked"
      git_pin "$name"
      printf '%s %s %s\n' "$name" "${pin_inputs:--}" "$asked"
    done
  } >"$cache_folder/answers"
  rm -rf -- "${place:?}"
  mv -- "$cache_folder" "$place"
  while IFS=$'\t' read -r reason item; do
    warn "$target: $item: $reason; left to the run that takes this share" 2>&6
  done < <(failures_by_reason)
  rm -f -- "$run_dir/failures"
  summarize "$(($(grep -c '' "$place/answers") - 1)) of ${#repositories[@]} repositories answered, $(grep -c '' "$run_dir/work/moved" || :) moved"
}
