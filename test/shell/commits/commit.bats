#!/usr/bin/env bats
load ../helper

# repository: the root in a Git repository with a commit; in it something is
# staged, something else dirty.
repository() {
  export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
  export GIT_CEILING_DIRECTORIES=$BATS_TEST_TMPDIR
  git init -q -b main .
  git config user.name Tester
  git config user.email tester@example.org
  mkdir data
  printf 'before\n' | tee data/a data/gone other staged >/dev/null
  printf '/.insightpulse/\n*.log\n' >.gitignore
  git add -A
  git commit -qm start
  printf 'mine\n' >staged
  printf 'mine\n' >new
  git add staged new
  printf 'more\n' >>staged
  printf 'mine\n' >>other
}

# What is staged and dirty in it, and stays so.
theirs="A  new${nl} M other${nl}MM staged"

# committing: a program whose step changes data/a, removes data/gone and makes
# data/b; standard input may change its functions.
committing() {
  write_program <<END
two_saves() { printf '%s\0' data/a data/b data/gone outside data/x.log; }
two() {
  printf 'after\n' >data/a
  printf 'after\n' >data/b
  rm data/gone
  output changed data/a
  output created data/b
  output removed data/gone
}
commit_when() { would_change || skip 'nothing changed'; }
commit() {
  {
    commit_outputs
    printf '%s' "\$commit_id"
  } >"\$run_dir/work/commit_id"
}
bind_config() {
  declared_outputs=('data/**')
  check_commit
}
plan() {
  step two 'Do two' changes
  step commit 'Commit what changed' changes capture=commit_id timeout=900
}
$(cat)
END
}

# Another plan: a step after the commit.
with_three='plan() {
  step two "Do two" changes
  step commit "Commit" changes capture=commit_id
  step three "Do three" changes
}'

# stands: everything that a failed run must leave as it was.
stands() {
  picture . | grep -v '\.git/'
  git status --porcelain
  git diff
  git diff --cached
  git rev-parse HEAD
}

# untouched [WORD...]: what the program leaves as it was; sets output, status.
untouched() {
  local before
  before=$(stands)
  run the_program "$@"
  is "$(stands)" "$before"
  no_locks
  git fsck --no-dangling
}

no_locks() {
  is "$(find .git -name '*lock*')" ''
}

hook() {
  printf '#!/bin/sh\n%s\n' "$2" >".git/hooks/$1"
  chmod +x ".git/hooks/$1"
}

committed() {
  git show --format= --name-only -z HEAD | tr '\0' '|'
}

@test "a commit holds what the run changed and nothing else" {
  repository
  committing </dev/null
  the_program
  is "$(git show --format= --name-status HEAD)" "M"$'\t'"data/a${nl}A"$'\t'"data/b${nl}D"$'\t'"data/gone"
  is "$(git status --porcelain)" "$theirs"
  is "$(git show :staged)" mine
  is "$(latest '.results[0].commit')" "$(git rev-parse HEAD)"
  no_locks
  is "$(find .insightpulse/state/locks -type f)" ''
}

@test "the message has the summary and two trailers" {
  repository
  committing <<<'two_saves() { summarize "$(printf "3 of 32 moved\nmore")"; printf "data/a\0"; }'
  the_program
  is "$(git log -1 --format=%s)" 'sync(demo): 3 of 32 moved'
  is "$(git log -1 --format='%(trailers)')" "Lockstep-Run: $(latest .run)${nl}Lockstep-Target: demo"
}

@test "without a summary the message counts" {
  repository
  committing </dev/null
  the_program
  is "$(git log -1 --format=%s)" 'sync(demo): 3 outputs changed'
}

@test "a secret does not stand in the message" {
  repository
  committing <<<'two_saves() { summarize "key $MY_TOKEN"; printf "data/a\0"; }'
  MY_TOKEN=abcdef123456 the_program
  is "$(git log -1 --format=%s)" 'sync(demo): key ***'
}

@test "nothing changed gives no commit" {
  repository
  committing <<<'two() { :; }'
  untouched
  is "$status" 0
  is "$(latest '.results[0] | .commit, .steps[1].status')" "null${nl}skipped"
}

