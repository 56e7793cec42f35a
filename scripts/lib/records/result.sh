# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# The result of one target's run: what its steps did, as JSON.

# output created|changed|removed PATH: for steps; stands in the report.
output() {
  local path
  encode_path path "$2"
  printf '%s %s\n' "$1" "$path" >>"$run_dir/outputs"
}

# outputs_json: set created, rewritten and removed to JSON arrays of paths.
outputs_json() {
  local line='' more=''
  created='' rewritten='' removed=''
  if [[ -s $run_dir/outputs && $outcome != failed ]]; then
    { IFS= read -r line && IFS= read -r more; } <"$run_dir/outputs" || :
    if [[ -z $more ]]; then
      add_output "$line"
    else
      while IFS= LC_ALL=C read -r line; do
        add_output "$line"
      done < <(LC_ALL=C sort -u "$run_dir/outputs")
    fi
  fi
  created="[$created]" rewritten="[$rewritten]" removed="[$removed]"
}

add_output() {
  local path
  decode_path path "${1#* }"
  json_string path "$path"
  case $1 in
    created*) created+=${created:+,}$path ;;
    changed*) rewritten+=${rewritten:+,}$path ;;
    *) removed+=${removed:+,}$path ;;
  esac
}

# result_json NAME: set NAME to the JSON object about this target's run, and success.
result_json() {
  local text changed=false created rewritten removed
  local its_steps failures gates kept held backup=null commit=null
  success=false
  case $status in
    done | unchanged | would_run | skipped) success=true ;;
    *) ;;
  esac
  json_string text "$message"
  outputs_json
  [[ $created$rewritten$removed == '[][][]' && ! -e $run_dir/sent ]] || changed=true
  steps_json its_steps
  recovered_json kept
  failures_json failures
  gates_json gates
  hold_json held "$target"
  [[ -z $commit_id ]] || commit="\"$commit_id\""
  if [[ -n $backup_made ]]; then
    backup_place backup
    backup="\"$backup\""
  fi
  result_object "$1" "$target" "$direction" "$success" "$status" "$exit_code" "$text" "$duration" \
    changed "$changed" outputs_created "$created" outputs_changed "$rewritten" outputs_removed "$removed" \
    recovered "$kept" verification_passed "$verification_passed" verification "$verification" \
    backup "$backup" commit "$commit" held "$held" gates "$gates" failures "$failures" stale "$stale" \
    steps "$its_steps" ${result_more[@]+"${result_more[@]}"}
}

# result_object NAME TARGET DIRECTION SUCCESS STATUS CODE MESSAGE DURATION [FIELD JSON]...:
# set NAME to the JSON object about the run of a target, MESSAGE being JSON. What is
# not given says that nothing was done.
result_object() {
  local its_result=$1 its_changed=false its_outputs_created='[]' its_outputs_changed='[]'
  local its_outputs_removed='[]' its_recovered='[]' its_verification_passed=null
  local its_verification=null its_backup=null its_commit=null its_held=null its_gates='[]'
  local its_failures='[]' its_stale='' its_steps='[]' its_would_restore='' its_would_remove=''
  local its_head=(target "\"$2\"" direction "\"$3\"" success "$4" status "\"$5\"" exit_code "$6" message "$7" duration "$8")
  shift 8
  while (($# > 1)); do
    printf -v "its_$1" '%s' "$2"
    shift 2
  done
  json_object "$its_result" "${its_head[@]}" \
    changed "$its_changed" \
    outputs_created "$its_outputs_created" \
    outputs_changed "$its_outputs_changed" \
    outputs_removed "$its_outputs_removed" \
    recovered "$its_recovered" \
    verification_passed "$its_verification_passed" \
    verification "$its_verification" \
    backup "$its_backup" \
    commit "$its_commit" \
    held "$its_held" \
    ${its_would_restore:+would_restore "$its_would_restore"} \
    ${its_would_remove:+would_remove "$its_would_remove"} \
    gates "$its_gates" \
    failures "$its_failures" \
    ${its_stale:+stale "$its_stale"} \
    steps "$its_steps"
}

# hand_over FILE RESULT STATUS SUCCESS CODE: to the program that asked for this run; in
# FILE.words stands what it acts upon.
hand_over() {
  printf '%s %s %s\n' "$3" "$4" "$5" >"$1.words" && printf '%s\n' "$2" >"$1"
}

# recovered_json NAME: set NAME to the JSON array of where what stood in the way
# is kept.
recovered_json() {
  local path list=''
  if [[ -s $run_dir/recovered ]]; then
    while IFS= LC_ALL=C read -r path; do
      decode_path path "$path"
      json_string path "$path"
      list+=${list:+,}$path
    done < <(LC_ALL=C sort "$run_dir/recovered")
  fi
  printf -v "$1" '[%s]' "$list"
}

# backup_place NAME: set NAME to where backup_made is: a folder, or beside the
# files.
backup_place() {
  printf -v "$1" '%s' "$store/$target/$backup_made"
  [[ -e ${!1} ]] || printf -v "$1" '%s' "*.bak.$backup_made"
}

steps_json() {
  local index title reason list=''
  for index in ${step_ids[@]+"${!step_ids[@]}"}; do
    [[ -n ${step_states[index]} ]] || continue
    json_string title "${step_titles[index]}"
    json_string reason "${step_reasons[index]}"
    list+=${list:+,}"{\"id\":\"${step_ids[index]}\",\"title\":$title,\"status\":\"${step_states[index]}\",\"exit_code\":${step_codes[index]},\"seconds\":${step_durations[index]},\"reason\":$reason}"
  done
  printf -v "$1" '[%s]' "$list"
}

# gates_json NAME: set NAME to the JSON array of the gates that were run.
gates_json() {
  local index file result output passed list=''
  for index in ${step_ids[@]+"${!step_ids[@]}"}; do
    file=$run_dir/work/${step_ids[index]}
    [[ -e $file.gate ]] || continue
    result='"exit_code":null,"value":null'
    [[ ! -s $file.result ]] || result=$(<"$file.result")
    passed=false
    [[ ${step_states[index]} != ok ]] || passed=true
    last_lines output "$run_dir/out/${step_ids[index]}" 20
    json_string output "$output"
    list+=${list:+,}"{$(<"$file.gate"),$result,\"passed\":$passed,\"output\":$output}"
  done
  printf -v "$1" '[%s]' "$list"
}

failures_json() {
  local item reason list=''
  if [[ -s $run_dir/failures ]]; then
    while IFS=$'\t' LC_ALL=C read -r reason item; do
      mask item
      mask reason
      json_string item "$item"
      json_string reason "$reason"
      list+=${list:+,}"{\"item\":$item,\"reason\":$reason}"
    done < <(LC_ALL=C sort -t $'\t' -k 2 "$run_dir/failures")
  fi
  printf -v "$1" '[%s]' "$list"
}
