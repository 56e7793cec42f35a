# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# Rows for people, as wide as their screen.

# screen_width NAME: set NAME to the columns of the screen; 0 where standard output
# is none.
screen_width() {
  local size=
  [[ ! -t 1 ]] || size=$(stty size 2>/dev/null </dev/tty) || :
  [[ $size == *\ [1-9]* ]] || size=' 0'
  printf -v "$1" '%d' "${size#* }"
}

# longest NAME TEXT...: set NAME to the length of the longest.
longest() {
  local its_name=$1 its_text its_most=0
  shift
  for its_text in "$@"; do
    ((${#its_text} <= its_most)) || its_most=${#its_text}
  done
  printf -v "$its_name" '%d' "$its_most"
}

# fit NAME WIDTH TEXT: set NAME to TEXT, cut between two words so that it is not
# longer than WIDTH; 0 cuts nothing.
fit() {
  local its_text=$3
  if (($2 > 0 && ${#its_text} > $2)); then
    its_text=${its_text:0:$2-3}
    its_text=${its_text% *}...
  fi
  printf -v "$1" '%s' "$its_text"
}

# print_table WIDTH ROW...: the cells of a row have tabs between, none is empty. Each
# column is as wide as its longest cell; no line is longer than WIDTH. A row without
# a tab is printed as it is.
print_table() {
  local width=$1 row cells place line most=()
  shift
  for row in "$@"; do
    [[ $row == *$'\t'* ]] || continue
    IFS=$'\t' read -r -a cells <<<"$row"
    for place in "${!cells[@]}"; do
      ((${#cells[place]} <= ${most[place]:-0})) || most[place]=${#cells[place]}
    done
  done
  for row in "$@"; do
    line=$row
    if [[ $row == *$'\t'* ]]; then
      IFS=$'\t' read -r -a cells <<<"$row"
      line=
      for place in "${!cells[@]}"; do
        printf -v line '%s%-*s  ' "$line" "${most[place]}" "${cells[place]}"
      done
      fit line "$width" "${line%"${line##*[! ]}"}"
    fi
    printf '%s\n' "$line"
  done
}
