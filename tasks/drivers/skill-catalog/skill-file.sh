# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# SKILL.md: what the reference validator of the format accepts (agentskills): six
# keys, in YAML without anchors, tags and flow collections.

# check_skill_file FILE NAME: fail the step with the line that is wrong.
check_skill_file() {
  local LC_ALL=C line number=0 key='' seen=' ' where=SKILL.md style='' scalar=''
  local value_of_name='' value_of_description='' value_of_compatibility=''
  while IFS= read -r line || [[ -n $line ]]; do
    number=$((number + 1))
    line=${line%$'\r'}
    if ((number == 1)); then
      [[ $line == --- ]] || fail_step "$where:1: must begin with a line ---"
    elif [[ $line == --- ]]; then
      key=end
      break
    else
      ((number <= 500)) || fail_step "$where: no line --- ends what it says of itself"
      skill_read_line
    fi
  done <"$1"
  [[ $key == end ]] || fail_step "$where: no line --- ends what it says of itself"
  [[ $value_of_name == "$2" ]] ||
    fail_step "$where: name: must be $2, as the catalog and the folder have it, not '${value_of_name:0:64}'"
  skill_check_length description "$value_of_description" 1024
  [[ -n ${value_of_description//[[:space:]]/} ]] || fail_step "$where: description: is missing or empty"
  skill_check_length compatibility "$value_of_compatibility" 500
}

# skill_check_length KEY TEXT MOST: in characters.
skill_check_length() {
  local characters=${2//[$'\200'-$'\277']/}
  ((${#characters} <= $3)) || fail_step "$where: $1: must have at most $3 characters, not ${#characters}"
}

# skill_read_line: a key, or what goes on with the one before.
skill_read_line() {
  local text pattern='^([A-Za-z_-]+):( (.*))?$'
  case $line in
    '' | '#'*) ;;
    ' '*)
      text=${line#"${line%%[! ]*}"}
      [[ -n $text ]] || return 0
      skill_go_on
      ;;
    *)
      [[ $line =~ $pattern ]] ||
        fail_step "$where:$number: must be a key and its value, with a colon between"
      key=${BASH_REMATCH[1]}
      text=${BASH_REMATCH[3]:-}
      [[ $seen != *" $key "* ]] || fail_step "$where:$number: $key stands here twice"
      seen+="$key "
      skill_begin_key
      ;;
  esac
}

skill_begin_key() {
  local block='^[|>][+-]?[0-9]?[+-]?$'
  case $key in
    name | description | license | allowed-tools | compatibility | metadata) ;;
    *) fail_step "$where:$number: unknown key $key; there are name, description, license, allowed-tools, metadata and compatibility" ;;
  esac
  text=${text#"${text%%[! ]*}"}
  style=plain
  if [[ $key == metadata ]]; then
    [[ -z $text || $text == '#'* ]] || fail_step "$where:$number: metadata: must be keys and values, each in a line of its own below"
    style=map
  elif [[ $text =~ $block ]]; then
    style=block
  else
    skill_scalar
    skill_add_value "$scalar"
  fi
}

# skill_go_on: with an indented line.
skill_go_on() {
  local pair="^(\"[^\"]+\"|'[^']+'|[A-Za-z0-9_.-]+): +([^ ].*)\$"
  case $style in
    block) skill_add_value "$text" ;;
    map)
      [[ $text == '#'* ]] && return 0
      [[ $text =~ $pair ]] ||
        fail_step "$where:$number: metadata: must be keys and texts"
      text=${BASH_REMATCH[2]}
      skill_scalar
      ;;
    *)
      [[ -n $key ]] || fail_step "$where:$number: is indented, and belongs to no key"
      skill_scalar
      skill_add_value "$scalar"
      ;;
  esac
}

# skill_scalar: set scalar to the value that text is.
skill_scalar() {
  local quoted='^"(([^"\\]|\\.)*)"([[:space:]]+#.*)?$' single="^'(([^']|'')*)'([[:space:]]+#.*)?\$"
  case $text in
    '"'*)
      [[ $text =~ $quoted ]] || fail_step "$where:$number: $key: the quote has no end in this line"
      scalar=${BASH_REMATCH[1]//\\\"/\"}
      ;;
    "'"*)
      [[ $text =~ $single ]] || fail_step "$where:$number: $key: the quote has no end in this line"
      scalar=${BASH_REMATCH[1]//"''"/"'"}
      ;;
    []\[{}\&*!%@\`\|\>,]*) fail_step "$where:$number: $key: must be a text; put it in quotes" ;;
    *)
      scalar=${text%%[[:space:]]#*}
      scalar=${scalar%"${scalar##*[![:space:]]}"}
      [[ $scalar != *': '* && $scalar != *: ]] ||
        fail_step "$where:$number: $key: holds a colon; put the text in quotes"
      ;;
  esac
}

# skill_add_value TEXT
skill_add_value() {
  case $key in
    name) value_of_name+=${value_of_name:+ }$1 ;;
    description) value_of_description+=${value_of_description:+ }$1 ;;
    compatibility) value_of_compatibility+=${value_of_compatibility:+ }$1 ;;
    *) ;;
  esac
}
