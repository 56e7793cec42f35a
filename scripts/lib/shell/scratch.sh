# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# Folders of programs outside the root. Each is named by the process that made
# it, lockstep.HOST.PID.BIRTH.XXXXXX, so that what a kill left behind can be
# told from what is in use.

# make_scratch NAME: set NAME to a new one, removed by whoever made it.
make_scratch() {
  local its_owner
  owner_mark its_owner
  printf -v "$1" '%s' "$(mktemp -d "${TMPDIR:-/tmp}/lockstep.$its_owner.XXXXXX")"
  [[ -n ${!1} ]] ||
    die 3 "TMPDIR ${TMPDIR:-/tmp}: no folder can be made in it; is it there, writable, and not full?"
  sweep_scratch
}

# sweep_scratch: remove those of our own whose processes are gone.
sweep_scratch() {
  local folder
  for folder in "${TMPDIR:-/tmp}"/lockstep.*.*.*.*; do
    [[ -d $folder && ! -L $folder && -O $folder ]] || continue
    lock_owner_lives "${folder##*/lockstep.}" || rm -rf -- "$folder"
  done
}
