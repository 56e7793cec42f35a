# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# Back with the data: what was exported when the release was replaced is loaded beside
# what is there, as an import does it, and takes over together with the release.

# stack_backup_of TAG: print the archive that TAG names; nothing where it names none.
stack_backup_of() {
  stack_tag_says "$1" archive | sed '/^none$/d'
}

# stack_tag_says TAG WORD: print what its message says of WORD.
stack_tag_says() {
  # Where there is no repository there is no tag.
  { git for-each-ref --format='%(contents)' "refs/tags/$1" 2>/dev/null || :; } |
    awk -v word="$2: " 'index($0, word) == 1 { print substr($0, length(word) + 1) }'
}

# stack_find_backup: a step, a guard: the archive of the tag is here, whole, and can be
# loaded; work/source.
stack_find_backup() {
  local tag file digest created absent
  ((${#stack_parts[@]} > 0)) || fail_step "--with-data: $target has no parts in sync.yaml" 2
  [[ -n $(stack_running) ]] || fail_step "--with-data: nothing of $target runs in $environment: go back without it first" 3
  tag=$(<"$run_dir/work/tag")
  [[ $tag != - ]] || fail_step "--with-data: $(<"$run_dir/work/chosen") has no tag, which would name a backup of its data" 3
  git rev-parse -q --verify "refs/tags/$tag" >/dev/null 2>&1 || fail_step "--with-data: the tag $tag is not in Git here: git fetch --tags" 3
  file=$(stack_backup_of "$tag")
  [[ -n $file ]] || fail_step "--with-data: the tag $tag names no backup of the data: there was none" 3
  [[ -f $file ]] || fail_step "--with-data: $file is not here, which the tag $tag names; it was made by $(git for-each-ref --format='%(taggeremail)' "refs/tags/$tag")" 3
  digest=$(stack_tag_says "$tag" sha256)
  [[ -z $digest || $(hash_text <"$file") == "$digest" ]] || fail_step "$file: is damaged: it is not what the tag $tag names" 5
  printf '%s\n' "$file" >"$run_dir/work/source"
  stack_open_archive
  stack_compare
  created=$(jq -r .created "$unpacked/manifest.json")
  printf '%s\n' "$created" >"$run_dir/work/created"
  {
    printf 'data: that of %s, from %s; what was written since is exported first, and then gone from here\n' "$created" "$file"
    absent=$(printf '%s\n' "${stack_parts[@]}" | grep -vxF -f "$run_dir/work/loads" | paste -s -d ' ' -) || :
    [[ -z $absent ]] || printf 'data: left as it is: %s\n' "$absent"
  } >"$run_dir/work/exchanged"
  cat -- "$run_dir/work/exchanged" >>"$run_dir/work/differs"
  sed "s/^/$environment: /" "$run_dir/work/exchanged" >&6
  summarize "$environment: $(<"$run_dir/work/chosen"), with the data of $created"
  note_step "$file, of $created"
}

# stack_tell_data: what does not go back with the images alone.
stack_tell_data() {
  local tag file
  stack_tell_migrations
  ((${#stack_parts[@]} > 0)) || return 0
  tag=$(<"$run_dir/work/tag")
  file=$(stack_backup_of "$tag")
  if [[ -n $file && -f $file ]]; then
    printf 'data stays as it is; --with-data would bring back that of %s\n' "$file"
  else
    printf 'data stays as it is; no backup of that of then is here\n'
  fi
}

# stack_tell_migrations: those that what runs now may have done to the data since.
stack_tell_migrations() {
  local was now each more='' names=()
  was=$(stack_known "$(<"$run_dir/work/chosen")" commit)
  now=$(stack_known "$(stack_fact current)" commit)
  git rev-parse --git-dir >/dev/null 2>&1 || return 0
  for each in "$was" "$now"; do
    git rev-parse -q --verify "${each%+}^{commit}" >/dev/null 2>&1 || {
      printf 'whether there were migrations since is not known: Git has no commit %s here\n' "${each:-of it}"
      return 0
    }
  done
  stack_lines names "$(git -c core.quotePath=false diff --no-renames --name-only --diff-filter=A "${was%+}" "${now%+}" -- |
    LC_ALL=C grep -E '(^|/)(migrations?|migrate|alembic/versions)/')"
  ((${#names[@]} > 0)) || return 0
  ((${#names[@]} <= 5)) || more=" and $((${#names[@]} - 5)) more"
  printf '%d migrations since %s stand in the way, for they stay: %s\n' "${#names[@]}" "${was%+}" "${names[*]:0:5}$more"
}

# stack_halt: a step: all but the databases stops. From here on the way back is: stop,
# the data, then what ran.
stack_halt() {
  local status=0
  [[ ! -s $run_dir/failures ]] || fail_step 'not all parts could be loaded, so nothing is switched'
  stack_database_services >"$run_dir/work/new/kept"
  stack_place_release
  stack_there halt "$(<"$run_dir/work/release")" "$health_seconds" </dev/null >"$run_dir/work/switched" || status=$?
  case $status in
    0) ;;
    6) fail_step "$(tail -n 1 "$run_dir/work/switched")" 6 ;;
    *) fail_step 'its services could not be stopped' ;;
  esac
}

# stack_forget_replaced: a step.
stack_forget_replaced() {
  local keep_previous=$keep_previous
  # What was written between the export and the end of the services is nowhere else.
  ((keep_previous > 0)) || keep_previous=1
  stack_of_environment stack_forget_former
  summarize "$environment: $(<"$run_dir/work/release") runs, with the data of $(<"$run_dir/work/created"); what was there is in $(<"$run_dir/work/archive")"
}
