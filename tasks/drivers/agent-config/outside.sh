# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# Files outside of the root: written, saved and put back.

# agents_put PATH [SOURCE]: make PATH as SOURCE, with the mode that a file there has,
# or remove it. First it is written down how to undo that: each in a folder of its
# own below saved/written, with path, before, after and the folders that are made.
agents_put() {
  local written=$run_dir/saved/written number=0 beside=$1.lockstep-$run_id folder encoded kind=changed
  while [[ -e $written/$number ]]; do
    number=$((number + 1))
  done
  written+=/$number
  (umask 077 && mkdir -p -- "$written")
  encode_path encoded "$1"
  [[ ! -e $1 ]] || cp -p -- "$1" "$written/before"
  [[ $# -eq 1 ]] || cat -- "$2" >"$written/after"
  : >"$written/folders"
  folder=${1%/*}
  until [[ -d $folder ]]; do
    printf '%s\0' "$folder" >>"$written/folders"
    folder=${folder%/*}
  done
  printf '%s\n' "$encoded" >"$written/path"
  sync_folder "$written"
  if (($# == 1)); then
    rm -f -- "$1"
    output removed "$1"
    return 0
  fi
  mkdir -p -- "${1%/*}"
  if [[ -e $1 ]]; then
    cp -p -- "$1" "$beside"
  else
    kind=created
    (umask 077 && : >"$beside")
  fi
  cat -- "$2" >"$beside"
  mv -f -- "$beside" "$1"
  output "$kind" "$1"
}

# agents_undo SAVED: what agents_put did for that run, the newest first. What
# somebody wrote since is theirs and stays.
agents_undo() {
  local number=0 status=0 owner=${1%/saved}
  while [[ -e $1/written/$number ]]; do
    number=$((number + 1))
  done
  while ((number-- > 0)); do
    # Without its path nothing has happened yet.
    [[ ! -s $1/written/$number/path ]] ||
      agents_undo_one "$1/written/$number" "${owner##*/}" || status=1
  done
  return "$status"
}

agents_undo_one() {
  local path folder
  decode_path path "$(<"$1/path")"
  rm -f -- "$path.lockstep-$2"
  if agents_is "$path" "$1/after"; then
    if [[ -e $1/before ]]; then
      cp -p -- "$1/before" "$path.lockstep-$2" && mv -f -- "$path.lockstep-$2" "$path" || return 1
    else
      rm -f -- "$path" || return 1
      while IFS= LC_ALL=C read -r -d '' folder; do
        rmdir -- "$folder" 2>/dev/null || :
      done <"$1/folders"
    fi
  elif ! agents_is "$path" "$1/before"; then
    warn "$path: changed since by somebody else; it stays as it is now, what it was before is in the backup"
  fi
}

# agents_is PATH COPY: is it like the copy, or are both not there?
agents_is() {
  if [[ -e $2 ]]; then
    cmp -s -- "$1" "$2"
  else
    [[ ! -e $1 ]]
  fi
}

# agents_outside: print the paths of all that stands outside of the root, NUL-ended.
agents_outside() {
  local file path
  [[ -z $mcp_config || ! -e $mcp_config || $mcp_config == "$root"/* ]] || printf '%s\0' "$mcp_config"
  while IFS= LC_ALL=C read -r -d '' file; do
    agents_place path "$file"
    agents_resolve_place path "$path"
    [[ $path == "$root"/* ]] || printf '%s\0' "$path"
  done < <(agents_sources)
}

# agents_back_up: all that stands outside of the root, as numbered files, and in
# places what each is: "NUMBER PATH", or "absent PATH" of what a run has written and
# what is not there now.
agents_back_up() {
  local artifacts=$run_dir/saved/artifacts path source number=0
  umask 077
  mkdir -p -- "$artifacts"
  : >"$artifacts/places"
  while IFS= LC_ALL=C read -r -d '' path; do
    number=$((number + 1))
    cp -p -- "$path" "$artifacts/$number"
    encode_path path "$path"
    printf '%s %s\n' "$number" "$path" >>"$artifacts/places"
  done < <(agents_outside)
  {
    agents_known_places
    agents_written_outside
  } | LC_ALL=C sort -u >"$run_dir/work/known"
  while IFS= LC_ALL=C read -r source; do
    decode_path path "$source"
    [[ -e $path ]] || printf 'absent %s\n' "$source" >>"$artifacts/places"
  done <"$run_dir/work/known"
  if [[ -s $artifacts/places ]]; then keep_artifacts; else rm -rf -- "$artifacts"; fi
}

# agents_written_outside: print the paths of what will be written there, encoded.
agents_written_outside() {
  local path source
  while IFS= LC_ALL=C read -r -d '' path && IFS= LC_ALL=C read -r -d '' source; do
    [[ $path != "$root"/* ]] || continue
    encode_path path "$path"
    printf '%s\n' "$path"
  done < <(agents_written)
}

# agents_known_places: print the paths, encoded, that any backup speaks of.
agents_known_places() {
  local file
  for file in .insightpulse/backups/"$target"/*/artifacts/places; do
    [[ ! -e $file ]] || sed 's/^[^ ]* //' "$file"
  done
}
