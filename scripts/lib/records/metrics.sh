# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# The metrics of all targets in one file, as node_exporter's textfile collector reads
# it. What is known of each is a line in .insightpulse/state/metrics/TARGET:
#   CODE LAST_RUN LAST_SUCCESS SECONDS CHANGED   times since 1970; 0 is never

# keep_metrics FILE: after a run, in a subshell. It changes nothing in how the run ended.
keep_metrics() {
  local entry owner beside=$1.new folder=.insightpulse/state/metrics
  if ! try_lock entry .metrics 10; then
    warn "$target: not in $1: $(lock_owner_text "$owner")"
    return 0
  fi
  make_private_folder .insightpulse/state
  mkdir -p -- "$folder"
  metrics_record "$folder/$target" >"$folder/$target.new" &&
    mv -f -- "$folder/$target.new" "$folder/$target"
  # Others read it.
  if [[ -d $1 ]] || ! (umask 022 && print_metrics >"$beside" && mv -f -- "$beside" "$1") 2>/dev/null; then
    rm -f -- "$beside"
    warn "$target: the metrics cannot be written to $1"
  fi
  release_lock "$entry"
}

# metrics_record FILE: print the line of this run, FILE being that of the one before.
metrics_record() {
  local now success=0 changed=0
  { read -r _ _ success _ <"$1"; } 2>/dev/null || :
  [[ $success =~ ^[0-9]+$ ]] || success=0
  now_milliseconds now
  now=$((now / 1000))
  [[ ! $status =~ ^(done|unchanged)$ ]] || success=$now
  if [[ -s $run_dir/outputs && $status != failed ]]; then
    changed=$(LC_ALL=C sort -u "$run_dir/outputs" | grep -c '')
  fi
  printf '%d %d %d %s %d\n' "$exit_code" "$now" "$success" "$duration" "$changed"
}

# print_metrics: of all targets.
print_metrics() {
  local place=$root line_end=$'\n'
  place=${place//\\/\\\\}
  place=${place//\"/\\\"}
  place=${place//$line_end/\\n}
  metric 1 exit_code 'How the last run ended: 0 is well.'
  metric 2 last_run_timestamp_seconds 'When the last run ended, since 1970.'
  metric 3 last_success_timestamp_seconds 'When a run last ended well, since 1970; 0 is never.'
  metric 4 duration_seconds 'How long the last run took.'
  metric 5 changed_outputs 'Files and folders that the last run created, changed or removed.'
}

# metric FIELD NAME HELP
metric() {
  local file fields
  printf '# HELP lockstep_%s %s\n# TYPE lockstep_%s gauge\n' "$2" "$3" "$2"
  for file in .insightpulse/state/metrics/*; do
    fields=()
    [[ $file == *.new || ! -f $file ]] || IFS=' ' read -r -a fields <"$file" || :
    ((${#fields[@]} == 5)) || continue
    printf 'lockstep_%s{root="%s",target="%s"} %s\n' "$2" "$place" "${file##*/}" "${fields[$1 - 1]}"
  done
}
