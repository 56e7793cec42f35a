# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# What stands at a path, as a line of text (an entry), so that saving, checking,
# comparing and putting back are each a comparison of lists. Fields, between
# tabs:
#   TYPE     file, link, folder, or absent (folder_absent where a folder is to
#            be removed again if nothing is left in it)
#   MODE     octal
#   SIZE     bytes
#   DIGEST   SHA-256 of a file, the encoded target of a link
#   INODE MTIME CTIME   of the original: if all are the same, so is the content
#   PATH     encoded
# A field that does not apply is "-".

no_facts=$'\t-\t-\t-\t-\t-\t-\t'

# describe_paths FOLDER: read paths below FOLDER, NUL-ended; print an entry of
# each, those that are absent last. Files and links have no digest yet. Fails
# if one vanishes meanwhile.
describe_paths() {
  local LC_ALL=C absent='' more=false lists
  own_process_id lists
  lists=$run_dir/work/describe.$lists
  : >"$lists.paths" && : >"$lists.names" && : >"$lists.plain" || return 1
  look_at_each "$1" 300 || return 1
  if [[ $more == true ]]; then
    cat >"$lists.rest" || return 1
    describe_plain "$1" "$lists.rest" >"$lists.plain" 2>/dev/null || {
      : >"$lists.plain"
      look_at_each "$1" '' <"$lists.rest" || return 1
    }
  fi
  [[ ! -s $lists.paths ]] || stat_files "$1" "$lists.paths" "$lists.names" || return 1
  [[ ! -s $lists.plain ]] || cat -- "$lists.plain" || return 1
  printf '%s' "$absent"
}

