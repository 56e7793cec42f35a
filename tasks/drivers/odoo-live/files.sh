# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# The three files in the repository.

# odoo_read_live: make them in work/live, masked; work/moved names those that are
# not as they stand.
odoo_read_live() {
  local live=$run_dir/work/live statuses words text name moved=''
  umask 077
  mkdir -p -- "$live"
  odoo_command
  find_timeout
  set +e
  odoo_reader | with_timeout "$timeout" "${words[@]}" 2>"$run_dir/work/complaint" |
    odoo_sanitise "$live" >"$run_dir/work/refused"
  statuses=("${PIPESTATUS[@]}")
  set -e
  text=$(<"$run_dir/work/refused")
  # What was cut off is a consequence.
  ((statuses[1] == 0 || statuses[1] == 141)) || odoo_complain "${statuses[1]}" "$run_dir/work/complaint"
  ((statuses[2] == 0)) || fail_step "${odoo_host:-${live_container:-$live_source}}: ${text:-it cannot be masked}" 3
  : >"$run_dir/work/moved"
  for name in "${live_files[@]}"; do
    ! cmp -s -- "$live/$name" "$destination/$name" || continue
    printf '%s\n' "$name" >>"$run_dir/work/moved"
    moved+=", $name"
  done
  moved=${moved:+new: ${moved#, }}
  summarize "${moved:-as written down}"
  note_step "${moved:-as written down}"
}

odoo_saves() {
  local name
  while IFS= read -r name; do
    printf '%s\0' "$destination/$name" "$destination/$name.lockstep-$run_id"
  done <"$run_dir/work/moved"
}

# odoo_write: beside its place first, with the mode that a file there has.
odoo_write() {
  local name path beside kind
  mkdir -p -- "$destination"
  while IFS= read -r name; do
    path=$destination/$name
    beside=$path.lockstep-$run_id
    kind=created
    if [[ -e $path ]]; then
      kind=changed
      cp -p -- "$path" "$beside"
    fi
    cat -- "$run_dir/work/live/$name" >"$beside"
    move_into_place "$beside" "$path"
    output "$kind" "$path"
  done <"$run_dir/work/moved"
}
