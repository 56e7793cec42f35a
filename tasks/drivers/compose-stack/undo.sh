# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# Undo, by whoever finds it: each in ( ), for what fails must not end the rest. All
# that it rests on is in the file that stack_remember wrote.

stack_undo_load() {
  (reason_file=$run_dir/work/undo && stack_recall "$1" && "stack_${kind}_drop")
}

stack_undo_switch() {
  (reason_file=$run_dir/work/undo && stack_recall "$1" && "stack_${kind}_back")
}

# stack_undo_tag TAG: it would name what never ran before something else.
stack_undo_tag() {
  git tag -d "$1" >/dev/null 2>&1 || :
}

stack_undo_stop() {
  (
    reason_file=$run_dir/work/undo
    stack_recall "$1" || exit 1
    while IFS= read -r id; do
      # What is gone meanwhile cannot be started, nor has it to be.
      [[ -z $id ]] || stack_docker start "$id" >/dev/null || {
        stack_docker version >/dev/null && ! stack_docker inspect "$id" >/dev/null 2>&1
      } || exit 1
    done <<<"$part_paths"
  )
}

stack_undo_start() {
  (
    reason_file=$run_dir/work/undo
    stack_recall "$1" || exit 1
    while IFS= read -r id; do
      [[ -z $id ]] || stack_docker stop "$id" >/dev/null || exit 1
    done <<<"$part_paths"
  )
}

# stack_undo_pause CONTAINER DOCKER: DOCKER is the address of its daemon, or -.
stack_undo_pause() {
  (
    [[ ${2:--} == - ]] || export DOCKER_HOST=$2
    stack_docker version >/dev/null || exit 1
    stack_state state "$1"
    [[ $state != paused/* ]] || stack_docker unpause "$1" >/dev/null
  )
}
