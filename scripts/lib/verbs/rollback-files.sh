# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# What a state of the backups holds, how what is here differs from it, and the
# files that go there.

# add_state ID: put the entries of this backup before those of the later ones;
# fails if it is damaged.
add_state() {
  local folder problems=$run_dir/work/problems
  : >"$entries.new"
  while IFS= read -r folder; do
    [[ ${folder##*/} == "$1" ]] || continue
    # A sibling is a backup of its file alone.
    [[ -z $rollback_file || $folder != */siblings/* || $folder == */siblings/"$rollback_file"/* ]] || continue
    check_backup "$folder" read >"$problems"
    if [[ -s $problems ]]; then
      printf '%s: %s\n' "$1" "$(head -n 1 "$problems")" >>"$damaged"
      [[ $1 != "$named_state" ]] || fail_step "the backup is damaged: $(tail -n 1 "$damaged")" 5
      return 1
    fi
    [[ $manifest_kind != before ]] || manifest_entries "$folder/manifest.json" | cut -f 8 |
      ONLY=$rollback_file LC_ALL=C awk '
        ENVIRON["ONLY"] == "" || $0 == ENVIRON["ONLY"] || index($0, ENVIRON["ONLY"] "/") == 1' >>"$run_dir/work/overwritten"
    manifest_entries "$folder/manifest.json" |
      FOLDER=$opened LC_ALL=C awk -v OFS='\t' '{ print $0, ENVIRON["FOLDER"] }' >>"$entries.new"
  done < <(list_backups "$target")
  cat -- "$entries.all" >>"$entries.new"
  mv -f -- "$entries.new" "$entries.all"
}

# find_differing: of the state in wanted.all, what is not so below the root.
find_differing() {
  follow_entry_links <"$entries.all" >"$entries.real"
  first_entries <"$entries.real" | ONLY=$rollback_file LC_ALL=C awk -F '\t' '
    BEGIN { only = ENVIRON["ONLY"] }
    only == "" || $8 == only || index($8, only "/") == 1' >"$entries"
  : >"$run_dir/work/edited"
  if [[ $rollback_mode == drill ]]; then
    cp -- "$entries" "$run_dir/work/differing"
  else
    compare_with_root "$entries" >"$run_dir/work/differing.all"
    leave_edited <"$run_dir/work/differing.all" >"$run_dir/work/differing"
    LC_ALL=C awk '/^folder_absent/' "$entries" >>"$run_dir/work/differing"
  fi
}

# leave_edited: entries in and out, without what a run created and somebody has
# edited since; that stays, and its path stands in work/edited.
leave_edited() {
  local made=$run_dir/work/made
  cat >"$made" || return 1
  LC_ALL=C awk -F '\t' '/^absent/ && $4 != "-" { print $8 }' "$made" >"$made.paths" || return 1
  if [[ ! -s $made.paths ]]; then
    cat -- "$made"
    return
  fi
  decode_paths <"$made.paths" | describe_paths . >"$made.now" &&
    add_digests . "$made.now" >"$made.full" || return 1
  NOW=$made.full EDITED=$run_dir/work/edited LC_ALL=C awk -F '\t' '
    BEGIN { while ((getline <ENVIRON["NOW"]) > 0) digest[$8] = $4 }
    /^absent/ && $4 != "-" && digest[$8] != $4 { print $8 >ENVIRON["EDITED"]; next }
    { print }' "$made"
}

# follow_entry_links: entries in and out, those below a folder that is a link by now
# with its real path, and then the path of their copy as a tenth field.
follow_entry_links() {
  local folder path real map=$run_dir/work/links
  cat >"$map.entries"
  LC_ALL=C awk -F '\t' '
    $1 ~ /^folder/ && !($8 in seen) { seen[$8]; print $8 }
    sub("/[^/]*$", "", $8) && !($8 in seen) { seen[$8]; print $8 }' "$map.entries" >"$map.folders"
  while IFS= LC_ALL=C read -r folder; do
    decode_path path "$folder"
    [[ -d $path ]] || continue
    leads_through_link "$path" || continue
    is_inside "$path" || fail_step "$path leads out of $root through a link; nothing was changed" 2
    real_path real "$path"
    encode_path real "$real"
    printf '%s\t%s\n' "$folder" "$real"
  done <"$map.folders" >"$map"
  if [[ ! -s $map ]]; then
    cat -- "$map.entries"
    return 0
  fi
  MAP=$map LC_ALL=C awk -F '\t' -v OFS='\t' '
    BEGIN { while ((getline <ENVIRON["MAP"]) > 0) real[$1] = $2 }
    {
      path = $8
      while (!(path in real) && sub("/[^/]*$", "", path)) continue
      if (path in real) {
        $10 = $8
        $8 = real[path] substr($8, length(path) + 1)
      }
      print
    }' "$map.entries"
}

something_differs() {
  LC_ALL=C grep -qv '^folder_absent' "$run_dir/work/differing"
}

# stage_files: entries with the folder of their copy; those that are a file or
# link come to work/staged, and must be what their manifest says.
stage_files() {
  local path from copy folders folder='' batch=() last='' staged=$run_dir/work/staged
  mkdir -p -- "$staged"
  while IFS=$'\t' LC_ALL=C read -r path from copy; do
    decode_path path "$path"
    decode_path copy "$copy"
    folders=$from/${copy%"${copy##*/}"}:${path%"${path##*/}"}
    if [[ $folders != "$last" ]] || ((${#batch[@]} >= 200)); then
      stage_batch
      folder=${path%"${path##*/}"}
      last=$folders
    fi
    ! stands "$from/$copy" || batch+=("$from/$copy")
  done < <(LC_ALL=C awk -F '\t' -v OFS='\t' '/^(file|link)/ { print $8, $9, ($10 == "" ? $8 : $10) }' "$run_dir/work/differing")
  stage_batch
  LC_ALL=C awk '/^(file|link)/' "$run_dir/work/differing" >"$staged.wanted"
  cut -f 8 "$staged.wanted" | decode_paths | describe_paths "$staged" >"$staged.found"
  add_digests "$staged" "$staged.found" >"$staged.full"
  differing_entries "$staged.wanted" "$staged.full" | cut -f 8 >"$staged.damaged"
  [[ ! -s $staged.damaged ]] ||
    fail_step "the backup is damaged: $(head -n 1 "$staged.damaged"); nothing was changed" 5
}

stage_batch() {
  ((${#batch[@]} > 0)) || return 0
  mkdir -p -- "$staged/$folder"
  cp -pPR -- "${batch[@]}" "$staged/$folder"
  batch=()
}

# show_changes: what a person wants to read before answering.
show_changes() {
  local type path put=0 removed=0
  while IFS=$'\t' LC_ALL=C read -r type path; do
    case $type in
      absent)
        removed=$((removed + 1))
        printf '  remove   %s\n' "$path"
        ;;
      file | link)
        put=$((put + 1))
        printf '  restore  %s\n' "$path"
        ;;
      *) ;;
    esac
  done < <(cut -f 1,8 "$run_dir/work/differing")
  sed 's/^/  keep     /; s/$/ (edited since)/' "$run_dir/work/edited"
  printf '%d to restore, %d to remove%s\n' "$put" "$removed" \
    "$([[ ! -s $run_dir/work/edited ]] || printf ', %d edited since and kept' "$(grep -c '' "$run_dir/work/edited")")"
}
