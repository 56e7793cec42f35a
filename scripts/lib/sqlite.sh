# shellcheck shell=bash
# The command line of SQLite, fed from standard input. Texts go from file to
# file with readfile() and writefile(); names and ids are bound, never pasted.

# sqlite_on FILE [OPTION...]: run the SQL of standard input. Nothing of the
# user's own settings, and wait for others' locks.
sqlite_on() {
  sqlite3 "${@:2}" -init /dev/null -batch -bail -cmd '.timeout 5000' "$1"
}

# sqlite_bind NAME VALUE...: SQL that binds :NAME to VALUE.
sqlite_bind() {
  local quote="'"
  printf '.parameter init\n'
  while (($# > 0)); do
    printf "INSERT INTO temp.sqlite_parameters VALUES (':%s', '%s');\n" \
      "$1" "${2//$quote/$quote$quote}"
    shift 2
  done
}
