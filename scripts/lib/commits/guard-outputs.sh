# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# The secret gate over what a run has changed, before any of it is committed.

# guard_outputs [UPSTREAM]: fail if a file that this run created or changed holds
# a secret, whether Git ignores it or not. UPSTREAM FOLDER prints the files of
# an output folder that are byte for byte an upstream's, NUL-ended: what is in
# those is public already, and only noted.
guard_outputs() {
  local status=0 lists=$run_dir/work/guarded path findings
  : >"$lists.public"
  : >"$lists.refused"
  while IFS= LC_ALL=C read -r path; do
    decode_path path "${path#* }"
    if [[ -d $path && ! -L $path ]]; then
      [[ -z ${1:-} ]] || "$1" "$path" >>"$lists.public"
      find "$path" -type f -print0
    elif [[ -f $path ]]; then
      printf '%s\0' "$path"
    fi
  done < <(LC_ALL=C sort -u "$run_dir/outputs") >"$lists"
  secret_gate "$lists" "$lists.public" "$lists.refused" >"$lists.found" 2>"$lists.problem" ||
    status=$?
  cat -- "$lists.problem" "$lists.found"
  case $status in
    0)
      findings=$(grep -c '' "$lists.found" || :)
      [[ $findings == 0 ]] || note_step "$findings findings in files of upstream, which are public already"
      ;;
    1) fail_step "$(head -n 3 "$lists.refused")" ;;
    *) fail_step "$(head -n 3 "$lists.problem")" 3 ;;
  esac
}
