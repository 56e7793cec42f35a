# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# Asking servers where a branch or a tag stands: over HTTP with one curl, and what a
# server does not answer that way, and all others, with git ls-remote.

# git_ask_servers: leave work/NAME.asked (its inputs) of each repository that
# answered, and the names of those to ask with git in work/to_ask. Nobody is
# asked for a repository that is new: it will be fetched whatever the answer.
git_ask_servers() {
  local index name connections input_urls input_refs
  local over_http=() over_ssh=() taken=()
  : >"$run_dir/work/to_ask"
  git_read_pins
  for index in ${repositories[@]+"${!repositories[@]}"}; do
    name=${repositories[index]}
    # Where it was rolled back to it stays, whatever the answer.
    ! is_held "$name" || continue
    if [[ -s $run_dir/work/$name.asked ]]; then
      taken+=("$index")
    elif git_is_layered "$name"; then
      printf '%s\n' "$name" >>"$run_dir/work/to_ask"
      git_inputs "$name"
      over_ssh+=("${input_urls[@]}")
    elif [[ ${refs[index]} != refs/* ]]; then
      # A commit stands where it stands.
      printf '%s\n' "${refs[index]}" >"$run_dir/work/$name.asked"
      git_check_folder "$name"
    elif [[ $dry_run == false && ${refs[index]} == refs/heads/* ]] && git_is_new "$name"; then
      printf 'new\n' >"$run_dir/work/$name.asked"
      printf 'absent\n' >"$run_dir/work/$name.folder"
      over_ssh+=("${urls[index]}")
    elif [[ ${urls[index]} == http*://* ]] && command -v curl >/dev/null; then
      over_http+=("$index")
    else
      printf '%s\n' "$name" >>"$run_dir/work/to_ask"
      over_ssh+=("${urls[index]}")
    fi
  done
  git_open_connections ${over_ssh[@]+"${over_ssh[@]}"} &
  connections=$!
  ((${#over_http[@]} == 0)) || git_ask_over_http
  git_check_folders ${taken[@]+"${taken[@]}"}
  wait "$connections"
}

# git_ask_over_http: those in over_http.
git_ask_over_http() {
  local curl folders half
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
  local folder
  git_pin "$1"
  git_folder "$1"
  [[ -z $pin_commit && ! -e $folder && ! -L $folder ]]
}

# git_ask NAME: with git ls-remote. The first one also looks at the folders of
# all: the others need the processors for connecting.
git_ask() {
  local name=$1 first asking
  read -r first <"$run_dir/work/to_ask"
  if [[ $name == "$first" ]]; then
    git_ask_inputs &
    asking=$!
    git_check_asked
    wait "$asking"
  else
    git_ask_inputs
  fi
}

# git_ask_inputs: of name; each server is asked once for all that it has of it.
git_ask_inputs() {
  local number digest url wanted_ref input_urls input_refs ids=()
  git_inputs "$name"
  for number in "${!input_refs[@]}"; do
    url=${input_urls[number]}
    wanted_ref=${input_refs[number]}
    if [[ $wanted_ref == file:* ]]; then
      git_digest digest "${wanted_ref#file:}"
      ids[number]=$digest
    elif [[ $wanted_ref != refs/* ]]; then
      ids[number]=$wanted_ref
    elif [[ -z ${ids[number]:-} ]]; then
      git_list_refs
      git_read_refs
    fi
  done
  printf '%s\n' "${ids[*]}" >"$run_dir/work/$name.asked"
  git_fetch_ahead
}

# git_list_refs: leave in work/NAME.refs where the refs stand that name has of url.
git_list_refs() {
  local index refs=()
  for index in "${!input_refs[@]}"; do
    [[ ${input_urls[index]} == "$url" && ${input_refs[index]} == refs/* ]] || continue
    refs+=("${input_refs[index]}" "${input_refs[index]}^{}")
  done
  git_network "$tries" ls-remote REMOTE "${refs[@]}" >"$run_dir/work/$name.refs"
}

# git_read_refs: set the ids of these. The commit that a tag is of comes after the tag.
git_read_refs() {
  local index commit ref
  for index in "${!input_refs[@]}"; do
    wanted_ref=${input_refs[index]}
    [[ ${input_urls[index]} == "$url" && $wanted_ref == refs/* ]] || continue
    while read -r commit ref; do
      [[ ${ref%'^{}'} != "$wanted_ref" ]] || ids[index]=$commit
    done <"$run_dir/work/$name.refs"
    [[ -n ${ids[index]:-} ]] || git_fail_ref
  done
}

git_check_asked() {
  local name
  while IFS= read -r name; do
    [[ -e $run_dir/work/$name.folder ]] || git_check_folder "$name"
  done <"$run_dir/work/to_ask"
}
