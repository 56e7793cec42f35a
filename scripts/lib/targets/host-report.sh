# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# What came back from hosts: kept here, given to whoever asked for it, and of several
# one report (as tasks/engine/run/host-report.ts has it).

# bring_home: set exit_code to the worst of all.
bring_home() {
  local index report='' code
  worst_code
  if ((${#host_names[@]} > 1)); then
    join_reports report
  elif [[ -s $run_dir/host.0/report ]]; then
    report=$(<"$run_dir/host.0/report")
  fi
  for index in "${!host_names[@]}"; do
    [[ -s $run_dir/host.$index/report ]] || continue
    code=0
    (keep_of_host "$index") 2>"$run_dir/problem" || code=$?
    ((code != 0)) || continue
    warn "the report cannot be written here: $(tail -n 1 -- "$run_dir/problem")"
    ((exit_code != 0 && exit_code != 8)) || exit_code=3
  done
  [[ -z $report ]] || give_report "$report"
}

# read_host_report INDEX: set host_run, host_time, host_successful, host_tenths,
# host_dry_run and host_results, of the report of its one target; fails where there is
# none.
read_host_report() {
  local report
  local head='^\{"timestamp":"([0-9TZ:-]+)","run":"([0-9]{8}_[0-9]{6}_[0-9a-f]{4})","total_targets":1,"successful":([01]),"failed":[01],"total_duration":([0-9]+)\.([0-9]),"dry_run":(true|false),'
  report=$(cat -- "$run_dir/host.$1/report" 2>/dev/null) || return 1
  [[ $report =~ $head && $report == *'"results":[{'*'}]}' ]] || return 1
  host_time=${BASH_REMATCH[1]}
  host_run=${BASH_REMATCH[2]}
  host_successful=${BASH_REMATCH[3]}
  host_tenths=$((10#${BASH_REMATCH[4]}${BASH_REMATCH[5]}))
  host_dry_run=${BASH_REMATCH[6]}
  report=${report#*'"results":[{'}
  host_results=${report%'}]}'}
}

# keep_of_host INDEX: the report and the log of a run that was no dry run, each for 30
# days.
keep_of_host() {
  local folder
  read_host_report "$1" || {
    printf '%s is no report of this version\n' "${host_names[$1]}" >&2
    return 1
  }
  [[ $host_dry_run == false ]] || return 0
  make_private_folder .insightpulse/hosts
  folder=.insightpulse/hosts/$(printf '%s\n' "${host_names[$1]}" | LC_ALL=C sed 's/[^A-Za-z0-9_.@-]\{1,\}/_/g')
  (umask 077 && mkdir -p -- "$folder") &&
    find "$folder" -type f -mtime +29 -exec rm -f -- {} + &&
    cp -- "$run_dir/host.$1/report" "$folder/$host_run.json" &&
    cp -- "$run_dir/host.$1/log" "$folder/$host_run.log"
}

# join_reports NAME: set NAME to one report of all hosts, as that of several targets: each
# result says of which host and run it is.
join_reports() {
  local index host text='' time='' total=0 successful=0 longest=0 any_dry=false
  for index in "${!host_names[@]}"; do
    json_string host "${host_names[index]}"
    total=$((total + 1))
    if read_host_report "$index"; then
      [[ -n $time && ! $host_time < $time ]] || time=$host_time
      successful=$((successful + host_successful))
      ((host_tenths <= longest)) || longest=$host_tenths
      [[ $host_dry_run == false ]] || any_dry=true
      text+=",{\"host\":$host,\"run\":\"$host_run\",$host_results}"
    else
      text+=",{\"host\":$host,\"run\":null,\"target\":\"$target\",\"success\":false,\"status\":\"failed\",\"exit_code\":${codes[index]},\"message\":\"no report came back from there\"}"
    fi
  done
  json_or_null time "$time"
  printf -v longest '%d.%d' "$((longest / 10))" "$((longest % 10))"
  printf -v "$1" '%s' "{\"timestamp\":$time,\"total_targets\":$total,\"successful\":$successful,\"failed\":$((total - successful)),\"total_duration\":$longest,\"dry_run\":$any_dry,\"exit_code\":$exit_code,\"results\":[${text#,}]}"
}
