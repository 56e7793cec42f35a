# shellcheck shell=bash
# shellcheck disable=SC2030,SC2031,SC2034,SC2154 # variables are shared between the parts
# What an environment is to run: its compose files as its host sees them, and their
# images, built here or brought there.

# stack_resolve: a step: the compose files of the environment as one, as its host sees
# them; work/resolved.yml and work/compose.
stack_resolve() {
  local files=() file sent=false status=0 complaint
  umask 077
  stack_lines files "$env_files"
  : >"$run_dir/work/nothing"
  if [[ -n $env_host ]]; then
    sent=true
    for file in "${files[@]}"; do
      mkdir -p -- "$run_dir/work/sent/$(dirname -- "$file")"
      compose_without_builds <"$file" >"$run_dir/work/sent/$file"
    done
    tar -cf "$run_dir/work/nothing" -C "$run_dir/work/sent" .
  fi
  stack_there resolve "$sent" "${files[@]}" <"$run_dir/work/nothing" >"$run_dir/work/resolved.yml" 2>"$run_dir/work/complaint" || status=$?
  if ((status != 0)); then
    last_lines complaint "$run_dir/work/complaint" 3
    # What compose quotes of its variables stays unsaid.
    ((status == 3)) || status=2
    fail_step "the compose files of $environment: ${complaint%% near *}" "$status"
  fi
  while IFS= read -r complaint; do
    warn "$target: $environment: $complaint" 2>&6
  done < <(grep -E 'variable is not set' "$run_dir/work/complaint")
  compose_facts <"$run_dir/work/resolved.yml" >"$run_dir/work/compose"
  stack_check_resolved "${files[@]}"
  note_step "$(grep -c '^service ' "$run_dir/work/compose") services"
}

# stack_check_resolved FILE...: each service needs the name of an image: without one
# nobody can say which it was.
stack_check_resolved() {
  local nameless
  grep -q '^service ' "$run_dir/work/compose" || fail_step "$*: there is no service in it" 2
  nameless=$(awk '$1 == "service" { all[$2] } $1 == "image" { delete all[$2] } END { for (s in all) print s }' "$run_dir/work/compose" | sort | paste -s -d ' ' -)
  [[ -z $nameless ]] ||
    fail_step "$nameless: give it \`image: NAME:TAG\` beside \`build\`, so that what is built here has a name there too" 2
}

# stack_builds: is anything built here? For a host the files are read as they stand.
stack_builds() {
  local files=()
  stack_lines files "$env_files"
  grep -qE '^ +build:' -- "${files[@]}"
}

# stack_build: a step: images that are built are built on this machine.
stack_build() {
  local files=() file words=()
  stack_lines files "$env_files"
  for file in "${files[@]}"; do
    words+=(-f "$file")
  done
  [[ ! -f $env_env_file ]] || words=(--env-file "$env_env_file" "${words[@]}")
  (
    env_host=''
    env_folder=$root
    stack_there compose "${words[@]}" build </dev/null &&
      stack_there compose "${words[@]}" config </dev/null >"$run_dir/work/built.yml"
  ) || fail_step 'an image could not be built; --verbose shows what was said'
  compose_facts <"$run_dir/work/built.yml" |
    awk '$1 == "build" { built[$2] } $1 == "image" { name[$2] = $3 } END { for (s in built) print name[s] }' >"$run_dir/work/built"
}

# stack_bring: a step: each image is on the host: as it is here, where it was built here
# or is missing there, else out of its registry; work/images.
stack_bring() {
  local name id here brought=0
  stack_know_images
  while IFS=' ' read -r name id <&3; do
    here=-
    [[ -z $env_host ]] || here=$(stack_docker image inspect -f '{{.Id}}' "$name" 2>/dev/null) || here=-
    if [[ $here != - && $here != "$id" ]] && { [[ $id == - ]] || grep -qxFs -- "$name" "$run_dir/work/built"; }; then
      with_timeout "$stack_long" docker save "$name" | gzip -1 | stack_there run docker load >/dev/null ||
        fail_step "the image $name could not be carried to ${env_host#ssh://}"
    elif [[ $id == - || ${pull:-false} == true ]]; then
      stack_there run docker pull -q "$name" </dev/null >/dev/null ||
        fail_step "the image $name is neither there nor here, and could not be pulled" 3
    else
      continue
    fi
    brought=$((brought + 1))
  done 3<"$run_dir/work/images"
  note_step "$brought of $(grep -c '' "$run_dir/work/images") images brought"
  stack_know_images
}

# stack_know_images: work/images: the name of each, and its id on the host.
stack_know_images() {
  local names=()
  stack_lines names "$(awk '$1 == "image" { print $3 }' "$run_dir/work/compose" | sort -u)"
  stack_there images "${names[@]}" </dev/null >"$run_dir/work/images"
}
