# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# The way out: every part is dumped and checked side by side, then all goes into
# one archive, which is read back before it has its name.

# stack_settings: once they are bound, for export and import.
stack_settings() {
  local stamp=${timestamp//[T:]/-}
  stack_stamp=${stamp%Z}
  stack_scratch=$exports/.lockstep-$run_id
  stack_out=$stack_scratch/out/export-$stack_stamp
  declined=false
  : "${inactive:=false}" "${archive:=}" "${from:=}" "${back:=false}" "${force:=false}" "${take_env:=false}" "${since:=}"
  [[ -z $since || $since == last ]] || usage_error "--since takes only the word last, not $since"
  find_timeout
  [[ ${list:-false} == false ]] || stack_list
}

# stack_make_scratch: on the disk of the exports, removed at the end of the run; a
# dry run has its own folder.
stack_make_scratch() {
  umask 077
  if [[ $dry_run == true ]]; then
    stack_scratch=$run_dir/work/stack
    mkdir -p -- "$stack_scratch"
    return 0
  fi
  mkdir -p -- "$exports"
  note_scratch "$stack_scratch"
  mkdir -p -- "$stack_out"
}

# stack_needs_docker: does any part stand in a container?
stack_needs_docker() {
  local index
  for ((index = 0; index < ${#stack_keys[@]}; index += 3)); do
    case ${stack_keys[index + 1]} in service | volume) return 0 ;; *) ;; esac
  done
  return 1
}

# stack_look: is all of it here and healthy, is there room, is the folder of the
# exports kept out of Git? Writes the parts to be dumped to work/parts, and those
# whose services pause meanwhile to work/held: one after the other, after the rest.
# Of what is about to be "replaced" not all need be here, and n8n may be ill; of what is
# "cleaned" away nothing.
stack_look() {
  local size total=0 list
  stack_check_ignored
  [[ $dry_run == true ]] || stack_make_scratch
  ! stack_needs_docker || stack_reach_docker
  stack_choose_base
  : >"$run_dir/work/parts"
  : >"$run_dir/work/held"
  for part in ${stack_parts[@]+"${stack_parts[@]}"}; do
    stack_use "$part"
    # Those of a host are in Git, or its own.
    [[ $kind != files || -z ${env_host:-} ]] || continue
    [[ ${1:-} != cleaned ]] || stack_is_up || continue
    if [[ $kind == n8n && -n ${1:-} ]]; then
      printf '1\n'
    else
      "stack_${kind}_look"
    fi >"$run_dir/work/look.$part"
    size=$(<"$run_dir/work/look.$part")
    if ((size == 0)) && [[ -n ${1:-} ]]; then
      continue
    fi
    total=$((total + size))
    list=parts
    [[ -z $part_pauses ]] || list=held
    printf '%s\n' "$part" >>"$run_dir/work/$list"
  done
  stack_check_room "$total"
}

# stack_check_ignored: exports hold all that is private.
stack_check_ignored() {
  git rev-parse --is-inside-work-tree >/dev/null 2>&1 || return 0
  git check-ignore -q -- "$exports/team-export-x.tar.gz" ||
    fail_step "$exports is not kept out of Git: add this line to .gitignore: $exports/" 2
}

# stack_dump PART: a step for each.
stack_dump() {
  stack_use "$1"
  umask 077
  stack_dump_and_tell
}

# stack_dump_and_tell: the dump of the part in hand, told of as it grows.
stack_dump_and_tell() {
  stack_begin_telling
  "stack_${kind}_dump" "$stack_out"
  [[ -z $teller ]] || kill "$teller" 2>/dev/null || :
}

# stack_begin_telling: where the part in hand is large: in the background, how much of
# it is dumped. Sets teller to who does that; without the dump it ends by itself.
stack_begin_telling() {
  local bytes self
  teller=
  [[ -s $run_dir/work/look.$part ]] || return 0
  bytes=$(<"$run_dir/work/look.$part")
  ((bytes > 50000000)) || return 0
  own_process_id self
  stack_tell_bytes "$self" "$((bytes / 1000000))" >/dev/null 2>&1 </dev/null &
  teller=$!
}

# stack_tell_bytes PID MEGABYTES
stack_tell_bytes() {
  local written ended
  while command sleep 1 && kill -0 "$1"; do
    written=$(find "$stack_out" -maxdepth 1 -type f '(' -name "$part-complete.dump" -o -name "$part.tar" -o -name "$part.sqlite" ')' -exec wc -c {} + |
      awk '{ bytes = $1 } END { printf "%d", bytes / 1000000 }')
    read -r ended < <(wc -l 2>/dev/null <"$run_dir/work/$step_id.finished") || ended=0
    progress "$ended" "${#items[@]}" "$part: $written of about $2 MB"
  done
}

# stack_save PART: the same of what an import is about to replace, which may lack
# what belongs into an export.
stack_save() {
  stack_use "$1"
  umask 077
  part_schemas=
  if [[ $kind == n8n ]]; then
    # Its database has all of it; and what is here may be broken.
    (reason_file=$run_dir/work/unsaved.$part && stack_n8n_dump "$stack_out") || {
      rm -f -- "$run_dir/work/facts.$part" "$run_dir/exit_code"
      warn "$target: $part: could not be exported from here as JSON; the database is" 2>&6
    }
    return 0
  fi
  stack_dump_and_tell
}

# stack_archive: a step: what was dumped becomes one archive beside its name.
stack_archive() {
  local end
  [[ ! -s $run_dir/failures ]] || fail_step 'not all parts could be dumped, so there is no archive'
  umask 077
  stack_metadata "$stack_out"
  stack_manifest "$stack_out"
  stack_archive_end end
  stack_pack "$stack_scratch/out" "export-$stack_stamp" "$stack_scratch/team-export-$stack_stamp$end"
}

stack_check_archive() {
  local end
  stack_archive_end end
  stack_read_back "$stack_scratch/team-export-$stack_stamp$end"
}

# stack_final NAME: set NAME to the name that the new archive gets. What an import
# has exported first is not what the next one is to take.
stack_final() {
  local final_end folder=$exports its_base=''
  [[ $verb == export ]] || folder+=/before-$verb
  stack_archive_end final_end
  if [[ -s $run_dir/work/since.json ]]; then
    stack_stamp_of its_base "$(jq -r .archive "$run_dir/work/since.json")"
    final_end=-since-$its_base$final_end
  fi
  printf -v "$1" '%s' "$folder/team-export-$stack_stamp$final_end"
  [[ ! -e ${!1} ]] || printf -v "$1" '%s' "$folder/team-export-$stack_stamp-${run_id##*_}$final_end"
}

# stack_publish: a step: it gets its name. From then on it is whole, and stays
# whatever becomes of the run.
stack_publish() {
  local end final size digest
  umask 077
  stack_archive_end end
  stack_final final
  mkdir -p -- "${final%/*}"
  mv -- "$stack_scratch/team-export-$stack_stamp$end" "$final"
  sync_folder "${final%/*}"
  output created "$final"
  size=$(wc -c <"$final")
  digest=$(hash_text <"$final")
  printf '%s\n' "$final" >"$run_dir/work/archive"
  printf '%s\n' "$digest" >"$run_dir/work/archive.sha256"
  human_size size "$size"
  note_step "$final, $size, sha256 $digest$(stack_parts_whole)"
  summarize "$final, $size"
  stack_know_export "$final" "$digest"
  stack_warn_clear "$final"
}

# stack_warn_clear ARCHIVE: private things in the clear, each time.
stack_warn_clear() {
  local private
  [[ -z $encrypt ]] || return 0
  private=$(jq -r '[.members[].path | select(test("(^|/)\\.env|credentials\\.json$"))] | .[:3] | join(", ")' "$stack_out/manifest.json")
  [[ -z $private ]] ||
    warn "$target: $1 holds $private and is not encrypted: set encrypt to age:RECIPIENT or gpg:KEY, or hand it over by a safe way only" 2>&6
}
