# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# The checks of a stack again and again. Each round is a dry run of its own: it takes no
# lock, so a deployment is not in its way, and leaves no report.

# stack_watch: with --watch: until a signal comes; ends the program.
stack_watch() {
  [[ -n $watch ]] || return 0
  [[ -z $report_file ]] || usage_error '--report is of one round: not with --watch'
  outcome=starting
  check_watch "$watch"
  make_scratch watched
  run_dir=$watched
  : >"$watched/before"
  watch_again "$watch" stack_look_again
}

# stack_look_again: set frame to what a round found, with what has changed since the last.
stack_look_again() {
  local code=0 at wrong=''
  now_utc at %Y-%m-%dT%H:%M:%SZ
  rm -f -- "$watched/verdicts"
  # In the background, or a signal would have to wait for its end.
  stack_round >"$watched/said" 2>&1 &
  awaited=$!
  wait "$awaited" || code=$?
  awaited=
  if [[ ! -e $watched/verdicts ]]; then
    last_lines wrong "$watched/said" 1
    cp -- "$watched/before" "$watched/verdicts"
  fi
  LC_ALL=C awk -F '\t' -v OFS='\t' '
    FNR == NR { was[$2] = $1; next }
    $1 == "bad" && was[$2] != "bad" { print "ill", $2, $3 }
    $1 == "good" && was[$2] == "bad" { print "healthy", $2 }' "$watched/before" "$watched/verdicts" >"$watched/changes"
  if [[ $json == true ]]; then
    frame=$(stack_frame_json)
  else
    frame=$(stack_frame)
    printable frame "$frame"
  fi
  mv -f -- "$watched/verdicts" "$watched/before"
}

# stack_round: all checks, once.
stack_round() {
  catch_signals
  unset -f tell_others
  run_id='' dry_run=true quiet=true verbose=false json=false report_file=''
  begin_run
  open_run
  plan
  announce_steps
  run_steps
  complete_run
}

# stack_frame: print it for people, what is wrong last.
stack_frame() {
  local bad all
  all=$(grep -c '' "$watched/verdicts") || :
  bad=$(grep -c '^bad' "$watched/verdicts") || :
  if [[ -n $wrong ]]; then
    printf '%s  %s could not be asked: %s\n' "$at" "$environment" "$wrong"
  else
    printf '%s  %s: %d of %d are wrong\n' "$at" "$environment" "$bad" "$all"
    stack_rows <"$watched/verdicts"
    LC_ALL=C awk -F '\t' '$1 == "ill" { print "  became ill: " $2 ": " $3 } $1 == "healthy" { print "  healthy again: " $2 }' "$watched/changes"
  fi
}

# stack_frame_json: print it as one line.
stack_frame_json() {
  jq -cRn --rawfile changes "$watched/changes" --arg at "$at" --arg target "$target" --arg environment "$environment" --argjson code "$code" --arg wrong "$wrong" '
    def changed($word): $changes | split("\n") | map(split("\t") | select(.[0] == $word) | .[1]);
    [if $wrong == "" then inputs else empty end | split("\t")] as $verdicts |
    {at: $at, target: $target, environment: $environment, exit_code: $code, message: (if $wrong == "" then null else $wrong end),
     checks: ($verdicts | map({check: .[1], good: (.[0] == "good"), found: .[2], seconds: (.[3] | tonumber)})),
     became_ill: changed("ill"), became_healthy: changed("healthy")}' <"$watched/verdicts"
}
