# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# A rollback holds: what it went back from does not come again with the next
# sync, until a person says so. .insightpulse/state/held/TARGET has a line for
# each thing that is held, with tabs between:
#   WHAT    * for the whole target, or an item of it, such as a repository
#   SINCE WHO RUN STATE   of the rollback; STATE is the one that it went to

held_items=()

# read_hold TARGET: set held_items, and held_since, held_by, held_run and
# held_state of the newest rollback.
read_hold() {
  local what line
  held_items=()
  held_since='' held_by='' held_run='' held_state=''
  [[ -s .insightpulse/state/held/$1 ]] || return 0
  while IFS= read -r line; do
    IFS=$'\t' read -r what held_since held_by held_run held_state <<<"$line"
    is_held "$what" || held_items+=("$what")
  done < <(cat -- ".insightpulse/state/held/$1")
}

# is_held ITEM: of the target that read_hold looked at last?
is_held() {
  [[ " ${held_items[*]-} " == *" $1 "* ]]
}

# hold_words NAME: set NAME to what read_hold found, for a person; '' if nothing
# is held.
hold_words() {
  local its_words='' its_items=" ${held_items[*]-} "
  if [[ ${#held_items[@]} -gt 0 ]]; then
    [[ $its_items == *' * '* ]] || its_words="${held_items[*]}: "
    its_words=${its_words// /, }
    its_words="${its_words/:, /: }held since $held_since by $held_by, at the state $held_state"
  fi
  printf -v "$1" '%s' "$its_words"
}

# hold_json NAME TARGET: set NAME to null, or to what is held of TARGET.
hold_json() {
  local its_item its_items='' its_who
  read_hold "$2"
  if ((${#held_items[@]} == 0)); then
    printf -v "$1" null
    return 0
  fi
  for its_item in "${held_items[@]}"; do
    its_items+=${its_items:+,}\"$its_item\"
  done
  json_string its_who "$held_by"
  printf -v "$1" '%s' "{\"since\":\"$held_since\",\"by\":$its_who,\"run\":\"$held_run\",\"state\":\"$held_state\",\"items\":[$its_items]}"
}
