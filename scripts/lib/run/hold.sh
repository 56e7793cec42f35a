# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# What a hold does to a sync, and how a rollback makes and ends one.

# stays_held: is all of this target held, so that a sync has nothing to do? What
# is held is said; --release ends it.
stays_held() {
  local words
  read_hold "$target"
  [[ $verb == 'sync' && ${#held_items[@]} -gt 0 ]] || return 1
  hold_words words
  if [[ $release == true ]]; then
    held_items=()
    if [[ $dry_run == true ]]; then
      say "$target: would be released; it is $words"
    else
      write_hold '' || die 1 "$target: its hold cannot be removed"
      say "$target: released; it was $words"
    fi
    return 1
  fi
  words+="; to sync it again: sync $target --release"
  if is_held '*'; then
    summarize "$words"
    return 0
  fi
  say "$target: $words"
  return 1
}

# write_hold LINES: of this target; none ends it.
write_hold() {
  local file=.insightpulse/state/held/$target
  if [[ -z $1 ]]; then
    rm -f -- "$file" "$file.new"
    return
  fi
  mkdir -p -- "${file%/*}" && printf '%s\n' "$1" >"$file.new" &&
    mv -f -- "$file.new" "$file"
}

# hold_target: what work/hold names, at the state that a rollback went to.
hold_target() {
  local file=.insightpulse/state/held/$target former='' lines item who since
  [[ ! -s $file ]] || former=$(<"$file")
  encode_path who "${LOGNAME:-${USER:-$(id -un)}}"
  now_utc since %Y-%m-%dT%H:%M:%SZ
  lines=$former
  while IFS= read -r item; do
    lines+=${lines:+$'\n'}$item$'\t'$since$'\t'$who$'\t'$run_id$'\t'$rollback_id
  done <"$run_dir/work/hold"
  change_hold "$lines" "held there until: sync $target --release"
}

# release_held: what undone_run, a rollback that is undone, held.
release_held() {
  local former='' lines
  former=$(<".insightpulse/state/held/$target")
  lines=$(LC_ALL=C awk -F '\t' -v run="$undone_run" '$4 != run' <<<"$former")
  change_hold "$lines" 'what it held is released'
}

# change_hold LINES TEXT: former is what stands there now.
change_hold() {
  undo_with undo_hold "$former"
  write_hold "$1"
  summarize "$(<"$run_dir/summary"); $2"
  note_step "$(paste -s -d ' ' -- "$run_dir/work/hold" | sed 's/^\*$/the whole target/')"
}

# undo_hold FORMER: what stood there before; another process may call it.
undo_hold() {
  write_hold "${1:-}"
}
