#!/usr/bin/env bash
# make messages: what the product says to people, each text with its place, so
# that all can be read in one list: what bash says, and whatever has two words
# or more between quotation marks in TypeScript.
set -euo pipefail
cd -P -- "${BASH_SOURCE[0]%/*}/.."

speaks='die|fail_step|fail_item|skip|skip_target|say|warn|usage_error|note_step|summarize|ask_person|ledger|health_line|(message|reason|state|text|problem)[+]?='

LC_ALL=C awk -v speaks="(^|[^A-Za-z_.-])($speaks)" '
  FNR == 1 { goes_on = 0 }
  /^ *#/ { next }
  goes_on || ($0 ~ speaks && /["\047].* .*["\047]|\\$/) {
    text = $0
    sub(/^ */, "", text)
    print FILENAME ":" FNR ": " text
    goes_on = /\\$/
  }' scripts/lib/*/*.sh tasks/drivers/*/*.sh tasks/drivers/*/*/*.sh

# shellcheck disable=SC2016 # in awk
find tasks -name '*.ts' -print0 | LC_ALL=C sort -z | LC_ALL=C xargs -0 awk '
  /^ *(\/\/|\/?\*|import )/ { next }
  /["\047`][^"\047`]*[a-z}] [a-z$][^"\047`]*["\047`]/ {
    text = $0
    sub(/^ */, "", text)
    print FILENAME ":" FNR ": " text
  }'
