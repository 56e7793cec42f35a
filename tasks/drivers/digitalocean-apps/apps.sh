# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# What runs on DigitalOcean's App Platform, as a file without secrets.

# apps_settings: what only the environment knows by now.
apps_settings() {
  check_output_file output "$apps_file"
  real_path apps_file "$apps_file"
  http_service DigitalOcean "$apps_api" "$apps_login" "$1"
}

# apps_fetch: leave what the file is to say in work/apps.json, and work/moved if
# it says something else.
apps_fetch() {
  local pages=() number found total
  http_pages page '/v2/apps?page=1&per_page=200&with_projects=true' '.links.pages.next'
  for ((number = 1; number <= http_page_count; number++)); do
    pages+=("$run_dir/work/page.$number")
  done
  apps_are_apps "${pages[@]}" ||
    fail_step 'DigitalOcean: the answer has another shape than expected' 1
  apps_clean "${pages[@]}" >"$run_dir/work/apps.json" ||
    fail_step "DigitalOcean: jq cannot read the answer" 1
  found=$(jq '.apps | length' "$run_dir/work/apps.json")
  total=$(jq '.meta.total // 0 | if type == "number" then floor else 0 end' "${pages[http_page_count - 1]}")
  # An app that moves to an earlier page meanwhile is on none.
  ((found >= total)) ||
    fail_step "DigitalOcean: $found of $total apps arrived: the list changed while it was read; run again" 1
  summarize "$found apps"
  if cmp -s -- "$run_dir/work/apps.json" "$apps_file"; then
    note_step "$found apps, unchanged"
  else
    note_step "$found apps"
    : >"$run_dir/work/moved"
  fi
}

# apps_are_apps PAGE...: an account without any may leave out "apps".
apps_are_apps() {
  jq -e -s 'all(type == "object"
      and if has("apps") then .apps == null or (.apps | type == "array" and all(type == "object"))
        else (keys - ["links", "meta"] == []) and (.meta.total // 0) == 0 end)' \
    "$@" >/dev/null 2>&1
}

apps_write() {
  replace_file "$run_dir/work/apps.json" "$apps_file"
}
