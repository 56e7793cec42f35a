# shellcheck shell=bash
# Where a text that should be JSON is none. Only asked once that is known.

# json_place FILE: print LINE:COLUMN and what is wrong there (RFC 8259).
json_place() {
  LC_ALL=C awk '
    { text = text $0 "\n" }
    function fail(what, before, line) {
      before = substr(text, 1, length(text) - length(rest))
      line = gsub(/\n/, "&", before) + 1
      sub(/.*\n/, "", before)
      gsub(/[\200-\277]/, "", before)
      printf "%d:%d: %s\n", line, length(before) + 1, what
      exit
    }
    function take(pattern) {
      if (!match(rest, pattern)) return 0
      rest = substr(rest, RLENGTH + 1)
      return 1
    }
    function string() {
      return take("^\"([^\"\\\\\001-\037]|\\\\[\"\\\\/bfnrtu])*\"")
    }
    function close_one() {
      open = substr(open, 1, length(open) - 1)
      expected = "comma"
    }
    END {
      rest = text
      expected = "value"
      for (;;) {
        take("^[ \t\r\n]+")
        inner = substr(open, length(open))
        if (rest == "") {
          fail(open == "" && expected == "comma" ? "ends here" : "ends too early")
        } else if (expected ~ /value/) {
          if (expected ~ /close/ && take("^]")) close_one()
          else if (take("^{")) { open = open "}"; expected = "name or close" }
          else if (take("^\\[")) { open = open "]"; expected = "value or close" }
          else if (string() || take("^(true|false|null)") ||
              take("^-?(0|[1-9][0-9]*)([.][0-9]+)?([eE][+-]?[0-9]+)?")) expected = "comma"
          else fail(rest ~ /^"/ ? "a string with a character that JSON does not allow, or without its closing quotation mark" : "expected a value")
        } else if (expected ~ /name/) {
          if (expected ~ /close/ && take("^}")) close_one()
          else if (string()) expected = "colon"
          else fail("expected a name in quotation marks")
        } else if (expected == "colon") {
          if (!take("^:")) fail("expected \":\"")
          expected = "value"
        } else if (inner == "") {
          fail("there is more after the end")
        } else if (take(inner == "}" ? "^}" : "^]")) {
          close_one()
        } else if (take("^,")) {
          expected = inner == "}" ? "name" : "value"
        } else fail("expected \",\" or \"" inner "\"")
      }
    }' "$1"
}
