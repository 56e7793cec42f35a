# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# The ways to tell somebody: notify_CHANNEL PLACE [MORE]. Each fails with the
# reason on standard output, or on standard error.

# notify_text NAME: set NAME to the whole message as plain text.
notify_text() {
  local its_text its_about
  its_text="$notify_title: $message"
  [[ -z $notify_lines ]] || its_text+=$'\n\n'$notify_lines$'\n'
  notify_about_run its_about
  printf -v "$1" '%s\n%s' "$its_text" "$its_about"
}

# notify_about_run NAME: set NAME to who, where, which run, and what to do.
notify_about_run() {
  local its_text
  its_text="${LOGNAME:-${USER:-$(id -un)}} on $HOSTNAME, $root, run $run_id"
  [[ -z ${duration:-} ]] || its_text+=", $duration s"
  [[ -z ${lockstep_env_GITHUB_RUN_ID:-} ]] ||
    its_text+=$'\n'"$lockstep_env_GITHUB_SERVER_URL/$lockstep_env_GITHUB_REPOSITORY/actions/runs/$lockstep_env_GITHUB_RUN_ID"
  [[ -z $notify_next ]] || its_text+=$'\n'"to go on: $notify_next"
  printf -v "$1" '%s' "$its_text"
}

# notify_json NAME: set NAME to all of it as JSON.
notify_json() {
  local its_title its_message its_lines its_next its_root its_who its_host
  json_string its_title "$notify_title"
  json_string its_message "$message"
  json_string its_lines "$notify_lines"
  json_or_null its_next "$notify_next"
  json_string its_root "$root"
  json_string its_who "${LOGNAME:-${USER:-$(id -un)}}"
  json_string its_host "$HOSTNAME"
  json_object "$1" event "\"$notify_event\"" target "\"$target\"" verb "\"$verb\"" title "$its_title" message "$its_message" \
    status "\"${status:-}\"" exit_code "$exit_code" duration "${duration:-null}" run "\"$run_id\"" at "\"$timestamp\"" \
    who "$its_who" where "$its_host" root "$its_root" log "$its_lines" next "$its_next"
}

# notify_post ADDRESS JSON [TOKEN]: in a subshell, as the service of the target is
# another one, and what ends it is its reason.
notify_post() (
  message=
  trap 'printf "%s" "$message"' EXIT
  run_dir=$notify_folder
  command -v curl >/dev/null || die 1 'curl is not installed (Debian: apt-get install curl)'
  is_http_address "$1" || die 1 'its address is none of http:// or https://'
  http_origin_of http_base "$1"
  http_service it "$http_base" "${3:-}"
  http_lines=()
  http_timeout=$notify_seconds
  http_tries=2
  http_patience=$notify_seconds
  printf '%s' "$2" >"$run_dir/body"
  http_try POST answer "$1" "$run_dir/body" '' any 2>/dev/null || die 1 "$http_problem"
)

# notify_slack ADDRESS: an incoming webhook, which reads three characters as its own
# (https://api.slack.com/messaging/webhooks).
notify_slack() {
  local text
  notify_text text
  text=${text//&/"&amp;"}
  text=${text//</"&lt;"}
  text=${text//>/"&gt;"}
  json_string text "$text"
  notify_post "$1" "{\"text\":$text}"
}

# notify_mattermost ADDRESS: an incoming webhook; Markdown, so all of it is code.
notify_mattermost() {
  local text quote="'"
  notify_text text
  text=${text//\`/$quote}
  json_string text "\`\`\`"$'\n'"$text"$'\n'"\`\`\`"
  notify_post "$1" "{\"text\":$text}"
}

# notify_teams ADDRESS: a workflow that was made for webhooks; it takes a card.
notify_teams() {
  local title text
  notify_text text
  json_string title "$notify_title"
  json_string text "$text"
  notify_post "$1" '{"type":"message","attachments":[{"contentType":"application/vnd.microsoft.card.adaptive","content":{"type":"AdaptiveCard","version":"1.4","body":[{"type":"TextBlock","weight":"Bolder","wrap":true,"text":'"$title"'},{"type":"TextBlock","wrap":true,"fontType":"Monospace","text":'"$text"'}]}}]}'
}

# notify_telegram BOT CHAT [SERVER]: BOT is the token of a bot; a message has at most
# 4096 characters.
notify_telegram() {
  local text chat
  notify_text text
  json_string text "${text:0:4000}"
  json_string chat "$2"
  notify_post "${3:-https://api.telegram.org}/bot$1/sendMessage" "{\"chat_id\":$chat,\"text\":$text}"
}

# notify_ntfy ADDRESS [TOKEN]: ADDRESS ends with the topic; a message has at most 4096
# bytes.
notify_ntfy() {
  local title text priority=3 address=${1%%[?#]*}
  address=${address%/}
  [[ ${address##*/} =~ ^[A-Za-z0-9_-]{1,64}$ ]] || {
    printf 'its address does not end with a topic'
    return 1
  }
  notify_text text
  [[ $notify_event != failure && $notify_event != overdue ]] || priority=4
  json_string title "$notify_title"
  json_string text "${text:0:1000}"
  notify_post "${address%/*}" "{\"topic\":\"${address##*/}\",\"title\":$title,\"message\":$text,\"priority\":$priority}" "${2:-}"
}

# notify_url ADDRESS: all of it, as JSON.
notify_url() {
  local json
  notify_json json
  notify_post "$1" "$json"
}

# notify_heartbeat ADDRESS: as healthchecks.io has it: ADDRESS/start, then ADDRESS, or
# ADDRESS/fail with the end of the log.
notify_heartbeat() {
  local text='' address=${1%%\?*} query=${1#"${1%%\?*}"}
  address=${address%/}
  if [[ $notify_event == start ]]; then
    address+=/start
  else
    notify_text text
    [[ $notify_event != failure ]] || address+=/fail
  fi
  notify_post "$address$query" "$text"
}

# notify_email ADDRESS: by the sendmail of this machine.
notify_email() {
  local text mailer=/usr/sbin/sendmail
  ! command -v sendmail >/dev/null || mailer=sendmail
  command -v "$mailer" >/dev/null || {
    printf 'sendmail is not installed'
    return 1
  }
  notify_text text
  printf '%s\n' "To: ${1//[[:cntrl:]]/}" "Subject: $notify_title" 'Auto-Submitted: auto-generated' 'MIME-Version: 1.0' \
    'Content-Type: text/plain; charset=utf-8' 'Content-Transfer-Encoding: 8bit' '' "$text" >"$notify_folder/mail"
  find_timeout
  with_timeout 30 "$mailer" -i -t <"$notify_folder/mail" >/dev/null 6>&- 7>&-
}

# notify_command COMMAND: of the user's; all of it stands as JSON on its standard input.
notify_command() {
  local json
  notify_json json
  printf '%s\n' "$json" >"$notify_folder/event"
  run_for_answer "$1" <"$notify_folder/event" >/dev/null
}
