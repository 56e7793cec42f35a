# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# Pushing the commit of a run: never by force. When upstream has moved, what
# the run changed is put on top of it without touching the working tree.

# check_push: before the first step: where to, and would anything go along that
# is not ours to push?
check_push() {
  local name tracked others
  [[ $direction != push ]] || return 0
  name=$(git symbolic-ref -q --short HEAD) ||
    die 4 'push: HEAD is detached, so there is no branch to push to'
  push_remote=$(git config "branch.$name.remote") || push_remote=origin
  push_reference=$(git config "branch.$name.merge") ||
    push_reference=refs/heads/$name
  git config "remote.$push_remote.url" >/dev/null ||
    die 4 "push: there is no remote $push_remote; git remote add $push_remote URL makes one"
  tracked=refs/remotes/$push_remote/${push_reference#refs/heads/}
  git rev-parse -q --verify "$tracked" >/dev/null || return 0
  others=$(git rev-list --count --invert-grep --grep='^Lockstep-Run: ' "$tracked..HEAD")
  ((others == 0)) ||
    die 4 "push: $name has commits of yours ($others) that are not on $push_remote yet; push them first"
}

# push_commit: at most 5 times, then the step fails and the commit is undone.
push_commit() {
  local tip=$commit_id upstream attempt=1
  [[ -n $commit_id ]] || return 0
  git_environment
  until with_timeout 120 git push --quiet "$push_remote" "$tip:$push_reference" >&2; do
    ((attempt < 5)) || fail_step "push: git push to $push_remote failed $attempt times"
    sleep "$((RANDOM % (attempt * 2))).$((RANDOM % 10))"
    attempt=$((attempt + 1))
    if with_timeout 120 git fetch --quiet --no-tags "$push_remote" "$push_reference" >&2; then
      upstream=$(git rev-parse FETCH_HEAD)
      replay_commit
    fi
  done
  # It cannot be taken back from here on.
  journal complete
  [[ $tip == "$commit_id" ]] || follow_upstream
}

# replay_commit: set tip to the same change on top of upstream, decided file by
# file.
replay_commit() {
  local base tree sign
  local index=$git_directory/lockstep-$run_id.index
  base=$(git merge-base "$upstream" "$commit_id") ||
    base=$(git rev-parse "$commit_id^")
  rm -f -- "$index"
  GIT_INDEX_FILE=$index git read-tree -i -m --aggressive \
    "$base" "$upstream" "$commit_id"
  tree=$(GIT_INDEX_FILE=$index git write-tree) ||
    fail_step "push: somebody has changed the same files on $push_remote; git pull, and run again"
  rm -f -- "$index"
  tip=$upstream
  [[ $tree != "$(git rev-parse "$upstream^{tree}")" ]] || return 0
  sign=$(git config --type=bool commit.gpgsign || :)
  [[ $sign == true ]] || sign=
  tip=$(git cat-file commit "$commit_id" | sed '1,/^$/d' |
    git commit-tree ${sign:+-S} -p "$upstream" "$tree")
}

# follow_upstream: the branch and the working tree, as a checkout would; what
# is staged or dirty stays, and if it is in the way, so does the branch.
follow_upstream() {
  local note=${tip:0:12}$left_out
  git update-index -q --refresh || :
  if git read-tree -m -u "$commit_id" "$tip" >&2; then
    git update-ref -m "lockstep: run $run_id pushed" HEAD "$tip" "$commit_id"
  else
    note+='; local changes are in the way, so the branch does not follow yet: run git pull --rebase'
  fi
  commit_id=$tip
  note_step "$note"
}
