# shellcheck shell=bash
# Small programs out of scripts/lib, run in a scratch root. With
# TEST_TOOLS=busybox they find no tools but those of busybox, and bash.

test_bash=${TEST_BASH:-bash}
project=$(cd -P -- "${BASH_SOURCE[0]%/*}/../.." && pwd)
lib=$project/scripts/lib
nl=$'\n'

setup() {
  root=$BATS_TEST_TMPDIR/root
  program=$BATS_TEST_TMPDIR/t.sh
  mkdir -p -- "$root/.insightpulse" "$BATS_TEST_TMPDIR/tmp"
  export TMPDIR=$BATS_TEST_TMPDIR/tmp
  unset DEBUG GITHUB_ACTIONS
  program_pid=
  test_path=$PATH
  [[ ${TEST_TOOLS:-} != busybox ]] || busybox_path
  cd -- "$root" || return
}

# busybox_path: set test_path to a folder with its tools, made once a file.
busybox_path() {
  local name
  test_path=$BATS_FILE_TMPDIR/bin
  [[ ! -d $test_path ]] || return 0
  mkdir "$test_path"
  for name in $(busybox --list); do
    [[ $name == *sh ]] || printf '%s\0' "$test_path/$name"
  done | xargs -0 -n 1 ln -s "$(command -v busybox)"
  # Debian's has none of these.
  for name in bash bash3.2 sh git cmp mkfifo; do
    ! command -v "$name" >/dev/null || ln -sf "$(command -v "$name")" "$test_path/"
  done
}

# with_tools COMMAND...
with_tools() {
  if [[ -n ${TEST_TOOLS:-} ]]; then
    PATH=$test_path "$@"
  else
    "$@"
  fi
}

