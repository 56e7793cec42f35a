#!/usr/bin/env bats
load ../../helper
source "$project/test/fixtures/stack.sh"

# The checks of a stack again and again, in both forms. Docker is a small program that
# says of the one service what a file says.

setup_file() {
  export repository=$BATS_FILE_TMPDIR/pa bin=$BATS_FILE_TMPDIR/bin
  mkdir -p "$repository/.insightpulse" "$bin"
  cat >"$bin/docker" <<END
#!/bin/sh
case "\$*" in
  version*) if [ -e $repository/gone ]; then exit 1; fi; echo 24.0.7 ;;
  'compose version') ;;
  ps*) echo c0ffee ;;
  inspect*State*) cat $repository/state ;;
  inspect*) echo web sha256:1 ;;
  logs*) echo said ;;
esac
END
  chmod 755 "$bin/docker"
  cat >"$repository/.insightpulse/sync.yaml" <<'END'
version: "1.0"
targets:
  pa:
    driver: compose_stack
    config: { project: pa, files: [docker-compose.yml] }
END
  generate_programs "$repository"
}

setup() {
  export PATH=$bin:$PATH TMPDIR=$BATS_TEST_TMPDIR/tmp
  mkdir "$TMPDIR"
  cd -- "$repository"
  rm -f gone
  state running/healthy
}

# state WORDS: of the service.
state() {
  printf '%s/3/0\n' "$1" >state.new
  mv state.new state
}

# watch script|node ARGUMENT...: in the background; out has what it says.
watch() {
  local words=(bash generated/health-pa.sh)
  [[ $1 != node ]] || words=("$project/node_modules/.bin/tsx" "$project/tasks/health.ts" pa --root "$repository")
  out=$BATS_TEST_TMPDIR/$1
  env --default-signal=INT "${words[@]}" --watch 1 "${@:2}" >"$out" 2>&1 </dev/null 3>&- &
  program_pid=$!
}

# says PATTERN: has a line of what it said that?
says() {
  grep -q -e "$1" "$out"
}

@test "each round is said with its time, and what has changed since the last" {
  local form
  for form in script node; do
    state running/healthy
    watch "$form"
    poll_for says '^20[0-9TZ:-]*  here: 0 of 3 are wrong$'
    state exited/none
    poll_for says '^  became ill: service web: exited, restarted 0 times: said$'
    is "$(grep -c '  became ill' "$out")" 1
    state running/healthy
    poll_for says '^  healthy again: service web$'
    : >gone
    poll_for says 'here could not be asked: .*Docker does not answer'
    rm gone
    end_program INT
    is "$form $ended_with" "$form 130"
    # tsx has a folder of its own.
    is "$form $(ls "$TMPDIR" | grep -v '^tsx-' || :)" "$form "
  done
  [[ ! -e .insightpulse/reports && ! -e .insightpulse/state/history.jsonl && ! -e .insightpulse/state/locks ]]
}

@test "with --json a round is a line" {
  watch script --json
  poll_for says '"exit_code":0'
  state exited/none
  poll_for says '"became_ill":\["service web"\]'
  state running/healthy
  poll_for says '"became_healthy":\["service web"\]'
  : >gone
  poll_for says '"exit_code":3'
  end_program INT
  is "$(jq -s 'all(.target == "pa" and .environment == "here" and (.exit_code == 3) == (.message != null and .checks == []))' "$out")" true
  is "$(jq -s -c 'map(select(.became_ill != []))[0] | [.exit_code, (.checks | map(select(.good | not) | .check))]' "$out")" '[8,["service web"]]'
}

@test "a signal ends it in the middle of a round too, with all that runs for it" {
  printf '#!/bin/sh\n: >%s\nexec sleep 600\n' "$BATS_TEST_TMPDIR/asked" >"$bin/df"
  chmod 755 "$bin/df"
  watch script
  poll_for test -e "$BATS_TEST_TMPDIR/asked"
  end_program TERM
  rm "$bin/df"
  is "$ended_with" 143
  is "$(ls "$TMPDIR")" ''
}

@test "at a terminal a round takes the place of the one before" {
  local form words
  for form in script node; do
    words='exec bash generated/health-pa.sh --watch 1'
    [[ $form == script ]] || words="exec $project/node_modules/.bin/tsx $project/tasks/health.ts pa --root $repository --watch 1"
    mkfifo "$BATS_TEST_TMPDIR/keys.$form"
    out=$BATS_TEST_TMPDIR/$form
    env --default-signal=INT script -qefc "stty cols 60 rows 20; $words" /dev/null <"$BATS_TEST_TMPDIR/keys.$form" >"$out" 3>&- &
    program_pid=$!
    exec 9>"$BATS_TEST_TMPDIR/keys.$form"
    poll_for says 'every 1 s; Ctrl-C ends'
    state exited/none
    poll_for says 'became ill: service web'
    printf '\003' >&9
    end_program
    exec 9>&-
    is "$form $ended_with" "$form 130"
    says $'\e\\[?1049h'
    says $'\e\\[?1049l'
    state running/healthy
  done
}

@test "its seconds are a number" {
  run bash generated/health-pa.sh --watch soon
  is "$status" 2
  has "$output" '--watch soon is not a number of whole seconds from 1 to 99999'
}
