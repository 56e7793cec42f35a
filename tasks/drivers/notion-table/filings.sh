# shellcheck shell=bash
# shellcheck disable=SC2016,SC2034,SC2154 # jq's; variables are shared between the parts
# A filing calendar: each return that falls due in the months from the period on is
# a row. Which returns there are, and the rule of each, is data.

notion_read_filings() {
  local work=$run_dir/work
  notion_read_entries filings form
  notion_read_holidays
  notion_check_entries 'of_list("filings"; ["holidays"]) | if .problem then . else .entry
    | if type != "object" or (.form // "" | line) == "" then wrong($from; "a filing needs \"form\"")
      elif .period as $one | ["month", "quarter", "year"] | index($one) == null
      then wrong($from; "\(.form): \"period\" is month, quarter or year")
      elif .only // [] | list | all(test("^([1-9]|1[0-2])$")) | not
      then wrong($from; "\(.form): \"only\" is a list of the numbers of months or quarters")
      elif .move // "next" | . as $one | ["next", "previous", "no"] | index($one) == null
      then wrong($from; "\(.form): \"move\" is next, previous or no")
      elif (.source // "" | line) == "" then wrong($from; "\(.form): needs \"source\", where its rule comes from")
      elif .due | type != "string" then wrong($from; "\(.form): needs \"due\", a rule")
      else empty end end'
  notion_of_entries -r 'select(.list == "filings") | [.at, .entry.period,
    (.entry.only // ["-"] | list | join(" ")), (.entry.due | line), .entry.move // "next"] | join("\t")' >"$work/rules"
  notion_check_rules <"$work/rules"
  notion_filing_dates <"$work/rules" >"$work/due"
  jq -R -c 'split("\t")' "$work/due" >"$work/dates"
  notion_make_rows 'select(.list == "filings") | .entry | (.form | line) as $form
    | $dates[] | select(.[0] == $from.at)
    | {at: $from.at, key: "\($form) \(.[1])", values: ({form: $form, period: .[1], period_end: .[2], due: .[3],
        due_by_rule: .[4]} + ($from.entry | del(.form, .period, .due, .only, .move)) | called)}
    | .values[$key] = .key'
}

# notion_check_rules: each must be one that due_by_rule knows.
notion_check_rules() {
  local place rule day
  while IFS=$'\t' read -r place _ _ rule _; do
    due_by_rule day 24000 "$rule" ||
      printf '%s: due: "%s" is no rule; rules are: 10th of the following month, last day of the 2nd month after, 25 days after the end, January 31\n' \
        "$place" "$rule" >>"$run_dir/work/problems"
  done
  notion_stop_at_problems
}

# notion_filing_dates: lines PLACE TAB PERIOD TAB KINDS TAB RULE TAB MOVE in (PERIOD
# month, quarter or year; KINDS the numbers of those that have it, or -), lines PLACE
# TAB PERIOD TAB END TAB DUE TAB BY_RULE out: what is due in the months from
# $notion_month on; DUE is what weekends and holidays make of BY_RULE.
notion_filing_dates() {
  local place kind only rule move first from to
  month_index first "$notion_month"
  day_of_month from "$first" 1
  day_of_month to "$((first + notion_months - 1))" 31
  while IFS=$'\t' read -r place kind only rule move; do
    notion_filing_of_form
  done
}

# notion_filing_of_form: each period that may fall due then. No return is due more
# than two years after its period.
notion_filing_of_form() {
  local length=1 month number due moved end name
  case $kind in quarter) length=3 ;; year) length=12 ;; *) ;; esac
  for ((month = first - 24; month <= first + notion_months; month++)); do
    (((month + 1) % length == 0)) || continue
    number=$((month % 12 / length + 1))
    [[ $only == - || " $only " == *" $number "* ]] || continue
    due_by_rule due "$month" "$rule" || return 1
    moved=$due
    case $move in
      next) working_day moved "$due" 1 ;;
      previous) working_day moved "$due" -1 ;;
      *) ;;
    esac
    ((moved >= from && moved <= to)) || continue
    period_name name "$kind" "$month"
    day_of_month end "$month" 31
    date_of_day end "$end"
    date_of_day due "$due"
    date_of_day moved "$moved"
    printf '%s\t%s\t%s\t%s\t%s\n' "$place" "$name" "$end" "$moved" "$due"
  done
}

# period_name NAME KIND INDEX: set NAME to 2026-11, 2026-Q4 or 2026, of the period
# that ends with that month.
period_name() {
  case $2 in
    month) month_name "$1" "$3" ;;
    quarter) printf -v "$1" '%04d-Q%d' "$(($3 / 12))" "$(($3 % 12 / 3 + 1))" ;;
    *) printf -v "$1" '%04d' "$(($3 / 12))" ;;
  esac
}

# due_by_rule NAME INDEX RULE: set NAME to the day that RULE gives for a period that
# ends with that month. Fails where RULE is none of these:
#   10th of the following month       last day of the following month
#   15th of the 4th month after       last day of the 2nd month after
#   25 days after the end             January 31, the first one after the end
due_by_rule() {
  local its_day=31 its_month its_end
  if [[ $3 =~ ^((([12]?[0-9]|3[01])(st|nd|rd|th))|last\ day)\ of\ the\ (following\ month|([1-9]|1[0-2])(st|nd|rd|th)\ month\ after)$ ]]; then
    its_day=${BASH_REMATCH[3]:-31}
    its_month=${BASH_REMATCH[6]:-1}
    ((its_day > 0)) || return 1
    day_of_month "$1" "$(($2 + its_month))" "$its_day"
  elif [[ $3 =~ ^([1-9][0-9]{0,2})\ days?\ after\ the\ end$ ]]; then
    its_day=${BASH_REMATCH[1]}
    day_of_month its_end "$2" 31
    printf -v "$1" '%d' "$((its_end + its_day))"
  elif [[ $3 =~ ^([A-Z][a-z]+)\ ([1-9]|[12][0-9]|3[01])$ ]]; then
    its_day=${BASH_REMATCH[2]}
    month_of_name its_month "${BASH_REMATCH[1]}" || return 1
    # The month itself is over.
    day_of_month "$1" "$(($2 + 1 + (its_month + 11 - ($2 + 1) % 12) % 12))" "$its_day"
  else
    return 1
  fi
}

# month_of_name NAME MONTH: set NAME to 1 for January and so on.
month_of_name() {
  local its_name its_number=0
  for its_name in January February March April May June July August September \
    October November December; do
    its_number=$((its_number + 1))
    [[ $its_name != "$2" ]] || {
      printf -v "$1" '%d' "$its_number"
      return 0
    }
  done
  return 1
}
