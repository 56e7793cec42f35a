# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# Several targets: which, in which order, how many at once.

names=()
target_directions=()
needed_targets=()
schedules=()
descriptions=()
longest_gaps=()
check_days=()
answers=()
target_locks=()
telling=()
wanted=()
list=false
jobs=1
passed=()

# target_is NAME DIRECTION DEPENDS_ON SCHEDULE DESCRIPTION [LONGEST_GAP ANSWERS
# CHECK_DAYS COMMON_LOCKS TELLS]: LONGEST_GAP is in seconds; ANSWERS is true if its program can be
# asked for its health, and to put back what is not a file; after CHECK_DAYS its
# backups are to be checked again; COMMON_LOCKS as in lock.sh; TELLS is
# true if it has others to tell.
target_is() {
  names+=("$1")
  target_directions+=("$2")
  needed_targets+=("$3")
  schedules+=("$4")
  descriptions+=("$5")
  longest_gaps+=("${6:-}")
  answers+=("${7:-false}")
  check_days+=("${8:-}")
  target_locks+=("${9:-}")
  telling+=("${10:-false}")
}

# tell_by_target INDEX TEXT: let the program of the target tell others TEXT: a moment of
# notify.sh, and why.
tell_by_target() {
  local script
  target_script script "$1"
  (LOCKSTEP_ASK="tell $2" as_the_user bash "$script" --root "$root" </dev/null)
}

# find_scripts: set scripts to the folder of this program and of the targets'.
find_scripts() {
  own_folder scripts
}

# target_script NAME INDEX: set NAME to the program of the target at INDEX.
target_script() {
  printf -v "$1" '%s/sync-%s.sh' "$scripts" \
    "$(printf '%s' "${names[$2]//_/-}" | tr '[:upper:]' '[:lower:]')"
}

# target_option ARGUMENT...: the options of a program over targets.
target_option() {
  taken=1
  case $1 in
    --list) list=true ;;
    --target | --jobs)
      (($# > 1)) || usage_error "$1 needs a value"
      taken=2
      if [[ $1 == --target ]]; then
        wanted+=("$2")
      else
        [[ $2 =~ ^[1-9][0-9]?$ ]] || usage_error "--jobs $2 is not a number from 1 to 99"
        jobs=$2
      fi
      ;;
    --*) own_option "$@" ;;
    -*) unknown_option "$1" ;;
    *) wanted+=("$1") ;;
  esac
}

