# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# What programs over all targets ask; see elsewhere.sh. Files in the root are put
# back by those; here it is what stands outside.

# agents_answer MODE
agents_answer() {
  local status=0
  if [[ $1 == health ]]; then
    agents_health
    return 0
  fi
  run_dir=$lockstep_run_dir
  reason_file=$run_dir/reasons/asked
  set +e
  (
    set -e
    "agents_answer_$1" "$lockstep_folder"
  )
  status=$?
  set -e
  exit_code=$status
  # It belongs to the one that asks.
  run_dir=/dev/null/none
}

# agents_health: print lines WORD TAB TEXT. Exit code 3 if something cannot be read,
# 8 if both are not in step.
agents_health() {
  local status=0 text score
  make_scratch run_dir
  mkdir -- "$run_dir/work"
  reason_file=$run_dir/reason
  set +e
  (
    set -e
    agents_read "$run_dir/work/in"
    agents_decide "$run_dir/work/decision" '{}'
  ) 2>/dev/null
  status=$?
  set -e
  if ((status != 0)); then
    exit_code=3
    text="no: $(cat -- "$reason_file" 2>/dev/null || :)"
  else
    text=yes score=$(jq .score "$run_dir/work/decision")
    [[ $score == 0 ]] || text="drift score $score" exit_code=8
  fi
  text=${text//[$'\t\n']/ }
  mask text
  printf 'in_step\t%s\n' "$text"
}

# agents_changes FOLDER: print COPY NUL PATH NUL for all that is not as in FOLDER;
# COPY is empty for what was not there then. What only later runs have made was not.
agents_changes() {
  local word encoded path
  while IFS=' ' LC_ALL=C read -r word encoded; do
    decode_path path "$encoded"
    if [[ $word == absent ]]; then
      [[ ! -e $path ]] || printf '\0%s\0' "$path"
    else
      cmp -s -- "$1/$word" "$path" || printf '%s\0%s\0' "$1/$word" "$path"
    fi
  done <"$1/places"
  LC_ALL=C awk '{ sub(/^[^ ]* /, "") } FILENAME == ARGV[1] { known[$0] = 1; next } !known[$0]++' \
    "$1/places" <(agents_made) |
    while IFS= LC_ALL=C read -r encoded; do
      decode_path path "$encoded"
      [[ ! -e $path ]] || printf '\0%s\0' "$path"
    done
}

# agents_made: print "absent PATH" of what runs have made.
agents_made() {
  local file
  for file in .insightpulse/backups/"$target"/*/artifacts/places; do
    [[ ! -e $file ]] || grep '^absent ' "$file" || :
  done
}

agents_answer_differs() {
  local copy path text=''
  while IFS= LC_ALL=C read -r -d '' copy && IFS= LC_ALL=C read -r -d '' path; do
    text+=", $path"
  done < <(agents_changes "$1")
  [[ -z $text ]] || printf '%s\n' "${text#, }"
}

agents_answer_save() {
  agents_back_up
}

agents_answer_ready() {
  :
}

agents_answer_row() {
  local copy path
  undo_with agents_undo "${run_dir#"$root/"}/saved"
  agents_changes "$1" >"$run_dir/work/restored"
  while IFS= LC_ALL=C read -r -d '' copy && IFS= LC_ALL=C read -r -d '' path; do
    if [[ -n $copy ]]; then agents_put "$path" "$copy"; else agents_put "$path"; fi
  done <"$run_dir/work/restored"
}

agents_answer_full() {
  agents_answer_row "$1"
}
