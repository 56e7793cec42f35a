# shellcheck shell=bash disable=SC2154 # work is the caller's
# Taking samples, and printing their medians as rows of a table; work is a
# scratch folder.

declare -A samples=()

# timed KEY COMMAND...: one more sample, in tenths of a millisecond.
timed() {
  local key=$1 start=${EPOCHREALTIME/[!0-9]/}
  shift
  "$@" >"$work/out" 2>&1 </dev/null || {
    printf 'bench: %s: failed\n' "$key" >&2
    tail -n 20 "$work/out" >&2
    exit 1
  }
  samples[$key]+=" $(((${EPOCHREALTIME/[!0-9]/} - start) / 100))"
}

median() { tr ' ' '\n' <<<"${samples[$1]# }" | sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] / 10 }'; }

# row WHAT OURS THEIRS [GOAL]: GOAL is "RATIO x" or "MS ms more" or "MS ms"; says so when it is missed.
row() {
  awk -v what="$1" -v ours="$(median "$2")" -v theirs="$(if [[ -n $3 ]]; then median "$3"; fi)" -v goal="${4:-}" 'BEGIN {
    limit = goal + 0
    value = goal ~ /more$/ ? ours - theirs : goal ~ /ms$/ ? ours : theirs ? sprintf("%.2f", ours / theirs) + 0 : 0
    ratio = theirs == "" ? "" : sprintf("%.2f", ours / theirs)
    printf "%-58s | %8.1f ms | %8s | %6s | %s\n", what, ours, theirs == "" ? "" : sprintf("%.1f ms", theirs), ratio,
      goal == "" ? "" : "at most " goal (value > limit ? ": MISSED" : "")
  }'
}

# warm_up PATH: each contender finds memory as the others do. A virtual machine
# gives what was freed back to its host soon, and gets it back slowly.
warm_up() {
  cp -a "$1" "$work/warm"
  rm -rf "$work/warm"
  sync
}
