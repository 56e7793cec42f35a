# shellcheck shell=bash
# shellcheck disable=SC2030,SC2031,SC2034,SC2154 # variables are shared between the parts
# Pools: a step done for each of many items, several at once. Every item is
# attempted, and is whole or put back by itself.

# run_pool FILE: do the step in hand for each line of FILE, in as many jobs as
# it has. Items of one lane (STEP_lane ITEM sets lane: a host, say) run at most
# 8 at once. An item that ends writes its index to a pipe. A child of it may do
# so too, if a signal meets it before it has left the item's trap behind; so
# what counts is what wait says.
run_pool() {
  local jobs lane line index status running=0 ended=0 failed=0
  local items=() lanes=() waiting=() pids=()
  setting jobs jobs
  jobs=${jobs:-1}
  while IFS= LC_ALL=C read -r line; do
    lane=$line
    ! is_function "${step_id}_lane" || "${step_id}_lane" "$line"
    waiting+=("${#items[@]}")
    items+=("$line")
    lanes+=("$lane")
  done <"$1"
  check_room_for_all ${items[@]+"${items[@]}"}
  : >"$run_dir/work/$step_id.finished"
  mkfifo "$run_dir/pipe.$step_id"
  exec 9<>"$run_dir/pipe.$step_id"
  while ((ended < ${#items[@]})); do
    start_items
    index=
    if ! read -r -t 5 index <&9; then
      find_lost_item || continue
    fi
    # A line that was half read when the time was up comes in two pieces.
    [[ -n $index && -n ${pids[index]:-} ]] || continue
    status=0
    wait "${pids[index]}" 2>/dev/null || status=$?
    unset "pids[$index]"
    running=$((running - 1))
    ended=$((ended + 1))
    end_item "$index" "${items[index]}" "$status"
    progress "$ended" "${#items[@]}" "${items[index]}"
  done
  exec 9>&-
  ((failed == 0)) || note_step "$failed of ${#items[@]} failed"
}

# check_room_for_all ITEM...: what all of them save together has to fit, before
# one is begun: one by one, half of them would end and the others fail.
check_room_for_all() {
  local item list=$run_dir/work/$step_id.room
  is_function "${step_id}_saves" || return 0
  for item in "$@"; do
    "${step_id}_saves" "$item"
  done >"$list.paths"
  measure_paths <"$list.paths" >"$list"
  check_room 'the backup' "$list"
}

# start_items: as many as there are free jobs, each as its lane has room.
start_items() {
  local index other used
  for index in ${waiting[@]+"${waiting[@]}"}; do
    ((running < jobs)) || return 0
    used=0
    for other in ${pids[@]+"${!pids[@]}"}; do
      [[ ${lanes[other]} != "${lanes[index]}" ]] || used=$((used + 1))
    done
    ((used < 8)) || continue
    # Nobody is left to put back what this item would do.
    kill -0 "$$" 2>/dev/null || exit 1
    # In ( ): bash 3.2 forgets the EXIT trap of a function in the background.
    (run_item "$index" "${items[index]}") >"$run_dir/out/$step_id.$index" 2>&1 &
    pids[index]=$!
    running=$((running + 1))
    unset "waiting[$index]"
  done
}

run_item() {
  reason_file=$run_dir/reasons/$step_id.$1
  # shellcheck disable=SC2064 # the index of now
  trap "printf '%s\n' $1 >&9" EXIT
  save_for "$step_id.$1" "$2"
  "$step_id" "$2"
}

# find_lost_item: an item that was killed cannot say so; set index.
find_lost_item() {
  for index in ${pids[@]+"${!pids[@]}"}; do
    if ! kill -0 "${pids[index]}" 2>/dev/null; then
      return 0
    fi
  done
  return 1
}

# end_item INDEX ITEM STATUS: record an item that is whole, put back one that
# is not, and pass on what it printed.
end_item() {
  local set=$step_id.$1 reason line
  while IFS= read -r line || [[ -n $line ]]; do
    printf '%s: %s\n' "$2" "$line"
  done <"$run_dir/out/$set"
  if (($3 == 0)); then
    printf '%s\n' "$2" >>"$run_dir/work/$step_id.finished"
    return 0
  fi
  failed=$((failed + 1))
  read_reason reason "$set" "$3"
  fail_item "$2" "$reason"
  put_back_saved "$set" || fail_step "$2: putting back failed"
}

# save_for SET ITEM...: save what the step in hand is about to overwrite.
save_for() {
  is_function "${step_id}_saves" || return 0
  "${step_id}_saves" "${@:2}" >"$run_dir/work/$1.saves"
  save_paths "$1" <"$run_dir/work/$1.saves"
}
