# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# Whether the target is held at the state that a rollback went to, or no longer.

may_release() {
  may_change_hold || return 1
  undone_run=$(state_fact "$rollback_id" run)
  grep -sF "$undone_run" ".insightpulse/state/held/$target" | cut -f 1 >"$run_dir/work/hold" ||
    skip 'that rollback held nothing'
}

may_change_hold() {
  [[ -n $rollback_id ]] || skip 'nothing to do' || return 1
  [[ $declined == false ]] || skip 'you answered no'
}

# may_hold: not where it is held there already, or nobody would sync it.
may_hold() {
  may_change_hold || return 1
  read_hold "$target"
  [[ $no_hold == false ]] || skip '--no-hold' || return 1
  [[ -z $rollback_file || -n $items_folder ]] || skip 'one file does not hold the whole target' || return 1
  [[ " ${names[*]-} " == *" $target "* ]] || skip 'it is not in sync.yaml' || return 1
  list_hold >"$run_dir/work/hold"
  [[ -s $run_dir/work/hold ]] || skip 'already held'
}

# list_hold: what is to be held and is not yet: of a target that has items, such
# as repositories, those that runs have changed since then, else all of it.
list_hold() {
  local folder item own=''
  while read -r item folder; do
    [[ -n $item ]] || continue
    real_path folder "$folder"
    encode_path folder "$folder"
    own+="$item $folder/"$'\n'
  done <<<"$item_folders"
  folder=/
  [[ -z $items_folder ]] || real_path folder "$items_folder"
  encode_path folder "$folder"
  while IFS= read -r item; do
    is_held "$item" || printf '%s\n' "$item"
  done < <(FOLDER=$folder/ OWN=$own LC_ALL=C awk '
    BEGIN { count = split(ENVIRON["OWN"], own, "\n") }
    {
      for (number = 1; number < count; number++) {
        blank = index(own[number], " ")
        if (index($0 "/", substr(own[number], blank + 1)) == 1) {
          items[substr(own[number], 1, blank - 1)] = 1
          next
        }
      }
    }
    index($0, ENVIRON["FOLDER"]) == 1 {
      item = substr($0, length(ENVIRON["FOLDER"]) + 1)
      sub("/.*", "", item)
      if (item ~ /^[A-Za-z0-9._-]+$/) items[item] = 1
    }
    END {
      for (item in items) { print item; any = 1 }
      if (!any) print "*"
    }' "$run_dir/work/overwritten" | LC_ALL=C sort)
}
