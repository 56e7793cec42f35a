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
  local folder problems newest=''
  local good=()
  : >"$run_dir/work/damaged"
  for folder in "$@"; do
    if read_manifest "$folder/manifest.json"; then
      good+=("$folder")
    else
      printf 'damaged\t%s\t%s\n' "$folder" "$problem" >>"$run_dir/work/damaged"
    fi
  done
  while ((${#good[@]} > 0)); do
    apply_rules "${good[@]}" >"$run_dir/work/judged"
    grep -q '^remove' "$run_dir/work/judged" || break
    # Nothing goes before all that stays was looked at, the newest byte by byte.
    folder=$(first_damaged)
    [[ -n $folder ]] || break
    without_backup "$folder"
  done
  ((${#good[@]} == 0)) || cat -- "$run_dir/work/judged"
  cat -- "$run_dir/work/damaged"
}

# first_damaged: print the first of what is to be kept that does not verify.
first_damaged() {
  local word folder reason read=read
  while IFS=$'\t' read -r word folder reason; do
    [[ $word == keep ]] || continue
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
apply_rules() {
  printf '%s\n' "$@" | sed '1!G;h;$!d' | RULES=$backup_keep LC_ALL=C awk -F / '
    # Days since 0000-03-01 of the proleptic Gregorian calendar.
    function days(year, month, day) {
      if (month < 3) { year--; month += 12 }
      day += 365 * year + int(year / 4) - int(year / 100) + int(year / 400)
      return day + int((153 * (month - 3) + 2) / 5)
    }
    function hours(stamp, years, months,    seconds) {
      years = substr(stamp, 1, 4) - years
      months = substr(stamp, 5, 2) - months
      while (months < 1) { months += 12; years-- }
      seconds = substr(stamp, 12, 2) * 60 + substr(stamp, 14, 2)
      return days(years, months, substr(stamp, 7, 2)) * 24 + substr(stamp, 10, 2) + seconds / 3600
    }
    function bucket(rule, stamp) {
      if (rule == "hourly") return substr(stamp, 1, 11)
      if (rule == "daily") return substr(stamp, 1, 8)
      if (rule == "monthly") return substr(stamp, 1, 6)
      if (rule == "yearly") return substr(stamp, 1, 4)
      if (rule == "weekly") return int((hours(stamp, 0, 0) / 24 + 1) / 7)
      return NR
    }
    function part(duration, unit) {
      return match(duration, "[0-9]+" unit) ? substr(duration, RSTART, RLENGTH - 1) + 0 : 0
    }
    BEGIN {
      count = split(ENVIRON["RULES"], rules, " ")
      for (i = 1; i <= count; i++) {
        split(rules[i], pair, "=")
        name[i] = pair[1]
        left[i] = pair[2]
      }
    }
    {
      stamp = $NF
      why = NR == 1 ? "the newest" : ""
      for (i = 1; i <= count; i++) {
        if (name[i] == "within") {
          if (NR == 1) {
            limit[i] = hours(stamp, part(left[i], "y"), part(left[i], "m"))
            limit[i] -= 24 * part(left[i], "d") + part(left[i], "h")
          }
          if (hours(stamp, 0, 0) >= limit[i]) why = why (why ? ", " : "") "within " left[i]
        } else if (left[i] > 0 && bucket(name[i], stamp) != last[i]) {
          last[i] = bucket(name[i], stamp)
          left[i]--
          why = why (why ? ", " : "") name[i]
        }
      }
      print (why ? "keep" : "remove") "\t" $0 "\t" (why ? why : "no rule keeps it")
    }'
}

# prune_backups: of this target, series by series; what went is in the history.
prune_backups() {
  local series
  while IFS= read -r series; do
    prune_series "$series"
  done < <(list_backups "$target" | sed 's,/[^/]*$,,' | LC_ALL=C sort -u)
  rm -rf -- "$store/$target"/.removed-*
}

prune_series() {
  local word folder reason
  local folders=()
  while IFS= read -r folder; do
    folders+=("$folder")
  done < <(list_backups "$target" | awk -v series="$1" 'index($0, series "/") == 1 &&
    substr($0, length(series) + 2) !~ "/"')
  judge_backups "${folders[@]}" >"$run_dir/work/verdicts"
  while IFS=$'\t' read -r word folder reason; do
    case $word in
      remove)
        if [[ $dry_run == false ]]; then
          remove_backup "$folder" || return 1
          ledger removed "$folder" "$reason"
        fi
        ;;
      damaged) warn "$target: the backup $folder is damaged: $reason; it stays, and does not count" ;;
      *) ;;
    esac
    [[ -z ${show_verdicts:-} ]] ||
      printf '%-8s %-60s %s\n' "$word" "${folder#"$store"/}" "$reason"
  done <"$run_dir/work/verdicts"
}
