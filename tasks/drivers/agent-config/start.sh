# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# What is settled before a run begins.

# agents_settings: once they are bound.
agents_settings() {
  local path name
  take_side claude_md configs
  for path in "$claude_md" "$drift_report"; do
    [[ ! -d $path && ! -L $path ]] || die 2 "$path: must be a file, no folder and no link"
  done
  [[ -e $claude_md || -n $lockstep_ask ]] || die 3 "$claude_md: there is no such file"
  real_path claude_md "$claude_md"
  real_path drift_report "$drift_report"
  for name in mcp_config agent_dir skills_dir; do
    agents_resolve_place "$name" "${!name}"
  done
  [[ -z $mcp_config || ! -d $mcp_config ]] || die 2 "$mcp_config: is a folder, not a file"
  [[ $score == false ]] || agents_print_score
}
