# shellcheck shell=bash
# shellcheck disable=SC2016,SC2034,SC2154 # variables are shared between the parts; scripts for other shells
# What of a volume did not change since the base was written, file by file: those with the
# same digest, mode, owner and time are left out. Folders, links and special files are in
# each tar, and files of several names, for a tar knows the second by the first.

# Bytes of names that go to one tar, for not every tar reads them from a file.
stack_volume_words=500000

# stack_volume_record MOUNT STILL: what is in it: work/record.PART has a line for each file,
# "digest mode owner time bytes", a tab and its path; work/entries.PART the other paths.
# Neither is there where it cannot be told, and volume_why says why. STILL is true where
# nobody writes to it; else it may change meanwhile, and a clock of seconds hides that.
stack_volume_record() {
  local record=$run_dir/work/record.$part entries=$run_dir/work/entries.$part raw=$run_dir/work/raw.$part
  rm -f -- "$record" "$entries"
  volume_why=
  stack_volume_run "$1" 'cd /volume || exit 1
    for each in find stat sha256sum xargs; do command -v "$each" >/dev/null || { echo "its image has no $each" >&2; exit 1; }; done
    [ -z "$(find . \( -name "*
*" -o -name "*\\\\*" \) -print | head -n 1)" ] || { echo "the name of a file in it has a newline or a backslash" >&2; exit 1; }
    date +%s && find . -type f -exec stat -c "%h %Z %a %u:%g %Y %s %n" {} + && echo && find . -type f -exec sha256sum {} + && echo && find . ! -type f' \
    >"$raw" 2>"$raw.complaint" || {
    volume_why=$(tail -n 1 -- "$raw.complaint")
    volume_why=${volume_why:-it could not be read}
    return 0
  }
  : >"$record"
  LC_ALL=C awk -v record="$record" -v still="$2" '
    NR == 1 { began = $1; next }
    $0 == "" { section++; next }
    !section {
      path = about = $0
      for (field = 0; field < 6; field++) sub(/^[^ ]* /, "", path)
      about = substr($0, 1, length($0) - length(path) - 1)
      if ($1 != 1) print path
      else if (still != "true" && $2 >= began - 1) print path
      else { sub(/^[^ ]* [^ ]* /, "", about); known[path] = about }
      next
    }
    section == 1 {
      path = substr($0, 67)
      if (path in known) print substr($0, 1, 64) " " known[path] "\t" path >record
      delete known[path]
      next
    }
    { print }
    END { for (path in known) print path }' "$raw" | LC_ALL=C sort >"$entries"
  LC_ALL=C sort -o "$record" "$record"
}

# stack_volume_settled: in work/record.PART stays what is as it was before it was read
# into the tar.
stack_volume_settled() {
  local record=$run_dir/work/record.$part
  [[ -e $record && $part_stop != true ]] || return 0
  mv -- "$record" "$record.before"
  stack_volume_record "$volume:/volume:ro" false
  [[ ! -e $record ]] || LC_ALL=C comm -12 "$record.before" "$record" >"$record.same"
  rm -f -- "$record" "$record.before"
  [[ ! -e $record.same ]] || mv -- "$record.same" "$record"
}

# stack_volume_some MOUNT: a tar of the paths of work/names.PART, and of nothing in them.
stack_volume_some() {
  tr '\n' '\0' <"$run_dir/work/names.$part" |
    stack_volume_run "$1" 'cd /volume && xargs -0 -x -n 100000 -s 1000000 tar --no-recursion -cf -'
}

# stack_volume_names KEPT: work/names.PART, all paths but those of KEPT.
stack_volume_names() {
  {
    cat -- "$run_dir/work/entries.$part"
    LC_ALL=C comm -13 "$1" "$run_dir/work/record.$part" | cut -f 2-
  } >"$run_dir/work/names.$part"
}

# stack_volume_since FOLDER: where the base has enough of it, the tar of the rest; else
# since_base is empty afterwards.
stack_volume_since() {
  local kept=$run_dir/work/kept.$part
  stack_base_facts
  [[ -n $since_base ]] || return 0
  if [[ ! -e $run_dir/work/record.$part ]]; then
    stack_is_whole "$volume_why"
    return 0
  elif [[ ! -e $since_base/record.$part ]]; then
    stack_is_whole 'nothing is known of the files of the base'
    return 0
  fi
  LC_ALL=C comm -12 "$since_base/record.$part" "$run_dir/work/record.$part" >"$kept"
  stack_volume_names "$kept"
  if (($(awk '{ bytes += $5 } END { printf "%d\n", bytes }' "$kept") < stack_worth)); then
    stack_is_whole 'less than 1 MB of it did not change'
  elif (($(wc -c <"$run_dir/work/names.$part") > stack_volume_words)); then
    stack_is_whole 'too many of its files changed'
  else
    stack_volume_some "$volume:/volume:ro" >"$1/$part.tar" 2>"$run_dir/work/some.$part" || stack_is_whole "$(tail -n 1 -- "$run_dir/work/some.$part")"
  fi
  [[ -n $since_base ]] || rm -f -- "$kept"
}

# stack_volume_note FOLDER: the facts; all of it by reference where nothing changed.
stack_volume_note() {
  local record=$run_dir/work/record.$part listing=$run_dir/work/listing.$part kept=$run_dir/work/kept.$part count=''
  [[ ! -e $record ]] || grep -v '^-' "$listing" >"$record.listing" || :
  if [[ -e $kept ]] && cmp -s "$since_base/record.$part" "$record" && cmp -s "$kept" "$record" &&
    cmp -s "$since_base/record.$part.listing" "$record.listing" && ! grep -q '^[-h]' "$listing"; then
    rm -f -- "$1/$part.tar" "$kept"
    stack_refer "$part.tar"
    return 0
  fi
  if [[ -e $kept ]]; then
    cp -- "$kept" "$1/$part.kept"
    count=$(grep -c '' "$kept")
  fi
  jq -cn --argjson tar "$(grep -c '' "$listing")" --argjson kept "${count:-null}" \
    '{entries: ($tar + $kept)} + (if $kept then {from_base: $kept} else {} end)' >"$run_dir/work/facts.$part"
}

# stack_volume_load_both FOLDER: what the base has, without what is no longer so, then the
# rest; then all of it is looked at again.
stack_volume_load_both() {
  local kept=$1/$part.kept have=$run_dir/work/have.$part
  stack_call "$have" stack_volume_run "$new_name:/volume" 'tar -C /volume -xpf - && cd /volume && find . ! -type d' <"$(<"$run_dir/work/based")/$part.tar"
  cut -f 2- "$kept" | LC_ALL=C sort >"$have.kept"
  LC_ALL=C sort "$have" | LC_ALL=C comm -23 - "$have.kept" | tr '\n' '\0' >"$have.gone"
  stack_call /dev/null stack_volume_run "$new_name:/volume" 'set -e; cd /volume; xargs -0 rm -f --
    find . -depth -type d ! -name . -exec rmdir {} + 2>/dev/null || :' <"$have.gone"
  stack_call /dev/null stack_volume_run "$new_name:/volume" 'tar -C /volume -xpf -' <"$1/$part.tar"
  stack_volume_record "$new_name:/volume:ro" true
  [[ -z $volume_why ]] || stack_fail "what was loaded cannot be compared: $volume_why"
  [[ -z $(LC_ALL=C comm -23 "$kept" "$run_dir/work/record.$part" | head -n 1) ]] || stack_fail 'what was loaded from the base is not what was exported'
  stack_volume_names "$kept"
  stack_call "$run_dir/work/loaded.$part" stack_volume_some "$new_name:/volume:ro"
}
