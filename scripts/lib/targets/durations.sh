# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# How long the runs of a target take, from the last 1000 lines of the history.

# read_durations: print "TARGET SECONDS" of each sync that ran. In JSON no quote
# inside a string is bare, so these beginnings are what they seem.
read_durations() {
  [[ -r .insightpulse/state/history.jsonl ]] || return 0
  { tail -n 1000 .insightpulse/state/history.jsonl || :; } 2>/dev/null | LC_ALL=C awk '
    function after(mark) {
      place = index(rest, mark)
      return substr(rest, place + length(mark))
    }
    index($0, "\"verb\":\"sync\"") {
      rest = $0
      while (index(rest, "{\"target\":\"")) {
        rest = after("{\"target\":\"")
        target = substr(rest, 1, index(rest, "\"") - 1)
        rest = after(",\"status\":\"")
        status = substr(rest, 1, index(rest, "\"") - 1)
        rest = after(",\"duration\":")
        if (status !~ /^(skipped|refused)$/ && rest ~ /^[0-9]+([.][0-9]+)?,/) print target, rest + 0
      }
    }'
}

# percentiles TARGET: set runs, and p50, p95 and p99 in seconds (nearest rank),
# of what read_durations said; run_durations holds it.
percentiles() {
  runs=0
  read -r runs p50 p95 p99 < <(LC_ALL=C awk -v target="$1" '
    $1 == target { print $2 }' <<<"$run_durations" | LC_ALL=C sort -n | LC_ALL=C awk '
    function rank(percent) {
      place = NR * percent / 100
      if (place > int(place)) place = int(place) + 1
      return sprintf("%.1f", seconds[place])
    }
    { seconds[NR] = $1 }
    END { if (NR > 0) print NR, rank(50), rank(95), rank(99) }') || runs=0
}
