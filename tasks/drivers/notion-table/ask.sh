# shellcheck shell=bash
# shellcheck disable=SC2016,SC2034,SC2154 # jq's; variables are shared between the parts
# What Notion has: where the rows of the database are, which properties they have
# (work/schema), the rows (work/pages, a line each), and people.

# notion_ask: a step.
notion_ask() {
  notion_ask_table
  notion_ask_related
}

# notion_ask_table: where the rows are is remembered from the last run, and found
# again where the rows do not look like it.
notion_ask_table() {
  local cached=.insightpulse/cache/$target/notion.json source
  rm -f -- "$run_dir/work/schema"
  if notion_knows_source; then
    cp -- "$cached" "$run_dir/work/schema"
    ! notion_read_pages || ! notion_looks_the_same || return 0
  fi
  notion_discover
  notion_read_pages || notion_fail
  [[ $dry_run == true || -n $lockstep_ask ]] || notion_keep_source
}

# notion_call METHOD NAME PLACE [BODY]: what may be repeated; ends the step if it
# fails.
notion_call() {
  http_try "$1" "$2" "$3" "${4:-}" repeatable || notion_fail
}

# notion_fail: as http_fail, and what usually is the matter.
notion_fail() {
  [[ $http_status != 404 ]] ||
    http_problem+='; is it shared with the integration (••• of the page, Connections)?'
  http_fail
}

# notion_of_this: what a remembered source must be of.
notion_of_this() {
  printf '%s\n' "$notion_api" "$notion_version" "$notion_database" "$notion_source" | hash_text
}

notion_knows_source() {
  [[ -s $cached && $(jq -r '.of' "$cached" 2>/dev/null) == "$(notion_of_this)" ]]
}

notion_keep_source() {
  mkdir -p -- "${cached%/*}"
  jq -c --arg of "$(notion_of_this)" '.of = $of' "$run_dir/work/schema" >"$cached.new-$run_id"
  mv -f -- "$cached.new-$run_id" "$cached"
}

