# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# What is asked of a stack that runs: of its containers, and what sync.yaml says. Asked
# on the host of the environment; judged here.

stack_check_names=()
# By threes: GROUP.NAME, a key, its value.
stack_check_keys=()
check_keys='url service port path method body status json within part sql gives certificate days environments'

# stack_has_check health|tests NAME [KEY VALUE]...: a check, with its settings.
stack_has_check() {
  local name=$1.$2
  shift 2
  stack_check_names+=("$name")
  while (($# > 1)); do
    stack_check_keys+=("$name" "$1" "$2")
    shift 2
  done
}

# stack_use_check GROUP.NAME: set check_KEY for each of its keys.
stack_use_check() {
  local index key
  for key in $check_keys; do
    printf -v "check_$key" '%s' ''
  done
  for ((index = 0; index < ${#stack_check_keys[@]}; index += 3)); do
    [[ ${stack_check_keys[index]} != "$1" ]] ||
      printf -v "check_${stack_check_keys[index + 1]}" '%s' "${stack_check_keys[index + 2]}"
  done
}

# stack_list_checks health|tests: a step: those that are for this environment, and for
# health the services, the disk and the memory; work/checks.
stack_list_checks() {
  local name
  {
    if [[ $1 == health ]]; then
      stack_list_services
      printf 'host disk\nhost memory\n'
    fi
    for name in ${stack_check_names[@]+"${stack_check_names[@]}"}; do
      [[ $name == "$1".* ]] || continue
      stack_use_check "$name"
      ! stack_asked_here || printf '%s\n' "${name/./ }"
    done
  } >"$run_dir/work/checks"
  [[ -s $run_dir/work/checks ]] || fail_step "no $1 are declared for $environment: write them under $1 of sync.yaml" 2
  : >"$run_dir/work/verdicts"
  stack_there disk >"$run_dir/work/disk"
  # What is tested now has not passed.
  [[ $1 == health || -z $(stack_fact current) ]] || stack_there unnote "$(stack_fact current)" tested </dev/null
}

# stack_list_proof: what decides whether a release stays: its own services and what they
# answer, not the disk and not how long a certificate is good.
stack_list_proof() {
  local name
  sed 's/^/service /' "$run_dir/work/new/services" >"$run_dir/work/checks"
  for name in ${stack_check_names[@]+"${stack_check_names[@]}"}; do
    stack_use_check "$name"
    [[ $name == health.* && -z $check_certificate ]] || continue
    ! stack_asked_here || printf '%s\n' "${name/./ }"
  done >>"$run_dir/work/checks"
  : >"$run_dir/work/verdicts"
}

# stack_asked_here: is the check in hand one of this environment?
stack_asked_here() {
  [[ -z $check_environments || $'\n'$check_environments$'\n' == *$'\n'$environment$'\n'* ]]
}

# stack_list_services: those that its release has, else those that are there.
stack_list_services() {
  local current
  current=$(stack_fact current)
  {
    stack_running | cut -d ' ' -f 2
    [[ -z $current ]] || stack_there run cat ".insightpulse/state/releases/$env_project/$current/services" </dev/null
  } | LC_ALL=C sort -u | sed 's/^/service /'
}

# stack_check_one ITEM: a step for each: GROUP NAME. What it finds goes to a line of
# work/verdicts: good or bad, the item, a text, the seconds.
stack_check_one() {
  local group=${1%% *} name=${1#* } began now seconds verdict='' found=''
  now_milliseconds began
  case $group in
    service) stack_check_service "$name" ;;
    host) stack_check_host "$name" ;;
    *)
      stack_use_check "$group.$name"
      if [[ -n $check_sql ]]; then
        stack_check_sql
      elif [[ -n $check_certificate ]]; then
        stack_check_certificate
      else
        stack_check_http
      fi
      ;;
  esac
  now_milliseconds now
  seconds_between seconds "$began" "$now"
  [[ -z $verdict ]] || found=$verdict
  mask found
  mask verdict
  printf '%s\t%s\t%s\t%s\n' "$(if [[ -z $verdict ]]; then printf good; else printf bad; fi)" "$1" "$found" "$seconds" >>"$run_dir/work/verdicts"
  stack_keep_since "$1" "$verdict"
  [[ -z $verdict ]] || fail_step "$verdict$since"
}

# stack_keep_since ITEM VERDICT: since when it is bad stands in a file; set since.
stack_keep_since() {
  local folder=.insightpulse/state/health/$target.$environment file
  since=''
  encode_path file "${1//\//%}"
  file=$folder/${file// /.}
  if [[ -z $2 ]]; then
    rm -f -- "$file"
    return 0
  fi
  mkdir -p -- "$folder"
  [[ -s $file ]] || printf '%s\n' "$timestamp" >"$file"
  since=", since $(<"$file")"
}

stack_check_service() {
  local state states
  stack_lines states "$(stack_running | awk -v service="$1" '$2 == service { print $4 }')"
  ((${#states[@]} > 0)) || verdict='it has no container'
  for state in ${states[@]+"${states[@]}"}; do
    found=${state%%/[0-9]*}
    case $state in
      running/healthy/* | exited/*/0/0) ;;
      running/none/*) found='running, without a check of its own' ;;
      *) verdict="${found/\/none/}, restarted ${state##*/} times: $(stack_there logs "$1" </dev/null | tail -n 1)" ;;
    esac
  done
}

stack_check_host() {
  local used most=90
  used=$(sed -n "s/^$1 //p" "$run_dir/work/disk")
  [[ $1 != memory ]] || most=95
  found="${used:-unknown} % used"
  [[ -z $used || $used -le $most ]] || verdict="$used % used, more than $most %"
}

# stack_check_http: set verdict where the answer is not what it should be.
stack_check_http() {
  local address=$check_url method=$check_method answer=$run_dir/work/answer.$group.$name status='' path value
  if [[ -n $check_service ]]; then
    address=$(stack_there published "$check_service" "$check_port" </dev/null) || {
      verdict="$check_service does not publish its port $check_port"
      return 0
    }
    address=http://$address${check_path:-/}
  fi
  [[ -n $method ]] || method=$(if [[ -n $check_body ]]; then printf POST; else printf GET; fi)
  if ! stack_there http "$check_within" "$method" "$address" <<<"$check_body" >"$answer" 2>"$answer.complaint"; then
    last_lines verdict "$answer.complaint" 1
    verdict="$method $address: ${verdict:-no answer}"
    return 0
  fi
  status=$(tail -n 1 "$answer")
  found="$method $address: $status"
  [[ $status == "$check_status" ]] || {
    verdict="$found, expected $check_status"
    return 0
  }
  while IFS=$'\t' read -r path value; do
    [[ -n $path ]] || continue
    sed '$d' "$answer" | jq -e --arg path "$path" --argjson value "$value" \
      'getpath($path | split(".") | map(if test("^[0-9]+$") then tonumber else . end)) == $value' >/dev/null 2>&1 || {
      verdict="$found, but its JSON has not $path: $value"
      return 0
    }
  done <<<"$check_json"
}

stack_check_sql() {
  local complaint=$run_dir/work/complaint.$name
  stack_use "$check_part"
  found=$(printf 'BEGIN READ ONLY;\n%s;\nROLLBACK;\n' "$check_sql" |
    stack_there sql "$part_service" "$part_user" "$part_database" "$check_within" 2>"$complaint") || {
    last_lines verdict "$complaint" 1
    verdict=${verdict:-the database does not answer}
    return 0
  }
  if [[ -z $found ]]; then
    verdict='it gives no row'
  elif [[ -n $check_gives && $found != "$check_gives" ]]; then
    verdict="it gives ${found%%$'\n'*}, not $check_gives"
  fi
  found="gives ${found%%$'\n'*}"
}

stack_check_certificate() {
  local host=$check_certificate
  [[ $host == *:* ]] || host+=:443
  # shellcheck disable=SC2128 # it is no array
  found=$(stack_there certificate "$host" "$check_days" "$check_within" </dev/null 2>&1) || verdict="$host: $found"
}

# stack_table: a step: all of it, what is wrong last; it fails where anything is.
stack_table() {
  local all bad code=5
  [[ $verb != health ]] || code=8
  [[ $quiet == true ]] ||
    stack_rows <"$run_dir/work/verdicts" >&6
  [[ -z ${watched:-} ]] || cp -- "$run_dir/work/verdicts" "$watched/verdicts"
  [[ -z ${junit:-} ]] || stack_junit >"$junit"
  all=$(grep -c '' "$run_dir/work/verdicts")
  bad=$(grep -c '^bad' "$run_dir/work/verdicts") || :
  ((bad == 0)) || fail_step "$environment: $bad of $all are wrong" "$code"
  summarize "$environment: all $all are good"
}

# stack_rows: print the verdicts of standard input as lines, what is wrong last.
stack_rows() {
  LC_ALL=C sort -r | awk -F '\t' '{ printf "  %-4s  %-28s  %6s s  %s\n", $1, $2, $4, $3 }'
}

# stack_junit: print the verdicts as JUnit's XML.
stack_junit() {
  awk -F '\t' -v name="$target.$environment" '
    function xml(text) { gsub(/[\001-\010\013\014\016-\037]/, "", text); gsub(/&/, "\\&amp;", text); gsub(/</, "\\&lt;", text); gsub(/"/, "\\&quot;", text); return text }
    { all++; bad += $1 == "bad"; time += $4
      lines = lines sprintf("  <testcase classname=\"%s\" name=\"%s\" time=\"%s\"", xml(name), xml($2), $4)
      lines = lines ($1 == "bad" ? sprintf(">\n    <failure message=\"%s\"/>\n  </testcase>\n", xml($3)) : "/>\n") }
    END { printf "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"%s\" tests=\"%d\" failures=\"%d\" time=\"%.3f\">\n%s</testsuite>\n", xml(name), all, bad, time, lines }
  ' "$run_dir/work/verdicts"
}

# stack_note_tested: a step: this very release has passed; promote asks for it.
stack_note_tested() {
  local current
  current=$(stack_fact current)
  stack_there facts >"$run_dir/work/facts"
  [[ $(stack_fact current) == "$current" ]] || fail_step "meanwhile $(stack_fact current) has taken over from $current: test it again"
  if [[ -n $current ]]; then
    stack_there note "$current" tested "$timestamp" </dev/null
    note_step "$current"
  fi
}
