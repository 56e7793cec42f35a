# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# The service, the table and the period, once the settings are bound.

# notion_settings WAY: how to get a token.
notion_settings() {
  notion_use_service "$1"
  notion_plain_id notion_database "$notion_database" ||
    die 2 'database: neither the id of a Notion database (32 hexadecimal digits) nor its address'
  if [[ -z $notion_month ]]; then
    now_utc notion_month %Y-%m
  fi
  [[ $notion_month =~ ^[0-9]{4}-(0[1-9]|1[0-2])$ ]] ||
    die 2 "period: must be a month such as 2026-11, not $notion_month"
  check_inside files "${notion_files[@]}"
}

notion_use_service() {
  http_service Notion "$notion_api" "$notion_login" "$1"
  http_lines=("Notion-Version: $notion_version")
  http_again=409
}

# notion_plain_id NAME TEXT: set NAME to the 32 digits of an id, which may stand in
# an address and may have dashes.
notion_plain_id() {
  local LC_ALL=C its_id=${2%%[?#]*}
  its_id=${its_id%/}
  its_id=${its_id##*/}
  its_id=${its_id//-/}
  [[ $its_id =~ ([0-9A-Fa-f]{32})$ ]] || return 1
  printf -v "$1" '%s' "$(printf '%s' "${BASH_REMATCH[1]}" | tr '[:upper:]' '[:lower:]')"
}

# notion_remember_settings FOLDER, notion_recall_settings FOLDER: which table, for an
# undo by another program. Of the token only the names of its variables.
notion_remember_settings() {
  printf '%s\n' "$notion_api" "$notion_version" "${notion_login_names[*]}" \
    "$notion_database" "$notion_key" "$http_pace" "$http_timeout" "$http_tries" >"$1/settings"
  cp -- "$run_dir/work/schema" "$1/schema"
}

notion_recall_settings() {
  local name names=()
  {
    IFS= read -r notion_api && IFS= read -r notion_version && IFS=' ' read -r -a names &&
      IFS= read -r notion_database && IFS= read -r notion_key && IFS= read -r http_pace &&
      IFS= read -r http_timeout && IFS= read -r http_tries
  } <"$1/settings" || return 1
  notion_login=
  for name in "${names[@]}"; do
    has_setting "$name" || {
      warn "$target: $name is not set, so the rows in Notion cannot be put back; set it and run again"
      return 1
    }
    name=lockstep_env_$name
    notion_login+=${!name}
  done
  notion_use_service ''
}
