# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# Which backups stay: a rule keeps what it names, and what any rule keeps stays,
# as in restic's forget. Only backups that verify count, and the newest of them
# always stays. Damaged ones are left for a person to look at.

# The rules, as words NAME=NUMBER (last, hourly, daily, weekly, monthly, yearly)
# and within=DURATION (1y2m3d4h).
backup_keep=last=10

# judge_backups FOLDER...: of one series, the oldest first; print a line each,
# the newest first: keep, remove or damaged, the folder, and why, between tabs.
judge_backups() {
  local folder problems
  local good=()
  : >"$run_dir/work/damaged" || return 1
  for folder in "$@"; do
    if read_manifest "$folder/manifest.json"; then
      good+=("$folder")
    else
      printf 'damaged\t%s\t%s\n' "$folder" "$problem" >>"$run_dir/work/damaged"
    fi
  done
  while ((${#good[@]} > 0)); do
    apply_rules "${good[@]}" >"$run_dir/work/judged" || return 1
    grep -q '^remove' "$run_dir/work/judged" || break
    # Nothing goes before all was looked at, the newest byte by byte.
    folder=$(first_damaged)
    [[ -n $folder ]] || break
    without_backup "$folder"
  done
  ((${#good[@]} == 0)) || cat -- "$run_dir/work/judged"
  cat -- "$run_dir/work/damaged"
}

# first_damaged: print the first that does not verify, the newest first.
first_damaged() {
  local word folder reason read=read
  while IFS=$'\t' read -r word folder reason; do
    [[ ${folder##*/} != "$backup_made" ]] || read=
    problems=$(check_backup "$folder" "$read")
    read=
    if [[ -n $problems ]]; then
      printf 'damaged\t%s\t%s\n' "$folder" "${problems%%$'\n'*}" >>"$run_dir/work/damaged"
      printf '%s' "$folder"
      return 0
    fi
  done <"$run_dir/work/judged"
}

without_backup() {
  local index
  for index in "${!good[@]}"; do
    [[ ${good[index]} != "$1" ]] || unset "good[$index]"
  done
  good=(${good[@]+"${good[@]}"})
}

# apply_rules FOLDER...: the decision alone; the oldest first in, as above out.
# What is dated ahead of now, because a clock was wrong, stays and counts for none.
apply_rules() {
  local now folder stamp rule limit limits='' newest='' rules=()
  now_utc now %Y%m%d_%H%M%S
  for folder in "$@"; do
    stamp=${folder##*/}
    [[ ! $stamp =~ ^[0-9]{8}_[0-9]{6} || ${stamp:0:15} > $now ]] || newest=$stamp
  done
  read -r -a rules <<<"$backup_keep"
  for rule in ${rules[@]+"${rules[@]}"}; do
    limit=-
    [[ $rule != within=* || -z $newest ]] || moment_before limit "$newest" "${rule#*=}"
    limits+="$limit "
  done
  number_days "$@" | reverse_lines | RULES=$backup_keep LIMITS=$limits COUNT=$# NOW=$now LC_ALL=C awk -F '\t' '
    # Day 0 is a Wednesday: 1.
    function seconds(stamp) {
      return $1 * 86400 + substr(stamp, 10, 2) * 3600 + substr(stamp, 12, 2) * 60 + substr(stamp, 14, 2)
    }
    function bucket(rule, stamp) {
      if (rule == "hourly") return substr(stamp, 1, 11)
      if (rule == "daily") return substr(stamp, 1, 8)
      if (rule == "monthly") return substr(stamp, 1, 6)
      if (rule == "yearly") return substr(stamp, 1, 4)
      if (rule == "weekly") return int(($1 + 1) / 7)
      return NR
    }
    BEGIN {
      count = split(ENVIRON["RULES"], rules, " ")
      for (i = 1; i <= count; i++) {
        split(rules[i], pair, "=")
        name[i] = pair[1]
        left[i] = pair[2]
      }
      split(ENVIRON["LIMITS"], limit, " ")
    }
    {
      stamp = $2
      sub(/.*\//, "", stamp)
      why = NR == 1 ? "the newest" : ""
      if (substr(stamp, 1, 15) > ENVIRON["NOW"]) {
        print "keep\t" $2 "\t" why (why ? ", " : "") "dated in the future"
        next
      }
      for (i = 1; i <= count; i++) {
        reason = ""
        if (name[i] == "within") {
          if (seconds(stamp) > limit[i] + 0) reason = "within " left[i]
        } else if (left[i] > 0) {
          if (bucket(name[i], stamp) != last[i]) reason = name[i]
          else if (NR == ENVIRON["COUNT"]) reason = "oldest " name[i]
          if (reason != "") {
            last[i] = bucket(name[i], stamp)
            left[i]--
          }
        }
        if (reason != "") why = why (why ? ", " : "") reason
      }
      print (why ? "keep" : "remove") "\t" $2 "\t" (why ? why : "no rule keeps it")
    }'
}

# number_days FOLDER...: each with the day in its name before it, and a tab.
number_days() {
  local folder day
  for folder in "$@"; do
    day_of_backup day "$folder"
    printf '%d\t%s\n' "$day" "$folder"
  done
}

# moment_before NAME STAMP DURATION: set NAME to the second, counted from the day 0,
# that lies a DURATION (1y2m3d4h) before YYYYMMDD_HHMMSS.
moment_before() {
  local its_years=0 its_months=0 its_days=0 its_hours=0 its_rest=$3 its_text its_day
  while [[ $its_rest =~ ^([0-9]+)([ymdh]) ]]; do
    its_rest=${its_rest#"${BASH_REMATCH[0]}"}
    case ${BASH_REMATCH[2]} in
      y) its_years=$((10#${BASH_REMATCH[1]})) ;;
      m) its_months=$((10#${BASH_REMATCH[1]})) ;;
      d) its_days=$((10#${BASH_REMATCH[1]})) ;;
      *) its_hours=$((10#${BASH_REMATCH[1]})) ;;
    esac
  done
  its_months=$(((10#${2:0:4} - its_years) * 12 + 10#${2:4:2} - 1 - its_months))
  ((its_months >= 0)) || its_months=0
  printf -v its_text '%04d%02d%s' "$((its_months / 12))" "$((its_months % 12 + 1))" "${2:6:2}"
  day_number its_day "$its_text"
  printf -v "$1" '%d' "$(((its_day - its_days) * 86400 - its_hours * 3600 + 10#${2:9:2} * 3600 + 10#${2:11:2} * 60 + 10#${2:13:2}))"
}

# prune_backups: of this target, series by series; what went is in the history.
prune_backups() {
  local series status=0 all=$run_dir/work/backups
  list_backups "$target" >"$all"
  tell_dated_ahead
  while IFS= read -r series; do
    prune_series "$series" || status=1
  done < <(sed 's,/[^/]*$,,' "$all" | LC_ALL=C sort -u)
  [[ $dry_run == true ]] || clear_store
  return "$status"
}

# tell_dated_ahead: of backups that no rule by time counts.
tell_dated_ahead() {
  local now ahead
  now_utc now %Y%m%d_%H%M%S
  ahead=$(sed 's,.*/,,' "$all" | NOW=$now LC_ALL=C awk 'substr($0, 1, 15) > ENVIRON["NOW"]' | LC_ALL=C sort -u)
  [[ -z $ahead ]] ||
    warn "$target: $(grep -c '' <<<"$ahead") backups are dated in the future: was a clock wrong? They stay, and no rule counts them: ${ahead//$'\n'/, }" 2>&6
}

prune_series() {
  local word folder reason
  local folders=()
  while IFS= read -r folder; do
    folders+=("$folder")
  done < <(SERIES=$1/ LC_ALL=C awk 'index($0, ENVIRON["SERIES"]) == 1 &&
    substr($0, length(ENVIRON["SERIES"]) + 1) !~ "/"' "$all")
  # Most runs remove nothing; where the rules keep all, they keep all good ones.
  [[ -n ${show_verdicts:-} || $(apply_rules "${folders[@]}") == *remove$'\t'* ]] || return 0
  judge_backups "${folders[@]}" >"$run_dir/work/verdicts" || return 1
  while IFS=$'\t' read -r word folder reason; do
    case $word in
      remove)
        if [[ $dry_run == false ]]; then
          read_manifest "$folder/manifest.json" || return 1
          remove_backup "$folder" || return 1
          ledger removed "$folder" "$reason" "\"number\":$manifest_number"
        fi
        ;;
      damaged)
        [[ -n ${show_verdicts:-} ]] ||
          warn "$target: the backup $folder is damaged: $reason; it stays, but counts for no rule" 2>&6
        ;;
      *) ;;
    esac
    [[ -z ${show_verdicts:-} ]] ||
      printf '%-8s %-60s %s\n' "$word" "${folder#"$store"/}" "$reason"
  done <"$run_dir/work/verdicts"
}
