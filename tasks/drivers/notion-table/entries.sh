# shellcheck shell=bash
# shellcheck disable=SC2016,SC2034,SC2154 # awk's; variables are shared between the parts
# The entries of Markdown and YAML files: a line of JSON for each, {"at":
# "FILE:LINE", "list": NAME, "entry": an object or a text}. What is wrong with a
# file goes to work/problems, FILE:LINE first.

# notion_entries LIST FILE...: all of them; what Markdown holds is of LIST.
notion_entries() {
  local file list=$1
  shift
  : >"$run_dir/work/problems"
  for file in "$@"; do
    [[ -r $file ]] || fail_step "$file: cannot be read" 3
    case $file in
      *.md) notion_awk "$file" "$list" "$(notion_markdown_awk)" ;;
      *) notion_awk "$file" "$list" "$(notion_yaml_awk)" ;;
    esac
  done
}

# notion_awk FILE LIST PROGRAM
notion_awk() {
  FILE=$1 LIST=$2 PROBLEMS=$run_dir/work/problems LC_ALL=C \
    awk "$(notion_common_awk)$3" <"$1"
}

# notion_stop_at_problems: end the step, if the files have any.
notion_stop_at_problems() {
  local lines more
  [[ -s $run_dir/work/problems ]] || return 0
  cat -- "$run_dir/work/problems" >&2
  lines=$(sed -n 1,5p "$run_dir/work/problems")
  more=$(($(grep -c '' "$run_dir/work/problems") - 5))
  ((more <= 0)) || lines+="; and $more more"
  fail_step "${lines//$'\n'/; }" 4
}

# What both readers share. mawk, gawk and busybox read bytes here.
notion_common_awk() {
  cat <<'AWK'
  BEGIN { file = ENVIRON["FILE"]; list = ENVIRON["LIST"] }
  { sub(/\r$/, "") }
  NR == 1 { sub(/^\357\273\277/, "") }
  /[\001-\010\013-\037\177]/ {
    wrong("holds a control character")
    gsub(/[\001-\010\013-\037\177]/, " ")
  }
  function wrong(what) { printf "%s:%d: %s\n", file, NR, what >>ENVIRON["PROBLEMS"] }
  function joined(count, parts, between,   i, all) {
    all = parts[1]
    for (i = 2; i <= count; i++) all = all between parts[i]
    return all
  }
  function json(text,   parts) {
    parts[1] = ""
    text = joined(split(text, parts, /\\/), parts, "\\\\")
    parts[1] = ""
    text = joined(split(text, parts, /"/), parts, "\\\"")
    parts[1] = ""
    text = joined(split(text, parts, /\n/), parts, "\\n")
    parts[1] = ""
    text = joined(split(text, parts, /\t/), parts, "\\t")
    return "\"" text "\""
  }
  function trimmed(text) {
    sub(/^[ \t]+/, "", text)
    sub(/[ \t]+$/, "", text)
    return text
  }
  function add(name, value) {
    if (name in names) wrong("\"" name "\" stands twice in this entry")
    names[name] = 1
    members = members (members == "" ? "" : ",") json(name) ":" value
  }
  function put(value) {
    print "{\"at\":" json(file ":" at) ",\"list\":" json(list) ",\"entry\":" value "}"
  }
  function put_entry(   name) {
    put("{" members "}")
    members = ""
    for (name in names) delete names[name]
  }
AWK
}
