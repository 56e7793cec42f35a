# shellcheck shell=bash
# shellcheck disable=SC2154 # variables are shared between the parts
# The proof that what was masked stands nowhere in a copy, of any kind of database.

# stack_prove_clean FOLDER [FILE WHAT]...: no original stands in what was made: in a row, in
# free text, in JSON, or in one of the files. Ends the step with 5 where one does. A number
# is looked for as a whole, for a part of one stands anywhere.
stack_prove_clean() {
  local file number table index leaks=''
  cut -f 5,6 "$1/rules" >"$1/fakes"
  LC_ALL=C awk -v folder="$1" 'FILENAME ~ /fakes$/ {
      while (match($0, /\047([^\047]|\047\047)*\047/)) {
        text = substr($0, RSTART + 1, RLENGTH - 2)
        $0 = substr($0, RSTART + RLENGTH)
        gsub(/\047\047/, "\047", text)
        fakes[tolower(text)]
      }
      next
    }
    tolower($0) in fakes { next }
    { kind = $0 ~ /^[0-9]+$/ ? "number" : "text"; chunk = int(count[kind] / 100000); count[kind]++
      print > (folder "/sought." kind "." chunk)
      print (kind == "number" ? $0 : substr($0, 1, 100)) > (folder "/begins." kind "." chunk) }' "$1/fakes" "$1/originals" || stack_fail 'the originals could not be sorted out'
  for file in "$1"/sought.*; do
    [[ -e $file ]] || continue
    while IFS=$'\t' read -r number table _ <&3; do
      ! stack_holds "$1/data/$number" "$file" || leaks+="${leaks:+, }$table"
    done 3<"$1/copies"
    for ((index = 2; index < $#; index += 2)); do
      ! stack_holds "${!index}" "$file" || leaks+="${leaks:+, }${*:index+1:1}"
    done
  done
  [[ -n $leaks ]] || return 0
  # It is one part of several, and the worst that can be said of them.
  : >"$run_dir/work/in_clear"
  stack_fail "what was masked stands in clear in $leaks: give the column there a rule; nothing was kept" 5
}

# stack_holds FILE SOUGHT: does a line of SOUGHT stand in FILE? First of all how each begins:
# many that are long take minutes.
stack_holds() {
  stack_finds "$1" "${2%/*}/begins.${2##*/sought.}" && stack_finds "$1" "$2"
}

# stack_finds FILE LINES: is one of them there? Without -q, which would end early; what cannot
# be told ends the step.
stack_finds() {
  local status=0 words=(-iF)
  [[ $2 != *.number.* ]] || words=(-wF)
  LC_ALL=C grep "${words[@]}" -f "$2" -- "$1" >/dev/null || status=$?
  ((status < 2)) || stack_fail 'the copy could not be looked through'
  return "$status"
}