# notion_discover: to work/schema. Until version 2022-06-28 a database has the rows;
# since 2025-09-03 they are in its data sources.
notion_discover() {
  local work=$run_dir/work source=$notion_database
  notion_call GET database "/v1/databases/$notion_database"
  cp -- "$work/database" "$work/source"
  if [[ $notion_version != 2022-06-28 ]]; then
    jq -r '.data_sources // [] | .[] | [.id, .name] | join("\t")' "$work/database" >"$work/sources"
    notion_choose_source
    notion_call GET source "/v1/data_sources/$source"
  fi
  jq -c --arg source "$source" '{source: $source, properties: (.properties | with_entries(.value |= {id, type,
      target: (.relation // {} | .data_source_id // .database_id)}))}' "$work/source" >"$work/schema" ||
    fail_step 'Notion: the answer about the database has another shape than expected' 1
  jq -e '.properties | length > 0' "$work/schema" >/dev/null ||
    fail_step "Notion: version $notion_version of the interface gives no properties of the database; set version to 2025-09-03" 3
}

# notion_choose_source: of those in work/sources set source to the one that is meant.
notion_choose_source() {
  local names id name
  names=$(cut -f 2 "$work/sources" | paste -s -d , - | sed 's/,/, /g')
  [[ -s $work/sources ]] ||
    fail_step 'Notion: the database has no data source that the integration may see' 3
  if [[ -z $notion_source ]]; then
    (($(grep -c '' "$work/sources") == 1)) ||
      fail_step "Notion: the database has several data sources: $names; name one as data_source" 2
    source=$(cut -f 1 "$work/sources")
    return 0
  fi
  source=
  while IFS=$'\t' read -r id name; do
    [[ $name != "$notion_source" && ${id//-/} != "${notion_source//-/}" ]] || source=$id
  done <"$work/sources"
  [[ -n $source ]] ||
    fail_step "Notion: the database has no data source $notion_source; it has $names" 2
}

# notion_read_pages: of the table in work/schema, to work/pages.
notion_read_pages() {
  local source
  source=$(jq -r '.source' "$run_dir/work/schema")
  notion_query "$source" >"$run_dir/work/pages.new" || return 1
  mv -f -- "$run_dir/work/pages.new" "$run_dir/work/pages"
}

# notion_query SOURCE: print all rows of a table, a line each; fails with what
# http_try says. A list that Notion itself calls incomplete ends the step.
notion_query() {
  local cursor='' seen=' ' place="/v1/data_sources/$1/query"
  local work=$run_dir/work pages=0
  [[ $notion_version != 2022-06-28 ]] || place="/v1/databases/$1/query"
  printf '{"page_size":100}' >"$work/question"
  while :; do
    http_try POST answer "$place" "$work/question" repeatable || return 1
    notion_read_list 'select(.object == "page")'
    cat -- "$work/list"
    [[ -n $cursor ]] || return 0
    pages=$((pages + 1))
    ((pages < 1000)) || fail_step 'Notion: there are more than 1000 pages of rows' 1
    [[ $seen != *" $cursor "* ]] || fail_step 'Notion: a page of rows leads back to an earlier one' 1
    seen+="$cursor "
    json_string cursor "$cursor"
    printf '{"page_size":100,"start_cursor":%s}' "$cursor" >"$work/question"
  done
}

# notion_read_list FILTER: what FILTER makes of each result of work/answer, to
# work/list; set cursor to that of the next page, if there is one.
notion_read_list() {
  local kind
  jq -r 'if (.results | type) != "array" then "odd"
    elif .request_status.type == "incomplete" then "incomplete\t\(.request_status.incomplete_reason // "no reason given")"
    elif .has_more == true then "more\t\(.next_cursor // "" | tostring)" else "end\t" end,
    (.results | arrays | .[] | '"$1"' | tojson)' "$run_dir/work/answer" >"$run_dir/work/list.all"
  {
    IFS=$'\t' read -r kind cursor
    cat >"$run_dir/work/list"
  } <"$run_dir/work/list.all"
  case $kind${cursor:+ } in
    end | 'more ') ;;
    incomplete*) fail_step "Notion gave only a part of the rows ($cursor); a table that cannot be read whole is not written" 1 ;;
    *) fail_step 'Notion: the answer has another shape than expected' 1 ;;
  esac
}

# notion_find_row SCHEMA KEY: to work/found, a line for each row that has it.
notion_find_row() {
  local place
  place=/v1/data_sources/$(jq -r '.source' "$1")/query
  [[ $notion_version != 2022-06-28 ]] || place=/v1/databases/${place#/v1/data_sources/}
  jq -c --arg key "$notion_key" --arg text "$2" '.properties[$key].type as $type
    | {page_size: 100, filter: {property: $key, ($type): {equals: (if $type == "number" then $text | tonumber else $text end)}}}' \
    "$1" >"$run_dir/work/question"
  notion_call POST look "$place" "$run_dir/work/question"
  jq -c '.results[]' "$run_dir/work/look" >"$run_dir/work/found"
}

# notion_looks_the_same: has a row the properties of work/schema? Without any row
# nobody knows.
notion_looks_the_same() {
  [[ -s $run_dir/work/pages ]] && head -n 1 "$run_dir/work/pages" |
    jq -e --slurpfile schema "$run_dir/work/schema" '(.properties | with_entries(.value |= .type))
      == ($schema[0].properties | with_entries(.value |= .type))' >/dev/null
}

# notion_ask_related: what rows and people is asked for beside the table: work/others
# has lines of JSON, [TABLE, KEY, ID]; work/people [E-MAIL, ID].
notion_ask_related() {
  local schema
  : >"$run_dir/work/others"
  : >"$run_dir/work/people"
  schema=$(<"$run_dir/work/schema")
  [[ $schema != *'"type":"relation"'* ]] || notion_ask_others
  [[ $schema != *'"type":"people"'* ]] || notion_ask_people
}

# notion_ask_others: the rows of other tables that a relation of ours leads to.
notion_ask_others() {
  local work=$run_dir/work other
  jq -r -n --slurpfile schema "$work/schema" --arg database "$notion_database" '
    ($schema[0].source | gsub("-"; "")) as $source
    | [inputs | .values | keys[]] | [unique[] | $schema[0].properties[.] // {} | select(.type == "relation") | .target // empty]
    | unique[] | select(gsub("-"; "") as $id | $id != $source and $id != $database)' "$work/rows" >"$work/tables"
  while IFS= read -r other; do
    notion_query "$other" >"$work/other" || notion_fail
    jq -c --arg table "$other" '[$table, (.properties[] | select(.type == "title") | .title | map(.plain_text) | add // ""), .id]' \
      "$work/other" >>"$work/others"
  done <"$work/tables"
}

# notion_ask_people: everybody, but only where an address is wanted that no row has.
notion_ask_people() {
  local cursor='' round=0 work=$run_dir/work
  jq -c '.properties[] | select(.type == "people") | .people[] | select(.person.email)
    | [(.person.email | ascii_downcase), .id]' "$work/pages" | LC_ALL=C sort -u >"$work/people"
  notion_lacks_people || return 0
  : >"$work/people"
  while :; do
    notion_call GET answer "/v1/users?page_size=100${cursor:+&start_cursor=$cursor}"
    notion_read_list 'select(.person.email) | [(.person.email | ascii_downcase), .id]'
    cat -- "$work/list" >>"$work/people"
    round=$((round + 1))
    [[ -n $cursor ]] && ((round < 100)) || return 0
  done
}

notion_lacks_people() {
  jq -e -n --slurpfile schema "$work/schema" --slurpfile people "$work/people" '
    ($people | map({key: .[0], value: true}) | from_entries) as $known
    | [inputs | .values | to_entries[] | select($schema[0].properties[.key].type == "people") | .value
      | if type == "array" then .[] else split(",")[] end | gsub("^ +| +$"; "") | ascii_downcase | select(. != "")]
    | any(. as $one | $known | has($one) | not)' "$work/rows" >/dev/null
}
