# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# The lock file: version, SHA-256 of the archive, and what the folder of each
# skill is as installed; sorted, one line each.

# skills_read_pins: leave "VERSION SHA256 TREE" of each skill in work/NAME.pin,
# and the names in work/pins.
skills_read_pins() {
  local line number=0
  : >"$run_dir/work/pins"
  [[ -e $lock_file ]] || return 0
  while IFS= read -r line || [[ -n $line ]]; do
    number=$((number + 1))
    if [[ $line =~ ^\ *\"([a-z0-9-]+)\":\ *\{\ *\"version\":\ *\"([A-Za-z0-9.+_-]+)\",\ *\"sha256\":\ *\"([0-9a-f]{64})\",\ *\"tree\":\ *\"([0-9a-f]{64})\"\ *\},?$ ]]; then
      printf '%s\n' "${BASH_REMATCH[1]}" >>"$run_dir/work/pins"
      printf '%s\n' "${BASH_REMATCH[*]:2:3}" >"$run_dir/work/${BASH_REMATCH[1]}.pin"
    elif [[ ! $line =~ ^[[:space:]]*(\{|\},?|\"skills\":\ *\{\}?)?[[:space:]]*$ ]]; then
      fail_step "$lock_file:$number: not a line of a lock file; restore the file from Git, or remove it to start afresh"
    fi
  done <"$lock_file"
}

# skill_pin NAME: set pin_version, pin_digest and pin_tree, empty where there is
# none.
skill_pin() {
  pin_version='' pin_digest='' pin_tree=''
  [[ ! -e $run_dir/work/$1.pin ]] ||
    read -r pin_version pin_digest pin_tree <"$run_dir/work/$1.pin"
}

# skills_lock_lines: what the lock file is to say: the pins, with what moved.
skills_lock_lines() {
  local name between=''
  printf '{\n  "skills": {'
  while IFS= read -r name; do
    skill_pin "$name"
    [[ ! -s $run_dir/work/$name.pinned ]] ||
      read -r pin_version pin_digest pin_tree <"$run_dir/work/$name.pinned"
    [[ -n $pin_tree && ! -e $run_dir/work/$name.removed ]] || continue
    printf '%s\n    "%s": { "version": "%s", "sha256": "%s", "tree": "%s" }' \
      "$between" "$name" "$pin_version" "$pin_digest" "$pin_tree"
    between=,
  done <"$run_dir/work/names"
  printf '\n  }\n}\n'
}

# skills_write_lock: if it says something else than the one that is there.
skills_write_lock() {
  local updated
  LC_ALL=C sort -u -- "$run_dir/work/pins" "$run_dir/work/listed" >"$run_dir/work/names"
  skills_lock_lines >"$run_dir/work/lock.json"
  updated=$(grep -c '' "$run_dir/work/install.finished" 2>/dev/null || :)
  summarize "${updated:-0} of $(grep -c '' "$run_dir/work/listed") skills updated"
  if cmp -s -- "$run_dir/work/lock.json" "$lock_file" ||
    [[ ! -e $lock_file ]] && ! grep -q '"tree"' "$run_dir/work/lock.json"; then
    note_step 'unchanged'
  else
    replace_file "$run_dir/work/lock.json" "$lock_file"
  fi
}
