# shellcheck shell=bash
# shellcheck disable=SC2154 # variables are shared between the parts
# The variables of an environment, made of those of another by rules: what must differ
# is set, secrets are its own, and what acts on the world is blank. What a person has
# edited since is theirs.

# What services that send are told by; one pattern of bash a word.
stack_sends='SMTP_* MAIL_* *_SMTP_* EMAIL_* SENDGRID_* MAILGUN_* POSTMARK_* SLACK_* TEAMS_* TELEGRAM_* DISCORD_*
  TWILIO_* STRIPE_* PAYPAL_* *_WEBHOOK *_WEBHOOK_URL SENTRY_DSN'

# stack_make_env: a step: of the file of env_made_from; written where there is none or
# nobody has edited it.
stack_make_env() {
  local name=$env_env_file here=$run_dir/work/env.here there=$run_dir/work/env.there new=$run_dir/work/env.new state keys
  umask 077
  (
    stack_use_environment "$env_made_from"
    stack_there read_env
  ) >"$there" || fail_step "$env_made_from has no file of variables to make $name of" 3
  state=$(stack_there env_state)
  : >"$here"
  # What cannot be read is not nothing: its secrets would be made anew.
  [[ $state == none ]] || stack_there read_env >"$here"
  stack_apply_rules "$there" "$here" >"$new"
  keys=$(stack_keys_differing "$here" "$new")
  if cmp -s "$here" "$new"; then
    note_step "$name is as $env_made_from and the rules make it"
  elif [[ $state == edited ]]; then
    note_step "$name was edited, and stays${keys:+; by the rules there would differ: $keys}"
  else
    stack_there write_env "$(cksum <"$new")" <"$new"
    : >"$run_dir/sent"
    note_step "$name${keys:+: $keys}"
  fi
}

# stack_apply_rules FROM FORMER: print FROM as the rules make it. A secret that FORMER has
# already stays the same.
stack_apply_rules() {
  local line key value rest known=$'\n'
  while IFS= read -r line || [[ -n $line ]]; do
    line=${line%$'\r'}
    key=${line%%=*}
    key=${key#"${key%%[![:space:]]*}"}
    key=${key#export }
    key=${key%"${key##*[![:space:]]}"}
    if [[ $line != *=* || $key == '#'* ]]; then
      printf '%s\n' "$line"
      continue
    fi
    known+=$key$'\n'
    if stack_rule_of value "$key" "$2"; then
      # A value in quotation marks may go on for lines.
      rest=${line#*=}
      rest=${rest#"${rest%%[![:space:]]*}"}
      while stack_is_open "$rest" && IFS= read -r line; do rest+=$'\n'$line; done
      stack_quote value "$value"
      line=$key=$value
    fi
    printf '%s\n' "$line"
  done <"$1"
  while IFS= read -r line; do
    key=${line%%=*}
    [[ -n $key && $known != *$'\n'"$key"$'\n'* ]] || continue
    stack_rule_of value "$key" "$2"
    stack_quote value "$value"
    printf '%s=%s\n' "$key" "$value"
  done <<<"$env_made_set"$'\n'"$env_made_new"
}

# stack_is_open VALUE: does it begin with a quotation mark that has not ended?
stack_is_open() {
  local mark=${1:0:1} inner=${1:1}
  [[ $mark == [\"\'] ]] || return 1
  inner=${inner//\\$mark/}
  [[ $inner != *"$mark"* ]]
}

# stack_quote NAME VALUE: set NAME to VALUE as that file has it, taken as it stands.
stack_quote() {
  local its_value=$2
  [[ $2 != *[!A-Za-z0-9_./:@,+-]* ]] || its_value="'${2//\'/}'"
  printf -v "$1" '%s' "$its_value"
}

# stack_rule_of NAME KEY FORMER: set NAME to what a rule gives KEY; fails if none does.
stack_rule_of() {
  local its_line its_pattern its_fresh
  while IFS= read -r its_line; do
    [[ ${its_line%%=*} != "$2" || -z $its_line ]] || {
      printf -v "$1" '%s' "${its_line#*=}"
      return 0
    }
  done <<<"$env_made_set"
  if [[ $'\n'$env_made_new$'\n' == *$'\n'"$2"$'\n'* ]]; then
    its_fresh=$(sed -n "s/^$2=//p" "$3" | tail -n 1)
    [[ -n $its_fresh ]] || its_fresh=$(LC_ALL=C tr -dc 'a-f0-9' </dev/urandom | head -c 48) || :
    printf -v "$1" '%s' "$its_fresh"
    return 0
  fi
  [[ $'\n'$env_made_keep$'\n' != *$'\n'"$2"$'\n'* ]] || return 1
  set -f
  # shellcheck disable=SC2086 # patterns
  set -- "$1" "$2" $stack_sends $env_made_blank
  set +f
  for its_pattern in "${@:3}"; do
    # shellcheck disable=SC2053 # a pattern
    if [[ $2 == $its_pattern ]]; then
      printf -v "$1" ''
      return 0
    fi
  done
  return 1
}

# stack_keys_differing FORMER NEW: print the names, and never the values.
stack_keys_differing() {
  { diff "$1" "$2" || :; } | sed -n 's/^[<>] *\(export \)\{0,1\}\([A-Za-z_][A-Za-z0-9_]*\)=.*/\2/p' | LC_ALL=C sort -u | paste -s -d ' ' -
}
