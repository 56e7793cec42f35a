# shellcheck shell=bash
# shellcheck disable=SC2154 # variables are shared between the parts
# Is there room on a disk: for an archive, and for what is loaded beside what is there?

# stack_check_room BYTES: for the dumps, and for an archive as large as the last,
# or half of that.
stack_check_room() {
  local needed=$(($1 + $1 / 2)) last free folder=$exports
  last=$(find "$exports" -maxdepth 1 -name 'team-export-*' -type f -exec ls -t {} + 2>/dev/null | head -n 1) || :
  [[ -z $last ]] || needed=$(($1 + $(wc -c <"$last") * 5 / 4))
  while [[ ! -d $folder ]]; do
    if [[ $folder == */* ]]; then folder=${folder%/*}; else folder=.; fi
  done
  read -r free < <(df -Pk "$folder" | stack_free) || return 0
  ((needed / 1024 + 1024 > free)) || return 0
  human_size needed "$needed"
  human_size free "$((free * 1024))"
  fail_step "the export needs about $needed and the disk of $exports has $free free: make room first" 3
}

# stack_free: print the free kilobytes that `df -Pk` says on standard input, if it does.
stack_free() {
  LC_ALL=C awk 'NR == 2 && match($0, /[0-9]+ +[0-9]+%/) { print substr($0, RSTART) + 0 }'
}

# stack_judge_room BYTES: as a line for stack_judge, if what `df -Pk` says on standard
# input is less than what is to stand beside what is there. A server that fills its
# disk may not start again.
stack_judge_room() {
  local needed free
  read -r free < <(stack_free) || return 0
  (($1 / 1024 + 10240 > free)) || return 0
  human_size needed "$1"
  human_size free "$((free * 1024))"
  printf 'room it needs %s beside what is there, and the disk there has %s free: make room first\n' "$needed" "$free"
}
