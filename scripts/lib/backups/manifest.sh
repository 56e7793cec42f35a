# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# The manifest of a backup: JSON with one field or file a line, so that it needs
# no parser, ended by a checksum over all lines before. Paths are encoded as in
# describe.sh; `sed '/^"checksum"/,$d' manifest.json | sha256sum` checks it by
# hand.

manifest_format=1
# It only grows, so that the order of backups does not rest on the clock.
backup_number=0
# Of a rollback: the state that it went to.
went_to=
# What stands beside a restored database and goes with its backup.
aside=

# write_manifest FILE LIST LAYOUT ARCHIVE: of the entries in LIST, from the
# variables target, backup_id, backup_number, artifact, direction, kind, reason,
# went_to, aside, saved_run, point_commit and point_parent. The kind is before (of what
# a run overwrote), asked or failed_commit; the reason says it to a person.
write_manifest() {
  local verified started checksum
  now_utc verified %Y-%m-%dT%H:%M:%SZ
  run_time started "$saved_run"
  {
    printf '{\n"format":%d,\n"tool":"lockstep %s",\n"number":%d,\n' \
      "$manifest_format" "$version" "$backup_number" &&
      manifest_line id "$backup_id" &&
      manifest_line target "$target" &&
      manifest_line layout "$3" &&
      manifest_line archive "$4" &&
      manifest_line run "$saved_run" &&
      manifest_line commit "$point_commit" &&
      manifest_line parent "${point_commit:+$point_parent}" &&
      manifest_line direction "$direction" &&
      manifest_line kind "$kind" &&
      manifest_line reason "$reason" &&
      manifest_line went_to "$went_to" &&
      manifest_line aside "$aside" &&
      manifest_line artifact "$artifact" &&
      manifest_line started_at "$started" &&
      manifest_line verified_at "$verified" &&
      printf '"files":[\n' &&
      LC_ALL=C awk -F '\t' '
        function text(key, value) {
          return value == "-" ? "" : ",\"" key "\":\"" value "\""
        }
        {
          printf "%s{\"path\":\"%s\",\"type\":\"%s\"%s%s%s%s%s%s}", between,
            $8, $1, text("mode", $2), ($3 == "-" ? "" : ",\"size\":" $3),
            text($1 == "link" ? "target" : "sha256", $4),
            ($5 == "-" ? "" : ",\"inode\":" $5), text("mtime", $6), text("ctime", $7)
          between = ",\n"
        }
        END { print "\n]," }' "$2"
  } >"$1.new" || return 1
  checksum=$(hash_text <"$1.new") &&
    printf '"checksum":"%s"\n}\n' "$checksum" >>"$1.new" &&
    mv -f -- "$1.new" "$1"
}

# manifest_line KEY TEXT: null where there is none.
manifest_line() {
  local text=null
  [[ -z $2 ]] || json_string text "$2"
  printf '"%s":%s,\n' "$1" "$text"
}

# run_time NAME RUN: set NAME to the time at which RUN began.
run_time() {
  local its_stamp=$2
  printf -v "$1" '%s-%s-%sT%s:%s:%sZ' "${its_stamp:0:4}" "${its_stamp:4:2}" \
    "${its_stamp:6:2}" "${its_stamp:9:2}" "${its_stamp:11:2}" "${its_stamp:13:2}"
}

manifest_checksum() {
  sed '/^"checksum":/,$d' "$1" | hash_text
}

# read_manifest FILE: set manifest_KEY of its fields; else fail and set problem.
read_manifest() {
  local line key value its_format='' checksum
  manifest_run='' manifest_layout='' manifest_archive='' manifest_kind='' manifest_reason=''
  manifest_started_at='' manifest_verified_at='' manifest_artifact=''
  manifest_direction='' manifest_commit='' manifest_parent=''
  manifest_number=0 manifest_went_to='' manifest_aside=''
  problem=
  if [[ ! -r $1 ]]; then
    problem='it has no manifest'
    return 1
  fi
  while IFS= LC_ALL=C read -r line; do
    [[ $line != '"files":['* ]] || break
    key=${line%%:*}
    value=${line#*:}
    value=${value%,}
    [[ $value != null ]] || value=
    value=${value#\"}
    value=${value%\"}
    case $key in
      '"format"') its_format=$value ;;
      '"number"') manifest_number=$value ;;
      '"run"') manifest_run=$value ;;
      '"layout"') manifest_layout=$value ;;
      '"archive"') manifest_archive=$value ;;
      '"commit"') manifest_commit=$value ;;
      '"parent"') manifest_parent=$value ;;
      '"direction"') manifest_direction=$value ;;
      '"kind"') manifest_kind=$value ;;
      '"reason"') manifest_reason=$value ;;
      '"went_to"') manifest_went_to=$value ;;
      '"aside"') manifest_aside=$value ;;
      '"artifact"') manifest_artifact=$value ;;
      '"started_at"') manifest_started_at=$value ;;
      '"verified_at"') manifest_verified_at=$value ;;
      *) ;;
    esac
  done <"$1"
  [[ -n $manifest_kind ]] || kind_of_reason
  if [[ $its_format =~ ^[0-9]{1,9}$ ]] && ((its_format > manifest_format)); then
    problem="it was made by a newer version (format $its_format)"
  elif ! checksum=$(manifest_checksum "$1") ||
    [[ $(tail -n 2 "$1") != "\"checksum\":\"$checksum\""$'\n}' ]]; then
    problem='its manifest was changed or is cut off'
  elif [[ -z $manifest_verified_at ]]; then
    problem='it was never verified'
  fi
  [[ -z $problem ]]
}

# kind_of_reason: of a manifest from before there were kinds.
kind_of_reason() {
  case $manifest_reason in
    before*) manifest_kind=before ;;
    'asked for') manifest_kind=asked ;;
    'a commit failed') manifest_kind=failed_commit ;;
    *) ;;
  esac
}

# manifest_entries FILE: print its entries, as describe.sh has them.
manifest_entries() {
  # The texts between the quotes; a number stands between them.
  LC_ALL=C awk -F '"' '
    /^"checksum":/ { exit }
    /^\{"path":/ {
      split("", value)
      for (i = 2; i < NF; i += text ? 4 : 2) {
        text = $(i + 1) == ":"
        value[$i] = text ? $(i + 2) : substr($(i + 1), 2, length($(i + 1)) - 2)
      }
      OFS = "\t"
      type = value["type"]
      print type, given("mode"), given("size"),
        given(type == "link" ? "target" : "sha256"), given("inode"),
        given("mtime"), given("ctime"), value["path"]
    }
    function given(key) { return key in value ? value[key] : "-" }' "$1"
}
