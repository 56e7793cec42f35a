#!/usr/bin/env bats
load ../../helper

@test "the date of a day is the reverse of its number, over leap years and centuries" {
  in_lib 'for year in 1600 1899 1900 1999 2000 2027 2028 2100; do
      for date in 0101 0131 0228 0301 1231; do
        day_number day "$year$date"
        date_of_day back "$day"
        [[ ${back//-/} == "$year$date" ]] || { printf "%s gives %s\n" "$year$date" "$back"; exit 1; }
      done
      day_number before "${year}0228"
      date_of_day next "$((before + 1))"
      printf "%s " "$next"
    done' >out
  content out '1600-02-29 1899-03-01 1900-03-01 1999-03-01 2000-02-29 2027-03-01 2028-02-29 2100-03-01 '
}

@test "a date is a day that there is" {
  is "$(in_lib 'for date in 2028-02-29 2027-02-29 2100-02-29 2000-02-29 2026-04-31 2026-13-01 2026-1-1 20260101 ""; do
      ! is_date "$date" || printf "%s " "$date"
    done')" '2028-02-29 2000-02-29 '
}

# due RULE END...: the day by RULE for periods that end with these months.
due() {
  in_lib 'rule=$1
    shift
    for month; do
      month_index index "$month"
      due_by_rule day "$index" "$rule" || { printf "no rule"; exit 0; }
      date_of_day date "$day"
      printf "%s " "$date"
    done' "$@"
}

@test "each rule gives its day, leap day included" {
  is "$(due '10th of the following month' 2027-12 2028-01)" '2028-01-10 2028-02-10 '
  is "$(due 'last day of the following month' 2028-01 2027-01 2028-03 2027-11)" '2028-02-29 2027-02-28 2028-04-30 2027-12-31 '
  is "$(due '31st of the following month' 2028-01)" '2028-02-29 '
  is "$(due '15th of the 4th month after' 2027-12 2028-09)" '2028-04-15 2029-01-15 '
  is "$(due 'last day of the 2nd month after' 2027-12)" '2028-02-29 '
  is "$(due '60 days after the end' 2027-12 2026-12 2028-03)" '2028-02-29 2027-03-01 2028-05-30 '
  is "$(due '1 day after the end' 2028-02)" '2028-03-01 '
  is "$(due 'January 31' 2027-12 2028-01)" '2028-01-31 2029-01-31 '
  is "$(due 'December 1' 2027-11 2027-12)" '2027-12-01 2028-12-01 '
}

@test "what is no rule is refused" {
  local rule
  for rule in '' '0th of the following month' '32nd of the following month' '10 of the following month' \
    'Smarch 1' 'January 32' 'the 10th' '10th of the following month ' '10th of the 13th month after'; do
    is "$rule: $(due "$rule" 2027-12)" "$rule: no rule"
  done
}

@test "working days are counted from the end of the month, over weekends and holidays" {
  # 28 February 2027 is a Sunday; 30 November 2026 a holiday on a Monday.
  is "$(in_lib 'add_holiday "2026-11-30 Bonifacio"
    add_holiday 12-25
    for place in "2026-11 -3" "2026-11 -1" "2026-11 0" "2026-11 1" "2026-12 0" "2027-02 0" "2027-02 1" "2028-02 0"; do
      month_index month "${place% *}"
      working_days_from day "$month" "${place#* }"
      date_of_day date "$day"
      printf "%s " "$date"
    done
    month_index month 2026-12
    working_days_from day "$month" -5
    date_of_day date "$day"
    printf "%s" "$date"')" \
    '2026-11-24 2026-11-26 2026-11-27 2026-12-01 2026-12-31 2027-02-26 2027-03-01 2028-02-29 2026-12-23'
}

# rows SOURCE MONTH MONTHS FILE...: what the files give, KEY TAB DUE a line.
rows() {
  in_run 'notion_key=Name notion_text=Description notion_properties="{\"due\":\"Due\",\"period_end\":null,\"due_by_rule\":null}"
    source=$1 notion_month=$2 notion_months=$3
    shift 3
    notion_files=("$@")
    "notion_read_$source"
    jq -r "[.key, .values.Due] | join(\"\t\")" "$run_dir/work/rows"' "$@"
}

@test "the filing calendar of 2028 is what a person works out by hand" {
  mkdir -p tasks && cp -R "$project/tasks/notion" tasks/
  rows filings 2028-01 12 tasks/notion/holidays.yaml tasks/notion/bir-filings.yaml |
    LC_ALL=C sort >computed
  sed -n 's/^\(2028-[0-9-]*\)  //p' "$project/test/fixtures/filings-2028.txt" | grep -c '' >days
  LC_ALL=C awk -F '  ' '/^2028/ { n = split($2, all, ", "); for (i = 1; i <= n; i++) print all[i] "\t" $1 }' \
    "$project/test/fixtures/filings-2028.txt" | LC_ALL=C sort >by_hand
  diff by_hand computed
  is "$(grep -c '' computed) $(<days)" '83 41'
}

@test "the shipped closing tasks have their days" {
  mkdir -p tasks && cp -R "$project/tasks/notion" tasks/
  rows closing 2026-11 1 tasks/notion/holidays.yaml tasks/notion/month-end.yaml >computed
  # Of 2026-11-30, Bonifacio Day, the last working day is Friday the 27th.
  is "$(sed -n 's/^2026-11 \(Remind\|Post\|Bank\|Lock\).*\t/\1 /p' computed | paste -s -d ' ' -)" \
    'Remind 2026-11-24 Post 2026-11-27 Bank 2026-12-02 Lock 2026-12-07'
}
