# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# The bare shallow cache of each repository. It can always be fetched again, so
# nothing waits for the disk, and one that is damaged is made anew.

# git_bare NAME COMMAND...: git in the bare cache of NAME.
git_bare() {
  git --git-dir="$cache_folder/$1.git" "${@:2}"
}

# git_cache NAME COMMAND...: the same, with the folder of NAME.
git_cache() {
  local folder
  git_folder "$1"
  git --git-dir="$cache_folder/$1.git" --work-tree="$folder" "${@:2}"
}

# git_prepare_cache NAME: make its cache, unless there is one.
git_prepare_cache() {
  local cache=$cache_folder/$1.git
  [[ ! -e $cache/info/attributes ]] || return 0
  [[ ! -e $cache ]] || rm -rf -- "$cache"
  [[ $dry_run == true ]] || make_private_folder .insightpulse/cache
  git_new_cache "$cache"
}

# Its own settings beat the user's: bytes are never changed on their way, no
# hook runs, nothing is cleaned up in the background.
git_new_cache() {
  mkdir -p -- "$1/info"
  git init -q --bare --template= "$1"
  printf '[core]\n\thooksPath = /dev/null\n\tautocrlf = false\n\tlogAllRefUpdates = false\n\tquotePath = true\n\tfsync = none\n[gc]\n\tauto = 0\n[maintenance]\n\tauto = false\n' \
    >>"$1/config"
  printf '* -text -ident -filter -working-tree-encoding\n' \
    >"$1/info/attributes"
}

# git_prepare_caches: of all that is in work/moved, as copies of one, because
# processes for each are what a first pull has too many of.
git_prepare_caches() {
  local name file template=$run_dir/work/template.git
  local caches=() text=''
  while IFS= read -r name; do
    [[ -e $cache_folder/$name.git ]] || caches+=("$cache_folder/$name.git")
  done <"$run_dir/work/moved"
  ((${#caches[@]} > 0)) || return 0
  make_private_folder .insightpulse/cache
  git_new_cache "$template"
  mkdir -p -- "${caches[@]/%//objects}" "${caches[@]/%//refs}" \
    "${caches[@]/%//info}"
  for file in HEAD config info/attributes; do
    text=$(<"$template/$file")
    for name in "${caches[@]}"; do
      printf '%s\n' "$text" >"$name/$file"
    done
  done
}

# git_pack_cache NAME: a pack came with each fetch.
git_pack_cache() {
  local packs=("$cache_folder/$1.git/objects/pack"/*.pack)
  ((${#packs[@]} < 20)) || git_bare "$1" gc --quiet --prune=now
}

# git_cache_is_sound NAME: as git itself sees it. A lock in there is of a git
# that was killed: no other run of this target is alive.
git_cache_is_sound() {
  [[ -z $(find "$cache_folder/$1.git" -name '*.lock') ]] &&
    git_bare "$1" fsck --no-dangling --no-progress >/dev/null 2>&1
}

# git_discard_cache NAME: because it is damaged; the report will say so.
git_discard_cache() {
  printf '%s: its cache is damaged and is rebuilt\n' "$1" >&2
  rm -rf -- "$cache_folder/$1.git"
  [[ $dry_run == true ]] || printf '%s\n' "$1" >>"$run_dir/work/damaged"
}

# git_note NAME: set NAME to what the note of a step says about caches that were
# made anew and submodules, with a semicolon before each; empty if there is none.
git_note() {
  git_names "$1" '' '; rebuilt: the damaged cache of' damaged
  git_names "$1" "${!1}" '; left out: the submodules of' submodules
}

# git_note_step: the same as all that is to be said of the step in hand. Of two items at
# once the one that looked first may write last, so each looks again.
git_note_step() {
  local note told=none
  git_note note
  until [[ $note == "$told" ]]; do
    told=$note
    note_step "${note#; }"
    git_note note
  done
}

# git_names NAME START TEXT FILE: set NAME to START, and TEXT with the names in
# work/FILE if there are any.
git_names() {
  printf -v "$1" '%s' "$2"
  [[ ! -s $run_dir/work/$4 ]] || printf -v "$1" '%s%s %s' "$2" "$3" \
    "$(LC_ALL=C sort -u "$run_dir/work/$4" | paste -s -d ' ' -)"
}
