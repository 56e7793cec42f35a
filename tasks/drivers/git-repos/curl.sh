# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# One curl asks many servers at once with protocol version 2 (gitprotocol-v2:
# ls-refs with a ref-prefix), without the GET that git itself sends first.

# git_curl_config: what curl is to do for the repositories in over_http.
git_curl_config() {
  local index between='' url work number asked=()
  curl_text work "$run_dir/work"
  # Over https the first answer tells whether one connection serves all.
  [[ ${urls[over_http[0]]} == https:* ]] || printf 'parallel-immediate\n'
  for index in "${over_http[@]}"; do
    curl_text url "${urls[index]}"
    git_request number "${refs[index]}"
    printf '%surl = "%s/git-upload-pack"\n' "$between" "$url"
    printf '%s\n' \
      "output = \"$work/${repositories[index]}.answer\"" \
      "data-binary = \"@$work/request.$number\"" \
      'header = "Git-Protocol: version=2"' \
      'header = "Content-Type: application/x-git-upload-pack-request"' \
      'header = "Accept: application/x-git-upload-pack-result"' \
      'user-agent = "git/lockstep"' \
      "write-out = \"$index %{http_code} %{exitcode} %{errormsg}\\n\"" \
      "connect-timeout = $((timeout < 15 ? timeout : 15))" \
      "max-time = $timeout" \
      "retry = $((tries - 1))" \
      "retry-max-time = $((timeout * tries))" \
      'retry-connrefused' 'netrc-optional' 'globoff'
    between=$'next\n'
  done
}

# git_request NAME REF: set NAME to the number of the file work/request.NUMBER that
# asks where REF stands; asked has those that there are.
git_request() {
  local its_number=0 request line
  while ((its_number < ${#asked[@]})) && [[ ${asked[its_number]} != "$2" ]]; do
    its_number=$((its_number + 1))
  done
  if ((its_number == ${#asked[@]})); then
    asked+=("$2")
    request='0014command=ls-refs'$'\n'0001
    for line in peel "ref-prefix $2"; do
      printf -v request '%s%04x%s\n' "$request" "$((${#line} + 5))" "$line"
    done
    printf '%s0000' "$request" >"$run_dir/work/request.$its_number"
  fi
  printf -v "$1" '%d' "$its_number"
}

# git_curl: a curl older than 7.66 does not know --parallel; then nothing is
# answered, and git asks.
git_curl() {
  curl -q --silent --parallel --config "$run_dir/work/curl.config" \
    >"$run_dir/work/curl.answers" 2>/dev/null || :
}

# git_read_answers: who has not answered so is left to git.
git_read_answers() {
  local index code exit_status text name server after=' after [0-9]+ ms'
  local unanswered=" ${over_http[*]} "
  while read -r index code exit_status text; do
    unanswered=${unanswered/" $index "/ }
    name=${repositories[index]}
    git_server server "${urls[index]}"
    case $code in
      200) git_read_answer "$run_dir/work/$name.answer" "${refs[index]}" ;;
      408 | 429 | 500 | 502 | 503 | 504)
        fail_item "$name" "$server answers HTTP $code"
        ;;
      000)
        case $exit_status in
          6 | 7)
            # One dead server is one reason.
            [[ ! $text =~ $after ]] || text=${text/"${BASH_REMATCH[0]}"/}
            fail_item "$name" "${text:-$server cannot be reached}"
            ;;
          28) fail_item "$name" "no answer from $server within $timeout s" ;;
          *) printf '%s\n' "$name" >>"$run_dir/work/to_ask" ;;
        esac
        ;;
      *) printf '%s\n' "$name" >>"$run_dir/work/to_ask" ;;
    esac
  done <"$run_dir/work/curl.answers"
  for index in $unanswered; do
    printf '%s\n' "${repositories[index]}" >>"$run_dir/work/to_ask"
  done
}

# git_read_answer FILE REF: pkt-lines; one of them is REF, with the commit that it is a
# tag of, or there is only a flush.
git_read_answer() {
  local line id='[0-9a-f]{40}|[0-9a-f]{64}' text
  while IFS= read -r line || [[ -n $line ]]; do
    if [[ "$line " == *" $2 "* && ${line/" $2"/} =~ ^[0-9a-f]{4}($id)(\ peeled:($id))?$ ]]; then
      printf '%s\n' "${BASH_REMATCH[3]:-${BASH_REMATCH[1]}}" >"$run_dir/work/$name.asked"
      return 0
    elif [[ $line == 0000 ]]; then
      git_ref_text text "$2"
      fail_item "$name" "$text does not exist upstream"
      return 0
    elif [[ ! $line =~ ^[0-9a-f]{44}.*\ refs/ ]]; then
      break
    fi
  done <"$1"
  printf '%s\n' "$name" >>"$run_dir/work/to_ask"
}
