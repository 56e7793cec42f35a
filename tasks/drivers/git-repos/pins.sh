# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# The lock file: branch, and commit and tree of each repository, with the inputs of
# one that was put together; sorted, one line each, so that it can be read and merged
# line by line.

# git_read_pins: leave "COMMIT TREE INPUT..." of each repository in work/NAME.pin, and
# the names in work/pins. The first step does it for all.
git_read_pins() {
  [[ -e $run_dir/work/pins ]] || git_parse_lock >"$run_dir/work/pins"
}

git_parse_lock() {
  local line number=0 id='"[0-9a-f]{40,64}"' text
  text='^ *"([A-Za-z0-9][A-Za-z0-9._-]*)": *\{ *"commit": *"([0-9a-f]{40,64})", *"tree": *"([0-9a-f]{40,64})"'
  text="$text(, *\"inputs\": *\\[($id(, *$id)*)\\])?(, *\"destination\": *\"([^\"\\\\]+)\")? *\\},?\$"
  [[ -e $lock_file ]] || {
    [[ $locked == false ]] || fail_step "$lock_file does not exist; run once without --locked"
    return 0
  }
  while IFS= read -r line || [[ -n $line ]]; do
    number=$((number + 1))
    if [[ $line =~ $text ]] && git_is_plain_path "${BASH_REMATCH[8]}"; then
      printf '%s\n' "${BASH_REMATCH[1]}"
      printf '%s %s %s\n%s\n' "${BASH_REMATCH[2]}" "${BASH_REMATCH[3]}" "${BASH_REMATCH[5]//[!0-9a-f ]/}" "${BASH_REMATCH[8]}" \
        >"$run_dir/work/${BASH_REMATCH[1]}.pin"
    elif [[ ! $line =~ ^[[:space:]]*(\{|\},?|\"branch\":.*|\"repositories\":\ *\{\}?)?[[:space:]]*$ ]]; then
      fail_step "$lock_file:$number: not a line of a lock file; restore the file from Git, or remove it to start afresh"
    fi
  done <"$lock_file"
}

# git_is_plain_path PATH: what is written there may be removed by prune; and =~ of
# the caller stays as it is.
git_is_plain_path() {
  [[ -z $1 || ($1 != /* && $1 != .insightpulse* && $1 != */ && /$1/ != *//* && /$1/ != */./* && /$1/ != */../* &&
    /$1/ != */.[gG][iI][tT]/*) ]]
}

# git_pin NAME: set pin_commit, pin_tree, pin_inputs, which are the commit where it was
# not put together, and pin_folder, where it stood; empty where there is none.
git_pin() {
  pin_commit=
  pin_tree=
  pin_inputs=
  pin_folder=
  [[ -e $run_dir/work/$1.pin ]] || return 0
  {
    read -r pin_commit pin_tree pin_inputs
    IFS= read -r pin_folder
  } <"$run_dir/work/$1.pin"
  pin_inputs=${pin_inputs:-$pin_commit}
  pin_folder=${pin_folder:-$destination/$1}
}

# git_lock_lines: what the lock file is to say: the pins, with what moved.
git_lock_lines() {
  local name folder between='' comma='", "'
  printf '{\n  "branch": "%s",\n  "repositories": {' "$branch"
  while IFS= read -r name; do
    git_pin "$name"
    if [[ -s $run_dir/work/$name.pinned ]]; then
      read -r pin_commit pin_tree pin_inputs <"$run_dir/work/$name.pinned"
      git_folder "$name"
      pin_folder=$folder
    fi
    [[ -n $pin_commit && ! -e $run_dir/work/$name.removed ]] || continue
    printf '%s\n    "%s": { "commit": "%s", "tree": "%s"' "$between" "$name" "$pin_commit" "$pin_tree"
    [[ ${pin_inputs:-$pin_commit} == "$pin_commit" ]] || printf ', "inputs": ["%s"]' "${pin_inputs// /$comma}"
    [[ $pin_folder == "$destination/$name" ]] || printf ', "destination": "%s"' "$pin_folder"
    printf ' }'
    between=,
  done <"$run_dir/work/names"
  printf '\n  }\n}\n'
}

# git_write_lock: put it in place of the old one, if it says something else.
git_write_lock() {
  local kind=created updated
  printf '%s\n' "${repositories[@]}" | LC_ALL=C sort -u - \
    "$run_dir/work/pins" >"$run_dir/work/names"
  git_lock_lines >"$run_dir/work/lock.json"
  grep -q '"commit"' "$run_dir/work/lock.json" ||
    fail_step 'no repository could be fetched'
  updated=$(grep -c '' "$run_dir/work/update.finished" 2>/dev/null || :)
  summarize "${updated:-0} of ${#repositories[@]} repositories moved"
  if cmp -s -- "$run_dir/work/lock.json" "$lock_file"; then
    note_step 'unchanged'
    return 0
  fi
  [[ ! -e $lock_file ]] || kind=changed
  [[ $lock_file != */* ]] || mkdir -p -- "${lock_file%/*}"
  cat -- "$run_dir/work/lock.json" >"$lock_file.new-$run_id"
  move_into_place "$lock_file.new-$run_id" "$lock_file"
  output "$kind" "$lock_file"
}

# git_list_dropped: repositories in the lock file that the list no longer has.
git_list_dropped() {
  LC_ALL=C grep -vxF -f <(printf '%s\n' "${repositories[@]}") -- "$run_dir/work/pins" || :
}
