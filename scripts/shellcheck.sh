#!/usr/bin/env bash
# scripts/shellcheck.sh: shellcheck of all that is bash here, and of the programs of a
# stack, of which there is none here. The programs share most of their functions, and a
# whole one takes ten seconds: so each function is looked at once, in the first of the
# programs that has it word for word.
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
    FNR == 1 { if (out != "") { end_block(); close(out) }; name = FILENAME; sub(".*/", "", name); out = ENVIRON["FOLDER"] "/" name }
    !inside && !/^(#|[a-z_][a-z0-9_]*\(\) [{(]$)/ { end_block(); print > out; next }
    { block = block $0 "\n"; lines++ }
    !/^#/ { inside = 1 }
    inside && /^[})]$/ { end_block() }
    END { end_block() }' "${@:2}"
}

scratch=$(mktemp -d "${TMPDIR:-/tmp}/lockstep-shellcheck.XXXXXX")
trap 'rm -rf -- "$scratch"' EXIT
mkdir -p -- "$scratch/programs" "$scratch/stack/.insightpulse"
cp -- test/fixtures/stack/sync.yaml "$scratch/stack/.insightpulse/"
npx tsx tasks/generate.ts --root "$scratch/stack" >/dev/null
leave_out_repeated "$scratch/programs" generated/*.sh generated/bin/* "$scratch"/stack/generated/*-stack.sh
shellcheck scripts/*.sh scripts/lib/*/*.sh tasks/drivers/*/*.sh tasks/drivers/*/*/*.sh
cd -- "$scratch/programs"
shellcheck -- *
