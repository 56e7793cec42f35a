# shellcheck shell=bash
# The command line of SQLite. Texts go from file to file with readfile() and
# writefile(); names, ids and paths are bound, never pasted.

# sqlite_on FILE [-readonly] [NAME=VALUE...] [-cmd SQL]: run SQL, then the SQL of
# standard input; in both :NAME is VALUE. Nothing of the user's own settings, and
# wait for others' locks. A VALUE is short and no secret: it stands in the list
# of processes.
sqlite_on() {
  local file=$1 value quote="'"
  local words=(-init /dev/null -batch -bail -cmd '.timeout 5000' -cmd 'PRAGMA temp_store = MEMORY;' -cmd '.parameter init')
  shift
  while (($# > 0)) && [[ $1 != -cmd ]]; do
    if [[ $1 == -* ]]; then
      words+=("$1")
    else
      value=${1#*=}
      words+=(-cmd "INSERT INTO temp.sqlite_parameters VALUES (':${1%%=*}', '${value//$quote/$quote$quote}');")
    fi
    shift
  done
  words+=("$@")
  sqlite3 "${words[@]}" "$file"
}
