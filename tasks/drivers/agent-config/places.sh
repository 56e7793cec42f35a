# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# Where the settings, the agents and the skills are, and reading them.

# agents_resolve_place NAME PATH: set NAME to it, absolute, and where it is a link,
# to what it leads to: that is what a new file must replace.
agents_resolve_place() {
  local its_path=$2 its_link tries=0
  [[ -n $its_path ]] || return 0
  [[ $its_path == /* ]] || its_path=$root/$its_path
  its_path=${its_path%/}
  while [[ -L $its_path ]] && ((tries++ < 40)); do
    its_link=$(readlink -- "$its_path")
    [[ $its_link == /* ]] || its_link=${its_path%/*}/$its_link
    its_path=$its_link
  done
  printf -v "$1" '%s' "$its_path"
}

# agents_place NAME FILE: set NAME to the path of agents/… or skills/….
agents_place() {
  case $2 in
    agents/*) printf -v "$1" '%s' "$agent_dir/${2#agents/}" ;;
    *) printf -v "$1" '%s' "$skills_dir/${2#skills/}" ;;
  esac
}

# agents_sources: print the files there are, NUL-ended, as agents/… and skills/….
agents_sources() {
  local file
  if [[ -n $agent_dir ]]; then
    for file in "$agent_dir"/*.md; do
      [[ ! -f $file ]] || printf 'agents/%s\0' "${file##*/}"
    done
  fi
  if [[ -n $skills_dir ]]; then
    for file in "$skills_dir"/*/SKILL.md; do
      [[ -f $file ]] || continue
      file=${file#"$skills_dir/"}
      printf 'skills/%s\0' "$file"
    done
  fi
}

# agents_read FOLDER: a copy of all in FOLDER, so that one state is judged, and it
# can be seen later whether somebody has written since.
agents_read() {
  local file path
  read_into=$1
  umask 077
  mkdir -p -- "$read_into"
  [[ -e $claude_md ]] || fail_step "$claude_md: there is no such file" 3
  cat -- "$claude_md" >"$read_into/claude" || fail_step "$claude_md: cannot be read" 3
  agents_require_text "$read_into/claude" "$claude_md"
  : >"$read_into/settings"
  if [[ -n $mcp_config && -e $mcp_config ]]; then
    cat -- "$mcp_config" >"$read_into/settings" || fail_step "$mcp_config: cannot be read" 3
    agents_require_text "$read_into/settings" "$mcp_config"
  fi
  agents_sources >"$read_into/list"
  while IFS= LC_ALL=C read -r -d '' file; do
    agents_place path "$file"
    mkdir -p -- "$read_into/${file%/*}"
    cat -- "$path" >"$read_into/$file" || fail_step "$path: cannot be read" 3
    agents_require_text "$read_into/$file" "$path"
  done <"$read_into/list"
}

# agents_require_text FILE NAME: what is not UTF-8 would come back as something else.
agents_require_text() {
  [[ ! -s $1 ]] || LC_ALL=C awk '/[\200-\377]/ { found = 1; exit } END { exit !found }' "$1" || return 0
  jq -nj --rawfile text "$1" '$text' | cmp -s - "$1" ||
    fail_step "$2: is not UTF-8" 4
}

# agents_written: print PATH NUL SOURCE NUL for each file of the configs to be written.
agents_written() {
  local number file path
  [[ ! -e $run_dir/work/settings ]] || printf '%s\0' "$mcp_config" "$run_dir/work/settings"
  for number in "$run_dir"/work/files/*.path; do
    [[ -e $number ]] || continue
    file=$(<"$number")
    agents_place path "$file"
    agents_resolve_place path "$path"
    printf '%s\0' "$path" "${number%.path}"
  done
}
