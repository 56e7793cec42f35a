# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# Talking to Git servers: never a prompt, always a timeout, a few tries.

# git_check_settings: what only the environment knows by now.
git_check_settings() {
  local url ref
  for ref in ${refs[@]+"${refs[@]}"} ${layer_refs[@]+"${layer_refs[@]}"}; do
    [[ $ref != file:* ]] || continue
    [[ ${ref#refs/*/} =~ ^[A-Za-z0-9_][A-Za-z0-9._/+@-]*$ && $ref != *..* ]] ||
      die 2 "'${ref#refs/heads/}' is not the name of a branch or tag, and no commit"
  done
  for url in ${urls[@]+"${urls[@]}"} ${layer_urls[@]+"${layer_urls[@]}"}; do
    case $url in
      http://?* | https://?* | ssh://?* | git://?* | file:///* | /*) ;;
      [A-Za-z0-9]*@[A-Za-z0-9]*:?*) ;;
      *) die 2 "'$url' is not the address of a repository; check base_url and url" ;;
    esac
    [[ $url != *[[:space:][:cntrl:]]* ]] ||
      die 2 "'$url' has white space in it; check base_url and url"
  done
}

# git_source NAME: set url to the address of the repository NAME, and wanted_ref to
# what is wanted of it: refs/heads/BRANCH, refs/tags/TAG, or a commit.
git_source() {
  local index
  ! git_index "$1" || {
    url=${urls[index]}
    wanted_ref=${refs[index]}
  }
}

# git_index NAME: set index to its place in the list; fails where it is not in there. The
# places of all whose names differ in their marks alone are one variable: with thousands
# of repositories nobody goes through all of them to find one.
git_index() {
  local its_places=git_at_${1//[!A-Za-z0-9]/_} each
  for each in ${!its_places:-}; do
    [[ ${repositories[each]} == "$1" ]] || continue
    index=$each
    return 0
  done
  return 1
}

# git_sources: set urls and refs, in the order of repositories, from base_url and
# branch; as yet nothing comes upon them.
git_sources() {
  local name places
  urls=()
  refs=()
  own_folders=() own_nearest=()
  layer_names=() layer_urls=() layer_refs=()
  for name in ${repositories[@]+"${repositories[@]}"}; do
    places=git_at_${name//[!A-Za-z0-9]/_}
    printf -v "$places" '%s' "${!places:-} ${#urls[@]}"
    urls+=("${base_url%/}/$name")
    refs+=("refs/heads/$branch")
  done
}

# git_use NAME KIND VALUE: of a repository that has its own: the KIND is destination,
# url, branch, ref (a tag) or commit.
git_use() {
  local index
  git_index "$1" || return 0
  case $2 in
    destination) own_folders[index]=$3 ;;
    url) urls[index]=$3 ;;
    branch) refs[index]=refs/heads/$3 ;;
    ref) refs[index]=refs/tags/${3#refs/tags/} ;;
    *) refs[index]=$3 ;;
  esac
}