# look_at_each FOLDER MOST: sort paths by whether they are there; sets more if
# there are more than MOST.
look_at_each() {
  local path encoded count=0
  while IFS= read -r -d '' path; do
    path=${path#./}
    encoded=$path
    [[ $path != *[!A-Za-z0-9/._-]* ]] || encode_path encoded "$path"
    if [[ -e $1/$path || -L $1/$path ]]; then
      printf './%s\0' "$path" >&3 && printf '%s\n' "$encoded" >&4 || return 1
    else
      absent+=absent$no_facts$encoded$'\n'
    fi
    count=$((count + 1))
    if [[ $count == "$2" ]]; then
      more=true
      break
    fi
  done 3>>"$lists.paths" 4>>"$lists.names"
}

# describe_plain FOLDER PATHS: many at once; fails if one is not there, or its
# name is not a usual one.
describe_plain() {
  tr '\n\000' '\001\n' <"$2" | sed 's,^\./,,' >"$2.names" &&
    ! grep -q -e '^-' -e '[^A-Za-z0-9/._-]' "$2.names" &&
    stat_files "$1" "$2" "$2.names"
}

# stat_files FOLDER PATHS NAMES: an entry of each of PATHS.
stat_files() {
  local format=(-c '%f %a %s %i %y %z')
  # On Linux every stat knows it.
  [[ ${BASH_VERSINFO[5]} == *linux* ]] || stat -c %f . >/dev/null 2>&1 ||
    format=(-t '%Y-%m-%d %H:%M:%S' -f '%Xp %Lp %z %i %Sm %Fm %Sc %Fc')
  (cd -- "$1" && TZ=UTC0 xargs -0 stat "${format[@]}") <"$2" |
    NAMES=$3 LC_ALL=C awk -v OFS='\t' '
      BEGIN {
        split("4 folder 8 file a link c socket 1 fifo 6 device 2 device", words, " ")
        for (i = 1; i in words; i += 2) type[words[i]] = words[i + 1]
      }
      {
        kind = type[tolower(substr($1, 1, 1))]
        getline name <ENVIRON["NAMES"]
        print kind, (kind == "link" ? "-" : $2), (kind == "folder" ? "-" : $3), \
          "-", $4, $5 "T" $6, $8 "T" $9, name
      }'
}

# add_digests FOLDER ENTRIES: print them, with the digests of what stands below
# FOLDER where there is none. Where there are many files, two are read at once.
add_digests() {
  local lists path text second=''
  own_process_id lists
  lists=$run_dir/work/digests.$lists
  # Not every sha256sum writes a name with a newline in one line.
  LISTS=$lists LC_ALL=C awk -F '\t' '
    BEGIN {
      lists = ENVIRON["LISTS"]
      printf "" >(lists ".files.0")
      printf "" >(lists ".files.1")
      singles = lists ".singles"
      printf "" >singles
    }
    $4 != "-" { next }
    $1 == "file" && $8 !~ /%0A/ {
      lane = int(number / 64) % 2
      print $8 >(lists ".files." lane)
      number++
    }
    $1 == "link" || $1 == "file" && $8 ~ /%0A/ { print $8 >singles }' "$2" || return 1
  while IFS= LC_ALL=C read -r path; do
    decode_path path "$path"
    if [[ -L $1/$path ]]; then
      text=$(readlink -- "$1/$path" && printf x)
      encode_path text "${text%$'\n'x}"
    else
      text=$(hash_text <"$1/$path") || return 1
    fi
    printf '%s\n' "$text" || return 1
  done <"$lists.singles" >"$lists.texts" || return 1
  if [[ -s $lists.files.1 ]]; then
    hash_listed "$1" "$lists.files.1" &
    second=$!
  fi
  hash_listed "$1" "$lists.files.0" || return 1
  [[ -z $second ]] || wait "$second" || return 1
  LISTS=$lists LC_ALL=C awk -F '\t' -v OFS='\t' '
    BEGIN { lists = ENVIRON["LISTS"] }
    $4 == "-" && $1 == "file" && $8 !~ /%0A/ {
      lane = int(number / 64) % 2
      getline $4 <(lists ".files." lane ".digests")
      number++
    }
    $4 == "-" && ($1 == "link" || $1 == "file") { getline $4 <(lists ".texts") }
    { print }' "$2"
}

# hash_listed FOLDER LIST: LIST.digests has the digest of each.
hash_listed() {
  [[ -s $2 ]] || return 0
  decode_paths <"$2" | (cd -- "$1" && hash_files) >"$2.digests"
}

# differing_entries ONE OTHER: print the entries of the file ONE that the file
# OTHER does not have with the same type, mode, size and digest. The digest of
# what is absent is of what a run made there.
differing_entries() {
  OTHER=$2 LC_ALL=C awk -F '\t' '
    function facts() { return $1 ~ /^absent/ ? $1 : $1 "\t" $2 "\t" $3 "\t" $4 }
    BEGIN {
      while ((getline <ENVIRON["OTHER"]) > 0) seen[$8] = facts()
    }
    seen[$8] != facts()' "$1"
}

# first_entries: entries in, the oldest state first; print each path as the first
# one has it. What is below a path that was no folder then was not there, and what
# is above one that was there was a folder. What a run created and a later one
# wrote again is not as the first one made it: its digest goes.
first_entries() {
  LC_ALL=C awk -F '\t' -v OFS='\t' '
    function below_none(path) {
      while (sub("/[^/]*$", "", path)) if (path in none) return 1
      return 0
    }
    $8 in seen {
      if (first[seen[$8]] ~ /^absent\t/) digestless[seen[$8]] = 1
      next
    }
    below_none($8) || $8 in folder && $1 !~ /^folder/ { next }
    {
      seen[$8] = ++count
      first[count] = $0
      if ($1 ~ /^(file|link|absent)$/) none[$8] = 1
      if ($1 ~ /^(file|link|folder)$/) {
        path = $8
        while (sub("/[^/]*$", "", path)) folder[path] = 1
      }
    }
    END {
      for (i = 1; i <= count; i++) {
        $0 = first[i]
        if (i in digestless) $4 = "-"
        print
      }
    }'
}

# outermost_paths: sorted encoded paths in; print them without what is below another.
outermost_paths() {
  LC_ALL=C awk '
    {
      path = $0
      while (sub("/[^/]*$", "", path)) if (path in seen) next
      seen[$0]
      print
    }'
}

# hash_files: NUL-ended paths without newlines in, the SHA-256 of each out, a
# line each.
hash_files() {
  # openssl is slower to start and several times as fast.
  find_sha256 openssl sha256sum shasum
  # A name with a backslash may make the line start with one.
  xargs -0 "${sha256[@]}" | LC_ALL=C sed 's/^\\//; s/ .*//'
}
