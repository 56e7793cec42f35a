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
    stack_there read_env </dev/null
  ) >"$there" || fail_step "$env_made_from has no file of variables to make $name of" 3
  stack_there read_env </dev/null >"$here" || : >"$here"
  stack_apply_rules "$there" "$here" >"$new"
  state=$(stack_there env_state </dev/null)
  keys=$(stack_keys_differing "$here" "$new")
  if cmp -s "$here" "$new"; then
    note_step "$name is as $env_made_from and the rules make it"
  elif [[ $state == edited ]]; then
    note_step "$name was edited, and stays${keys:+; by the rules there would differ: $keys}"
  else
    stack_there write_env <"$new"
    : >"$run_dir/sent"
    note_step "$name${keys:+: $keys}"
  fi
}

# stack_apply_rules FROM FORMER: print FROM as the rules make it. A secret that FORMER has
# already stays the same.
stack_apply_rules() {
  local line key value known=$'\n'
  while IFS= read -r line || [[ -n $line ]]; do
    key=${line%%=*}
    key=${key#export }
    if [[ $line != *=* || $line == '#'* ]]; then
      printf '%s\n' "$line"
      continue
    fi
    known+=$key$'\n'
    if stack_rule_of value "$key" "$2"; then line=$key=$value; fi
    printf '%s\n' "$line"
  done <"$1"
  while IFS= read -r line; do
    key=${line%%=*}
    [[ -z $line || $known == *$'\n'"$key"$'\n'* ]] || printf '%s\n' "$line"
  done <<<"$env_made_set"
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
