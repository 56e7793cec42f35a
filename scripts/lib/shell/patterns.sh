# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# Patterns for paths: * and ? stay within a folder, ** does not. What names a
# folder means all that is in it.

# patterns_expression NAME PATTERN...: set NAME to one regular expression for
# path_matches.
patterns_expression() {
  local LC_ALL=C its_all='' its_one its_rest
  for its_rest in "${@:2}"; do
    its_one=
    while [[ -n $its_rest ]]; do
      case $its_rest in
        '**/'*)
          its_one+='(.*/)?'
          its_rest=${its_rest:3}
          ;;
        '**'*)
          its_one+='.*'
          its_rest=${its_rest:2}
          ;;
        *)
          case ${its_rest:0:1} in
            '*') its_one+='[^/]*' ;;
            '?') its_one+='[^/]' ;;
            [].\{\}\(\)+^\$\|\\[]) its_one+=\\${its_rest:0:1} ;;
            *) its_one+=${its_rest:0:1} ;;
          esac
          its_rest=${its_rest:1}
          ;;
      esac
    done
    its_all+=${its_all:+|}$its_one
  done
  printf -v "$1" '^(%s)(/.*)?$' "$its_all"
}

# path_matches PATH EXPRESSION
path_matches() {
  local LC_ALL=C
  [[ $1 =~ $2 ]]
}

# pattern_base NAME PATTERN: set NAME to the folders before its first * or ?,
# or to the whole of it.
pattern_base() {
  local its_base=$2
  while [[ $its_base == *[*?]* ]]; do
    [[ $its_base == */* ]] || its_base=./.
    its_base=${its_base%/*}
  done
  printf -v "$1" '%s' "$its_base"
}

# is_sibling PATH: a copy that the layout sibling has left beside its file?
is_sibling() {
  [[ ${1##*/} =~ \.bak\.[0-9]{8}_[0-9]{6} ]]
}

# list_matching PATTERN...: print what matches, NUL-ended, each path once, but
# nothing of Git's or our own in the root, and no sibling.
list_matching() {
  local expression pattern base path
  (($# > 0)) || return 0
  patterns_expression expression "$@"
  for pattern in "$@"; do
    pattern_base base "$pattern"
    [[ $base == . ]] || base=./$base
    [[ ! -e $base && ! -L $base ]] ||
      find "$base" \( -path ./.git -o -path ./.insightpulse \) -prune -o -print0
  done | LC_ALL=C sort -zu | while IFS= LC_ALL=C read -r -d '' path; do
    if path_matches "${path#./}" "$expression" && ! is_sibling "$path"; then
      printf '%s\0' "${path#./}"
    fi
  done
}

# list_matching_files PATTERN...: without folders.
list_matching_files() {
  local path
  list_matching "$@" | while IFS= LC_ALL=C read -r -d '' path; do
    [[ -d $path && ! -L $path ]] || printf '%s\0' "$path"
  done
}

# check_inside KEY PATTERN...: no link on the way may lead out of the root.
check_inside() {
  local key=$1 pattern folder
  for pattern in "${@:2}"; do
    pattern_base folder "$pattern"
    while [[ ! -d $folder && $folder == */* ]]; do
      folder=${folder%/*}
    done
    [[ ! -d $folder ]] || require_inside "$key: $pattern" "$folder"
  done
}

# real_pattern NAME PATTERN: the same with the real path of its folder.
real_pattern() {
  local its_folder its_real
  pattern_base its_folder "$2"
  real_path its_real "$its_folder"
  if [[ $its_real == "$its_folder" ]]; then
    printf -v "$1" '%s' "$2"
  else
    its_real+=${2#"$its_folder"}
    printf -v "$1" '%s' "${its_real#./}"
  fi
}

# follow_links: the declared inputs and outputs, by their real paths.
follow_links() {
  local index pattern
  for index in ${declared_outputs[@]+"${!declared_outputs[@]}"}; do
    real_pattern pattern "${declared_outputs[index]}"
    declared_outputs[index]=$pattern
  done
  for index in ${declared_inputs[@]+"${!declared_inputs[@]}"}; do
    real_pattern pattern "${declared_inputs[index]}"
    declared_inputs[index]=$pattern
  done
}
