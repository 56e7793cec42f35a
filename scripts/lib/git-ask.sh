# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# Asking servers where one branch stands. Over HTTP one curl asks all of them
# at once with protocol version 2 (gitprotocol-v2: ls-refs with a ref-prefix),
# without the GET that git itself sends first. What a server does not answer
# that way is asked by git ls-remote.

# git_ask_servers: leave work/NAME.asked (a commit) of each repository that
# answered, and the names of those to ask with git in work/to_ask.
git_ask_servers() {
  local index name url curl folders half
  local over_http=()
  : >"$run_dir/work/to_ask"
  git_read_pins
  for index in "${!repositories[@]}"; do
    url=${urls[index]}
    if [[ $url == http*://* ]] && command -v curl >/dev/null; then
      over_http+=("$index")
    elif [[ $dry_run == false ]] && git_is_new "${repositories[index]}"; then
      printf 'new\n' >"$run_dir/work/${repositories[index]}.asked"
      printf 'absent\n' >"$run_dir/work/${repositories[index]}.folder"
    else
      printf '%s\n' "${repositories[index]}" >>"$run_dir/work/to_ask"
    fi
  done
  ((${#over_http[@]} > 0)) || return 0
  git_curl_config >"$run_dir/work/curl.config"
  git_curl &
  curl=$!
  # Looking at the folders takes a processor as long as the servers take.
  half=$((${#over_http[@]} / 2))
  git_check_folders "${over_http[@]:half}" &
  folders=$!
  ((half == 0)) || git_check_folders "${over_http[@]:0:half}"
  wait "$folders"
  wait "$curl"
  git_read_answers
}

# git_is_new NAME: not in the lock file, and nothing stands there: it will be
# fetched whatever the server says, so a connection to ask first is saved.
git_is_new() {
  git_pin "$1"
  [[ -z $pin_commit && ! -e $destination/$1 && ! -L $destination/$1 ]]
}

git_curl_config() {
  local request="ref-prefix refs/heads/$branch"$'\n' index length between=''
  printf -v length '%04x' "$((${#request} + 4))"
  printf '0014command=ls-refs\n0001%s%s0000' "$length" "$request" \
    >"$run_dir/work/request"
  # Over https the first answer tells whether one connection serves all.
  [[ ${urls[over_http[0]]} == https:* ]] || printf 'parallel-immediate\n'
  for index in "${over_http[@]}"; do
    url=${urls[index]}
    url=${url//\\/\\\\}
    printf '%surl = "%s/git-upload-pack"\n' "$between" "${url//\"/\\\"}"
    printf '%s\n' \
      "output = \"$run_dir/work/${repositories[index]}.answer\"" \
      "data-binary = \"@$run_dir/work/request\"" \
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

# git_curl: a curl older than 7.66 does not know --parallel; then nothing is
# answered, and git asks.
git_curl() {
  curl -q --silent --parallel --config "$run_dir/work/curl.config" \
    >"$run_dir/work/curl.answers" 2>/dev/null || :
}

git_read_answers() {
  local index code exit_status text name
  local unanswered=" ${over_http[*]} "
  while read -r index code exit_status text; do
    unanswered=${unanswered/" $index "/ }
    name=${repositories[index]}
    case $code in
      200) git_read_answer "$run_dir/work/$name.answer" ;;
      408 | 429 | 500 | 502 | 503 | 504)
        fail_item "$name" "the server answers HTTP $code"
        ;;
      000)
        case $exit_status in
          6 | 7) fail_item "$name" "${text:-the server cannot be reached}" ;;
          28) fail_item "$name" "no answer within $timeout seconds" ;;
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

# git_read_answer FILE: pkt-lines; one of them is the branch, or only a flush.
git_read_answer() {
  local line ending=" refs/heads/$branch"
  while IFS= read -r line || [[ -n $line ]]; do
    if [[ $line == *"$ending" && ${line%"$ending"} =~ ^[0-9a-f]{4}([0-9a-f]{40}|[0-9a-f]{64})$ ]]; then
      printf '%s\n' "${BASH_REMATCH[1]}" >"$run_dir/work/$name.asked"
      return 0
    elif [[ $line == 0000 ]]; then
      fail_item "$name" "has no branch $branch"
      return 0
    elif [[ ! $line =~ ^[0-9a-f]{44}.*\ refs/heads/ ]]; then
      break
    fi
  done <"$1"
  printf '%s\n' "$name" >>"$run_dir/work/to_ask"
}

# git_ask NAME: with git ls-remote, while the folder is looked at.
git_ask() {
  local name=$1 url commit ref check
  git_url "$name"
  [[ -e $run_dir/work/$name.folder ]] || git_check_folder "$name" &
  check=$!
  git_network "$tries" ls-remote REMOTE "refs/heads/$branch" \
    >"$run_dir/work/$name.refs"
  wait "$check"
  while read -r commit ref; do
    [[ $ref != "refs/heads/$branch" ]] ||
      printf '%s\n' "$commit" >"$run_dir/work/$name.asked"
  done <"$run_dir/work/$name.refs"
  [[ -s $run_dir/work/$name.asked ]] || fail_step "has no branch $branch"
}

# git_compare: decide of each repository whether it is current, moved (work/
# moved) or must be left alone.
git_compare() {
  local name asked state answered=0 current=0 total=${#repositories[@]}
  : >"$run_dir/work/moved"
  git_read_pins
  for name in "${repositories[@]}"; do
    git_pin "$name"
    if [[ $locked == true ]]; then
      if [[ -z $pin_commit ]]; then
        fail_item "$name" "is not in $lock_file"
        continue
      fi
      printf '%s\n' "$pin_commit" >"$run_dir/work/$name.asked"
      git_check_folder "$name"
    fi
    [[ -s $run_dir/work/$name.asked ]] || continue
    answered=$((answered + 1))
    read -r asked <"$run_dir/work/$name.asked"
    read -r state <"$run_dir/work/$name.folder"
    case $state in
      as_pin)
        if [[ $asked == "$pin_commit" ]]; then
          current=$((current + 1))
        else
          printf '%s\n' "$name" >>"$run_dir/work/moved"
        fi
        ;;
      changed)
        if [[ $asked != "$pin_commit" ]] || git_may_overwrite "$name"; then
          printf '%s\n' "$name" >>"$run_dir/work/moved"
        elif [[ $check == true ]]; then
          warn "$target: $name: $refusal" 2>&6
          printf '%s\n' "$name" >>"$run_dir/work/moved"
        else
          fail_item "$name" "$refusal"
        fi
        ;;
      *) printf '%s\n' "$name" >>"$run_dir/work/moved" ;;
    esac
  done
  git_list_dropped >"$run_dir/work/dropped"
  [[ $dry_run == true || ! -s $run_dir/work/moved ]] || git_make_template
  ((answered > 0)) || fail_step 'no repository could be asked'
  note_step "$current of $total are current"
  summarize "$current of $total repositories are current"
}