# own_option ARGUMENT...: an option of single targets is passed on to them.
own_option() {
  if [[ " ${valued_options:-} " == *" $1 "* ]]; then
    (($# > 1)) || usage_error "$1 needs a value"
    passed+=("$1" "$2")
    taken=2
  elif [[ " $target_flags " == *" $1 "* ]]; then
    passed+=("$1")
  else
    unknown_option "$1"
  fi
}

# select_targets: set selected to the indexes that the patterns and --direction
# choose. A pattern that chooses nothing is an error.
select_targets() {
  local index pattern hint found
  selected=()
  for pattern in ${wanted[@]+"${wanted[@]}"}; do
    found=false
    for index in "${!names[@]}"; do
      # shellcheck disable=SC2053 # a pattern on purpose
      [[ ${names[index]} != $pattern && ${names[index]%%.*} != $pattern ]] || found=true
    done
    if [[ $found == false ]]; then
      did_you_mean hint "$pattern" "${names[@]}"
      die 2 "no target $pattern$hint; --list shows them"
    fi
  done
  for index in "${!names[@]}"; do
    if is_wanted "${names[index]}" && goes_that_way "${target_directions[index]}" &&
      can_be_chosen "$index"; then
      selected+=("$index")
    fi
  done
  ((${#selected[@]} > 0)) || refuse_direction
}

# refuse_direction: none of the targets that were asked for can be sent that way.
refuse_direction() {
  local index found=()
  for index in "${!names[@]}"; do
    ! is_wanted "${names[index]}" || found+=("$index")
  done
  ((${#found[@]} == 1)) || usage_error "none of these targets can $direction; --list shows which way each goes"
  usage_error "${names[found[0]]} is ${target_directions[found[0]]}-only"
}

# can_be_chosen INDEX: one that has no direction is listed, but never synced.
can_be_chosen() {
  [[ ${target_directions[$1]} == none && $verb == 'sync' && $list == false ]] || return 0
  ((${#wanted[@]} == 0)) ||
    usage_error "${names[$1]} is not synced; --list shows what can be done with it"
  return 1
}

is_wanted() {
  local pattern
  ((${#wanted[@]} > 0)) || return 0
  for pattern in "${wanted[@]}"; do
    # shellcheck disable=SC2053 # a pattern on purpose
    [[ $1 != $pattern && ${1%%.*} != $pattern ]] || return 0
  done
  return 1
}

goes_that_way() {
  [[ -z $direction || $direction == "$1" || $1 == bidirectional ]]
}

# last_run NAME: set last_at and last_status, both empty where there is none.
last_run() {
  read_record ".insightpulse/state/last/$1"
  last_at=$record_at
  last_status=${record_rest//[!a-z_]/}
}

# next_run NAME [NOW]: set next_at from lockstep_next_runs (NAME=TIME words, the
# earlier before the later), which Node works out; bash has no cron: it is empty
# then. What was before NOW is none. A pattern of bash's own takes a second to find
# one of a thousand.
next_run() {
  local runs=" $lockstep_next_runs "
  next_at=
  while [[ $runs =~ " $1="([^[:space:]]*)(.*) ]]; do
    next_at=${BASH_REMATCH[1]}
    runs=${BASH_REMATCH[2]}
    [[ $next_at < ${2:-} ]] || return 0
    next_at=
  done
}

# target_facts INDEX: set facts to what is said as JSON of a target that last_run
# and next_run have looked at: KEY JSON...
target_facts() {
  local its_schedule its_description its_next its_last its_status its_direction
  json_or_null its_direction "${target_directions[$1]/none/}"
  json_or_null its_schedule "${schedules[$1]}"
  json_or_null its_description "${descriptions[$1]}"
  json_or_null its_next "$next_at"
  json_or_null its_last "$last_at"
  json_or_null its_status "$last_status"
  facts=(target "\"${names[$1]}\"" description "$its_description" direction "$its_direction"
    schedule "$its_schedule" next_run "$its_next" last_run "$its_last" last_status "$its_status")
}

# list_targets: for people, or as JSON.
list_targets() {
  local index words width line lines='' facts met
  local rows=($'TARGET\tDIRECTION\tSCHEDULE\tNEXT RUN\tLAST RUN\tDESCRIPTION')
  for index in "${selected[@]}"; do
    last_run "${names[index]}"
    next_run "${names[index]}"
    if [[ $json == true ]]; then
      listed_json line "$index"
      lines+=${lines:+,}$line
      continue
    fi
    read_hold "${names[index]}"
    hold_words words
    words=${words:+$words; }${descriptions[index]}
    rows+=("${names[index]}"$'\t'"${target_directions[index]/none/-}"$'\t'"${schedules[index]:--}"$'\t'"${next_at:--}"$'\t'"${last_at:-never}${last_status:+ ${last_status//_/ }}"$'\t'"${words:--}")
    if [[ $verbose == true && -n ${target_locks[index]} ]]; then
      met_targets "$index"
      printf -v words ', %s' "${met[@]}"
      rows+=("  never at the same time as ${words#, }: they can write the same files")
    fi
  done
  if [[ $json == true ]]; then
    printf '{"targets":[%s]}\n' "$lines"
  else
    screen_width width
    [[ $verbose == false ]] || width=0
    print_table "$width" "${rows[@]}"
  fi
}

listed_json() {
  local its_held its_others its_needed met needed
  hold_json its_held "${names[$2]}"
  met_targets "$2"
  json_words its_others ${met[@]+"${met[@]}"}
  read -r -a needed <<<"${needed_targets[$2]}"
  json_words its_needed ${needed[@]+"${needed[@]}"}
  target_facts "$2"
  json_object "$1" "${facts[@]}" held "$its_held" depends_on "$its_needed" never_with "$its_others"
}

# met_targets INDEX: set met to those that can write what this one writes.
met_targets() {
  local pair
  met=()
  for pair in ${target_locks[$1]}; do
    pair=${pair#"${names[$1]}+"}
    met+=("${pair%"+${names[$1]}"}")
  done
}
