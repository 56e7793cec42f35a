# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# What other machines (shard.sh) have asked and fetched for this run: in a folder
# SHARES/NUMBER the cache of each repository that moved, and the file answers: the hash of
# sync.yaml, and lines NAME PINNED ASKED: the inputs by the lock file of then, or -, and the
# commit that was found.
# A share only saves time: what it lacks, or was asked for another lock file, is asked and
# fetched as ever.

# git_take_shares: leave in work/NAME.asked what the shares know of the repositories, and
# in work/NAME.share the cache that has it. One that is not there yet is waited for, as
# long as --wait says.
git_take_shares() {
  local number name pinned asked began=$SECONDS taken=0 missing='' folders=()
  [[ $shares == /* ]] || shares=$PWD/$shares
  ((wait_seconds > 0)) || [[ -d $shares ]] || fail_step "--shares $shares: there is no such folder" 3
  for ((number = 0; number < shards; number++)); do
    until [[ -e $shares/$number/answers ]] || ((SECONDS - began >= wait_seconds)); do
      sleep 1
    done
    if git_share_is_of_this; then folders+=("$number"); else missing+=" $number"; fi
  done
  git_read_pins
  while read -r number name pinned asked; do
    git_pin "$name"
    [[ $pinned == "${pin_inputs:--}" ]] || continue
    ! git_is_layered "$name" || continue
    taken=$((taken + 1))
    printf '%s\n' "$asked" >"$run_dir/work/$name.asked"
    [[ ! -d $shares/$number/$name.git ]] || printf '%s\n' "$shares/$number/$name.git" >"$run_dir/work/$name.share"
  done < <(git_read_shares)
  note_step "$taken of ${#repositories[@]} repositories${missing:+; missing, so they are asked here: the shares$missing}"
}

# git_share_is_of_this: was the share of number written by a program out of the same
# sync.yaml?
git_share_is_of_this() {
  local its_from=''
  { read -r its_from <"$shares/$number/answers"; } 2>/dev/null && [[ $its_from == "$made_from" ]]
}

# git_read_shares: print NUMBER NAME PINNED ASKED of what the shares in folders say of the
# repositories.
git_read_shares() {
  local number
  for number in ${folders[@]+"${folders[@]}"}; do
    sed "1d; s/^/$number /" "$shares/$number/answers"
  done | LC_ALL=C awk '
    FNR == NR { known[$1]; next }
    NF == 4 && $2 in known && $4 ~ /^[0-9a-f]+$/ && length($4) ~ /^(40|64)$/' <(printf '%s\n' "${repositories[@]}") -
}

# git_fetch_from_share: the commit asked of name, from where another machine left it; fails
# where there is none, or something else.
git_fetch_from_share() {
  local cache
  [[ -s $run_dir/work/$name.share ]] || return 1
  read -r cache <"$run_dir/work/$name.share"
  git_bare "$name" fetch --quiet --depth 1 --no-tags --no-write-fetch-head --force \
    "$cache" "+refs/heads/lockstep:$ref" 2>/dev/null &&
    [[ $(git_bare "$name" rev-parse "$ref") == "$what" ]]
}
