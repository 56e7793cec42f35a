# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# Bringing a skill to its place, and away from it.

# skill_fetch NAME: its archive, checked and unpacked beside the destination.
skill_fetch() {
  local name=$1 version digest url got scratch state refusal new_tree actual_tree
  local pin_version pin_digest pin_tree archive=$run_dir/work/$1.archive
  { read -r version && read -r digest && read -r url; } <"$run_dir/work/$name.entry"
  case $url in
    http://* | https://*) ;;
    /*) url=$http_origin$url ;;
    *) url=/$url ;;
  esac
  http_fetch "$name.archive" "$url"
  got=$(hash_text <"$archive")
  [[ $got == "$digest" ]] ||
    fail_step "the archive of version $version is not the one that the catalog names: its SHA-256 is ${got:0:12}…, not ${digest:0:12}…"
  scratch_folder scratch "$nearest_folder"
  skill_unpack "$archive" "$scratch/$name"
  check_skill_file "$scratch/$name/SKILL.md" "$name"
  skill_tree new_tree "$scratch/$name"
  skill_pin "$name"
  skill_state "$name"
  if [[ $state == unknown || $state == changed ]] && [[ $actual_tree != "$new_tree" ]]; then
    skill_may_overwrite "$name" || fail_step "$refusal"
  fi
  printf '%s\n' "$version $digest $new_tree" >"$run_dir/work/$name.fetched"
  printf '%s\n' "$actual_tree" >"$run_dir/work/$name.actual"
}

# skill_install NAME: by a rename.
skill_install() {
  local name=$1 folder=$destination/$1 scratch state actual_tree seen fetched kind=created
  local pin_version pin_digest pin_tree
  IFS= read -r seen <"$run_dir/work/$name.actual"
  IFS= read -r fetched <"$run_dir/work/$name.fetched"
  skill_pin "$name"
  skill_state "$name"
  [[ $actual_tree == "$seen" ]] ||
    fail_step "$folder was changed while its archive was fetched; run again"
  if [[ $actual_tree != "${fetched##* }" ]]; then
    scratch_folder scratch "$nearest_folder"
    [[ -d $destination ]] || mkdir -p -- "$destination"
    (cd -- "$scratch/$name" && find . ! -type d -print0) |
      note_written_below "$scratch/$name" "$folder"
    if [[ -e $folder || -L $folder ]]; then
      kind=changed
      mv -- "$folder" "$scratch/$name.old"
    fi
    mv -- "$scratch/$name" "$folder"
    output "$kind" "$folder"
  fi
  printf '%s\n' "$fetched" >"$run_dir/work/$name.pinned"
}

# skill_remove NAME: it left the catalog; what a person made of it stays.
skill_remove() {
  local name=$1 folder=$destination/$1 scratch state actual_tree
  local pin_version pin_digest pin_tree
  skill_pin "$name"
  skill_state "$name"
  [[ $state == as_pin || $state == absent ]] ||
    fail_step "$folder stays, as it has local changes; commit them or move them away"
  if [[ $state == as_pin ]]; then
    scratch_folder scratch "$nearest_folder"
    mv -- "$folder" "$scratch/$name.old"
    output removed "$folder"
  fi
  : >"$run_dir/work/$name.removed"
}

# skill_saves NAME: what either of them takes away.
skill_saves() {
  printf '%s\0' "$destination/$1"
}
