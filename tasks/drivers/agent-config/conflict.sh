# shellcheck shell=bash
# shellcheck disable=SC2154 # variables are shared between the parts
# Where both sides changed the same item since they were last in step.

# agents_resolve NAME: set NAME to a JSON object that says how each conflict ends;
# what nothing settles ends the step, with the two ways out.
agents_resolve() {
  local unsettled
  resolve_conflicts "$1" unsettled agents_settle <"$run_dir/work/conflicts"
  [[ -z $unsettled ]] ||
    fail_unsettled "$unsettled" claude_md "$claude_md" configs 'the settings'
}

# agents_settle NAME ITEM FILE: set NAME to to_configs, to_claude_md or nothing.
# What has no file of its own stands in the settings.
agents_settle() {
  local its_file=$mcp_config
  [[ -z $3 ]] || agents_place its_file "$3"
  settle_conflict "$1" claude_md "$(file_time "$claude_md")" configs "$(file_time "$its_file")"
}
