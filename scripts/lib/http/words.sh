# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# HTTP: what steps call. Each of these ends the step with one clear line unless
# the answer is whole and good; http_try (request.sh) fails instead, and says
# whether the request may have been done all the same.

# http_get NAME PLACE: JSON, to work/NAME.
http_get() {
  http_try GET "$1" "$2" || http_fail
}

# http_fetch NAME PLACE: whatever it is, to work/NAME.
http_fetch() {
  http_try GET "$1" "$2" '' '' any || http_fail
}

# http_query NAME PLACE BODY: a POST that only asks, and may be repeated.
http_query() {
  http_try POST "$1" "$2" "$3" repeatable || http_fail
}

# http_send METHOD NAME PLACE BODY [repeatable]: JSON of the file BODY.
http_send() {
  http_try "$@" || http_fail
}

# http_fail: end the step with what http_try found. One item of a pool that fails
# does not decide how the run ends.
http_fail() {
  if [[ ${reason_file##*/} == *.* ]]; then
    fail_step "$http_problem"
  else
    fail_step "$http_problem" "$http_problem_code"
  fi
}

# http_pages NAME PLACE NEXT [MOST]: all pages of a list, to work/NAME.1, work/
# NAME.2 and so on; NEXT is what jq takes the link to the next page from, or
# null. Sets http_page_count. A link to anywhere else is never followed: the
# token would go there too.
http_pages() {
  local place=$2 next origin seen=' '
  http_page_count=0
  while :; do
    http_page_count=$((http_page_count + 1))
    http_get "$1.$http_page_count" "$place"
    seen+="$http_url "
    next=$(jq -r "($3) // empty | strings" "$http_file" 2>/dev/null) ||
      fail_step "$http_name: the answer has another shape than expected" 1
    [[ -n $next ]] || return 0
    [[ $next != /* || $next == //* ]] || next=$http_origin$next
    origin=
    ! is_http_address "$next" || http_origin_of origin "$next"
    [[ $origin == "$http_origin" ]] ||
      fail_step "$http_name: the next page is at ${origin:-no valid address}, not at $http_origin; it is not followed" 1
    [[ $seen != *" $next "* ]] ||
      fail_step "$http_name: page $http_page_count leads back to an earlier one" 1
    ((http_page_count < ${4:-1000})) ||
      fail_step "$http_name: there are more than ${4:-1000} pages" 1
    place=$next
  done
}
