# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# A skill's folder, compared with what was installed there.

# skill_state NAME: set state to absent, as_pin, changed, or unknown (no pin),
# and actual_tree to what stands there, empty if it is no folder of files.
skill_state() {
  local folder=$destination/$1
  actual_tree=
  if [[ ! -e $folder && ! -L $folder ]]; then
    state=absent
    return 0
  fi
  state=unknown
  [[ -z $pin_tree ]] || state=changed
  [[ -d $folder && ! -L $folder && ! -e $folder/.git ]] || return 0
  skill_tree actual_tree "$folder" || fail_step "$folder cannot be read"
  [[ $actual_tree != "$pin_tree" ]] || state=as_pin
}

# skill_tree NAME FOLDER: set NAME to one SHA-256 of the names and contents of all
# files in it, of what may be run, and of what is no file; the same whatever
# tools there are.
skill_tree() {
  local its_tree sha256 siblings='*.bak.[0-9]*_[0-9]*'
  find_sha256 sha256sum shasum openssl
  its_tree=$(
    cd -- "$2" || exit
    {
      find . -type f ! -name "$siblings" -print0 | LC_ALL=C sort -z |
        LC_ALL=C xargs -0 "${sha256[@]}" | sed 's/ [ *]/ /'
      find . -type f -perm -u+x ! -name "$siblings" | LC_ALL=C sort
      find . ! -type f ! -type d | LC_ALL=C sort
    } | hash_text
  ) || return 1
  printf -v "$1" '%s' "$its_tree"
}

# skill_may_overwrite NAME: may the folder, which is not as it was installed, be
# replaced? Only with on_conflict: theirs, and only what is committed. Else it
# fails and refusal says why.
skill_may_overwrite() {
  local folder=$destination/$1 files=''
  refusal=
  if [[ -L $folder || ! -d $folder ]]; then
    refusal="$folder is not a folder; move it away"
  elif [[ -e $folder/.git ]]; then
    refusal="$folder has a .git folder of its own; if you need nothing in it, remove $folder and run again"
  elif ! files=$(git --no-optional-locks status --porcelain --ignored -- "$folder" 2>/dev/null) ||
    [[ -n $files || -z $(git ls-files -- "$folder") ]]; then
    files=$(printf '%s' "$files" | sed 's/^...//' | head -n 3 | paste -s -d ' ' -)
    refusal="local changes in $folder${files:+: $files}; commit them or move them away"
  elif [[ $on_conflict != theirs ]]; then
    refusal="local commits in $folder; to take the catalog's files instead, set on_conflict: theirs"
  fi
  [[ -z $refusal ]]
}
