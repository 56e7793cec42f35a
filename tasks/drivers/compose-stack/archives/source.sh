# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# Where an import takes its archive from, and how it is opened and looked into.

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
    file=$(stack_replaced)
    [[ -n $file ]] || fail_step '--back: no import has replaced anything here' 3
  fi
  if [[ -z $file ]]; then
    file=$(find "$exports" -maxdepth 1 -type f -name 'team-export-*.tar*' 2>/dev/null | LC_ALL=C sort | tail -n 1) || :
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

# stack_replaced: print the archive of what the last import has replaced, if it has.
stack_replaced() {
  sed -n 1p ".insightpulse/state/replaced/$target" 2>/dev/null || :
}

# stack_note_replaced: for the next --back: the archive that this import has made of what
# was here.
stack_note_replaced() {
  local place=.insightpulse/state/replaced
  make_private_folder .insightpulse/state
  mkdir -p -- "$place"
  cat -- "$run_dir/work/archive" >"$place/.$target" 2>/dev/null || :
  mv -f -- "$place/.$target" "$place/$target"
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

# stack_complete SOURCE: in what is unpacked of SOURCE stands after this all that it has
# from its base; work/based has the folder of the rest of that.
stack_complete() {
  local name digest path folder=$unpacked base_file
  rm -f -- "$run_dir/work/based"
  jq -e .base "$unpacked/manifest.json" >/dev/null || return 0
  {
    IFS= read -r name
    IFS= read -r digest
  } < <(jq -r '.base | .archive, .sha256' "$unpacked/manifest.json")
  [[ $name =~ ^team-export-[A-Za-z0-9.-]+$ ]] || fail_step "$1: names a base that can be none: $name" 5
  stack_find_base "$1" "$name" "$digest"
  mkdir -p -- "$stack_scratch/base"
  stack_unpack "$base_file" "$stack_scratch/base"
  path=$(jq -rn --slurpfile base "$unpacked/manifest.json" --slurpfile here "$folder/manifest.json" \
    '($base[0].members | map({(.path): .}) | add) as $of | [$here[0].members[] | select(.base and $of[.path] != del(.base)).path][0] // empty')
  [[ -z $path ]] || fail_step "$base_file: does not hold $path, which $1 has from it" 5
  while IFS= read -r path; do
    mkdir -p -- "$(dirname -- "$folder/$path")"
    mv -- "$unpacked/$path" "$folder/$path"
  done < <(jq -r '.members[] | select(.base).path' "$folder/manifest.json")
  printf '%s\n' "$unpacked" >"$run_dir/work/based"
  unpacked=$folder
}

# stack_find_base SOURCE NAME DIGEST: set base_file to it: beside the archive, among the
# exports, at the remote.
stack_find_base() {
  local place file places other='' needed="$1 needs $2 (sha256 $3)"
  places=("${1%/*}" "$exports")
  [[ $1 == */* ]] || places[0]=.
  for place in "${places[@]}"; do
    file=$place/$2
    [[ -f $file ]] || continue
    if [[ $(hash_text <"$file") == "$3" ]]; then
      base_file=$file
      return 0
    fi
    other=$file
  done
  places=()
  [[ ! -s $run_dir/work/fetched ]] || places+=("$(sed 's,/[^/]*$,,' "$run_dir/work/fetched")")
  [[ -z ${backup_remote:-} ]] || places+=("${backup_remote%/}/$target/exports")
  for place in ${places[@]+"${places[@]}"}; do
    file=$stack_scratch/base.$2
    call_rclone copyto "$place/$2" "$file" >"$run_dir/out/rclone" 2>&1 || continue
    if [[ -f $file && $(hash_text <"$file") == "$3" ]]; then
      base_file=$file
      return 0
    fi
    [[ ! -f $file ]] || other=$place/$2
  done
  [[ -z $other ]] || fail_step "$needed, and $other has another content: put the right one beside it" 5
  fail_step "$needed, which is neither beside it nor in $exports${places[0]:+ nor at ${places[*]}}: put it there" 3
}

# stack_inspect: a step: the archive that is named.
stack_inspect() {
  local needs
  [[ -f $inspect ]] || fail_step "$inspect: there is no such archive" 3
  stack_make_scratch
  mkdir -p -- "$stack_scratch/in"
  stack_unpack "$inspect" "$stack_scratch/in"
  [[ ! -s $unpacked/export-metadata.json ]] || cat -- "$unpacked/export-metadata.json"
  note_step "whole: $(jq -r '"\(.members | length) files of \(.parts | keys | join(", ")), exported \(.created)"' "$unpacked/manifest.json")"
  # What it has from its base is not looked at here: an import does that.
  needs=$(jq -r '.base // empty | ", together with \(.archive) (sha256 \(.sha256)), which an import needs too"' "$unpacked/manifest.json")
  summarize "$inspect is whole$needs"
}
