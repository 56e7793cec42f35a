#!/usr/bin/env bats
# What GitHub Actions is told: annotations, the job's summary, the exit code.
load ../helper

on_github() {
  export GITHUB_ACTIONS=true
  export GITHUB_STEP_SUMMARY=$BATS_TEST_TMPDIR/summary
  export GITHUB_OUTPUT=$BATS_TEST_TMPDIR/output
}

# commands FILE: what the runner would obey of what was printed.
commands() {
  local line word=
  while IFS= read -r line; do
    case $line in
      "::$word::") word= ;;
      ::stop-commands::*) [[ -n $word ]] || word=${line#::stop-commands::} ;;
      ::*) [[ -n $word ]] || printf '%s\n' "$line" ;;
      *) ;;
    esac
  done <"$1"
}

failing='two() { printf "%s\n" "$1" >"$1"; [[ $1 != b ]] || { printf "::error::from outside\n" >&2; return 9; }; }'

@test "a run that is done writes its summary and exit code, and no annotation" {
  on_github
  write_program </dev/null
  the_program --ci 2>"$BATS_TEST_TMPDIR/printed"
  [[ $(<"$GITHUB_OUTPUT") == exit_code=0 ]]
  [[ $(commands "$BATS_TEST_TMPDIR/printed") == '' ]]
  [[ $(<"$GITHUB_STEP_SUMMARY") =~ ^'### demo'$nl'<pre>'$nl[a-z]+.*' s)'$nl'</pre>' ]]
}

@test "a run that fails annotates itself and each item, and nothing from outside is obeyed" {
  local told
  on_github
  write_program <<<"$failing"
  the_program --ci --verbose 2>"$BATS_TEST_TMPDIR/printed" && return 1
  grep -q '::error::from outside' "$BATS_TEST_TMPDIR/printed"
  told=$(commands "$BATS_TEST_TMPDIR/printed")
  [[ $told == '::error title=demo::partial; '*"$nl"'::error title=demo%3A b::'* ]]
  [[ $(grep -c '' <<<"$told") == 2 ]]
  [[ $(<"$GITHUB_OUTPUT") == exit_code=1 ]]
  grep -q '^failed: b: ' "$GITHUB_STEP_SUMMARY"
}

@test "without --ci, and elsewhere, nothing is told" {
  on_github
  write_program </dev/null
  the_program 2>"$BATS_TEST_TMPDIR/printed"
  [[ ! -e $GITHUB_OUTPUT && ! -e $GITHUB_STEP_SUMMARY ]]
  unset GITHUB_ACTIONS
  the_program --ci 2>>"$BATS_TEST_TMPDIR/printed"
  [[ ! -e $GITHUB_OUTPUT && ! -e $GITHUB_STEP_SUMMARY ]]
  ! grep -q '^::' "$BATS_TEST_TMPDIR/printed"
}

@test "a summary that cannot be written does not fail the run" {
  on_github
  GITHUB_STEP_SUMMARY=$BATS_TEST_TMPDIR/none/summary
  GITHUB_OUTPUT=$BATS_TEST_TMPDIR/none/output
  write_program </dev/null
  the_program --ci
}

@test "an annotation is one line, whatever is in it" {
  on_github
  run in_lib 'ci=true; annotate "a:b,c%" "one%0A"$'"'\\n::two\\r'"
  [[ $output == '::error title=a%3Ab%2Cc%25::one%250A%0A::two%0D' ]]
}

@test "secrets are masked in annotations and summaries" {
  on_github
  export DEMO_TOKEN=geheimnis
  run in_lib 'ci=true; collect_secrets; annotate t "x geheimnis"; summary_line "y geheimnis"'
  [[ $output == "::error title=t::x ***${nl}y ***" ]]
}

@test "a line of the summary is text, of at most 1000 characters" {
  run in_lib 'summary_line "$1"' $'</pre><b>&amp; | `x`\n[y](z)'
  [[ $output == '&lt;/pre&gt;&lt;b&gt;&amp;amp; | `x` [y](z)' ]]
  run in_lib 'printf -v text %2000s; summary_line "${text// /x}"'
  ((${#output} == 1000))
}