@test "what is committed already gives no commit" {
  repository
  committing <<<'two() { output changed data/a; }'
  untouched
  is "$status" 0
  is "$(latest '.results[0] | .commit, .steps[1].reason')" "null${nl}nothing to commit"
}

@test "what is not within the outputs, or ignored, stays out and is said" {
  repository
  committing <<'END'
two() {
  printf 'after\n' | tee data/a outside data/x.log >/dev/null
  output changed data/a
  output created outside
  output created data/x.log
}
END
  the_program
  is "$(committed)" 'data/a|'
  has "$(latest '.results[0].steps[1].reason')" '; 1 not within outputs; 1 ignored by Git'
}

@test "a folder is committed whole, with what FORCED says, without what is ignored" {
  repository
  committing <<'END'
forced() { printf '%s/up.log\0' "$1"; }
commit() { commit_outputs forced; : >"$run_dir/work/commit_id"; }
two_saves() { printf 'data/f\0'; }
two() {
  mkdir -p data/f/g
  printf 'x\n' | tee data/f/up.log data/f/mine.log $'data/f/g/n\nl' >/dev/null
  output created data/f
}
END
  the_program
  is "$(committed)" "data/f/g/n${nl}l|data/f/up.log|"
}

@test "of a folder that is ignored as a whole nothing is committed" {
  repository
  printf '/data/f/\n' >>.git/info/exclude
  committing <<'END'
forced() { printf '%s/up\0' "$1"; }
commit() { commit_outputs forced; : >"$run_dir/work/commit_id"; }
two_saves() { printf 'data/f\0'; }
two() { mkdir data/f; : >data/f/up; output created data/f; }
END
  the_program
  is "$(git log --format=%s)" start
  is "$(latest '.results[0].steps[1].reason')" 'nothing to commit; 1 ignored by Git'
}

@test "a folder that is gone is gone in the commit" {
  repository
  mkdir data/f
  printf 'x\n' | tee data/f/a data/f/b >/dev/null
  git add data/f
  git commit -qm f data/f
  committing <<<'two_saves() { printf "data/f\0"; }
two() { rm -r data/f; output removed data/f; }'
  the_program
  is "$(git show --format= --name-status HEAD)" "D"$'\t'"data/f/a${nl}D"$'\t'"data/f/b"
}

@test "a file becomes a folder, and a folder a file" {
  repository
  mkdir data/f
  printf 'x\n' >data/f/a
  git add data/f
  git commit -qm f data/f
  committing <<<'two_saves() { printf "%s\0" data/a data/f; }
two() {
  rm -r data/a data/f
  mkdir data/a
  printf y >data/a/b
  printf y >data/f
  output changed data/f
  output changed data/a
}'
  the_program
  is "$(committed)" 'data/a|data/a/b|data/f|data/f/a|'
  is "$(git status --porcelain)" "$theirs"
}

# folder_to_link: data/f, with a in it, is committed, and then a link to data/g.
folder_to_link() {
  repository
  mkdir data/f
  printf 'x\n' >data/f/a
  git add data/f
  git commit -qm f data/f
  committing <<END
two_saves() { printf '%s\0' data/f data/g; }
two() {
  mv data/f data/g
  ln -s g data/f
$(cat)
}
END
}

