# shellcheck shell=bash
# shellcheck disable=SC2016,SC2034,SC2154 # awk's; variables are shared between the parts
# Entries of a YAML file, of which this much is understood, and everything else
# refused with its line:
#
#   list:                    # at the left; also "list: [a, b]", each an entry
#     - text                 # an entry that is a text
#     - key: value           # an entry with members, each text as it is written
#       other: [a, 'b, c']   # or a list of texts
#       more:
#         - a
#       long: |              # or > for one paragraph
#         text

notion_yaml_awk() {
  cat <<'AWK'
  function spaces(line) {
    match(line, /^ */)
    return RLENGTH
  }
  function uncommented(rest, what) {
    if (rest !~ /^[ \t]*$/ && rest !~ /^[ \t]+#/) wrong("something follows after " what)
  }
  # quoted: the text of the quotes that rest begins with; rest is what follows.
  function quoted(   text, char) {
    text = ""
    if (substr(rest, 1, 1) == "'") {
      if (!match(rest, /^'([^']|'')*'/)) return unclosed()
      text = substr(rest, 2, RLENGTH - 2)
      rest = substr(rest, RLENGTH + 1)
      gsub(/''/, "'", text)
      return text
    }
    if (!match(rest, /^"([^"\\]|\\.)*"/)) return unclosed()
    inner = substr(rest, 2, RLENGTH - 2)
    rest = substr(rest, RLENGTH + 1)
    while (match(inner, /\\./)) {
      char = substr(inner, RSTART + 1, 1)
      if (char !~ /[nt"\\\/]/) wrong("\\" char " between quotes: only \\n, \\t, \\\" and \\\\ are understood")
      text = text substr(inner, 1, RSTART - 1) (char == "n" ? "\n" : char == "t" ? "\t" : char)
      inner = substr(inner, RSTART + 2)
    }
    return text inner
  }
  function unclosed() {
    wrong("a quote that is not closed on its line")
    rest = ""
    return ""
  }
  function plain(text) {
    text = trimmed(text)
    if (text ~ /^[][{}&*!|>%@`,#"']/ || text ~ /^[?:-]([ \t]|$)/ || text ~ /:([ \t]|$)/)
      wrong("put " text " between quotes")
    return text == "~" || text == "null" ? "" : text
  }
  function scalar(line) {
    rest = trimmed(line)
    if (rest ~ /^["']/) {
      line = quoted()
      uncommented(rest, "the quotes")
      return line
    }
    if (match(rest, /[ \t]#/)) rest = substr(rest, 1, RSTART - 1)
    return plain(rest)
  }
  # flow: [a, 'b, c'] as JSON.
  function flow(line,   all, text) {
    rest = substr(line, 2)
    all = ""
    count = 0
    while (1) {
      rest = trimmed(rest)
      if (rest ~ /^\]/) break
      if (rest ~ /^["']/) text = quoted()
      else {
        match(rest, /^[^],]*/)
        text = plain(substr(rest, 1, RLENGTH))
        rest = substr(rest, RLENGTH + 1)
      }
      elements[++count] = json(text)
      all = all (all == "" ? "" : ",") json(text)
      rest = trimmed(rest)
      if (rest ~ /^,/) rest = substr(rest, 2)
      else if (rest !~ /^\]/) {
        wrong("a list that is not closed on its line")
        return "[]"
      }
    }
    uncommented(substr(rest, 2), "the list")
    return "[" all "]"
  }
  function is_pair(line) { return line ~ /^([^][{}&*!|>%@`,#"' :-]|-[^ \t])[^:]*:([ \t]|$)/ || line ~ /^("([^"\\]|\\.)*"|'([^']|'')*'):([ \t]|$)/ }
  # pair: sets key and rest of "key: rest".
  function pair(line) {
    if (line ~ /^["']/) {
      rest = line
      key = quoted()
      rest = substr(rest, 2)
    } else {
      match(line, /:([ \t]|$)/)
      key = trimmed(substr(line, 1, RSTART - 1))
      rest = substr(line, RSTART + 1)
    }
    rest = trimmed(rest)
    if (rest ~ /^#/) rest = ""
  }
  function member(line) {
    close_member()
    if (!is_pair(line)) {
      wrong("neither \"key: value\" nor \"- entry\"")
      return
    }
    pair(line)
    pending = key
    waiting = 0
    if (rest == "") {
      waiting = 1
      value = ""
    } else if (rest ~ /^[|>][-+]?[ \t]*(#.*)?$/) {
      block = substr(rest, 1, 1)
      block_indent = 0
      body = ""
    } else if (rest ~ /^\[/) value = flow(rest)
    else value = json(scalar(rest))
  }
  function close_member() {
    if (pending == "") return
    if (block != "") {
      sub(/\n+$/, "", body)
      value = json(body)
      block = ""
    }
    if (waiting) value = value == "" ? "\"\"" : "[" value "]"
    add(pending, value)
    pending = ""
    waiting = 0
  }
  function close_entry() {
    close_member()
    if (open) put_entry()
    open = 0
  }
  BEGIN { item_indent = -1; in_list = 0 }
  block != "" {
    if (/^ *$/) { body = body "\n"; blank = 1; next }
    indent = spaces($0)
    if (block_indent == 0 && indent > key_indent) block_indent = indent
    if (block_indent > 0 && indent >= block_indent) {
      line = substr($0, block_indent + 1)
      # A folded paragraph is one line, but what is indented stays as it is.
      if (block == ">" && body != "" && body !~ /\n$/) body = body " " line
      else body = body line
      if (block == "|") body = body "\n"
      blank = 0
      next
    }
    close_member()
  }
  /^[ \t]*(#.*)?$/ || (!begun && /^---[ \t]*$/) { next }
  { begun = 1 }
  /^ *\t/ { wrong("indented with a tab; YAML wants spaces"); next }
  {
    indent = spaces($0)
    line = substr($0, indent + 1)
    dash = line ~ /^-([ \t]|$)/
    if (dash && waiting && open && indent >= key_indent) {
      text = json(scalar(substr(line, 2)))
      value = value (value == "" ? "" : ",") text
      next
    }
    if (indent == 0 && !dash) {
      close_entry()
      in_list = 0
      if (!is_pair(line)) { wrong("neither \"key: value\" nor \"- entry\""); next }
      pair(line)
      if (key in tops) wrong("\"" key "\" stands twice")
      tops[key] = 1
      list = key
      item_indent = -1
      at = NR
      if (rest == "") in_list = 1
      else if (rest ~ /^\[/) {
        flow(rest)
        for (i = 1; i <= count; i++) put(elements[i])
      } else put(json(scalar(rest)))
      next
    }
    if (dash) {
      close_entry()
      if (!in_list) { wrong("an entry of no list"); next }
      if (item_indent < 0) item_indent = indent
      if (indent != item_indent) { wrong("not indented as the entries before it"); next }
      at = NR
      match(line, /^-[ \t]*/)
      key_indent = indent + RLENGTH
      line = substr(line, RLENGTH + 1)
      if (line == "" || line ~ /^#/) wrong("an empty entry")
      else if (is_pair(line)) { open = 1; member(line) }
      else put(json(scalar(line)))
      next
    }
    if (!open) wrong("indented, but below no entry")
    else if (indent != key_indent) wrong("not indented as the keys before it")
    else member(line)
  }
  END { close_entry() }
AWK
}