# git_host NAME: repositories of one host are one lane of a pool, because usual
# servers drop about ten new ssh connections at once; HTTP has no such limit.
git_host() {
  local url wanted_ref
  git_source "$1"
  lane=$1
  [[ $url != http*://* ]] || return 0
  lane=${url#*://}
  lane=${lane%%/*}
  lane=${lane%%:*}
}

# git_network TRIES ARGUMENT...: git with the address in url in place of REMOTE.
# Fails the item with git's own words.
git_network() {
  local tries=$1 attempt=1 status remote errors=$run_dir/work/$name.errors
  local argument arguments=()
  shift
  if [[ -s $run_dir/ssh/hosts ]]; then
    local -x GIT_SSH_COMMAND=$GIT_SSH_COMMAND
    git_use_connection
  fi
  git_log_in
  for argument in "$@"; do
    [[ $argument != REMOTE ]] || argument=$remote
    arguments+=("$argument")
  done
  while :; do
    status=0
    LC_ALL=C with_timeout "$timeout" git "${arguments[@]}" 2>"$errors" || status=$?
    ((status != 0)) || return 0
    cat -- "$errors" >&2
    if ((attempt >= tries)) || git_error_is_final "$errors"; then
      git_fail "$status" "$errors"
    fi
    # The connection that all share may be what failed.
    [[ ! -s $run_dir/ssh/hosts ]] || GIT_SSH_COMMAND=${GIT_SSH_COMMAND% -o ControlPath=*}
    sleep "$((attempt * attempt)).$((RANDOM % 10))"
    attempt=$((attempt + 1))
  done
}

# git_log_in: set remote to the address in url without its password: git passes
# an address on in arguments, for everybody to see, so that goes by the
# environment.
git_log_in() {
  local login number=${git_config_count:-0}
  remote=$url
  [[ $url =~ ^(https?://)([^/@]*:[^/@]*)@(.*)$ ]] || return 0
  remote=${BASH_REMATCH[1]}${BASH_REMATCH[3]}
  login=${BASH_REMATCH[2]//\\/\\\\}
  login=$(printf '%b' "${login//%/\\x}" | base64 | tr -d '\n')
  export GIT_CONFIG_COUNT=$((number + 1))
  export "GIT_CONFIG_KEY_$number=http.${remote%"${remote#*://*/}"}.extraHeader"
  export "GIT_CONFIG_VALUE_$number=Authorization: Basic $login"
}

# git_error_is_final FILE: asking again would not help.
git_error_is_final() {
  grep -qiE 'not found|does not exist|not appear to be a git repo|denied|could not read (username|password)|authentication failed|could(n.t| not) find remote ref|not our ref' "$1"
}

# git_fail STATUS FILE: with git's own words, and which server they are about.
git_fail() {
  local line text='' server after=' after [0-9]+ ms'
  git_server server "$url"
  while IFS= read -r line; do
    case $line in
      *'make sure you have'* | *'repository exists'* | '') ;;
      *'ould not read from remote'*) text=${text:-$line} ;;
      *) text=$line ;;
    esac
  done <"$2"
  (($1 != 124)) || fail_step "no answer from $server within $timeout s"
  case $text in
    *'remote ref refs/'*) git_fail_ref ;;
    *'not our ref'* | *'find remote ref '*)
      [[ $locked == true || $wanted_ref == refs/heads/* ]] || git_fail_ref
      fail_step "the commit that $lock_file names does not exist upstream any more"
      ;;
    *'unable to access '*"': "*) text="$server: ${text##*"': "}" ;;
    *) ;;
  esac
  # One dead server is one reason.
  [[ ! $text =~ $after ]] || text=${text/"${BASH_REMATCH[0]}"/}
  fail_step "${text:-git: exit code $1}"
}

# git_fail_ref: what is wanted is not there; is anything?
git_fail_ref() {
  local remote heads text
  git_log_in
  ! heads=$(with_timeout "$timeout" git ls-remote --heads "$remote" 2>/dev/null) ||
    [[ -n $heads ]] ||
    fail_step 'there is no branch at all: the repository is empty, or its address is wrong'
  git_ref_text text "$wanted_ref"
  fail_step "$text does not exist upstream"
}

# git_ref_text NAME REF: set NAME to what people call REF.
git_ref_text() {
  case $2 in
    refs/heads/*) printf -v "$1" 'branch %s' "${2#refs/heads/}" ;;
    refs/tags/*) printf -v "$1" 'tag %s' "${2#refs/tags/}" ;;
    refs/pull/*/head) printf -v "$1" 'pull request %s' "${2//[!0-9]/}" ;;
    refs/merge-requests/*/head) printf -v "$1" 'merge request %s' "${2//[!0-9]/}" ;;
    *) printf -v "$1" 'commit %s' "$2" ;;
  esac
}

# git_server NAME URL: set NAME to the server of an address, with its port.
git_server() {
  local its_server=${2#*://}
  its_server=${its_server%%/*}
  printf -v "$1" '%s' "${its_server##*@}"
}
