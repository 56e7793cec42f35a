#!/usr/bin/env bats
load ../helper

# pushing: a root whose branch follows a bare repository, with something staged
# and something dirty, and a program that changes a, commits and pushes.
pushing() {
  export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
  export GIT_AUTHOR_NAME=t GIT_AUTHOR_EMAIL=t@example.org
  export GIT_COMMITTER_NAME=t GIT_COMMITTER_EMAIL=t@example.org
  upstream=$BATS_TEST_TMPDIR/upstream
  git init -q --bare -b main "$upstream"
  git init -q -b main .
  printf '/.insightpulse/\n' >.gitignore
  printf 'before\n' | tee a other staged theirs >/dev/null
  git add -A
  git commit -qm start
  git remote add origin "$upstream"
  git push -q -u origin main
  printf 'mine\n' >staged
  git add staged
  printf 'mine\n' >other
  write_program <<END
sleep() { :; }
two_saves() { printf 'a\0'; }
two() { printf 'after\n' >a; output changed a; }
commit() {
  {
    commit_outputs
    push_commit
    printf '%s' "\$commit_id"
  } >"\$run_dir/work/commit_id"
}
bind_config() {
  declared_outputs=(a)
  check_commit
  check_push
}
plan() {
  step two 'Do two' changes
  step commit 'Commit and push' changes capture=commit_id
}
END
}

# meanwhile FILE TEXT: somebody else pushes.
meanwhile() {
  local other=$BATS_TEST_TMPDIR/other
  git clone -q "$upstream" "$other"
  printf '%s\n' "$2" >"$other/$1"
  git -C "$other" add -A
  git -C "$other" commit -qm 'somebody else'
  git -C "$other" push -q
}

stands() {
  picture . | grep -v '\.git/'
  git status --porcelain
  git log --format=%H
}

log_of() {
  git -C "$1" log --format=%s main
}

@test "the commit is pushed" {
  pushing
  the_program
  is "$(log_of "$upstream")" "sync(demo): 1 output changed${nl}start"
  is "$(git -C "$upstream" rev-parse main)" "$(latest '.results[0].commit')"
  is "$(git status --porcelain)" " M other${nl}M  staged"
}

@test "when upstream has moved, the commit goes on top and the branch follows" {
  pushing
  meanwhile theirs new
  the_program
  is "$(log_of "$upstream")" "sync(demo): 1 output changed${nl}somebody else${nl}start"
  is "$(git rev-parse HEAD)" "$(git -C "$upstream" rev-parse main)"
  is "$(latest '.results[0].commit')" "$(git rev-parse HEAD)"
  content theirs "new$nl"
  content a "after$nl"
  is "$(git status --porcelain)" " M other${nl}M  staged"
  has "$(git log -1 --format=%b)" "Lockstep-Run: $(latest .run)"
}

@test "local changes in the way keep the branch, and the commit is pushed" {
  pushing
  meanwhile other new
  the_program
  is "$(log_of "$upstream")" "sync(demo): 1 output changed${nl}somebody else${nl}start"
  is "$(latest '.results[0].commit')" "$(git -C "$upstream" rev-parse main)"
  content other "mine$nl"
  has "$(latest '.results[0].steps[1].reason')" 'git pull --rebase'
}

@test "when upstream has changed the same file, everything is put back" {
  pushing
  meanwhile a else
  local before
  before=$(stands)
  run the_program
  is "$status" 1
  has "$output" 'somebody has changed the same files on origin; git pull, and run again'
  is "$(stands)" "$before"
  is "$(log_of "$upstream")" "somebody else${nl}start"
}

@test "what upstream has already is not pushed again" {
  pushing
  meanwhile a after
  the_program
  is "$(log_of "$upstream")" "somebody else${nl}start"
  is "$(git rev-parse HEAD)" "$(git -C "$upstream" rev-parse main)"
  is "$(git status --porcelain)" " M other${nl}M  staged"
}

@test "a push that is refused five times puts everything back" {
  pushing
  printf '#!/bin/sh\necho x >>"%s"\nexit 1\n' "$BATS_TEST_TMPDIR/tries" >"$upstream/hooks/pre-receive"
  chmod +x "$upstream/hooks/pre-receive"
  local before
  before=$(stands)
  run the_program
  is "$status" 1
  has "$output" 'push: git push to origin failed 5 times'
  is "$(grep -c x "$BATS_TEST_TMPDIR/tries")" 5
  is "$(stands)" "$before"
  is "$(latest '.results[0].commit')" null
}

@test "commits of somebody else that are not pushed refuse with 4" {
  pushing
  git commit -qm person -- other
  local before
  before=$(stands)
  run the_program
  is "$status" 4
  has "$output" 'push: main has commits of yours (1) that are not on origin yet; push them first'
  is "$(stands)" "$before"
}

@test "without a remote or on a detached HEAD it refuses with 4" {
  pushing
  git remote remove origin
  run the_program
  is "$status" 4
  has "$output" 'there is no remote origin; git remote add origin URL makes one'
  git checkout -q --detach
  run the_program --ci
  is "$status" 4
  has "$output" 'no branch to push to'
}

@test "a run that ends after its push is not undone" {
  pushing
  sed -i '$d' "$program"
  printf '%s\n' 'complete_run() { exit 1; }' 'main "$@"' >>"$program"
  run the_program
  is "$status" 1
  content a "after$nl"
  is "$(git rev-parse HEAD)" "$(git -C "$upstream" rev-parse main)"
}
