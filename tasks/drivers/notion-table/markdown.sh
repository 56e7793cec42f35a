# shellcheck shell=bash
# shellcheck disable=SC2016,SC2034,SC2154 # awk's; variables are shared between the parts
# Entries of a Markdown file: "## NAME" begins one, "- PROPERTY: VALUE" below it
# gives it properties, and the text after these is the property $notion_text. What
# stands before the first entry is for people.

notion_markdown_awk() {
  cat <<'AWK'
  function close_entry() {
    if (!open) return
    sub(/\n+$/, "", text)
    if (text != "" && ENVIRON["TEXT"] != "") add(ENVIRON["TEXT"], json(text))
    put_entry()
    text = ""
  }
  fence != "" && index(trimmed($0), fence) == 1 && trimmed($0) ~ /^(`+|~+)$/ { fence = ""; closed = 1 }
  fence == "" && !closed && match($0, /^ ? ? ?(```+|~~~+)/) { fence = trimmed(substr($0, 1, RLENGTH)) }
  fence == "" && /^##?([ \t]|$)/ {
    close_entry()
    open = /^##([ \t]|$)/
    if (!open) next
    name = trimmed(substr($0, 3))
    sub(/[ \t]+#+$/, "", name)
    if (name ~ /^`[^`]+`$/) name = substr(name, 2, length(name) - 2)
    at = NR
    if (name == "") wrong("a heading without a name")
    add(ENVIRON["KEY"], json(name))
    listing = 1
    next
  }
  !open { closed = 0; next }
  fence == "" && /^<!--.*-->[ \t]*$/ { next }
  listing && /^[ \t]*$/ { next }
  listing && /^[-*] +[^ :][^:]*:([ \t]|$)/ {
    line = substr($0, 2)
    colon = index(line, ":")
    add(trimmed(substr(line, 1, colon - 1)), json(trimmed(substr(line, colon + 1))))
    next
  }
  {
    listing = closed = 0
    if (text != "" || $0 !~ /^[ \t]*$/) text = text (text == "" ? "" : "\n") $0
  }
  END {
    if (fence != "") wrong("a block of code is not closed")
    close_entry()
  }
AWK
}
