# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# Git, called by a program: never a prompt.

# git_environment: for every git of the run.
git_environment() {
  unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE GIT_OBJECT_DIRECTORY
  export GIT_TERMINAL_PROMPT=0 GIT_OPTIONAL_LOCKS=0
  export GIT_ALLOW_PROTOCOL=file:git:http:https:ssh
  [[ -n ${GIT_ASKPASS:-} ]] || export GIT_ASKPASS=true SSH_ASKPASS=true
  find_timeout
  git_config_count=${GIT_CONFIG_COUNT:-0}
  GIT_SSH_COMMAND=${GIT_SSH_COMMAND:-$(git config --get core.sshCommand || printf '%s' "${GIT_SSH:-ssh}")}
  # A program of the user's own, of which nobody knows what options it takes.
  if [[ $GIT_SSH_COMMAND == "${GIT_SSH:-}" ]]; then
    unset GIT_SSH_COMMAND
    return 0
  fi
  export GIT_SSH_COMMAND="$GIT_SSH_COMMAND -o BatchMode=yes -o ConnectTimeout=20"
}
