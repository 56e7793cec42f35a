# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# What is to go where, between claude.md, what it speaks of, and what both had
# when they were last in step.

# agents_compare: decide for each item. Leaves in work what is to be written:
# claude, settings, files/N with its path in files/N.path, report, base.
agents_compare() {
  local resolved
  agents_read "$run_dir/work/in"
  agents_decide "$run_dir/work/decision" '{}'
  agents_unpack
  if [[ -s $run_dir/work/conflicts ]]; then
    agents_resolve resolved
    agents_decide "$run_dir/work/decision" "$resolved"
    agents_unpack
  fi
  agents_guard_additions
  agents_tell
  if [[ $dry_run == false && ! -e $run_dir/work/changes ]] &&
    ! cmp -s -- "$run_dir/work/base" "$state_file"; then
    agents_remember
  fi
}

# agents_check: after the changes, read both sides again.
agents_check() {
  local differing
  agents_read "$run_dir/work/after"
  agents_decide "$run_dir/work/checked" '{}' "$run_dir/work/base"
  differing=$(jq -r '[.items[] | select(.verdict | startswith("to_") or . == "conflict") | .name] | join(", ")' "$run_dir/work/checked")
  [[ -z $differing ]] || fail_step "still not in step: $differing"
}

# agents_program: of jq.
agents_program() {
  agents_jq_markdown
  agents_jq_frontmatter
  agents_jq_settings
  agents_jq_servers
  agents_jq_report
  agents_jq_decision
  agents_jq_main
}

# agents_decide OUT RESOLVED [BASE]: of what agents_read has read last. What is
# wrong with it ends the step. What jq says itself may hold what it has read, so
# nobody is shown that.
agents_decide() {
  local file status=0 base=${3:-$state_file} text words=()
  [[ -r $base ]] || base=/dev/null
  while IFS= LC_ALL=C read -r -d '' file; do
    words+=(--rawfile "$file" "$read_into/$file")
  done <"$read_into/list"
  jq -n --rawfile claude "$read_into/claude" --rawfile settings "$read_into/settings" \
    --rawfile base "$base" --arg of "$claude_md $mcp_config $agent_dir $skills_dir" \
    --arg direction "$direction" --argjson sections "$sections" --argjson resolved "$2" \
    --argjson names "$(agents_names)" ${words[@]+"${words[@]}"} \
    "\$ARGS.named as \$files | $(agents_program)" >"$1" 2>"$run_dir/work/complaint" || status=$?
  ((status != 0)) || return 0
  text=$(sed -n 's/^jq: error (at [^)]*): //p' "$run_dir/work/complaint" |
    jq -r 'objects | select(.path and .text) | .path + (if .line then ":\(.line)" else "" end) + ": " + .text' 2>/dev/null) || :
  [[ -n $text ]] || fail_step "they cannot be compared: jq ended with exit code $status"
  mask_found text
  fail_step "$text" 4
}

agents_names() {
  local claude settings
  json_string claude "$claude_md"
  json_string settings "$mcp_config"
  printf '{"claude":%s,"settings":%s}' "$claude" "$settings"
}

# agents_unpack: what the decision says, as files in work: one for each thing to be
# written, none where it is empty, and claude_added, told, way, conflicts.
agents_unpack() {
  local work=$run_dir/work name text
  rm -rf -- "$work/files" "$work/configs" "$work/changes"
  mkdir -p -- "$work/files"
  jq -j "$agents_parts" "$work/decision" >"$work/parts"
  while IFS= LC_ALL=C read -r -d '' name && IFS= LC_ALL=C read -r -d '' text; do
    if [[ -n $text ]]; then
      printf '%s' "$text" >"$work/$name"
    else
      rm -f -- "$work/$name"
    fi
  done <"$work/parts"
  ! cmp -s -- "$work/report" "$drift_report" || rm -f -- "$work/report"
  [[ ! -e $work/settings && ! -e $work/files/0 ]] || : >"$work/configs"
  [[ ! -e $work/claude && ! -e $work/configs && ! -e $work/report ]] || : >"$work/changes"
}

# The parts of a decision: NAME NUL TEXT NUL each.
# shellcheck disable=SC2016 # a program of jq
agents_parts='
  def list($verdict): [.items[] | select(.verdict == $verdict)];
  def names($verdict; $before): list($verdict) | map(.name) | select(. != []) | $before + join(", ");
  [.items[].verdict] as $verdicts
  | (["claude", .claude], ["settings", .settings], ["report", .report], ["base", (.base | tojson + "\n")], ["added", .added],
    ["conflicts", (list("conflict") | map("\("\(.kind).\(.name)" | tojson)\t\(.name | tojson)\t\(.file // "")\n") | join(""))],
    ["told", ([names("to_configs"; "to the settings: "), names("to_claude_md"; "to claude.md: "),
      (.fill_in | select(. != []) | "values to fill in there: " + join(", ")),
      (select(.left > 0) | "drift score \(.left)")] | join("; "))],
    ["way", ([$verdicts[] | select(. == "to_configs" or . == "to_claude_md")] | unique
      | if . == ["to_configs"] then "push" elif . == ["to_claude_md"] then "pull" else "" end)],
    (.files | to_entries[] | ["files/\(.key).path", .value.path], ["files/\(.key)", .value.text]))
  | .[0] + "\u0000" + (.[1] // "" | gsub("\u0000"; "\ufffd")) + "\u0000"
'

# agents_guard_additions: what goes into claude.md is committed and read by many.
agents_guard_additions() {
  local text masked
  [[ -s $run_dir/work/added ]] || return 0
  text=$(<"$run_dir/work/added")
  masked=$text
  mask_found masked
  [[ $masked == "$text" ]] ||
    fail_step "a name or description would bring something like a secret into $claude_md; take it out of there first" 4
}

# agents_tell: say what goes where.
agents_tell() {
  local text='in step'
  if [[ -s $run_dir/work/told ]]; then
    text=$(<"$run_dir/work/told")
    mask_found text
  fi
  note_step "$text"
  summarize "$text"
}

# agents_print_score: what a drift gate calls. It is no run: no lock, no report.
agents_print_score() {
  local status=0
  [[ -z $lockstep_result ]] ||
    usage_error "--score is for generated/$program alone"
  outcome=starting
  make_scratch run_dir
  mkdir -- "$run_dir/work"
  reason_file=$run_dir/reason
  set +e
  (
    set -e
    agents_read "$run_dir/work/in"
    agents_decide "$run_dir/work/decision" '{}'
  ) 2>/dev/null
  status=$?
  set -e
  if ((status != 0)); then
    [[ ! -s $run_dir/exit_code ]] || status=$(<"$run_dir/exit_code")
    die "$status" "$(cat -- "$reason_file" 2>/dev/null || printf 'it cannot be told')"
  fi
  jq -r '(.items[] | "\(.kind): \(.name | tojson): \(.verdict | gsub("_"; " "))"), .score' "$run_dir/work/decision" |
    while IFS= read -r text; do
      mask_found text
      printf '%s\n' "$text"
    done
  finish 0
}
