# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# Where both sides changed the same item since they were last in step.

# agents_resolve: set resolved to JSON members that say how each conflict ends;
# what nothing settles ends the step, with the two ways out.
agents_resolve() {
  local kind name file choice code=4 unsettled=''
  while IFS=$'\t' read -r kind name file; do
    agents_settle choice
    if [[ -n $choice ]]; then
      resolved+="${resolved:+,}\"$kind.${name#\"}:\"$choice\""
    else
      unsettled+="${unsettled:+, }$name"
    fi
  done <"$run_dir/work/conflicts"
  [[ -n $unsettled ]] || return 0
  [[ $check == false ]] || code=8
  mask_found unsettled
  fail_step "$claude_md and the settings both changed $unsettled; to keep what $claude_md has: generated/$program --take-claude-md; to keep what the settings have: generated/$program --take-configs" \
    "$code"
}

# agents_settle NAME: set NAME to to_configs, to_claude or nothing.
agents_settle() {
  local its_file=$mcp_config its_time its_other
  [[ $kind == servers ]] || agents_place its_file "$file"
  printf -v "$1" '%s' ''
  case $on_conflict in
    claude_md) printf -v "$1" to_configs ;;
    configs) printf -v "$1" to_claude ;;
    newest)
      its_time=$(file_time "$claude_md")
      its_other=$(file_time "$its_file")
      ((its_time <= its_other)) || printf -v "$1" to_configs
      ((its_time >= its_other)) || printf -v "$1" to_claude
      ;;
    *) ;;
  esac
}
