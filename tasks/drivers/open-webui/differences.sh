# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# Differences of the two sides, for a person.

# webui_show_differences: on the screen, and in the log.
webui_show_differences() {
  local text
  text=$(diff -u -L database -L files "$run_dir/work/side.database" \
    "$run_dir/work/side.files" | head -n 200 || :)
  mask_found text
  warn "$text" 2>&6
  log_line "$text"
}
