# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# Dates without a date command: days as numbers (day_number), months as numbers
# since year 0, working days between weekends and holidays.

# Full dates and days of every year, each between spaces: " 20261224 1225 ".
holidays=' '

# date_of_day NAME DAY: set NAME to YYYY-MM-DD; the reverse of day_number.
date_of_day() {
  local era=$(($2 / 146097)) day year month
  day=$(($2 - era * 146097 - 1))
  ((day >= 0)) || { era=$((era - 1)) day=$((day + 146097)); }
  year=$(((day - day / 1460 + day / 36524 - day / 146096) / 365))
  day=$((day - 365 * year - year / 4 + year / 100))
  month=$(((5 * day + 2) / 153))
  day=$((day - (153 * month + 2) / 5 + 1))
  month=$((month < 10 ? month + 3 : month - 9))
  printf -v "$1" '%04d-%02d-%02d' "$((year + era * 400 + (month <= 2)))" "$month" "$day"
}

# is_date YYYY-MM-DD: is there such a day?
is_date() {
  local day date
  [[ $1 =~ ^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$ ]] || return 1
  day_number day "${1//-/}"
  date_of_day date "$day"
  [[ $date == "$1" ]]
}

# month_index NAME YYYY-MM: set NAME to the months since year 0.
month_index() {
  printf -v "$1" '%d' "$((10#${2:0:4} * 12 + 10#${2:5:2} - 1))"
}

# month_name NAME INDEX: set NAME to YYYY-MM.
month_name() {
  printf -v "$1" '%04d-%02d' "$(($2 / 12))" "$(($2 % 12 + 1))"
}

# day_of_month NAME INDEX DAY: set NAME to that day of a month, or to its last
# where it has none of that number.
day_of_month() {
  local its_first its_next its_text
  printf -v its_text '%04d%02d01' "$(($2 / 12))" "$(($2 % 12 + 1))"
  day_number its_first "$its_text"
  printf -v its_text '%04d%02d01' "$((($2 + 1) / 12))" "$((($2 + 1) % 12 + 1))"
  day_number its_next "$its_text"
  printf -v "$1" '%d' "$((its_first + $3 - 1 < its_next ? its_first + $3 - 1 : its_next - 1))"
}

# is_working_day DAY: neither Saturday, Sunday nor holiday?
is_working_day() {
  local weekday=$((($1 + 1) % 7)) date
  # 0 is a Monday.
  ((weekday < 5)) || return 1
  date_of_day date "$1"
  date=${date//-/}
  [[ $holidays != *" $date "* && $holidays != *" ${date:4} "* ]]
}

# working_day NAME DAY WAY: set NAME to DAY, or to the next working day (WAY 1) or
# the one before it (WAY -1).
working_day() {
  local its_day=$2
  until is_working_day "$its_day"; do
    its_day=$((its_day + $3))
  done
  printf -v "$1" '%d' "$its_day"
}

# working_days_from NAME INDEX OFFSET: set NAME to the working day that is OFFSET
# away from the end of a month: 0 is its last one, 1 the first one after it.
working_days_from() {
  local its_end its_left=$3 its_way=1
  day_of_month its_end "$2" 31
  ((its_left > 0)) || its_way=-1
  ((its_left > 0)) || working_day its_end "$its_end" -1
  while ((its_left != 0)); do
    its_end=$((its_end + its_way))
    working_day its_end "$its_end" "$its_way"
    its_left=$((its_left - its_way))
  done
  printf -v "$1" '%d' "$its_end"
}

# add_holiday TEXT: YYYY-MM-DD, or MM-DD of every year; what stands behind it is
# its name. Fails where it is neither.
add_holiday() {
  local date=${1%%[[:space:]]*}
  case $date in
    [0-9][0-9]-[0-9][0-9]) is_date "2000-$date" || return 1 ;;
    *) is_date "$date" || return 1 ;;
  esac
  holidays+="${date//-/} "
}
