# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# What comes upon a repository: its merges, in their order. What the repository is
# made of then are its inputs: the commit that all starts from, and one id a layer.

# git_layer NAME KIND WHAT [URL]: upon the repository NAME comes a merge of the KIND
# branch, ref (a tag), commit, pr or mr; from its own address, if there is no other.
git_layer() {
  local url wanted_ref
  git_source "$1"
  layer_names+=("$1")
  layer_urls+=("${4:-$url}")
  case $2 in
    branch) layer_refs+=("refs/heads/$3") ;;
    ref) layer_refs+=("refs/tags/${3#refs/tags/}") ;;
    pr) layer_refs+=("refs/pull/$3/head") ;;
    mr) layer_refs+=("refs/merge-requests/$3/head") ;;
    *) layer_refs+=("$3") ;;
  esac
}

# git_inputs NAME: set input_urls and input_refs to where the commits come from that
# NAME is made of.
git_inputs() {
  local index url wanted_ref
  git_source "$1"
  input_urls=("$url")
  input_refs=("$wanted_ref")
  for ((index = 0; index < ${#layer_names[@]}; index++)); do
    [[ ${layer_names[index]} == "$1" ]] || continue
    input_urls+=("${layer_urls[index]}")
    input_refs+=("${layer_refs[index]}")
  done
}

# git_is_layered NAME: does anything come upon it?
git_is_layered() {
  local name
  for name in ${layer_names[@]+"${layer_names[@]}"}; do
    [[ $name != "$1" ]] || return 0
  done
  return 1
}

# git_check_layers: merging without a working tree came with Git 2.38, and nothing
# else gives the same on every machine.
git_check_layers() {
  local version
  ((${#layer_names[@]} > 0)) || return 0
  version=$(git version)
  [[ $version =~ ([0-9]+)\.([0-9]+) ]] || return 0
  ((BASH_REMATCH[1] > 2 || BASH_REMATCH[1] == 2 && BASH_REMATCH[2] >= 38)) ||
    die 3 "merges need git 2.38 or newer; this is ${version#git version }"
}
