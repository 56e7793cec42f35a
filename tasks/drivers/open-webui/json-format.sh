# shellcheck shell=bash
# JSON as Python writes it, and as a person wants it in a file. A quotation mark
# is the end of an awk record, so texts of any length pass in one go.

# json_python: read JSON values, one a line; write each as json.dumps of Python
# does: ASCII, ", " and ": ". Fails where a text is not UTF-8.
json_python() {
  LC_ALL=C awk "$json_strings"'
    function outside(text) {
      gsub(/[ \t\r]/, "", text)
      gsub(/[,:]/, "& ", text)
      printf "%s", text
    }
    function inside(text, start, i, piece, byte, out) {
      for (start = 1; start <= length(text); start += 1000) {
        piece = substr(text, start, 1000)
        if (left == 0 && piece !~ /[\177-\377]/) {
          printf "%s", piece
          continue
        }
        out = ""
        for (i = 1; i <= length(piece); i++) {
          byte = substr(piece, i, 1)
          out = out (byte in code ? escaped(code[byte]) : ascii(byte))
        }
        printf "%s", out
      }
    }
    function ascii(byte) {
      if (left > 0) exit bad = 1
      return byte
    }
    # RFC 3629: no byte more than needed, no surrogates, nothing above 10FFFF.
    function escaped(n) {
      if (n == 127) return left > 0 ? broken() : "\\u007f"
      if (n < 192) {
        if (left == 0 || n < least || n > most) return broken()
        least = 128
        most = 191
        value = value * 64 + n - 128
        if (--left > 0) return ""
        if (value < 65536) return sprintf("\\u%04x", value)
        value -= 65536
        return sprintf("\\u%04x\\u%04x", 55296 + int(value / 1024), 56320 + value % 1024)
      }
      if (left > 0 || n < 194 || n > 244) return broken()
      least = n == 224 ? 160 : n == 240 ? 144 : 128
      most = n == 237 ? 159 : n == 244 ? 143 : 191
      left = n < 224 ? 1 : n < 240 ? 2 : 3
      value = n - (n < 224 ? 192 : n < 240 ? 224 : 240)
      return ""
    }
    function broken() {
      exit bad = 1
    }
    function begun() {}
    function ended() {
      if (left > 0) exit bad = 1
    }
    BEGIN {
      for (i = 127; i < 256; i++) code[sprintf("%c", i)] = i
    }
    END { exit bad }'
}

# json_pretty: read a JSON value; write it over several lines, two spaces a
# level, characters as themselves.
json_pretty() {
  LC_ALL=C awk "$json_strings"'
    function outside(text, i, mark) {
      for (i = 1; i <= length(text); i++) {
        mark = substr(text, i, 1)
        if (mark ~ /[ \t\r\n]/) continue
        if (mark ~ /[]}]/) {
          depth--
          if (!opened) line()
        } else if (opened) line()
        opened = mark ~ /[[{]/
        printf "%s", mark
        if (opened) depth++
        else if (mark == ",") line()
        else if (mark == ":") printf " "
      }
    }
    function line(level) {
      opened = 0
      printf "\n"
      for (level = 0; level < depth; level++) printf "  "
    }
    function inside(text, count, i, part, n, high) {
      count = split(text, part, /\\/)
      printf "%s", part[1]
      for (i = 2; i <= count; i++) {
        if (part[i] == "" && i < count) {
          printf "\\\\%s", part[++i]
        } else if (part[i] !~ /^u/ || (n = number(substr(part[i], 2, 4))) < 160) {
          printf "\\%s", part[i]
        } else if (n < 55296 || n > 57343) {
          printf "%s%s", utf8(n), substr(part[i], 6)
        } else if (n < 56320 && length(part[i]) == 5 && substr(part[i + 1], 1, 1) == "u" &&
            (high = number(substr(part[i + 1], 2, 4))) > 56319 && high < 57344) {
          printf "%s%s", utf8(65536 + (n - 55296) * 1024 + high - 56320), substr(part[++i], 6)
        } else printf "\\%s", part[i]
      }
    }
    function begun() {
      if (opened) line()
    }
    function ended() {}
    function number(hex, i, n) {
      n = 0
      for (i = 1; i <= 4; i++) n = n * 16 + index("0123456789abcdef", tolower(substr(hex, i, 1))) - 1
      return n
    }
    function utf8(n) {
      if (n < 2048) return sprintf("%c%c", 192 + int(n / 64), 128 + n % 64)
      if (n < 65536) return sprintf("%c%c%c", 224 + int(n / 4096), 128 + int(n / 64) % 64, 128 + n % 64)
      return sprintf("%c%c%c%c", 240 + int(n / 262144), 128 + int(n / 4096) % 64, 128 + int(n / 64) % 64, 128 + n % 64)
    }
    END { printf "\n" }'
}

# What both walk through: records between quotation marks, in turn outside and
# inside of a text. A mark after an odd number of backslashes does not end it.
# shellcheck disable=SC2016 # a program of awk
json_strings='
  BEGIN { RS = "\"" }
  !in_text {
    outside($0)
    in_text = 1
    next
  }
  {
    if (in_text++ == 1) {
      begun()
      printf "\""
    }
    inside($0)
    printf "\""
    match($0, /\\*$/)
    if (RLENGTH % 2 == 0) {
      ended()
      in_text = 0
    }
  }
'
