# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# claude.md, the settings, the agents and the skills as files. Some stand outside of
# the root, and other programs write them too.

# agents_saves: what stands in the root of what the steps overwrite.
agents_saves() {
  local path source
  for path in "$claude_md" "$drift_report" "$state_file"; do
    printf '%s\0' "$path" "$path.lockstep-$run_id"
  done
  while IFS= LC_ALL=C read -r -d '' path && IFS= LC_ALL=C read -r -d '' source; do
    [[ $path == "$root"/* ]] || continue
    path=${path#"$root/"}
    printf '%s\0' "$path" "$path.lockstep-$run_id"
  done < <(agents_written)
}

agents_write_configs() {
  local path source
  undo_with agents_undo "${run_dir#"$root/"}/saved"
  agents_require_unchanged
  while IFS= LC_ALL=C read -r -d '' path && IFS= LC_ALL=C read -r -d '' source; do
    if [[ $path == "$root"/* ]]; then
      agents_write_file "$source" "${path#"$root/"}"
    else
      agents_put "$path" "$source"
    fi
  done < <(agents_written)
}

# agents_require_unchanged: several programs write these files.
agents_require_unchanged() {
  agents_read "$run_dir/work/again"
  diff -r -- "$run_dir/work/in" "$run_dir/work/again" >/dev/null ||
    fail_step 'somebody changed a file since it was read; nothing was written, run again'
}

agents_write_claude() {
  cmp -s -- "$run_dir/work/in/claude" "$claude_md" ||
    fail_step "$claude_md: somebody changed it since it was read; run again"
  agents_write_file "$run_dir/work/claude" "$claude_md"
}

agents_write_report() {
  agents_write_file "$run_dir/work/report" "$drift_report"
}

# agents_write_file SOURCE PATH: in the root; beside its place first, with the mode
# that a file there has.
agents_write_file() {
  local beside=$2.lockstep-$run_id kind=changed
  [[ $2 != */* ]] || mkdir -p -- "${2%/*}"
  if [[ -e $2 ]]; then
    cp -p -- "$2" "$beside"
  else
    kind=created
  fi
  cat -- "$1" >"$beside"
  move_into_place "$beside" "$2"
  output "$kind" "$2"
}

# agents_remember: what both sides have now is what the next run compares with.
agents_remember() {
  [[ -d ${state_file%/*} ]] || mkdir -p -- "${state_file%/*}"
  move_into_place "$run_dir/work/base" "$state_file"
}
