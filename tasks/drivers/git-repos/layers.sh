# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# What comes upon a repository: its merges and patches, in their order. What the
# repository is made of then are its inputs: the commit that all starts from, and of each
# layer a commit, or the digest of its file.

# git_layer NAME KIND WHAT [URL]: upon the repository NAME comes a merge of the KIND
# branch, ref (a tag), commit, pr or mr, from its own address, if there is no other; or
# a patch, a file of this repository.
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
    patch) layer_refs+=("file:$3") ;;
    *) layer_refs+=("$3") ;;
  esac
}

# git_inputs NAME: set input_urls and input_refs to where all comes from that NAME is
# made of: a ref, a commit, or file:PATH.
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
    die 3 "merges and patches need git 2.38 or newer; this is ${version#git version }"
}

# git_digest NAME PATH: set NAME to the digest of a patch.
git_digest() {
  local its_digest
  [[ -f $2 && -r $2 ]] || fail_step "the patch $2 is missing, or cannot be read"
  its_digest=$(hash_text <"$2")
  printf -v "$1" '%s' "$its_digest"
}

# git_follow_lock NAME: write the inputs that the lock file names to work/NAME.asked;
# fails, and refusal says why, where it was written for other ones.
git_follow_lock() {
  local number path digest input_urls input_refs ids=()
  git_inputs "$1"
  read -r -a ids <<<"$pin_inputs"
  refusal="$lock_file was written for other merges or patches; run once without --locked"
  ((${#ids[@]} == ${#input_refs[@]})) || return 1
  for number in "${!input_refs[@]}"; do
    path=${input_refs[number]#file:}
    [[ $path != "${input_refs[number]}" ]] || continue
    refusal="$path is not the patch that $lock_file was written for; run once without --locked"
    [[ -f $path && -r $path ]] || return 1
    git_digest digest "$path"
    [[ $digest == "${ids[number]}" ]] || return 1
  done
  printf '%s\n' "$pin_inputs" >"$run_dir/work/$1.asked"
}
