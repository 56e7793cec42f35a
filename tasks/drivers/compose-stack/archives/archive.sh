# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# One archive: a folder export-TIME with a manifest that names every file in it,
# tar, compressed, perhaps encrypted. What is clear in it never touches the disk
# as an archive where it is encrypted.

# stack_archive_end NAME: set NAME to what the name of a new archive ends with.
stack_archive_end() {
  local its_end=gz
  case $compress in
    zstd) its_end=zst ;;
    gzip) ;;
    *) ! command -v zstd >/dev/null || its_end=zst ;;
  esac
  printf -v "$1" '.tar.%s' "$its_end"
  [[ -z $encrypt ]] || printf -v "$1" '.tar.%s.%s' "$its_end" "${encrypt%%:*}"
}

# stack_squeeze END: compress and encrypt standard input.
stack_squeeze() {
  case $1 in
    *.age) stack_squeeze "${1%.age}" | age -e -r "${encrypt#age:}" ;;
    *.gpg) stack_squeeze "${1%.gpg}" | gpg --batch --quiet --no-tty --trust-model always -e -r "${encrypt#gpg:}" ;;
    *.zst) zstd -q -T0 -c ;;
    *) gzip -c ;;
  esac
}

# stack_unsqueeze FILE: what is in an archive, as tar.
stack_unsqueeze() {
  case $1 in
    *.age) stack_decrypt_age "$1" | stack_expand "${1%.age}" ;;
    *.gpg) gpg --batch --quiet --no-tty -d "$1" | stack_expand "${1%.gpg}" ;;
    *) cat -- "$1" | stack_expand "$1" ;;
  esac
}

stack_expand() {
  case $1 in
    *.zst) zstd -q -d -c ;;
    *.gz) gzip -d -c ;;
    *) cat ;;
  esac
}

stack_decrypt_age() {
  [[ -n $identity ]] ||
    fail_step "$1 is encrypted: set identity to the file of the key that opens it" 3
  age -d -i "$identity" "$1"
}

# stack_manifest FOLDER: write manifest.json: every other file of FOLDER with its
# size and digest, and what is known of each part.
stack_manifest() {
  local file bytes digest json_name facts=()
  (
    cd -- "$1" || exit
    find . -type f ! -path ./manifest.json -print0 | LC_ALL=C sort -z |
      while IFS= read -r -d '' file; do
        bytes=$(wc -c <"$file")
        digest=$(hash_text <"$file") || exit 1
        json_string json_name "${file#./}"
        printf '{"path":%s,"bytes":%d,"sha256":"%s"}\n' "$json_name" "$bytes" "$digest"
      done
  ) >"$run_dir/work/members"
  stack_since_members "$1"
  for part in "${stack_parts[@]}"; do
    [[ ! -s $run_dir/work/facts.$part ]] || {
      stack_use "$part"
      facts+=("$run_dir/work/parts.$part")
      jq -c --arg part "$part" --arg kind "$kind" '{($part): ({kind: $kind} + .)}' \
        "$run_dir/work/facts.$part" >"$run_dir/work/parts.$part"
    }
  done
  cat -- ${facts[@]+"${facts[@]}"} </dev/null | jq -s --slurpfile members "$run_dir/work/members" --arg project "$project" \
    --arg run "$run_id" --arg created "$timestamp" --slurpfile base "$run_dir/work/since.json" \
    '{format: 1, project: $project, run: $run, created: $created, base: $base[0], parts: (add // {}), members: $members}' >"$1/manifest.json"
}

# stack_pack PARENT NAME ARCHIVE: the folder PARENT/NAME, with what says what it
# is at its head. Beside it stands the digest of the tar.
stack_pack() {
  local pipe=$run_dir/work/tar entry hashing heads=() others=() end=$3
  for entry in "$1/$2"/* "$1/$2"/.[!.]*; do
    [[ -e $entry ]] || continue
    entry=$2/${entry##*/}
    case ${entry##*/} in
      manifest.json | export-metadata.json) heads+=("$entry") ;;
      *) others+=("$entry") ;;
    esac
  done
  rm -f -- "$pipe"
  mkfifo "$pipe"
  hash_text <"$pipe" >"$run_dir/work/tar.sha256" &
  hashing=$!
  tar -C "$1" -cf - "${heads[@]}" ${others[@]+"${others[@]}"} | tee "$pipe" | stack_squeeze "$end" >"$3"
  wait "$hashing"
  chmod 600 "$3"
  sync_file "$3"
}

