# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# Asking servers where a branch or a tag stands: over HTTP with one curl, and what a
# server does not answer that way, and all others, with git ls-remote.

# git_ask_servers: leave work/NAME.asked (a commit) of each repository that
# answered, and the names of those to ask with git in work/to_ask. Nobody is
# asked for a repository that is new: it will be fetched whatever the answer.
git_ask_servers() {
  local index name curl folders half
  local over_http=()
  : >"$run_dir/work/to_ask"
  git_read_pins
  for index in "${!repositories[@]}"; do
    name=${repositories[index]}
    # Where it was rolled back to it stays, whatever the answer.
    ! is_held "$name" || continue
    if [[ ${refs[index]} != refs/* ]]; then
      # A commit stands where it stands.
      printf '%s\n' "${refs[index]}" >"$run_dir/work/$name.asked"
      git_check_folder "$name"
    elif [[ $dry_run == false && ${refs[index]} == refs/heads/* ]] && git_is_new "$name"; then
      printf 'new\n' >"$run_dir/work/$name.asked"
      printf 'absent\n' >"$run_dir/work/$name.folder"
    elif [[ ${urls[index]} == http*://* ]] && command -v curl >/dev/null; then
      over_http+=("$index")
    else
      printf '%s\n' "$name" >>"$run_dir/work/to_ask"
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

# git_is_new NAME: not in the lock file, and nothing stands there.
git_is_new() {
  git_pin "$1"
  [[ -z $pin_commit && ! -e $destination/$1 && ! -L $destination/$1 ]]
}

# git_ask NAME: with git ls-remote. The first one also looks at the folders of
# all: the others need the processors for connecting.
git_ask() {
  local name=$1 first url wanted_ref commit ref asking
  git_source "$name"
  read -r first <"$run_dir/work/to_ask"
  if [[ $name == "$first" ]]; then
    git_list_ref &
    asking=$!
    git_check_asked
    wait "$asking"
  else
    git_list_ref
  fi
  # The commit that a tag is of comes after the tag.
  while read -r commit ref; do
    [[ ${ref%'^{}'} != "$wanted_ref" ]] ||
      printf '%s\n' "$commit" >"$run_dir/work/$name.asked"
  done <"$run_dir/work/$name.refs"
  [[ -s $run_dir/work/$name.asked ]] || git_fail_ref
}

git_list_ref() {
  git_network "$tries" ls-remote REMOTE "$wanted_ref" "$wanted_ref^{}" \
    >"$run_dir/work/$name.refs"
}

git_check_asked() {
  local name
  while IFS= read -r name; do
    [[ -e $run_dir/work/$name.folder ]] || git_check_folder "$name"
  done <"$run_dir/work/to_ask"
}
