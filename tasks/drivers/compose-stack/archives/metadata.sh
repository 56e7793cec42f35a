# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# export-metadata.json: what an archive says of itself. Of a key it has the
# fingerprint only.

# stack_versions: NAME VALUE pairs that the config names, as stack_version gave them.
stack_versions=()

# stack_version NAME VALUE
stack_version() {
  stack_versions+=("$1" "$2")
}

# stack_metadata FOLDER: write it there.
stack_metadata() {
  local docker='' commit='' dirty=null index pairs=()
  docker=$(stack_docker --version 2>/dev/null) || :
  if commit=$(git rev-parse HEAD 2>/dev/null); then
    dirty=false
    [[ -z $(git status --porcelain 2>/dev/null | head -n 1) ]] || dirty=true
  fi
  for ((index = 0; index < ${#stack_versions[@]}; index += 2)); do
    pairs+=("$(jq -cn --arg name "${stack_versions[index]}" --arg value "${stack_versions[index + 1]}" '{($name): $value}')")
  done
  for part in "${stack_parts[@]}"; do
    stack_use "$part"
    [[ ! -s $run_dir/work/facts.$part ]] ||
      jq -c --arg part "$part" --arg kind "$kind" '{($part): ({kind: $kind} + del(.counts, .settings, .roles, .ancestors, .replaced, .moment))}' "$run_dir/work/facts.$part"
  done >"$run_dir/work/known"
  jq -n --arg date "$timestamp" --arg docker "${docker#Docker version }" --arg by "$(id -un)" --arg host "$HOSTNAME" \
    --arg commit "$commit" --argjson dirty "$dirty" --arg project "$project" --arg target "$target" \
    --slurpfile parts "$run_dir/work/known" --argjson versions "$(printf '%s\n' ${pairs[@]+"${pairs[@]}"} | jq -cs 'add // {}')" \
    '{exportDate: ($date | sub("Z$"; ".000Z")), dockerVersion: (if $docker == "" then null else "Docker version " + $docker end)} + $versions +
    {exportedBy: $by, hostname: $host, project: $project, target: $target,
     commit: (if $commit == "" then null else $commit end), dirty: $dirty, parts: ($parts | add // {})}' >"$1/export-metadata.json"
}
