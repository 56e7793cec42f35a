# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# The options that every program takes.

dry_run=false
check=false
verify=false
release=false
direction=
yes=false
ci=false
verbose=${DEBUG:-false}
quiet=false
json=false
report_file=
events_to=
root=
# The profile that this program is of, and the one that was asked for.
profile=
asked_profile=$lockstep_profile
init=false
wait_seconds=0
arguments=()
# The task's own options, as they were given.
own_options=()

# parse_options ARGUMENT...: set the variables above. What is no option goes to
# arguments; the task's own options go to task_option.
parse_options() {
  [[ $verbose == true ]] || verbose=false
  while (($# > 0)); do
    if [[ $1 == --*=* ]]; then
      set -- "${1%%=*}" "${1#*=}" "${@:2}"
      case $1 in
        --direction | --report | --events | --profile | --root | --wait | --target | --jobs | --host) ;;
        *) [[ " ${valued_options:-} " == *" $1 "* ]] || usage_error "$1 takes no value" ;;
      esac
    fi
    case $1 in
      --dry-run) dry_run=true ;;
      --check)
        # That of backup is another.
        if [[ $verb == 'sync' ]]; then
          check=true
          dry_run=true
          verify=true
        else
          task_option "$@"
        fi
        ;;
      --release)
        if [[ $verb == 'sync' ]]; then release=true; else task_option "$@"; fi
        ;;
      --verify) verify=true ;;
      --init) init=true ;;
      --yes) yes=true ;;
      --ci) ci=true ;;
      --verbose | -v) verbose=true ;;
      --quiet | -q) quiet=true ;;
      --json) json=true ;;
      --direction | --report | --events | --profile | --root | --wait)
        (($# > 1)) || usage_error "$1 needs a value"
        set_option "$1" "$2"
        shift
        ;;
      --help | -h)
        usage
        finish 0
        ;;
      --version)
        printf '%s %s\n' "$program" "$version"
        finish 0
        ;;
      *)
        task_option "$@"
        [[ $1 != -* ]] || own_options+=("${@:1:taken}")
        shift "$((taken - 1))"
        ;;
    esac
    shift
  done
  [[ -z $asked_profile || $asked_profile == "$profile" ]] ||
    usage_error "$program is of ${profile:-no profile}; of $asked_profile is ${program%%.*}.$asked_profile.sh"
}

set_option() {
  case $1 in
    --direction)
      case $2 in
        pull | push | bidirectional) direction=$2 ;;
        *) usage_error "--direction $2: say pull, push or bidirectional" ;;
      esac
      ;;
    --wait)
      [[ $2 =~ ^[0-9]{1,6}$ ]] || usage_error "--wait $2 is not a number of whole seconds"
      wait_seconds=$2
      ;;
    --report)
      absolute_path report_file "$2"
      [[ -f $report_file && -w $report_file || ! -e $report_file && -w ${report_file%/*}/ ]] ||
        die 3 "--report $2 cannot be written"
      ;;
    --events)
      [[ $2 != fd:6 ]] || usage_error '--events fd:6: this descriptor is used already; take another'
      if [[ $2 =~ ^fd:[0-9]+$ ]]; then
        events_to=$2
      else
        absolute_path events_to "$2"
      fi
      ;;
    --profile) asked_profile=$2 ;;
    --root)
      [[ -d $2 ]] || die 3 "--root $2: there is no such folder"
      root=$2
      ;;
    *) ;;
  esac
}

absolute_path() {
  case $2 in
    /*) printf -v "$1" '%s' "$2" ;;
    *) printf -v "$1" '%s' "$PWD/$2" ;;
  esac
}

# unknown_option WORD: exit 2 with the nearest of known_options, which the program
# sets.
unknown_option() {
  local hint
  if [[ ${verb:-} == 'sync' && -n ${target:-} && $1 =~ ^--(hosts?|detach|attach)$ ]]; then
    usage_error "$1 is an option of sync${profile:+.$profile}.sh, beside this program: sync${profile:+.$profile}.sh $target $1"
  fi
  did_you_mean hint "$1" ${known_options[@]+"${known_options[@]}"}
  usage_error "unknown option $1$hint"
}

# enter_root: go to --root, or else to the root that this program was made for
# (it stands in generated/, beside .insightpulse), or to the nearest folder upwards
# that holds .insightpulse. Only --init makes a root of a folder that is none.
enter_root() {
  local folder=$PWD own given=$root file
  absolute_path file "$0"
  if [[ -z $root ]]; then
    own_folder own
    if [[ ${own##*/} == generated && -d ${own%/*}/.insightpulse ]]; then
      folder=${own%/*}
    else
      while [[ ! -d $folder/.insightpulse && -n $folder ]]; do
        folder=${folder%/*}
      done
    fi
    root=${folder:-$PWD}
  fi
  cd -P -- "$root" || die 3 "$root cannot be entered"
  root=$PWD
  [[ -d .insightpulse ]] || make_root "$given"
  look_at_program "$file"
}

# make_root GIVEN: a folder that nobody named is no root by mistake.
make_root() {
  if [[ $init == true ]]; then
    [[ $dry_run == true ]] || mkdir .insightpulse || die 3 "$root/.insightpulse cannot be made"
  elif [[ -n $1 ]]; then
    die 2 "$root has no .insightpulse; if it is the right folder, add --init"
  else
    die 2 'no .insightpulse here or in a folder above; use --root DIR, and --init the first time'
  fi
}

# own_folder NAME: set NAME to the folder of this program, through links to it.
own_folder() {
  local its_file=$0 its_link
  while [[ -L $its_file ]]; do
    its_link=$(readlink -- "$its_file")
    [[ $its_link == /* || $its_file != */* ]] || its_link=${its_file%/*}/$its_link
    its_file=$its_link
  done
  [[ $its_file == */* ]] || its_file=./$its_file
  printf -v "$1" '%s' "$(cd -P -- "${its_file%/*}/" && pwd)"
}
