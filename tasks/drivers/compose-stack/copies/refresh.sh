# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# Production's databases in another environment, without personal data.

# stack_judge_refresh: a step, a guard: the environment may be written, there is another,
# and there are rules; n8n there must not act on the world.
stack_judge_refresh() {
  local acting whole name index here
  [[ $env_protected != true ]] || fail_step "$environment is protected: it is only read" 4
  stack_choose_source
  for ((index = 0; index < ${#stack_keys[@]}; index += 3)); do
    [[ ${stack_keys[index + 1]} != url || " ${stack_parts[*]} " != *" ${stack_keys[index]} "* ]] ||
      fail_step "${stack_keys[index]} has an url, which is the same database in every environment" 2
  done
  here="$env_host $env_project"
  (
    stack_use_environment "$source_environment"
    [[ "$env_host $env_project" != "$here" ]]
  ) || fail_step "$environment and $source_environment are the same project: $env_project" 2
  stack_require_rules
  acting=$(stack_rules | LC_ALL=C awk -F '\t' '$2 ~ /\.(.*_)?(credentials_entity|webhook_entity)$/ && $4 != "empty" { print $2 }' | LC_ALL=C sort -u | paste -s -d ' ' -)
  [[ -z $acting || $with_credentials == true ]] ||
    fail_step "$acting: these act on the world: empty in $sanitise_file, or --with-credentials" 4
  whole=$(stack_rules | LC_ALL=C awk -F '\t' '$3 == "*" && $4 == "keep" { print $2 }' | paste -s -d ' ' -)
  note_step "from $source_environment to $environment${whole:+; kept as they are: $whole}"
}

# stack_choose_source: set source_environment to that of --from, or the protected one.
stack_choose_source() {
  local name protected=()
  source_environment=${from:-}
  if [[ -z $source_environment ]]; then
    for name in "${stack_environments[@]}"; do
      (
        stack_use_environment "$name"
        [[ $env_protected == true ]]
      ) && protected+=("$name")
    done
    ((${#protected[@]} == 1)) || fail_step "whose data? say --from ${stack_environments[*]}" 2
    source_environment=${protected[0]}
  fi
  [[ " ${stack_environments[*]} " == *" $source_environment "* && $source_environment != "$environment" ]] ||
    fail_step "--from $source_environment: there is ${stack_environments[*]}" 2
}

# stack_require_rules: ends the step with 2 where there are none that can be read, or no
# longer those of this program: what a person has masked since must not pass.
stack_require_rules() {
  [[ ! -e $sanitise_file || $(hash_text <"$sanitise_file") == "$rules_sha256" ]] ||
    fail_step "$sanitise_file has changed since this program was made from it: run $regenerate" 2
  [[ -z $rules_problem ]] || fail_step "$sanitise_file${rules_problem:+: $rules_problem}" 2
}

# stack_of_source COMMAND...: in a step of its own: COMMAND, of the data that is copied.
stack_of_source() {
  stack_choose_source
  stack_use_environment "$source_environment"
  stack_of_environment "$@"
}

# stack_judge_apart: a step, a guard: the file that is replaced is not the one that is copied,
# which two projects can have on a volume, or in a folder, of both.
stack_judge_apart() {
  local name here there
  for name in "${stack_parts[@]}"; do
    stack_use "$name"
    [[ $kind == sqlite ]] || continue
    here=$(stack_of_environment stack_sqlite_identify)
    there=$(stack_of_source stack_sqlite_identify)
    [[ -z $there || $here != "$there" ]] ||
      stack_fail "$environment has the same file $part_path as the environment that is copied: give it a volume of its own" 4
  done
}

# stack_accept_clean: a step: what was copied is what comes in; can it?
stack_accept_clean() {
  local name refused='' code=''
  [[ ! -e $run_dir/work/in_clear ]] || code=5
  [[ ! -s $run_dir/failures ]] || fail_step 'not all databases could be copied, so nothing is taken in' "$code"
  unpacked=$stack_out
  printf '%s\n' "$unpacked" >"$run_dir/work/unpacked"
  cat -- "$run_dir/work/parts" "$run_dir/work/held" >"$run_dir/work/loads"
  stack_loads
  for name in "${loads[@]}"; do
    stack_use "$name"
    cp -- "$run_dir/work/facts.$name" "$run_dir/work/wanted.$name"
    "stack_${kind}_accept" "$run_dir/work/wanted.$name" >"$run_dir/work/verdict"
    stack_judge "$name: "
  done
  [[ -z $refused ]] || fail_step "${refused#; }" 4
}

# stack_confirm_refresh: a condition of the first step that reads rows: services stand still for it.
stack_confirm_refresh() {
  local still
  [[ $dry_run == false ]] || return 0
  stack_choose_source
  still=$(while IFS= read -r name; do
    stack_use "$name"
    printf '%s\n' "$part_service"
  done <"$run_dir/work/held" | LC_ALL=C sort -u | paste -s -d ' ' -)
  ask_to_restore "Replace the data of $environment by a copy of that of $source_environment${still:+, where $still will stand still while it is read}?"
}

# stack_goes_on_whole: a condition: nobody said no, and all that came before was copied.
stack_goes_on_whole() {
  stack_goes_on && [[ ! -s $run_dir/failures ]]
}

# stack_prove_refreshed: a step, a check: the files that were made are those in use.
stack_prove_refreshed() {
  stack_loads
  for part in "${loads[@]}"; do
    stack_use "$part"
    [[ $kind != sqlite ]] || stack_sqlite_prove
  done
}

# stack_forget_refreshed: a step.
stack_forget_refreshed() {
  stack_forget_former
  summarize "$environment has a sanitised copy of $(paste -s -d ' ' - <"$run_dir/work/loads")"
}

# stack_print_proposal: a step.
stack_print_proposal() {
  local name
  for name in "${stack_parts[@]}"; do
    stack_propose "$name"
  done >"$run_dir/work/proposal"
  cat -- "$run_dir/work/proposal" >&6
}

# stack_check_rules [KIND]: a step, a guard: each database, of that kind, has a rule for each column.
stack_check_rules() {
  local name work snapshot all=0
  stack_require_rules
  for name in "${stack_parts[@]}"; do
    stack_use "$name"
    [[ ${1:-$kind} == "$kind" ]] || continue
    stack_make_scratch
    work=$stack_scratch/rules.$name
    mkdir -p -- "$work"
    "stack_${kind}_catalog" "$work" meanwhile
    stack_plan_copies "$work"
    "stack_${kind}_let_go" "$work"
    all=$((all + $(grep -c '' "$work/rules")))
    note_step "$all rules fit"
  done
}
