# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# HTTP: what an answer is worth, and when to ask again.

# http_judge STATUS: of curl. Sets http_outcome, http_problem, http_problem_code
# (the exit code of a run that ends so), http_repeats, and moves a good answer
# to its name.
http_judge() {
  local sent=0 type='' code=000
  read -r code sent type <"$http_file.answer" 2>/dev/null || :
  http_status=${code:-000}
  http_problem_code=3
  http_repeats=false
  if (($1 != 0)); then
    http_judge_failure "$1" "${sent:-0}"
  else
    http_judge_status "$type"
  fi
  [[ $http_outcome != unclear || $http_safe != repeatable ]] || http_repeats=true
}

# http_judge_failure STATUS SENT: curl has no whole answer.
http_judge_failure() {
  local text='' after=' after [0-9]+ ms'
  http_outcome=unclear
  { IFS= read -r text <"$http_file.errors"; } 2>/dev/null || :
  text=${text#curl: (*) }
  # One dead server is one reason.
  [[ ! $text =~ $after ]] || text=${text/"${BASH_REMATCH[0]}"/}
  case $1 in
    28) text="no answer from $http_origin within $http_timeout s" ;;
    18 | 52 | 55 | 56 | 92) text="$http_origin broke off its answer" ;;
    23 | 63 | 153)
      http_outcome=refused
      http_problem_code=1
      text="an answer of more than $http_most kB, or no space left for it"
      ;;
    35 | 51 | 58 | 59 | 60 | 77 | 83 | 90 | 91)
      text="no secure connection to $http_origin: ${text%%; *}"
      http_outcome=refused
      ;;
    *) ;;
  esac
  http_problem="$http_name: ${text:-curl: exit code $1}"
  [[ $http_outcome == unclear ]] && (($2 == 0)) || return 0
  http_outcome=unreachable
  http_repeats=true
}

# http_judge_status TYPE: there is a whole answer of that content type.
http_judge_status() {
  local said after=''
  case $http_status in
    2??)
      http_judge_content "$1"
      return 0
      ;;
    *) ;;
  esac
  http_outcome=refused
  http_said said
  http_header after retry-after
  case $http_status in
    3??)
      http_header after location
      said=": it redirects to ${after%%[?#]*}, which is not followed; check the address"
      ;;
    401 | 403)
      said+='; the token is not accepted'
      [[ $http_status != 403 ]] || said=${said/is not accepted/may not do this}
      said+=${http_help:+: $http_help}
      ;;
    404 | 407 | 410) ;;
    408 | 425 | 429 | 529) http_repeats=true ;;
    503)
      # With a time to come back it has not begun.
      http_outcome=unclear
      [[ -z $after ]] || http_repeats=true
      ;;
    5??) http_outcome=unclear ;;
    *) http_problem_code=1 ;;
  esac
  [[ " $http_again " != *" $http_status "* ]] || http_repeats=true
  http_problem="$http_name answers HTTP $http_status$said"
}

# http_judge_content TYPE: of a status of success.
http_judge_content() {
  http_outcome=unclear
  http_problem_code=1
  [[ -e $http_file.part ]] || : >"$http_file.part"
  if [[ $http_kind == json && $http_status != 204 && $http_method != HEAD ]]; then
    case $1 in
      *html* | *HTML*)
        http_problem="$http_name answers with a page for people ($1), not with JSON; check the address"
        http_outcome=refused
        return 0
        ;;
      *) ;;
    esac
    if ! jq -e -s 'length == 1 and (.[0] | type == "object" or type == "array")' \
      "$http_file.part" >/dev/null 2>&1; then
      http_problem="$http_name: the answer is not whole, or not JSON"
      return 0
    fi
  fi
  mv -f -- "$http_file.part" "$http_file"
  http_outcome=ok
  http_problem=
}

# http_said NAME: set NAME to what a refusal in JSON says, after a colon.
http_said() {
  local its_text=''
  [[ ! -s $http_file.part ]] ||
    its_text=$(jq -r '[.message, .error_description, .error, .detail] | map(strings) | .[0] // ""' \
      "$http_file.part" 2>/dev/null) || its_text=''
  its_text=${its_text//[[:cntrl:]]/ }
  printf -v "$1" '%s' "${its_text:+: ${its_text:0:200}}"
}

# http_header NAME HEADER: set NAME to the value of HEADER, in small letters, in
# the last answer; empty if there is none.
http_header() {
  local its_line its_key its_value=''
  if [[ -e $http_file.headers ]]; then
    while IFS= read -r its_line; do
      its_line=${its_line%$'\r'}
      # A proxy may have answered before.
      [[ $its_line != HTTP/* ]] || its_value=
      [[ ${#its_line} -gt ${#2} && ${its_line:${#2}:1} == : ]] || continue
      its_key=$(printf '%s' "${its_line%%:*}" | tr '[:upper:]' '[:lower:]')
      [[ $its_key == "$2" ]] || continue
      its_value=${its_line#*:}
      its_value=${its_value#"${its_value%%[![:space:]]*}"}
    done <"$http_file.headers"
  fi
  printf -v "$1" '%s' "${its_value//[[:cntrl:]]/}"
}

# http_wait_time NAME ATTEMPT: set NAME to the seconds until the next attempt: as
# the server says, else longer each time. Fails if that is beyond http_patience.
http_wait_time() {
  local its_said its_now its_seconds=''
  http_header its_said retry-after
  if [[ $its_said =~ ^[0-9]{1,9}$ ]]; then
    its_seconds=$((10#$its_said))
  elif [[ -n $its_said ]]; then
    http_epoch its_seconds "$its_said"
  elif [[ $http_status == 429 ]]; then
    http_header its_said ratelimit-reset
    # Seconds since 1970, or from now.
    [[ ! $its_said =~ ^[0-9]{1,10}$ ]] || its_seconds=$((10#$its_said))
  fi
  if [[ -n $its_seconds ]] && ((its_seconds >= 1000000000)); then
    http_header its_said date
    http_epoch its_now "$its_said"
    [[ -n $its_now ]] || { now_milliseconds its_now && its_now=$((its_now / 1000)); }
    its_seconds=$((its_seconds > its_now ? its_seconds - its_now : 0))
  fi
  if [[ -z $its_seconds ]]; then
    printf -v "$1" '%d.%d' "$(($2 * $2))" "$((RANDOM % 10))"
    return 0
  fi
  printf -v "$1" '%d' "$its_seconds"
  ((its_seconds <= http_patience)) && return 0
  http_problem+="; it asks to wait $its_seconds s, and a run waits at most $http_patience s"
  return 1
}

# http_epoch NAME DATE: set NAME to the seconds since 1970 of a date as headers
# have it: Fri, 27 Nov 2026 08:49:37 GMT; empty if it is none.
http_epoch() {
  local its_months=JanFebMarAprMayJunJulAugSepOctNovDec its_month its_time=''
  if [[ $2 =~ ^[A-Za-z]+,\ ([0-9]{2})\ ([A-Z][a-z]{2})\ ([0-9]{4})\ ([0-9:]{8})\ GMT$ ]]; then
    its_month=${its_months%%"${BASH_REMATCH[2]}"*}
    printf -v its_time '%s-%02d-%sT%sZ' "${BASH_REMATCH[3]}" "$((${#its_month} / 3 + 1))" \
      "${BASH_REMATCH[1]}" "${BASH_REMATCH[4]}"
    ! is_time "$its_time" || {
      epoch_of "$1" "$its_time"
      return 0
    }
  fi
  printf -v "$1" '%s' ''
}
