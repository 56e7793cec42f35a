# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# What was tested in one environment takes over in another: the same images, by their
# ids, never built again.

# stack_judge_tested: a step, a guard: another environment runs a release that passed its
# tests, of a commit that is clean and pushed; work/tested names the images.
stack_judge_tested() {
  local release commit tested
  umask 077
  stack_choose_tested
  (
    stack_use_environment "$tested"
    stack_ask_host
    release=$(stack_fact current)
    [[ -n $release ]] || fail_step "$environment has no release: deploy it first" 4
    stack_there run tar -cf - -C ".insightpulse/state/releases/$env_project/$release" . </dev/null >"$run_dir/work/tested.tar"
    mkdir -p -- "$run_dir/work/tested"
    tar -xf "$run_dir/work/tested.tar" -C "$run_dir/work/tested"
    [[ -s $run_dir/work/tested/tested ]] ||
      fail_step "$release, which runs in $environment, has not passed its tests: run the verb test with --env $environment" 4
    compose_facts <"$run_dir/work/tested/compose.yml" | awk '$1 == "image" { print $2, $3 }' >"$run_dir/work/tested/images"
    LC_ALL=C comm -13 <(LC_ALL=C sort -u "$run_dir/work/tested/images") \
      <(stack_running | awk '{ print $2, $3 }' | LC_ALL=C sort -u) >"$run_dir/work/tested/other"
    [[ ! -s $run_dir/work/tested/other ]] ||
      fail_step "$environment runs other images than $release: $(cut -d ' ' -f 1 "$run_dir/work/tested/other" | paste -s -d ' ' -)" 4
    stack_running | awk '$4 !~ /^running\/(healthy|none)\// && $4 !~ /^exited\/.*\/0\/0$/ { print $2 }' >"$run_dir/work/tested/ill"
    [[ ! -s $run_dir/work/tested/ill ]] || fail_step "$environment is not healthy: $(paste -s -d ' ' - <"$run_dir/work/tested/ill")" 4
    printf '%s\n' "$release" >"$run_dir/work/tested/name"
  )
  commit=$(sed -n 's/^commit=//p' "$run_dir/work/tested/about")
  stack_judge_commit "$commit"
  note_step "$(<"$run_dir/work/tested/name") of $tested, commit $commit"
}

# stack_choose_tested: set tested to the environment that --from names, or the only other.
stack_choose_tested() {
  local name others=()
  tested=${from:-}
  for name in "${stack_environments[@]}"; do
    [[ $name == "$environment" ]] || others+=("$name")
  done
  if [[ -n $tested ]]; then
    [[ " ${others[*]-} " == *" $tested "* ]] || fail_step "--from $tested: there is ${others[*]-nothing else}" 2
  elif ((${#others[@]} == 1)); then
    tested=${others[0]}
  else
    fail_step "which environment was tested? say --from ${others[*]-}" 2
  fi
}

# stack_judge_commit COMMIT: what was tested is what Git has here, and elsewhere too.
stack_judge_commit() {
  [[ $1 != none ]] || return 0
  [[ $1 != *+ ]] || fail_step "what was tested held changes that are not committed: commit, deploy and test it again" 4
  [[ -z $(git status --porcelain --untracked-files=no 2>/dev/null) ]] || fail_step 'there are changes that are not committed' 4
  [[ $(git rev-parse --short=12 HEAD) == "$1" ]] || fail_step "what was tested is the commit $1, and this is $(git rev-parse --short=12 HEAD): deploy and test this one, or check that out" 4
  [[ -n $(git for-each-ref --contains HEAD refs/remotes 2>/dev/null) || -z $(git remote) ]] ||
    fail_step 'this commit is not pushed: nobody else has what would run' 4
}

# stack_carry: a step: each image that was tested is on the host too, by its id.
stack_carry() {
  local service id carried=0 tested
  stack_choose_tested
  while IFS=' ' read -r service id <&3; do
    grep -qx "image $service .*" "$run_dir/work/compose" || continue
    [[ $(stack_there images "$id" </dev/null) == *' -' ]] || continue
    (
      stack_use_environment "$tested"
      stack_there run docker save "$id" </dev/null
    ) | gzip -1 | stack_there run docker load >/dev/null || fail_step "the image of $service could not be carried"
    carried=$((carried + 1))
  done 3<"$run_dir/work/tested/images"
  note_step "$carried images carried"
}

# stack_plan_promotion: a step, a guard: as stack_plan_release, of the images that were
# tested; what its settings lack is said.
stack_plan_promotion() {
  local lacking
  umask 077
  mkdir -p -- "$run_dir/work/new"
  awk 'NR == FNR { id[$1] = $2; next } $1 == "image" && !($2 in id) { print $2 }' "$run_dir/work/tested/images" "$run_dir/work/compose" >"$run_dir/work/untested"
  [[ ! -s $run_dir/work/untested ]] ||
    fail_step "$(paste -s -d ' ' - <"$run_dir/work/untested"): was not tested, for $(<"$run_dir/work/tested/name") has no such service" 4
  awk '{ print $1, $2 }' "$run_dir/work/tested/images" >"$run_dir/work/pins"
  lacking=$(LC_ALL=C comm -23 <(compose_variables <"$run_dir/work/tested/compose.yml") <(compose_variables <"$run_dir/work/resolved.yml") |
    paste -s -d ' ' -)
  [[ -z $lacking ]] || warn "$target: $environment lacks settings that were tested: $lacking" 2>&6
  stack_write_release "promoted $(<"$run_dir/work/tested/name")"
  printf 'tested=%s\n' "$(<"$run_dir/work/tested/tested")" >>"$run_dir/work/new/about"
}

# stack_tag: a step: what ran before has a tag in Git, by which it can be named.
stack_tag() {
  (stack_make_tag) || warn "$target: what ran before $(<"$run_dir/work/release") could not be tagged in Git; rollback --list names it" 2>&6
}

stack_make_tag() {
  local release before commit tag=rollback-${timestamp//[-:TZ]/} archive=none digest=''
  git rev-parse --git-dir >/dev/null 2>&1 || {
    note_step 'this is no repository'
    return 0
  }
  release=$(<"$run_dir/work/release")
  before=$(<"$run_dir/work/before")
  [[ -n $before ]] || {
    note_step 'nothing ran before'
    return 0
  }
  tag=${tag:0:17}-${tag:17}
  if [[ -s $run_dir/work/archive ]]; then
    archive=$(<"$run_dir/work/archive")
    digest=$'\n'"sha256: $(<"$run_dir/work/archive.sha256")"
  fi
  commit=$(stack_there run sed -n 's/^commit=//p' ".insightpulse/state/releases/$env_project/$before/about" </dev/null 2>/dev/null) || commit=''
  git rev-parse -q --verify "${commit%+}^{commit}" >/dev/null 2>&1 || commit=HEAD
  undo_with stack_undo_tag "$tag"
  git -c user.name="${LOGNAME:-lockstep}" -c user.email="${LOGNAME:-lockstep}@$HOSTNAME" tag -a "$tag" "${commit%+}" \
    -m "what ran in $environment before $release" -m "release: $before
environment: $environment
archive: $archive$digest
$(stack_there run sed -n 's/^    image: */image: /p' ".insightpulse/state/releases/$env_project/$before/compose.yml" </dev/null 2>/dev/null)"
  stack_there note "$before" tag "$tag" </dev/null
  note_step "$tag"
}
