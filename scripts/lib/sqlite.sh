# shellcheck shell=bash
# The command line of SQLite. Texts go from file to file with readfile() and
# writefile(); names, ids and paths are bound, never pasted.

# sqlite_on FILE [OPTION...] [NAME=VALUE...]: run the SQL of standard input, in
# which :NAME is VALUE. Nothing of the user's own settings, and wait for others'
# locks. A VALUE is short and no secret: it stands in the list of processes.
sqlite_on() {
  local file=$1 word value quote="'"
  local words=(-init /dev/null -batch -bail -cmd '.timeout 5000' -cmd '.parameter init')
  shift
  for word in "$@"; do
    if [[ $word == -* ]]; then
      words+=("$word")
    else
      value=${word#*=}
      words+=(-cmd "INSERT INTO temp.sqlite_parameters VALUES (':${word%%=*}', '${value//$quote/$quote$quote}');")
    fi
  done
  sqlite3 "${words[@]}" "$file"
}
