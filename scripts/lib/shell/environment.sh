# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# The environment is the user's. What it held at the start, and what .env adds,
# goes to what the user wrote and to the programs beside this one (as_the_user),
# and to those alone: nothing of it is a variable of ours, and nothing of ours
# reaches what we start. This part stands first in each program. Names that begin
# with lockstep_ are ours, in either case.

# keep_environment ARGUMENT...: of the program, which is started again where the
# environment sets options of the shell.
keep_environment() {
  # shellcheck disable=SC2086 # names
  unset -v ${!lockstep_@}
  lockstep_environment=()
  lockstep_numbers=
  for lockstep_name in $(compgen -e); do
    case $lockstep_name in
      LOCKSTEP_* | SYNC_CONFIG | SYNC_CONFIG_* | SYNC_TARGET | SYNC_PROFILE | SYNC_DIRECTION | SYNC_DRY_RUN) ;;
      PWD | OLDPWD | SHLVL | _) ;;
      SHELLOPTS | BASHOPTS)
        export -n SHELLOPTS BASHOPTS
        exec "$BASH" "${BASH_SOURCE[${#BASH_SOURCE[@]} - 1]}" "$@"
        ;;
      *)
        [[ -z ${!lockstep_name+set} ]] ||
          keep_setting "$lockstep_name" "${!lockstep_name}"
        ;;
    esac
  done
  # What a program says to another is for that one alone.
  lockstep_ask=${LOCKSTEP_ASK:-}
  lockstep_answers=${LOCKSTEP_ANSWERS:-}
  lockstep_folder=${LOCKSTEP_FOLDER:-}
  lockstep_gates=${LOCKSTEP_GATES:-}
  lockstep_lifeline=${LOCKSTEP_LIFELINE:-}
  lockstep_next_runs=${LOCKSTEP_NEXT_RUNS:-}
  lockstep_profile=${LOCKSTEP_PROFILE:-}
  lockstep_push=${LOCKSTEP_PUSH:-}
  lockstep_result=${LOCKSTEP_RESULT:-}
  lockstep_run=${LOCKSTEP_RUN:-}
  lockstep_run_dir=${LOCKSTEP_RUN_DIR:-}
  lockstep_silence=${LOCKSTEP_SILENCE:-}
  lockstep_stale=${LOCKSTEP_STALE:-}
  lockstep_trace=${LOCKSTEP_TRACE:-}
  lockstep_watched=${LOCKSTEP_WATCHED:-}
  # shellcheck disable=SC2086 # names
  unset -v ${!LOCKSTEP_@} ${!SYNC_CONFIG@} SYNC_TARGET SYNC_PROFILE SYNC_DIRECTION SYNC_DRY_RUN
  for lockstep_name in ${lockstep_environment[@]+"${lockstep_environment[@]}"}; do
    is_for_tools "${lockstep_name%%=*}" || unset -v "${lockstep_name%%=*}"
  done
  # Each shell would warn of a locale that this machine lacks.
  [[ -z ${LC_ALL:-} || -z $(export LC_ALL="$LC_ALL" 2>&1) ]] || unset -v LC_ALL
  # This machine's, whatever the user calls it.
  { read -r HOSTNAME </proc/sys/kernel/hostname; } 2>/dev/null || HOSTNAME=$(uname -n)
  lockstep_env_HOSTNAME=${lockstep_env_HOSTNAME:-$HOSTNAME}
}

# keep_setting NAME VALUE: a variable of the user's; also as lockstep_env_NAME, which
# is what config means where NAME itself is set aside (tasks/engine/plan/shell.ts).
keep_setting() {
  lockstep_environment+=("$1=$2")
  printf -v "lockstep_env_$1" '%s' "$2"
}

# is_for_tools NAME: do the tools that we call look at it, and the shell not? The
# variables of this program have lower-case letters in their names.
is_for_tools() {
  case $1 in
    *_proxy) ;;
    *[[:lower:]]*) return 1 ;;
    BASH_COMPAT | BASH_ENV | CDPATH | ENV | EXECIGNORE | GLOBIGNORE | IFS | \
      POSIXLY_CORRECT | TMOUT | GREP_OPTIONS | TAR_OPTIONS) return 1 ;;
    # Where Git's own repository is, as its hooks are told.
    GIT_ALTERNATE_OBJECT_DIRECTORIES | GIT_COMMON_DIR | GIT_CONFIG | GIT_DIR | \
      GIT_GRAFT_FILE | GIT_IMPLICIT_WORK_TREE | GIT_INDEX_FILE | \
      GIT_INTERNAL_SUPER_PREFIX | GIT_NAMESPACE | GIT_NO_REPLACE_OBJECTS | \
      GIT_OBJECT_DIRECTORY | GIT_PREFIX | GIT_REPLACE_REF_BASE | \
      GIT_SHALLOW_FILE | GIT_WORK_TREE | GIT_*_PATHSPECS) return 1 ;;
    *) ;;
  esac
}

# has_setting NAME: has the user given it a value?
has_setting() {
  local its_name=lockstep_env_$1
  [[ -n ${!its_name:-} || $1 == PWD ]]
}

# as_the_user COMMAND...: become COMMAND, in a subshell that the caller gives, in
# the user's environment; of ours it has SYNC_*, and the LOCKSTEP_* of this call.
as_the_user() {
  local IFS=$' \t\n'
  for lockstep_name in $(compgen -e); do
    case $lockstep_name in
      LOCKSTEP_* | SYNC_* | PWD | OLDPWD | SHLVL | _) ;;
      *) unset -v "$lockstep_name" ;;
    esac
  done
  # shellcheck disable=SC2086 # digits
  [[ -z $lockstep_numbers ]] || set -- env $lockstep_numbers "$@"
  give_environment ${lockstep_environment[@]+"${lockstep_environment[@]}"}
  exec "$@"
}

# give_environment NAME=VALUE...: by no variable of its own, for any may be meant.
give_environment() {
  while (($# > 0)); do
    # shellcheck disable=SC2163 # NAME=VALUE
    [[ $1 == SYNC_* ]] || { unset -v "${1%%=*}" && export "$1"; } 2>/dev/null || :
    shift
  done
}