# stack_read_back ARCHIVE: is it what was written? One that only its receiver can
# open is at least whole where the tool has said so.
stack_read_back() {
  local digest
  if [[ -n $encrypt ]]; then
    [[ -s $1 ]] || fail_step "$1: is empty"
    return 0
  fi
  digest=$(stack_unsqueeze "$1" | hash_text) || fail_step "$1: cannot be read back"
  [[ $digest == "$(<"$run_dir/work/tar.sha256")" ]] || fail_step "$1: is not what was written: is the disk all right?"
}

# stack_unpack ARCHIVE FOLDER: into FOLDER, which is empty, once all names are
# known to stay in it; then every file is compared with the manifest. Sets
# unpacked to the folder that was in it.
stack_unpack() {
  local list=$run_dir/work/names top
  stack_list_archive "$1" "$list"
  stack_check_names "$1" "$list"
  top=$(sed -n '1s,/.*,,p' "$list")
  (umask 077 && stack_unsqueeze "$1" | tar -C "$2" -xof -) >"$list.out" 2>&1 ||
    fail_step "$1: cannot be unpacked: $(tail -n 1 -- "$list.out")"
  unpacked=$2/$top
  stack_verify "$1" "$unpacked"
}

# stack_list_archive ARCHIVE LIST: the names in LIST, their types in LIST.types.
stack_list_archive() {
  local listing status=0
  rm -f -- "$2.pipe"
  mkfifo "$2.pipe"
  LC_ALL=C tar -tvf - <"$2.pipe" >"$2.long" 2>"$2.complaint" &
  listing=$!
  stack_unsqueeze "$1" 2>"$2.error" | tee "$2.pipe" | tar -tf - >"$2" 2>>"$2.error" || status=1
  wait "$listing" || status=1
  [[ $status -eq 0 && -s $2 ]] ||
    fail_step "$1: is cut off or damaged, or made for another key: $(tail -n 1 -- "$2.error")" 5
}

# stack_check_names ARCHIVE LIST: nothing but files and folders, each once, all
# below one folder export-….
stack_check_names() {
  local bad
  bad=$(LC_ALL=C grep -v '^[-d]' "$2.long" | head -n 1) || :
  [[ -z $bad ]] || fail_step "$1: refused: it holds more than files and folders: $bad" 5
  bad=$(LC_ALL=C awk '
    NR == 1 { top = $0; sub("/.*", "", top) }
    # GNU tar writes what is not ASCII as \303\251.
    { name = $0; sub("/$", "", name); plain = $0; gsub(/\\[23][0-7][0-7]/, "", plain) }
    $0 ~ "^/" || "/" $0 "/" ~ "/\\.\\.?/" || $0 ~ "//" || plain ~ /\\/ || seen[name]++ ||
      top !~ /^export-[0-9A-Za-z-]+$/ || index($0, top "/") != 1 { print; exit }' "$2")
  [[ -z $bad ]] || fail_step "$1: refused: the name $bad leads out of its folder, or stands there twice" 5
}

# stack_verify ARCHIVE FOLDER: every file of the manifest that is not in its base, and no
# other, as it was.
stack_verify() {
  local bytes digest path
  jq -e '.format == 1 and (.members | type == "array")' "$2/manifest.json" >/dev/null 2>&1 ||
    fail_step "$1: has no manifest that this version knows" 5
  jq -r '.members[] | select(.base | not) | [(.bytes | tostring), .sha256, .path] | join("\t")' "$2/manifest.json" >"$run_dir/work/wanted"
  cut -f 3- "$run_dir/work/wanted" | LC_ALL=C sort >"$run_dir/work/wanted.names"
  (cd -- "$2" && find . -type f ! -path ./manifest.json | sed 's,^\./,,' | LC_ALL=C sort) >"$run_dir/work/found.names"
  path=$(LC_ALL=C comm -3 "$run_dir/work/wanted.names" "$run_dir/work/found.names" | head -n 1) || :
  [[ -z $path ]] || fail_step "$1: ${path#$'\t'} is missing, or not in the manifest" 5
  while IFS=$'\t' read -r bytes digest path; do
    [[ $(wc -c <"$2/$path") -eq $bytes && $(hash_text <"$2/$path") == "$digest" ]] ||
      fail_step "$1: $path is damaged: its digest is another" 5
  done <"$run_dir/work/wanted"
}
