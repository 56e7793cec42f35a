# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# What stood in the way of putting back is kept: where, and how it is said.

recovered_store=.insightpulse/recovered

# recovered_text NAME: set NAME to what is said about what was kept; empty if
# nothing was.
recovered_text() {
  local its_count its_first
  printf -v "$1" '%s' ''
  [[ -s $run_dir/recovered ]] || return 0
  its_count=$(grep -c '' "$run_dir/recovered")
  its_first=$(LC_ALL=C sort "$run_dir/recovered" | head -n 3 | paste -s -d ' ' -)
  ((its_count <= 3)) || its_first+=" and $((its_count - 3)) more"
  printf -v "$1" '%s' "what was there instead is kept: $its_first"
}

# tell_recovered: for status, that there is some.
tell_recovered() {
  local count
  count_recovered count
  ((count == 0)) ||
    warn "$recovered_store keeps $count $([[ $count == 1 ]] && printf 'file' || printf 'files') that stood in the way of putting back; look at them, and remove what you do not need (after 30 days it goes by itself)"
}

# recovered_advice NAME: set NAME to what is said of it where there is no room.
recovered_advice() {
  local its_size
  its_size=$(du -sk -- "$recovered_store" 2>/dev/null | cut -f 1) || :
  printf -v "$1" '%s' ''
  ((${its_size:-0} < 64)) ||
    printf -v "$1" '; %s takes %s kB: remove what you do not need of it' "$recovered_store" "$its_size"
}

# count_recovered NAME: set NAME to how many files are kept.
count_recovered() {
  printf -v "$1" '%s' "$(find "$recovered_store"/*/ ! -type d -print 2>/dev/null | grep -c '' || :)"
}

# forget_recovered: what was kept longer than a log is.
forget_recovered() {
  [[ ! -d $recovered_store ]] ||
    find "$recovered_store"/* -prune -mtime +30 -exec rm -rf {} + 2>/dev/null || :
}
