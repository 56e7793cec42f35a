# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# The archives that are there: listed, copied to the remote, removed by
# rules, told to a colleague.

# stack_list: the archives, newest last; ends the program.
stack_list() {
  local file size stamp lacks
  while IFS= read -r file; do
    human_size size "$(wc -c <"$file")"
    lacks=
    stack_base_of stamp "$file"
    [[ -z $stamp || -n $(stack_archives "$stamp.tar*") ]] || lacks="  needs team-export-$stamp, which is not here"
    printf '%-60s %10s%s\n' "$file" "$size" "$lacks"
  done < <(stack_archives '*.tar*')
  outcome=starting
  finish 0
}

# stack_upload: a step: the archive at the remote too, compared there.
stack_upload() {
  local file base_file folder=${backup_remote%/}/$target/exports
  file=$(<"$run_dir/work/archive")
  stack_base_file base_file "$file"
  {
    # It may be gone from there, or never have arrived.
    { [[ -z $base_file ]] || call_rclone copy "$base_file" "$folder"; } &&
      call_rclone copy "$file" "$folder" &&
      call_rclone check --one-way --include "/${file##*/}" "${file%/*}" "$folder"
  } >"$run_dir/out/rclone" 2>&1 || fail_step "$file stays, but could not be copied to $folder: $(rclone_error)"
  note_step "$folder/${file##*/}"
}

# stack_base_file NAME ARCHIVE: set NAME to the archive here that this one needs; empty
# where it is whole.
stack_base_file() {
  local its_stamp its_file=''
  stack_base_of its_stamp "$2"
  [[ -z $its_stamp ]] || its_file=$(stack_archives "$its_stamp.tar*" | head -n 1)
  printf -v "$1" '%s' "$its_file"
}

# stack_prune: a step: the rules of backups, for archives; what they do not keep goes,
# but for what a kept one needs.
stack_prune() {
  local file stamp word index removed=0 needed=$'\n' files=() places=() goes=()
  while IFS= read -r file; do
    stamp=${file##*/team-export-}
    [[ $stamp =~ ^([0-9]{4})-([0-9]{2})-([0-9]{2})-([0-9]{2})-([0-9]{2})-([0-9]{2}) ]] || continue
    files+=("$file")
    places+=("${#places[@]}/${BASH_REMATCH[1]}${BASH_REMATCH[2]}${BASH_REMATCH[3]}_${BASH_REMATCH[4]}${BASH_REMATCH[5]}${BASH_REMATCH[6]}")
  done < <(stack_archives '*.tar*')
  ((${#places[@]} > 0)) || return 0
  while IFS=$'\t' read -r word index _; do
    file=${files[${index%%/*}]}
    if [[ $word == remove && $file != "$(<"$run_dir/work/archive")" ]]; then
      goes+=("$file")
    else
      stack_base_of stamp "$file"
      needed+=$stamp$'\n'
    fi
  done < <(apply_rules "${places[@]}")
  for file in ${goes[@]+"${goes[@]}"}; do
    stack_stamp_of stamp "$file"
    [[ $needed != *$'\n'"$stamp"$'\n'* ]] || continue
    rm -f -- "$file"
    output removed "$file"
    removed=$((removed + 1))
  done
  ((removed == 0)) || note_step "$removed removed, which no rule keeps"
}

# stack_share: a step: what to tell the colleague.
stack_share() {
  local file base_file size digest where="copy the file into their $exports/"
  file=$(<"$run_dir/work/archive")
  human_size size "$(wc -c <"$file")"
  digest=$(hash_text <"$file")
  stack_base_file base_file "$file"
  [[ -z $base_file ]] || where="copy the file and $base_file, which it needs, into their $exports/"
  [[ -z ${backup_remote:-} ]] || where='nothing: the import finds it at the remote'
  warn "For your colleague:
  file     $file ($size)
  sha256   $digest
  to do    $where
  command  npm run team:import" 2>&6
}
