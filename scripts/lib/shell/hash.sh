# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# SHA-256, by whatever tool there is.

# hash_text: the SHA-256 of standard input.
hash_text() {
  local digest
  find_sha256 sha256sum shasum openssl
  digest=$("${sha256[@]}") && [[ -n $digest ]] || return 1
  printf '%s' "${digest%% *}"
}

# find_sha256 TOOL...: sha256 is the command of the first that is there.
find_sha256() {
  local tool
  for tool; do
    ! command -v "$tool" >/dev/null || break
  done
  case $tool in
    openssl) sha256=(openssl dgst -r -sha256) ;;
    shasum) sha256=(shasum -a 256) ;;
    *) sha256=(sha256sum) ;;
  esac
}
