# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# Back to a release that has run: it is made anew of the same files and images, so going
# back is a deployment like any other, and can be taken back too.

# stack_list_releases: with --list: print those there are; ends the program.
stack_list_releases() {
  [[ $list == true ]] || return 0
  local name state gone about current tag
  about=$(stack_there releases) || die 3 "$environment cannot be reached"
  current=$(stack_there run cat ".insightpulse/state/releases/$env_project/current" </dev/null 2>/dev/null) || current=''
  while IFS=$'\t' read -r name state gone tag _ about; do
    [[ -n $name ]] || continue
    [[ $name != "$current" ]] || state='runs now'
    [[ $gone == 0 ]] || state+=", $gone of its images are gone"
    printf '%-22s  %-12s %s\n' "$name" "$state" "$(tr '\t' ' ' <<<"${tag#-} $about")"
  done <<<"$about"
  outcome=starting
  finish 0
}

# stack_find_release: a step, a guard: the one that is named, else the last that was
# healthy and does not run now; work/new.
stack_find_release() {
  local chosen current state commit
  umask 077
  current=$(stack_fact current)
  stack_there releases >"$run_dir/work/releases"
  if [[ -n ${tag:-} ]]; then
    chosen=$(awk -F '\t' -v tag="$tag" '$4 == tag { print $1 }' "$run_dir/work/releases")
    [[ -n $chosen ]] || fail_step "$environment has no release of the tag $tag; --list says which there are" 3
  elif [[ -n ${to:-} ]]; then
    chosen=$to
  else
    chosen=$(stack_earlier_release "$current")
    [[ -n $chosen ]] || fail_step "$environment has no earlier release that was healthy, with its images" 3
  fi
  state=$(awk -F '\t' -v name="$chosen" '$1 == name { print $2, $3 }' "$run_dir/work/releases")
  case $state in
    '') fail_step "$environment has no release $chosen; --list says which there are" 3 ;;
    *' 0') ;;
    *) fail_step "${state#* } images of $chosen are gone from there" 3 ;;
  esac
  printf '%s\n' "$chosen" >"$run_dir/work/chosen"
  awk -F '\t' -v name="$chosen" '$1 == name { print $4 }' "$run_dir/work/releases" >"$run_dir/work/tag"
  mkdir -p -- "$run_dir/work/new"
  stack_there show "$chosen" >"$run_dir/work/chosen.tar"
  tar -xf "$run_dir/work/chosen.tar" -C "$run_dir/work/new"
  commit=$(sed -n 's/^commit=//p' "$run_dir/work/new/about")
  {
    stack_about "back to $chosen" | grep -v '^commit='
    printf 'commit=%s\nof=%s\n' "$commit" "$(stack_origin "$chosen")"
  } >"$run_dir/work/new/about"
  compose_facts <"$run_dir/work/new/compose.yml" >"$run_dir/work/compose"
  stack_canaries >"$run_dir/work/new/canaries"
  stack_check_ports
  stack_show_release
  [[ $with_data == true || ! -s $run_dir/work/differs ]] || stack_tell_data | sed "s/^/$environment: /" >&6
  note_step "$chosen"
}

# stack_earlier_release RELEASE: print the one that ran before it, or before that, which
# was healthy and has its images. Of one that a rollback made its origin counts: going
# back twice goes further, and never forward to what was left.
stack_earlier_release() {
  local release=$1
  while [[ -n $release ]]; do
    release=$(stack_origin "$release")
    release=$(awk -F '\t' -v name="$release" '$1 == name && $5 != "-" { print $5 }' "$run_dir/work/releases")
    if awk -F '\t' -v name="$release" '$1 == name && $2 == "healthy" && $3 == 0 { found = 1 } END { exit !found }' "$run_dir/work/releases"; then
      break
    fi
  done
  printf '%s' "$release"
}

# stack_origin RELEASE: print the one that it was made of, or itself.
stack_origin() {
  local origin
  origin=$(stack_known "$1" of)
  printf '%s' "${origin:-$1}"
}

# stack_forget_releases: a step: the newest ten that were healthy stay, with their images.
stack_forget_releases() {
  stack_there forget 10 </dev/null || warn "$target: old releases of $environment could not be removed; the next run tries again" 2>&6
}
