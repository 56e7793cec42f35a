# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# What backup shows and does beside saving: list, check, prune, clean, usage.

json_lines=

# show_backups: all of them, in the order in which they were made, or as JSON.
show_backups() {
  local rows=() notes=() line width
  json_lines=
  each_store show_store
  if [[ $json == true ]]; then
    printf '{"backups":[%s]}\n' "$json_lines"
  elif [[ ! -d $store ]]; then
    say 'there are no backups yet'
  else
    # NEW are paths that were not there yet, and go when that state comes back.
    local table=($'TARGET\tBACKUP\tFILES\tSIZE\tNEW\tREASON\tSTATE')
    [[ $verb != rollback ]] || table=($'TO GO BACK THERE\tFILES\tSIZE\tNEW\tREASON\tSTATE')
    while IFS= read -r line; do
      table+=("${line#*$'\t'}")
    done < <(((${#rows[@]} == 0)) || printf '%s\n' "${rows[@]}" | LC_ALL=C sort -n -s -k 1,1)
    screen_width width
    print_table "$width" "${table[@]}" ${notes[@]+"${notes[@]}"}
  fi
}

show_store() {
  local folder state size text reason checked_at checked_by former name place=0
  while IFS= read -r folder; do
    judge_backup "$folder"
    manifest_totals "$folder/manifest.json"
    human_size size "$byte_count"
    if [[ $json == true ]]; then
      json_string text "$state"
      json_string reason "$manifest_reason"
      json_lines+=${json_lines:+,}"{\"target\":\"$target\",\"id\":\"${folder##*/}\",\"layout\":\"$manifest_layout\",\"commit\":\"$manifest_commit\",\"run\":\"$manifest_run\",\"reason\":$reason,\"artifact\":\"$manifest_artifact\",\"started_at\":\"$manifest_started_at\",\"verified_at\":\"$manifest_verified_at\",\"files\":$file_count,\"absent\":$absent_count,\"bytes\":$byte_count,\"number\":$manifest_number,\"checked_at\":${checked_at:+\"}${checked_at:-null}${checked_at:+\"},\"checked_by\":${checked_by:+\"}${checked_by:-null}${checked_by:+\"},\"aside\":${manifest_aside:+\"}${manifest_aside:-null}${manifest_aside:+\"},\"state\":$text}"
    else
      name=$target$'\t'${folder##*/}
      [[ $verb != rollback ]] || name="rollback $target --to ${folder##*/}"
      printable text "${manifest_reason:--}"$'\t'"${state//$'\t'/ }"
      # One that cannot be read has its place after the one before it.
      ((manifest_number == 0)) || place=$manifest_number
      rows+=("$place"$'\t'"$name"$'\t'"$file_count"$'\t'"$size"$'\t'"$absent_count"$'\t'"$text")
      [[ -z $manifest_aside ]] || {
        decode_path former "$manifest_aside"
        notes+=("$target ${folder##*/} keeps the former database: $former")
      }
    fi
  done < <(list_backups "$target")
  read_record ".insightpulse/state/drills/$target"
  [[ $json == true || -z $record_at ]] ||
    notes+=("$target: last drill $record_at, of ${record_rest%% *}, in ${record_rest#* } s")
}

# judge_backup FOLDER: read its manifest, look at it, and set state to what is known
# of it: what is wrong, or when it was last checked (checked_at) and by what
# (checked_by: sizes or bytes; nothing where it was not since it was made).
judge_backup() {
  local found
  state='' checked_at='' checked_by=''
  found=$(look_at_backup "$1")
  read_manifest "$1/manifest.json" || found=$problem
  if [[ -n $found ]]; then
    state="damaged: ${found%%$'\n'*}"
    return 0
  fi
  read -r checked_at checked_by < <(FOLDER=${1#"$store/"} LC_ALL=C awk '
    substr($0, index($0, "\t") + 1) == ENVIRON["FOLDER"] { found = $1 " " $2 }
    END { print found }' ".insightpulse/state/checked/$target.each" 2>/dev/null) || :
  case $checked_by in
    bytes) state="checked ${checked_at:0:10} (every byte)" ;;
    sizes) state="checked ${checked_at:0:10} (sizes)" ;;
    *) state="made ${manifest_verified_at:0:10}, not checked since" ;;
  esac
  [[ -z $manifest_commit ]] || state="in Git: commit ${manifest_commit:0:12}, $state"
}

check_stores() {
  json_lines=
  each_store check_store
  [[ $json == false ]] || printf '{"exit_code":%d,"problems":[%s]}\n' "$exit_code" "$json_lines"
}

check_store() {
  local folder problems line text count=0 bad=0 verified=$run_dir/work/verified by=sizes
  [[ -z $read_data ]] || by=bytes
  : >"$verified"
  while IFS= read -r folder; do
    count=$((count + 1))
    problems=$(check_backup "$folder" "$read_data")
    [[ -n $problems ]] || {
      printf '%s %s\t%s\n' "$timestamp" "$by" "${folder#"$store/"}" >>"$verified"
      continue
    }
    bad=$((bad + 1))
    exit_code=5
    while IFS= read -r line; do
      json_string text "${folder#"$store"/}: $line"
      json_lines+=${json_lines:+,}$text
      warn "${folder#"$store"/}: $line"
    done <<<"$problems"
  done < <(list_backups "$target")
  say "$target: $((count - bad)) of $count backups are good"
  make_private_folder .insightpulse/state
  mkdir -p .insightpulse/state/checked
  cp -- "$verified" ".insightpulse/state/checked/$target.each"
  if ((bad == 0)); then
    printf '%s %s\n' "$timestamp" "${read_data:-sizes}" >".insightpulse/state/checked/$target"
  fi
}

prune_stores() {
  show_verdicts=true
  each_store prune_store
}

prune_store() {
  [[ $dry_run == true ]] || take_lock "$target" "$wait_seconds"
  prune_backups
  release_lock "$lock_entry"
  lock_entry=
}

# clean_siblings: all siblings of the files that were named.
clean_siblings() {
  local path sibling folder encoded count=0
  ((${#arguments[@]} > 0)) || usage_error '--clean: name the files whose .bak copies are to be removed'
  for path in "${arguments[@]}"; do
    path_in_root path "$path"
    encode_path encoded "$path"
    target=files
    for folder in "$store"/*/siblings/"$encoded"/*/; do
      [[ -d $folder ]] || continue
      target=${folder#"$store"/}
      target=${target%%/*}
      count=$((count + 1))
      folder=${folder%/}
      clean_one "$path.bak.${folder##*/}" remove_backup "$folder"
    done
    # Those that no manifest knows.
    for sibling in "$path".bak.[0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9]_[0-9][0-9][0-9][0-9][0-9][0-9]*; do
      [[ -f $sibling || -L $sibling ]] || continue
      [[ ! -e $store/$target/siblings/$encoded/${sibling#"$path.bak."} ]] || continue
      count=$((count + 1))
      clean_one "$sibling" rm -f -- "$sibling"
    done
  done
  say "$count removed"
}

# clean_one WHAT COMMAND...
clean_one() {
  say "$1"
  [[ $dry_run == false ]] || return 0
  "${@:2}"
  ledger removed "$1" 'asked for'
}

# show_usage: bytes by target and by age, and what is saved most often.
show_usage() {
  local folder size today entries=$run_dir/work/usage
  : >"$entries"
  now_utc today %Y%m%d
  day_number today "$today"
  each_store usage_store
  LC_ALL=C awk -F '\t' -v today="$today" -v as_json="$json" '
    # Blocks that hard links share count once, for the oldest backup.
    {
      if (!(($1, $4) in counted) || $4 == "-") {
        counted[$1, $4] = 1
        by_target[$1] += $3
        age = today - $2
        by_age[age < 1 ? 1 : age < 7 ? 2 : age < 30 ? 3 : 4] += $3
        total += $3
      }
      saved[$5]++
    }
    END {
      split("today|the last 7 days|the last 30 days|older", name, "|")
      for (rank = 1; rank <= 10; rank++) {
        best = ""
        for (path in saved) if (best == "" || saved[path] > saved[best] || saved[path] == saved[best] && path < best) best = path
        if (best == "") break
        top[rank] = best; often[rank] = saved[best]
        delete saved[best]
      }
      if (as_json == "true") {
        printf "{\"bytes\":%.0f,\"targets\":{", total
        for (target in by_target) { printf "%s\"%s\":%.0f", between, target, by_target[target]; between = "," }
        between = ""
        printf "},\"ages\":{"
        for (i = 1; i <= 4; i++) { printf "%s\"%s\":%.0f", between, name[i], by_age[i]; between = "," }
        between = ""
        printf "},\"most_saved\":["
        for (i = 1; i < rank; i++) { printf "%s{\"path\":\"%s\",\"times\":%d}", between, top[i], often[i]; between = "," }
        print "]}"
        exit
      }
      printf "%15.0f bytes in all\n", total
      for (target in by_target) printf "%15.0f bytes  %s\n", by_target[target], target
      for (i = 1; i <= 4; i++) if (by_age[i]) printf "%15.0f bytes  %s\n", by_age[i], name[i]
      for (i = 1; i < rank; i++) printf "%15d times  %s\n", often[i], top[i]
    }' "$entries"
}

# usage_store: TARGET, the day, bytes, inode of the copy, and path of each file.
usage_store() {
  local folder day
  while IFS= read -r folder; do
    read_manifest "$folder/manifest.json" || continue
    day_of_backup day "$folder"
    if [[ -n $manifest_archive ]]; then
      printf '%s\t%s\t%s\t-\t%s\n' "$target" "$day" \
        "$(wc -c <"$folder/$manifest_archive" | tr -d ' ')" "${folder#"$store"/}"
    elif [[ $manifest_layout == directory ]]; then
      (cd -- "$folder/files" && find . ! -type d -print0) | describe_paths "$folder/files" |
        LC_ALL=C awk -F '\t' -v OFS='\t' -v target="$target" -v day="$day" \
          '{ print target, day, $3, $5, $8 }'
    else
      manifest_entries "$folder/manifest.json" | LC_ALL=C awk -F '\t' -v OFS='\t' \
        -v target="$target" -v day="$day" -v layout="$manifest_layout" \
        '/^(file|link)/ { print target, day, (layout == "git" ? 0 : $3), "-", $8 }'
    fi
  done < <(list_backups "$target") >>"$entries"
}
