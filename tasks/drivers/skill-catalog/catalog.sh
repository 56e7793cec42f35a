# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# What the catalog lists, compared with the lock file and the folders.
#
#   { "skills": [ { "name": "NAME", "version": "1.2.0", "sha256": "…",
#                   "url": "archives/NAME-1.2.0.tar.gz" } ] }
#
# An address is taken from where the index is.

skill_hosts=()

# skills_settings: what only the environment knows by now.
skills_settings() {
  local host
  check_output_folder destination "$destination"
  check_output_file lock_file "$lock_file"
  real_path destination "$destination"
  real_path lock_file "$lock_file"
  real_path nearest_folder "$nearest_folder"
  index_place=${skills_index%%'?'*}
  [[ $index_place == *://*/* ]] ||
    die 2 "index: '$skills_index' is the address of a server; name its index, such as $skills_index/index.json"
  http_service 'the catalog' "${index_place%/*}" "$skills_login"
  index_place=${skills_index#"$http_base"}
  for host in ${skill_hosts[@]+"${skill_hosts[@]}"}; do
    is_http_address "$host" || die 2 "hosts: '$host' is not an address such as https://example.org"
    http_origin_of host "$host"
    http_others+=("$host")
  done
}

# skills_compare: decide of each skill whether it is current, moved (work/moved)
# or must be left alone.
skills_compare() {
  local state version digest url name total=0 current=0 kept=0 text='' sound=true
  : >"$run_dir/work/moved"
  : >"$run_dir/work/listed"
  http_get index "$index_place"
  skills_read_index >"$run_dir/work/entries" 2>/dev/null ||
    fail_step 'the catalog: the index has another shape than expected: it needs a list "skills" of at most 1000' 1
  skills_read_pins
  while IFS=$'\t' read -r state name version digest url; do
    total=$((total + 1))
    if [[ $state == good ]] && grep -qxF -e "$name" "$run_dir/work/listed"; then
      state=bad version='is listed twice'
    fi
    if [[ $state == bad ]]; then
      sound=false
      fail_item "$name" "$version"
      continue
    fi
    printf '%s\n' "$name" >>"$run_dir/work/listed"
    if is_held "$name"; then
      kept=$((kept + 1))
      continue
    fi
    printf '%s\n' "$version" "$digest" "$url" >"$run_dir/work/$name.entry"
    skill_judge
  done <"$run_dir/work/entries"
  skills_list_dropped "$sound" >"$run_dir/work/dropped"
  ((kept == 0)) || text=", $kept held"
  if [[ -s $run_dir/work/dropped && $prune == false ]]; then
    text+="; no longer in the catalog: $(paste -s -d ' ' -- "$run_dir/work/dropped")"
  fi
  note_step "$current of $total are current$text"
  summarize "$current of $total skills are current$text"
}

# skills_read_index: a line of each entry: good NAME VERSION SHA256 URL, or bad
# WHICH REASON.
skills_read_index() {
  jq -r '
    def is($pattern): type == "string" and test("\\A" + $pattern + "\\z");
    if (.skills | type) == "array" and (.skills | length) <= 1000 then .skills else error("shape") end
    | to_entries[]
    | "skills[\(.key)]" as $which
    | .value
    | if type != "object" then ["bad", $which, "is no object"]
      elif (.name | is("[a-z0-9]+(-[a-z0-9]+)*") | not) or (.name | length) > 64
      then ["bad", $which, "name: must be 1 to 64 small letters and digits, with single hyphens between"]
      elif .version | is("[A-Za-z0-9][A-Za-z0-9.+_-]{0,63}") | not
      then ["bad", .name, "version: must be letters, digits, \".\", \"+\", \"_\" and \"-\""]
      elif .sha256 | is("[0-9a-f]{64}") | not then ["bad", .name, "sha256: must be 64 hexadecimal digits"]
      elif .url | is("[!-~]{1,2000}") | not then ["bad", .name, "url: must be an address"]
      else ["good", .name, .version, .sha256, .url] end
    | @tsv' "$run_dir/work/index"
}

# skill_judge: what is to become of the skill in hand.
skill_judge() {
  skill_pin "$name"
  skill_state "$name"
  if [[ $state == as_pin && $pin_digest == "$digest" ]]; then
    current=$((current + 1))
  elif [[ $state == changed && $pin_digest == "$digest" ]] && ! skill_may_overwrite "$name"; then
    if [[ $check == true ]]; then
      warn "$target: $name: $refusal" 2>&6
      printf '%s\n' "$name" >>"$run_dir/work/moved"
    else
      fail_item "$name" "$refusal"
    fi
  else
    printf '%s\n' "$name" >>"$run_dir/work/moved"
  fi
}

# skills_list_dropped SOUND: skills in the lock file that the catalog no longer
# has. Where an entry cannot be read, or there is none, nobody knows.
skills_list_dropped() {
  local name
  if [[ $total == 0 && -s $run_dir/work/pins ]]; then
    fail_step 'the catalog lists no skill at all; if that is right, remove the lock file and the folders' 1
  fi
  [[ $1 == true ]] || return 0
  while IFS= read -r name; do
    grep -qxF -e "$name" "$run_dir/work/listed" || printf '%s\n' "$name"
  done <"$run_dir/work/pins"
}
