# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# HTTP: one request, with the attempts that it takes. curl reads all that it is
# to do from standard input, token and address too, so that they are in no
# argument; what the server answers goes to a file and is judged there.

# http_try METHOD NAME PLACE [BODY [SAFE [KIND]]]: ask, and fail instead of
# ending the step. BODY is a file of JSON, or empty. SAFE is "repeatable" if the
# request may be done twice; GET, HEAD, PUT and DELETE always may. KIND is json
# (an object or array, looked at to its end) or any.
#
# The answer is work/NAME once it is whole and good, work/NAME.part otherwise;
# its header lines are work/NAME.headers. Sets
#   http_outcome   ok; refused (the server says no: not done); unreachable
#                  (nothing was sent); unclear (it may have been done: a timeout,
#                  a lost connection, a status of 500 or more)
#   http_status    000 without an answer
#   http_problem   what to tell a person, if not ok; http_fail ends the step so
http_try() {
  local attempt=1 seconds
  http_method=$1
  http_file=$run_dir/work/$2
  http_body=${4:-}
  http_safe=${5:-}
  http_kind=${6:-json}
  http_status=000
  http_outcome=refused
  http_problem_code=1
  case $http_method in
    GET | HEAD | PUT | DELETE) http_safe=repeatable ;;
    *) ;;
  esac
  if ! http_place http_url "$3"; then
    http_problem="$http_name: ${3:0:200} is not on $http_origin, so it is not asked"
    return 1
  fi
  while :; do
    http_keep_pace
    http_ask_once
    [[ $http_outcome != ok ]] || return 0
    [[ $http_repeats == true ]] && ((attempt < http_tries)) || return 1
    http_wait_time seconds "$attempt" || return 1
    printf '%s; trying again in %s s\n' "$http_problem" "${seconds%%.*}" >&2
    sleep "$seconds"
    attempt=$((attempt + 1))
  done
}

# http_ask_once: one attempt, judged.
http_ask_once() {
  local status=0
  rm -f -- "$http_file" "$http_file.part" "$http_file.headers"
  # Not only curl's own limit: that knows no length which a server does not tell.
  http_config | (
    ulimit -f "$((http_most + 1))" 2>/dev/null || :
    exec curl -q --silent --show-error --config -
  ) >"$http_file.answer" 2>"$http_file.errors" || status=$?
  http_judge "$status"
}

# http_config: what curl is to do.
http_config() {
  local origin line
  http_option url "$http_url"
  http_option request "$http_method"
  http_option output "$http_file.part"
  http_option dump-header "$http_file.headers"
  http_option write-out '%{http_code} %{size_request} %{content_type}\n'
  http_option user-agent lockstep
  http_option proto '=http,https'
  printf '%s\n' "max-time = $http_timeout" globoff \
    "connect-timeout = $((http_timeout < 15 ? http_timeout : 15))" \
    "max-filesize = $((http_most * 1024))"
  [[ $http_method != HEAD ]] || printf 'head\n'
  [[ $http_kind != json ]] || http_option header 'Accept: application/json'
  if [[ -n $http_body ]]; then
    http_option header 'Content-Type: application/json'
    # Else curl waits a second for servers that do not know it.
    http_option header 'Expect:'
    http_option data-binary "@$http_body"
  fi
  http_origin_of origin "$http_url"
  [[ $origin == "$http_origin" ]] || return 0
  [[ -z $http_login ]] || http_option header "Authorization: Bearer $http_login"
  for line in ${http_lines[@]+"${http_lines[@]}"}; do
    http_option header "$line"
  done
}

# http_option NAME VALUE: a line of a config of curl's.
http_option() {
  local text
  curl_text text "$2"
  printf '%s = "%s"\n' "$1" "$text"
}

# curl_text NAME TEXT: set NAME to TEXT as it stands between quotes there.
curl_text() {
  local its_text=${2//\\/\\\\}
  its_text=${its_text//\"/\\\"}
  its_text=${its_text//$'\n'/\\n}
  its_text=${its_text//$'\r'/\\r}
  printf -v "$1" '%s' "$its_text"
}

# http_keep_pace: wait until http_pace is over since the request before, which
# may have been another step's.
http_keep_pace() {
  local now last=0
  ((http_pace > 0)) || return 0
  now_milliseconds now
  [[ ! -e $run_dir/work/http.last ]] || read -r last <"$run_dir/work/http.last"
  # An older bash counts whole seconds, which says nothing.
  [[ -n ${EPOCHREALTIME:-} ]] || last=$((last == 0 ? 0 : now))
  if ((last > 0 && now >= last && now - last < http_pace)); then
    printf -v last '%d.%03d' "$(((http_pace - now + last) / 1000))" "$(((http_pace - now + last) % 1000))"
    sleep "$last"
    now_milliseconds now
  fi
  printf '%s\n' "$now" >"$run_dir/work/http.last"
}