@test "a folder that became a link is committed as one, however it is named" {
  local outputs
  for outputs in 'removed data/f/a|created data/f|created data/g/a' 'changed data'; do
    rm -rf .git data new .insightpulse/*
    folder_to_link <<<"  printf '%s\n' '${outputs//|/$nl}' >>\"\$run_dir/outputs\""
    the_program
    is "$(git show --format= --name-status --no-renames HEAD)" "A"$'\t'"data/f${nl}D"$'\t'"data/f/a${nl}A"$'\t'"data/g/a"
    is "$(git status --porcelain)" "$theirs"
  done
}

@test "what is gone behind a link that is not committed is gone in the commit" {
  folder_to_link <<<'  output removed data/f/a'
  the_program
  is "$(git show --format= --name-status HEAD)" "D"$'\t'"data/f/a"
}

@test "a file behind a link cannot be committed, and the reason says so" {
  folder_to_link <<<'  output changed data/f/a'
  run the_program
  [[ $status != 0 ]]
  has "$output" 'data/f/a is behind the link data/f, which Git does not follow; put its real path under outputs'
}

@test "a repository that Git refuses to use is refused with what helps" {
  repository
  committing </dev/null
  GIT_TEST_ASSUME_DIFFERENT_OWNER=1 run the_program
  is "$status" 4
  has "$output" "belongs to another user; run git config --global --add safe.directory $root"
}

# with_siblings: copies beside the files, and one that an earlier run has left.
with_siblings() {
  repository
  printf 'old\n' >data/a.bak.20200101_000000
  committing <<<'bind_config() { declared_outputs=("data/**"); backup_layout=sibling; check_commit; }
two_saves() { list_matching_files "data/**"; }
two() { printf "after\n" >data/a; output changed data; }'
}

@test "a sibling is not committed, and makes no copy stay that the commit makes redundant" {
  with_siblings
  the_program
  is "$(committed)" 'data/a|'
  is "$(ls data)" "a${nl}a.bak.20200101_000000${nl}gone"
}

@test "a commit that fails says where the siblings stay" {
  with_siblings
  hook pre-commit 'exit 1'
  run the_program
  is "$status" 1
  local copy
  copy=$(find data -name 'a.bak.*' ! -name '*.20200101_000000')
  [[ -e $copy ]]
  has "$output" "the backup stays: *${copy#data/a}"
  is "$(latest '.results[0].backup')" "*${copy#data/a}"
}

@test "what lies in a repository of its own stays out" {
  repository
  committing <<<'two_saves() { printf "data/r\0"; }
two() { git init -q data/r; printf x >data/r/f; output created data/r/f; output created data/r; }'
  the_program
  is "$(git log --format=%s)" start
  is "$(latest '.results[0].steps[1].reason')" 'nothing to commit; 2 in repositories of their own'
}

@test "names that look like options and patterns are committed as they are" {
  repository
  committing <<'END'
two_saves() { printf '%s\0' 'data/*' 'data/-n' 'data/:(top)x' $'data/n\nl%0A' 'data/[a]'; }
two() {
  two_saves | while IFS= read -r -d '' path; do
    printf x >"$path"
    output created "$path"
  done
}
END
  the_program
  is "$(committed)" "data/*|data/-n|data/:(top)x|data/[a]|data/n${nl}l%0A|"
  is "$(latest '.results[0].outputs_created[4]')" "data/n${nl}l%0A"
}

@test "the root may be a folder of the repository" {
  repository
  root=$root/data
  mkdir data/.insightpulse
  committing <<<'two_saves() { printf "f\0"; }
two() { printf x >f; output created f; }
bind_config() { declared_outputs=(f); check_commit; }'
  the_program
  is "$(committed)" 'data/f|'
  is "$(git status --porcelain)" "$theirs"
}

@test "the first commit of a repository can be ours" {
  repository
  rm -rf .git
  git init -q -b main .
  git config user.name t
  git config user.email t
  committing </dev/null
  the_program
  is "$(git ls-tree -r --name-only HEAD)" "data/a${nl}data/b"
  is "$(git status --porcelain)" "?? .gitignore${nl}?? new${nl}?? other${nl}?? staged"
}

@test "hooks that run well are passed, and may add to the commit" {
  repository
  committing </dev/null
  hook pre-commit 'echo formatted >>data/a; git add data/a'
  hook commit-msg 'echo "Reviewed-by: hook" >>"$1"'
  hook post-commit 'touch data/posted.log'
  the_program
  is "$(git show HEAD:data/a)" "after${nl}formatted"
  has "$(git log -1 --format=%b)" 'Reviewed-by: hook'
  [[ -e data/posted.log ]]
  is "$(git status --porcelain)" "$theirs"
}

@test "a hook that fails gives exit 1 and everything as before" {
  repository
  committing </dev/null
  local name
  for name in pre-commit commit-msg prepare-commit-msg; do
    rm -f .git/hooks/*
    hook "$name" 'echo changed >>data/a; echo "no good"; exit 1'
    untouched
    is "$status" 1
    has "$output" 'no good'
    is "$(latest '.results[0] | .commit, (.outputs_changed | length)')" "null${nl}0"
  done
}

@test "a hook that fails in the first commit leaves no branch" {
  repository
  rm -rf .git
  git init -q -b main .
  git config user.name t
  git config user.email t
  committing </dev/null
  hook pre-commit 'exit 1'
  run the_program
  is "$status" 1
  [[ -z $(git for-each-ref) ]]
  is "$(git status --porcelain data)" '?? data/'
}

@test "a commit that cannot be signed gives exit 1 and everything as before" {
  repository
  committing </dev/null
  git config commit.gpgsign true
  git config gpg.program false
  untouched
  is "$status" 1
}

@test "a step that fails after the commit takes it back, staged things and all" {
  repository
  committing <<<"three() { false; }
$with_three"
  untouched
  is "$status" 1
  is "$(latest '.results[0].commit')" null
}

@test "what was staged since the commit stays when it is taken back" {
  repository
  committing <<<"three() { git add other; false; }
$with_three"
  run the_program
  is "$status" 1
  is "$(git status --porcelain)" "A  new${nl}M  other${nl}MM staged"
  is "$(git log --format=%s)" start
}

@test "a person's commit on top of ours is not taken back: exit 7, and the next run keeps both" {
  repository
  committing <<<"three() { git commit -qm person other; false; }
$with_three"
  run the_program
  is "$status" 7
  content data/a "after$nl"
  committing <<<'two() { :; }'
  run the_program
  is "$status" 0
  content data/a "after$nl"
  is "$(git log --format=%s)" "person${nl}sync(demo): 3 outputs changed${nl}start"
}

@test "an operation in progress refuses with 4" {
  repository
  committing </dev/null
  local name
  for name in rebase-merge rebase-apply; do
    mkdir ".git/$name"
    untouched
    is "$status" 4
    has "$output" 'a rebase is in progress'
    rmdir ".git/$name"
  done
  for name in MERGE_HEAD CHERRY_PICK_HEAD REVERT_HEAD BISECT_LOG; do
    git rev-parse HEAD >".git/$name"
    untouched
    is "$status" 4
    has "$output" 'is in progress; finish or abort it first'
    rm ".git/$name"
  done
}

@test "a detached HEAD refuses with 4, and not with --ci" {
  repository
  committing </dev/null
  git checkout -q --detach
  untouched
  is "$status" 4
  has "$output" 'HEAD is detached'
  the_program --ci
  is "$(git log -1 --format=%s)" 'sync(demo): 3 outputs changed'
}

@test "a root that is in no repository refuses with 4" {
  export GIT_CEILING_DIRECTORIES=$BATS_TEST_TMPDIR
  committing </dev/null
  run the_program
  is "$status" 4
  has "$output" 'is not in a working tree of Git; run git init there'
}

@test "without an identity nothing is begun, exit 3; with --ci there is one" {
  repository
  committing </dev/null
  git config --unset user.name
  git config --unset user.email
  untouched
  is "$status" 3
  has "$output" 'git config user.name NAME and git config user.email ADDRESS'
  the_program --ci
  is "$(git log -1 --format='%an <%ae> %cn')" 'Lockstep <lockstep@localhost> Lockstep'
}

@test "somebody else's index.lock gives exit 3 before the first step" {
  repository
  committing <<<'sleep() { :; }
two() { : >"$test_folder/began"; }'
  : >.git/index.lock
  run the_program
  is "$status" 3
  has "$output" 'another git process is running here; if none is, remove '
  [[ -e .git/index.lock && ! -e $BATS_TEST_TMPDIR/began ]]
}

@test "somebody else's index.lock that comes later gives exit 3, and all is put back" {
  repository
  committing <<<'sleep() { :; }
three() { : >.git/index.lock; }
plan() {
  step two "Do two" changes
  step three "Lock" reads
  step commit "Commit" changes capture=commit_id
}'
  local before
  before=$(stands)
  run the_program
  is "$status" 3
  rm .git/index.lock
  is "$(stands)" "$before"
}

@test "somebody else's index.lock is waited for" {
  repository
  committing <<<'sleep() { rm -f .git/index.lock; }'
  printf 'DIRC\0\1' >.git/index.lock
  the_program
  is "$(git log -1 --format=%s)" 'sync(demo): 3 outputs changed'
}

# killed_at WORD: kill -9 the program and its step once WORD is journaled.
killed_at() {
  committing <<END
journal() {
  printf '%s\n' "\$*" >>"\$run_dir/journal"
  if [[ \$1 == $1 ]]; then
    own_process_id id
    kill -KILL "\$\$" "\$id"
  fi
}
END
  run the_program
  is "$status" 137
}

# the_next: another run of this target, that changes nothing.
the_next() {
  write_program next <<<'plan() { step one Nothing reads; }'
  run "$test_bash" "$BATS_TEST_TMPDIR/next.sh" --root "$root"
  is "$status" 0
  no_locks
  is "$(ls -A .insightpulse/state/runs/demo)" ''
}

@test "a kill before the commit is put back, our index.lock removed" {
  repository
  local before
  before=$(stands)
  killed_at commit
  [[ -e .git/index.lock ]]
  the_next
  is "$(stands)" "$before"
}

@test "a kill after the commit leaves a complete run, and the index follows" {
  repository
  killed_at committed
  [[ -e .git/index.lock ]]
  the_next
  has "$output" 'was interrupted after its commit, so it is complete'
  is "$(git status --porcelain)" "$theirs"
  is "$(git show :staged)" mine
  content data/a "after$nl"
}

@test "a kill between Git's commit and our knowing of it is found by the trailer" {
  repository
  hook post-commit 'kill -KILL $(cat pid) $PPID'
  committing <<<'two_saves() { printf "%s\n" "$$" >pid; printf "%s\0" data/a data/b data/gone; }'
  run the_program
  is "$status" 137
  rm .git/hooks/post-commit pid
  is "$(git log --format=%s)" "sync(demo): 3 outputs changed${nl}start"
  poll_for eval '! pgrep -f "$program" >/dev/null'
  the_next
  has "$output" 'was interrupted after its commit, so it is complete'
  is "$(git status --porcelain)" "$theirs"
}

@test "a commit on top of the killed one does not hide it" {
  repository
  killed_at indexed
  rm -f .git/index.lock
  git commit -qm 'a person worked on' other
  the_next
  content data/a "after$nl"
  is "$(git status --porcelain)" "A  new${nl}MM staged"
}

@test "a killed commit that was reset away is put back" {
  repository
  killed_at indexed
  rm -f .git/index.lock
  git reset -q --soft HEAD^
  the_next
  content data/a "before$nl"
}

@test "SIGTERM in a hook puts everything back" {
  repository
  hook pre-commit 'echo $$ >"'"$BATS_TEST_TMPDIR"'/hook.pid"; exec sleep 1000'
  committing </dev/null
  local before
  before=$(stands)
  start_program
  poll_for test -s "$BATS_TEST_TMPDIR/hook.pid"
  end_program TERM
  is "$ended_with" 143
  is "$(stands)" "$before"
  no_locks
}

@test "of targets that commit at once each commit holds exactly its own" {
  repository
  # Each has a file of its own in one folder, and all wait until each has it.
  committing <<'END'
two_saves() { printf 'data/%s\0' "$target"; }
two() {
  printf x >"data/$target"
  output created "data/$target"
  : >"$test_folder/wrote.$target"
  until [[ $(ls "$test_folder" | grep -c '^wrote') == 4 ]]; do command sleep 0.02; done
}
END
  hook pre-commit 'sleep 0.1'
  local name
  for name in one two three four; do
    sed "s/target=demo/target=$name/" "$program" >"$BATS_TEST_TMPDIR/$name.sh"
    "$test_bash" "$BATS_TEST_TMPDIR/$name.sh" --root "$root" &
  done
  wait
  for name in one two three four; do
    is "$(git log --format= --name-status --grep="sync($name): 1 output changed")" "A"$'\t'"data/$name"
  done
  is "$(git rev-list --count HEAD)" 5
  is "$(git status --porcelain)" "$theirs"
}

@test "a dry run would commit what would change" {
  repository
  committing </dev/null
  untouched --dry-run
  is "$status" 0
  has "$output" 'would run   Commit what changed'
}
