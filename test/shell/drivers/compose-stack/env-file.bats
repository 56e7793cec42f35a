#!/usr/bin/env bats
load ../../helper

# The variables of staging, made of those of production.

# production: its variables.
production() {
  cat >.env <<'END'
# the application
APP=shop
PORT=8080
DB_PASSWORD=of-production
SMTP_HOST=mail.example.org
SMTP_PASSWORD=mail-secret
SLACK_CHANNEL=orders
ORDER_WEBHOOK_URL=https://hooks.example.org/x
  PAYMENT_KEY = "live key
goes on"
export DEBUG=false
END
}

made='root=$PWD target=demo project=pa HOSTNAME=here dry_run=false
stack_environment production env_file .env project pa
stack_environment staging env_file .env.staging project pa-staging made_from production made_set "PORT=18080
DEBUG=true
LIMIT=a b" made_new DB_PASSWORD made_blank "PAYMENT_*" made_keep SLACK_CHANNEL
stack_use_environment staging
(stack_make_env)
cat "$run_dir/notes/one"'

@test "what differs is set, secrets are new, and nothing acts on the world" {
  production
  note=$(in_run "$made")
  is "$(sed 's/^\(DB_PASSWORD\)=[a-f0-9]\{48\}$/\1=new/' .env.staging)" '# the application
APP=shop
PORT=18080
DB_PASSWORD=new
SMTP_HOST=
SMTP_PASSWORD=
SLACK_CHANNEL=orders
ORDER_WEBHOOK_URL=
PAYMENT_KEY=
DEBUG=true
LIMIT='\''a b'\'''
  is "$(stat -c %a .env.staging)" 600
  [[ $note == *PAYMENT_KEY* && $note != *live* ]]
}

@test "made again, it keeps its secrets, and takes what is new there" {
  production
  in_run "$made"
  cp .env.staging before
  in_run "$made" | grep 'is as production and the rules make it'
  cmp .env.staging before
  printf 'NEW=1\n' >>.env
  in_run "$made" | grep -x '.env.staging: NEW'
  diff before .env.staging | grep -x '> NEW=1'
  is "$(grep DB_PASSWORD .env.staging)" "$(grep DB_PASSWORD before)"
}

@test "what a person has edited stays, and what the rules would change is named" {
  production
  in_run "$made"
  sed -i 's/^APP=.*/APP=mine/' .env.staging
  cp .env.staging before
  in_run "$made" | grep 'was edited, and stays; by the rules there would differ: APP'
  cmp .env.staging before
}
