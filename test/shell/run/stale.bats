#!/usr/bin/env bats
load ../helper

# generated FROM: a program that was made from the sync.yaml whose SHA-256 that is.
generated() {
  local sum
  mkdir -p generated
  printf '%s\n' '#!/bin/bash' '# Regenerate:  so' 'x=1' ${made_of:+"$made_of"} "  made_from=$1" \
    "# Checksum:    $(printf '%064d' 0)" >text
  sum=$(sha256sum <text)
  awk -v sum="${sum%% *}" '{ print } /^# Regenerate/ { print "# Checksum:    " sum }' text >generated/p.sh
}

state() {
  in_lib 'judge_program state generated/p.sh; printf %s "$state"'
}

@test "a program that was made from the present sync.yaml is as it should be" {
  local sum
  printf 'a: 1\n' >.insightpulse/sync.yaml
  sum=$(sha256sum <.insightpulse/sync.yaml)
  generated "${sum%% *}"
  is "$(state)" ''
  printf '\n' >>.insightpulse/sync.yaml
  is "$(state)" other
  rm .insightpulse/sync.yaml
  is "$(state)" ''
}

@test "what sync.yaml includes belongs to it" {
  local sum
  printf 'include: [team.yaml]\n' >.insightpulse/sync.yaml
  printf 'a: 1\n' >.insightpulse/team.yaml
  sum=$(cat .insightpulse/{sync,team}.yaml | sha256sum)
  made_of='  made_of=(.insightpulse/team.yaml)' generated "${sum%% *}"
  is "$(state)" ''
  printf '\n' >>.insightpulse/team.yaml
  is "$(state)" other
  rm .insightpulse/team.yaml
  is "$(state)" other
}

@test "one that was edited is known by its own text, one without checksum is somebody's" {
  printf 'a: 1\n' >.insightpulse/sync.yaml
  generated x
  is "$(state)" other
  sed 's/x=1/x=2/' generated/p.sh >p && mv p generated/p.sh
  is "$(state)" edited
  printf '  made_from=x\n' >generated/p.sh
  is "$(state)" ''
}
