#!/usr/bin/env bash
# scripts/shellcheck.sh: shellcheck of all that is bash here. The programs share
# most of their functions, and a whole one takes ten seconds: so each function is
# looked at once, in the first of the programs that has it word for word.
set -euo pipefail
cd -P -- "${BASH_SOURCE[0]%/*}/.."

# leave_out_repeated FOLDER FILE...: write each into FOLDER. What is left out is
# empty lines, so that the others keep their numbers.
leave_out_repeated() {
  FOLDER=$1 awk '
    # A function with the comment above it, or a comment that stands alone.
    function end_block() {
      if (!inside || seen[block]++ == 0) printf "%s", block > out
      else for (; lines > 0; lines--) print "" > out
      block = ""; lines = 0; inside = 0
    }
    FNR == 1 { if (out != "") { end_block(); close(out) }; out = ENVIRON["FOLDER"] "/" FILENAME }
    !inside && !/^(#|[a-z_][a-z0-9_]*\(\) [{(]$)/ { end_block(); print > out; next }
    { block = block $0 "\n"; lines++ }
    !/^#/ { inside = 1 }
    inside && /^[})]$/ { end_block() }
    END { end_block() }' "${@:2}"
}

scratch=$(mktemp -d "${TMPDIR:-/tmp}/lockstep-shellcheck.XXXXXX")
trap 'rm -rf -- "$scratch"' EXIT
mkdir -p -- "$scratch/generated/bin"
leave_out_repeated "$scratch" generated/*.sh generated/bin/*
shellcheck scripts/*.sh scripts/lib/*/*.sh tasks/drivers/*/*.sh tasks/drivers/*/*/*.sh
cd -- "$scratch"
shellcheck generated/*.sh generated/bin/*
