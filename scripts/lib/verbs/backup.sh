# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# The verb backup: save now, and look after the store.

backup_mode=create
read_data=
wanted_layout=

# run_backup ARGUMENT...: the whole program; it defines targets.
run_backup() {
  catch_signals
  targets
  parse_options "$@"
  # Elsewhere --check is a kind of dry run.
  [[ $check == false ]] || backup_mode=check dry_run=false
  [[ $backup_mode == create || $backup_mode == clean || ${#arguments[@]} -eq 0 ]] ||
    usage_error "--$backup_mode takes no path; choose a target with --target"
  [[ -z $read_data || $backup_mode == check ]] || usage_error '--read-data needs --check'
  [[ $artifact =~ ^[A-Za-z0-9_-]{0,64}$ ]] ||
    usage_error "--artifact '$artifact': use letters, digits, - and _, at most 64 characters"
  started_in=$PWD
  enter_root
  if [[ $backup_mode == create ]]; then
    choose_what_to_save
    run_plan
  fi
  look_at_store
  case $backup_mode in
    list) show_backups ;;
    check) check_stores ;;
    prune) prune_stores ;;
    clean) clean_siblings ;;
    *) show_usage ;;
  esac
  finish "$exit_code"
}

# backup_option ARGUMENT...: the options of this verb.
backup_option() {
  taken=1
  case $1 in
    --list | --check | --prune | --usage | --clean) backup_mode=${1#--} ;;
    --read-data) read_data='read' ;;
    --target | --artifact | --layout)
      (($# > 1)) || usage_error "$1 needs a value"
      taken=2
      case $1 in
        --target) chosen_target=$2 ;;
        --artifact) artifact=$2 ;;
        *)
          [[ $2 == directory || $2 == sibling ]] ||
            usage_error "unknown layout $2; use directory or sibling"
          wanted_layout=$2
          ;;
      esac
      ;;
    -*) unknown_option "$1" ;;
    *) arguments+=("$1") ;;
  esac
}

# choose_what_to_save: set target, and saved_paths to what is to be saved.
choose_what_to_save() {
  local path
  saved_paths=()
  if [[ -n $chosen_target ]]; then
    ((${#arguments[@]} == 0)) || usage_error 'give --target or paths, not both'
    use_target "$chosen_target"
    program_words=" --target $target"
    while IFS= read -r -d '' path; do
      saved_paths+=("$path")
    done < <(output_paths "${outputs[@]}")
    ((${#saved_paths[@]} > 0)) || {
      # Who is told must hear of it, as of a run.
      begin_run
      die 3 'none of its outputs exists yet'
    }
  else
    target=files
    ((${#arguments[@]} > 0)) ||
      usage_error 'name what to save: paths, or --target TARGET'
    for path in "${arguments[@]}"; do
      path_in_root path "$path"
      [[ -e $path || -L $path ]] || die 3 "$path: there is no such file or folder"
      [[ -f $path || -d $path || -L $path ]] ||
        die 2 "$path: not a file, a folder or a link, so it cannot be saved"
      saved_paths+=("$path")
    done
  fi
  backup_layout=${wanted_layout:-$backup_layout}
  [[ $backup_layout != sibling || -n $own_rules ]] || backup_keep='last=3'
  direction=backup
  what_is_saved=${saved_paths[*]}
  ((${#saved_paths[@]} <= 3)) || what_is_saved="${#saved_paths[@]} paths"
  description="save $what_is_saved"
  backup_kind=asked backup_reason='asked for'
}

# output_paths PATTERN...: what is there of a target's outputs, NUL-ended.
output_paths() {
  local pattern path IFS=''
  for pattern in "$@"; do
    while [[ $pattern == *'/**' ]]; do
      pattern=${pattern%'/**'}
    done
    for path in $pattern; do
      [[ ! -e $path && ! -L $path ]] || printf '%s\0' "$path"
    done
  done
}

save_chosen() {
  find_base
  printf '%s\0' "${saved_paths[@]}" | save_paths now
  summarize "$(grep -c '^[fl]i' "$run_dir/saved/now/list") files saved"
}

# find_base: the newest good backup to link from, with one of the paths in it.
find_base() {
  local folder path
  encode_path path "${saved_paths[0]}"
  while IFS= read -r folder; do
    [[ -d $folder/files ]] || continue
    LC_ALL=C grep -qF "{\"path\":\"$path\"," "$folder/manifest.json" || continue
    read_manifest "$folder/manifest.json" || continue
    base=$folder
    base_started=${manifest_started_at%Z}
    base_entries=$run_dir/work/base
    manifest_entries "$base/manifest.json" >"$base_entries"
    return 0
  done < <(list_backups "$target" | reverse_lines)
}
