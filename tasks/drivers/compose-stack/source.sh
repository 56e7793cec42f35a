# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# Where an import takes its archive from.

# stack_find_archive: the archive that is named, or the newest, here or at the
# remote; work/source.
stack_find_archive() {
  local file=$archive newest=''
  [[ $back == false || -z $archive$from ]] || fail_step 'either --back or an archive that is named, not both' 2
  if [[ $from == rclone:* ]]; then
    stack_fetch "${from#rclone:}"
    return 0
  elif [[ -n $from ]]; then
    file=$from
  elif [[ $back == true ]]; then
    file=$(stack_newest_in "$exports/before-import")
    [[ -n $file ]] || fail_step "--back: there is no archive in $exports/before-import: no import has replaced anything" 3
  fi
  if [[ -z $file ]]; then
    file=$(stack_newest_in "$exports")
    [[ -z ${backup_remote:-} ]] || newest=$(stack_newest_there)
    if [[ -n $newest && ${newest##*/} > ${file##*/} ]]; then
      stack_fetch "$newest"
      return 0
    fi
    [[ -n $file ]] ||
      fail_step "there is no archive in $exports: put the one of your colleague there, or name it with --archive" 3
  elif [[ ! -f $file ]]; then
    fail_step "$file: there is no such archive$(stack_other_archives)" 3
  fi
  printf '%s\n' "$file" >"$run_dir/work/source"
  note_step "$file"
}

# stack_newest_in FOLDER: print its newest archive.
stack_newest_in() {
  find "$1" -maxdepth 1 -type f -name 'team-export-*.tar*' 2>/dev/null | LC_ALL=C sort | tail -n 1 || :
}

# stack_newest_there: print the newest archive of the remote.
stack_newest_there() {
  local folder=${backup_remote%/}/$target/exports name
  name=$(call_rclone lsf --files-only "$folder" 2>"$run_dir/out/rclone" | LC_ALL=C grep '^team-export-' | LC_ALL=C sort | tail -n 1) || :
  [[ -z $name ]] || printf '%s/%s' "$folder" "$name"
}

# stack_fetch REMOTE: into the folder of the exports of this run.
stack_fetch() {
  local file
  stack_make_scratch
  file=$stack_scratch/${1##*/}
  call_rclone copyto "$1" "$file" >"$run_dir/out/rclone" 2>&1 || fail_step "$1 could not be fetched: $(rclone_error)" 3
  printf '%s\n' "$file" >"$run_dir/work/source"
  printf '%s\n' "$1" >"$run_dir/work/fetched"
  note_step "$1"
}

stack_other_archives() {
  local found
  found=$(find "$exports" -maxdepth 1 -type f -name 'team-export-*.tar*' 2>/dev/null | LC_ALL=C sort -r | head -n 3 | paste -s -d ' ' -) || :
  [[ -z $found ]] || printf '; there is %s' "$found"
}

# stack_open_archive: unpacked, compared with its manifest and completed from its base,
# all of it, before anything else; work/unpacked.
stack_open_archive() {
  local source
  source=$(<"$run_dir/work/source")
  stack_make_scratch
  mkdir -p -- "$stack_scratch/in"
  stack_unpack "$source" "$stack_scratch/in"
  stack_complete "$source"
  printf '%s\n' "$unpacked" >"$run_dir/work/unpacked"
}