# Nothing that a test started outlives it, however it ended.
teardown() {
  local file pid
  [[ -z ${program_pid:-} ]] || kill -KILL "$program_pid" 2>/dev/null || :
  for file in "$BATS_TEST_TMPDIR"/*.pid; do
    [[ -s $file ]] || continue
    read -r pid <"$file"
    kill -KILL "$pid" 2>/dev/null || :
  done
}

# source_lib: the lines that source what a program of one target is made of. It
# is one file, made once a run: bats looks at every command of these loops.
source_lib() {
  local file=$BATS_RUN_TMPDIR/lib.sh
  if [[ ! -e $file ]]; then
    join_lib >"$file.$BATS_SUITE_TEST_NUMBER"
    mv -f -- "$file.$BATS_SUITE_TEST_NUMBER" "$file"
  fi
  printf 'source %q\n' "$file"
}

join_lib() {
  local part
  cat -- "$lib/shell/environment.sh"
  printf 'keep_environment "$@"\n'
  for part in "$lib"/{shell,secrets,records,snapshots,backups,commits,http,run,targets,verbs}/*.sh \
    "$project"/tasks/drivers/{compose-stack,compose-stack/*,entrypoint,notion-table,open-webui}/*.sh; do
    case ${part#"$lib/"} in
      shell/environment.sh | targets/selection.sh | targets/run.sh | verbs/status.sh | verbs/due.sh) ;;
      *) cat -- "$part" ;;
    esac
  done
}

# in_lib CODE ARGUMENT...: CODE with all functions of the library.
in_lib() {
  local code=$1
  shift
  with_tools "$test_bash" -c "set -euo pipefail
    exec 6>&2
    program=t.sh version=0 regenerate='lockstep generate' verb=sync target=demo
    test_folder=$(printf %q "$BATS_TEST_TMPDIR")
    $(source_lib)
    $code" t.sh "$@"
}

# in_run CODE ARGUMENT...: as in_lib, in the middle of a run called "now".
in_run() {
  local code=$1
  shift
  in_lib "run_id=now run_dir=.insightpulse/run
    mkdir -p \"\$run_dir\"/{work,out,reasons,notes,failed,saved}
    step_id=one reason_file=\$run_dir/reasons/one
    $code" "$@"
}

# write_program [NAME]: a program; standard input has its steps and, where
# they differ from what stands here, its other functions.
write_program() {
  local file=$BATS_TEST_TMPDIR/${1:-t}.sh
  {
    printf '%s\n' \
      'set -euo pipefail' \
      'program=t.sh version=0 regenerate="lockstep generate" verb=sync target=demo' \
      'description="a program of a test" directions=pull fail_on_diff=false' \
      "test_folder=$(printf %q "$BATS_TEST_TMPDIR")"
    source_lib
    printf '%s\n' \
      'usage() { :; }' \
      'task_option() {' \
      '  taken=1' \
      '  known_options=(--dry-run)' '  unknown_option "$1"' \
      '}' \
      'needs() { :; }' \
      'knows_undo() { is_function "$1"; }' \
      'bind_config() { :; }' \
      'one() { printf "%s\n" a b c >"$run_dir/work/things"; }' \
      'two() { printf "new %s\n" "$1" >"$1"; }' \
      'two_saves() { printf "%s\0" "$1"; }' \
      'plan() {' \
      '  step one "Do one" reads' \
      '  step two "Do two" changes items=things jobs=2' \
      '}' \
      '# stay: until the test ends it or lets it go on.' \
      'stay() {' \
      '  local tries=0' \
      '  own_process_id id' \
      '  printf "%s\n" "$id" >"$test_folder/stay.pid"' \
      '  until [[ -e $test_folder/go_on ]] || ((tries > 1000)); do' \
      '    tries=$((tries + 1))' \
      '    command sleep 0.02' \
      '  done' \
      '}'
    cat
    printf '%s\n' 'main "$@"'
  } >"$file"
}

# the_program ARGUMENT...: run it to its end.
the_program() {
  with_tools "$test_bash" "$program" --root "$root" "$@"
}

# start_program ARGUMENT...: run it beside the test; program_pid. What a shell
# without job control starts beside itself, these tests perhaps, ignores SIGINT
# and SIGQUIT, and so does all that it starts.
start_program() {
  set -m
  env --default-signal=HUP,INT,QUIT "$test_bash" "$program" --root "$root" "$@" \
    >"$BATS_TEST_TMPDIR/started.out" 2>&1 3>&- </dev/null &
  program_pid=$!
  set +m
}

# end_program [SIGNAL]: send it SIGNAL and wait for its end; ended_with is its
# exit code. A signal that comes just as bash begins to wait is seen late, so it
# is sent again every second.
end_program() {
  ended_with=0
  poll_for stops_at "${1:-}"
  wait "$program_pid" || ended_with=$?
  program_pid=
}

# stops_at SIGNAL: for poll_for, which counts the tries.
stops_at() {
  if [[ -n $1 ]] && ((tries % 100 == 0)); then
    kill -s "$1" "$program_pid" || :
  fi
  stopped "$program_pid"
}

# poll_for COMMAND...: until COMMAND succeeds; fails after very many tries.
poll_for() {
  local tries=0
  until "$@"; do
    tries=$((tries + 1))
    if ((tries > 6000)); then
      printf 'never became true: %s\n' "$*" >&2
      cat -- "$BATS_TEST_TMPDIR/started.out" >&2 || :
      return 1
    fi
    sleep 0.01
  done
}

# runs PID: a zombie has ended.
runs() {
  local state
  state=$(ps -o stat= -p "$1") && [[ -n $state && $state != Z* ]]
}

stopped() {
  ! runs "$1"
}

# is STANDS WANTED
is() {
  [[ $1 == "$2" ]] || {
    printf 'is     %q\nshould %q\n' "$1" "$2" >&2
    return 1
  }
}

# has TEXT PART
has() {
  [[ $1 == *"$2"* ]] || {
    printf 'in     %q\nmisses %q\n' "$1" "$2" >&2
    return 1
  }
}

# has_not TEXT PART
has_not() {
  [[ $1 != *"$2"* ]] || {
    printf 'in     %q\nis     %q\n' "$1" "$2" >&2
    return 1
  }
}

# content FILE WANTED: exactly these bytes (an x guards the last newline).
content() {
  is "$(cat -- "$1" && printf x)" "$2x"
}

# latest FILTER: of the newest report.
latest() {
  jq -r "$1" "$root/.insightpulse/reports/latest.json"
}

# picture FOLDER: every path with kind, mode, link target and checksum, without
# the program's own folder; two pictures are equal if the folders are.
picture() {
  (
    cd -- "$1" || exit
    find . -name .insightpulse -prune -o ! -name . -print0 | LC_ALL=C sort -z |
      while IFS= read -r -d '' path; do
        if [[ -L $path ]]; then
          printf '%q link %q\n' "$path" "$(readlink -- "$path")"
        elif [[ -d $path ]]; then
          printf '%q folder %s\n' "$path" "$(stat -c %a -- "$path")"
        else
          printf '%q file %s %s\n' "$path" "$(stat -c %a -- "$path")" \
            "$(cksum <"$path")"
        fi
      done
  )
}
