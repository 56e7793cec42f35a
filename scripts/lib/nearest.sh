# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# "did you mean": the nearest of the known words.

# did_you_mean NAME WORD KNOWN...: set NAME to '; did you mean KNOWN?', or to
# nothing when no word is near.
did_you_mean() {
  local result=$1 word=$2 known best='' best_distance distance
  shift 2
  best_distance=$((${#word} / 3 + 1))
  for known in "$@"; do
    # The difference of the lengths is the least that the distance can be.
    distance=$((${#word} - ${#known}))
    ((${distance#-} <= best_distance)) || continue
    edit_distance distance "$word" "$known"
    if ((distance <= best_distance)) && [[ -z $best || $distance -lt $best_distance ]]; then
      best=$known
      best_distance=$distance
    fi
  done
  printf -v "$result" '%s' "${best:+; did you mean $best?}"
}

# edit_distance NAME ONE OTHER: Levenshtein, a row at a time.
edit_distance() {
  local one=$2 other=$3 i j cost above left
  local row=()
  for ((j = 0; j <= ${#other}; j++)); do row[j]=$j; done
  for ((i = 1; i <= ${#one}; i++)); do
    above=${row[0]}
    row[0]=$i
    for ((j = 1; j <= ${#other}; j++)); do
      cost=1
      [[ ${one:i-1:1} != "${other:j-1:1}" ]] || cost=0
      left=$((above + cost))
      above=${row[j]}
      ((left <= above + 1)) || left=$((above + 1))
      ((left <= row[j - 1] + 1)) || left=$((row[j - 1] + 1))
      row[j]=$left
    done
  done
  printf -v "$1" '%d' "${row[${#other}]}"
}
