# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# "did you mean": the nearest of the known words. The same rule as nearest.ts.

# did_you_mean NAME WORD KNOWN...: set NAME to '; did you mean KNOWN?', or to
# nothing when none is a slip of the keys from WORD: one in three letters, three
# at most.
did_you_mean() {
  local result=$1 word=$2 known best='' letters allowed distance
  shift 2
  letters=${word#"${word%%[!-]*}"}
  allowed=$(((${#letters} + 1) / 3))
  ((allowed <= 3)) || allowed=3
  for known in "$@"; do
    # The difference of the lengths is the least that the distance can be.
    distance=$((${#word} - ${#known}))
    ((${distance#-} <= allowed)) || continue
    edit_distance distance "$word" "$known"
    if ((distance <= allowed)); then
      best=$known
      allowed=$((distance - 1))
    fi
  done
  printf -v "$result" '%s' "${best:+; did you mean $best?}"
}

# edit_distance NAME ONE OTHER: letters left out, added or replaced, and
# neighbours that changed places; a row at a time.
edit_distance() {
  local one=$2 other=$3 i j cost
  local above=() row=() next=()
  for ((j = 0; j <= ${#other}; j++)); do row[j]=$j; done
  for ((i = 1; i <= ${#one}; i++)); do
    next=("$i")
    for ((j = 1; j <= ${#other}; j++)); do
      cost=$((row[j - 1] + 1))
      [[ ${one:i-1:1} != "${other:j-1:1}" ]] || cost=${row[j - 1]}
      ((row[j] + 1 >= cost)) || cost=$((row[j] + 1))
      ((next[j - 1] + 1 >= cost)) || cost=$((next[j - 1] + 1))
      if ((i > 1 && j > 1 && above[j - 2] + 1 < cost)) &&
        [[ ${one:i-2:2} == "${other:j-1:1}${other:j-2:1}" ]]; then
        cost=$((above[j - 2] + 1))
      fi
      next[j]=$cost
    done
    above=("${row[@]}")
    row=("${next[@]}")
  done
  printf -v "$1" '%d' "${row[${#other}]}"
}
