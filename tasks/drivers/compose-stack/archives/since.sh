# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# An export since the last one: what did not change is taken by reference to an archive
# that is whole, its base, and never to one that has a base itself, so an import needs
# two files at most. What has to be known of the newest whole ones stands in
# .insightpulse/state/exports/TARGET/RUN, for who encrypts an archive cannot open it.

# Bytes from where a member is worth it; what is smaller can be read in any archive.
stack_worth=1048576

# stack_choose_base: with --since last: work/base, the folder of what is known of the
# base; none, and a note why, where the export has to be whole.
stack_choose_base() {
  local folder why='' reason=''
  [[ $verb == export && ${since:-} == last ]] || return 0
  while IFS= read -r folder; do
    stack_why_no_base why "$folder"
    if [[ -z $why ]]; then
      printf '%s\n' "$folder" >"$run_dir/work/base"
      note_step "since $(jq -r .archive "$folder/about.json")"
      return 0
    fi
    reason=${reason:-$why}
  done < <(find ".insightpulse/state/exports/$target" -mindepth 1 -maxdepth 1 -type d ! -name '.*' 2>/dev/null | LC_ALL=C sort -r)
  note_step "whole: ${reason:-nothing is known of an export before it}"
}

# stack_why_no_base NAME FOLDER: set NAME to what is against it; empty where nothing is.
stack_why_no_base() {
  local its_file its_digest its_key its_last='' its_bytes its_why=''
  {
    IFS= read -r its_file
    IFS= read -r its_digest
    IFS= read -r its_key
  } < <(jq -r '.archive, .sha256, .encrypt' "$2/about.json") || its_file=unknown
  its_file=$exports/$its_file
  if [[ ! -f $its_file ]]; then
    its_why="$its_file is gone"
  elif [[ $its_key != "$encrypt" ]]; then
    its_why="$its_file is for another key"
  elif [[ $(hash_text <"$its_file") != "$its_digest" ]]; then
    its_why="$its_file is no longer what was exported"
  else
    its_bytes=$(wc -c <"$its_file")
    stack_stamp_of its_digest "$its_file"
    its_last=$(stack_archives "*-since-$its_digest.tar*" | tail -n 1)
    # A base for good would make each export larger than the one before.
    if [[ -n $its_last ]] && ((its_bytes >= stack_worth && $(wc -c <"$its_last") > its_bytes / 2)); then
      its_why="what changed since $its_file is more than half of it"
    fi
  fi
  printf -v "$1" '%s' "$its_why"
}

# stack_stamp_of NAME ARCHIVE: set NAME to what tells the archive from others.
stack_stamp_of() {
  local its_stamp=${2##*/}
  its_stamp=${its_stamp#team-export-}
  printf -v "$1" '%s' "${its_stamp%%.tar*}"
}

# stack_base_of NAME ARCHIVE: set NAME to the stamp of the base by the archive's name;
# empty where it is whole.
stack_base_of() {
  local its_of
  stack_stamp_of its_of "$2"
  if [[ $its_of == *-since-* ]]; then its_of=${its_of#*-since-}; else its_of=; fi
  printf -v "$1" '%s' "$its_of"
}

# stack_base_facts: set since_base to what is known of the base, and leave the facts of
# the part in hand in work/base.PART; since_base is empty where it holds no such part.
stack_base_facts() {
  since_base=
  [[ -s $run_dir/work/base ]] || return 0
  since_base=$(<"$run_dir/work/base")
  jq -c --arg part "$part" --arg kind "$kind" '.parts[$part] | select(.kind == $kind) | del(.kind)' \
    "$since_base/manifest.json" >"$run_dir/work/base.$part"
  [[ -s $run_dir/work/base.$part ]] || stack_is_whole 'the base has no such part'
}

# stack_is_whole WHY: nothing of the part in hand is taken from the base.
stack_is_whole() {
  since_base=
  printf '%s is whole: %s\n' "$part" "$1" | tee "$run_dir/work/whole.$part"
}

# stack_parts_whole: print which parts are, and why; nothing where no base was asked for.
stack_parts_whole() {
  find "$run_dir/work" -maxdepth 1 -name 'whole.*' -exec cat {} + | LC_ALL=C sort | sed 's/^/; /' | tr -d '\n'
}

# stack_refer MEMBER: all of the part in hand is that member of the base, with its facts.
stack_refer() {
  printf '%s\n' "$1" >"$run_dir/work/referred.$part"
  cp -- "$run_dir/work/base.$part" "$run_dir/work/facts.$part"
}

# stack_since_members FOLDER: work/members has what lies in FOLDER; what the base holds
# byte for byte goes from there, and what was referred to comes in.
stack_since_members() {
  local path members=$run_dir/work/members
  : >"$run_dir/work/since.json"
  [[ -s $run_dir/work/base ]] || return 0
  since_base=$(<"$run_dir/work/base")
  find "$run_dir/work" -maxdepth 1 -name 'referred.*' -exec cat {} + | jq -R . >"$members.referred"
  jq -cn --slurpfile base "$since_base/manifest.json" --slurpfile referred "$members.referred" --slurpfile here "$members" \
    --argjson worth "$stack_worth" '($base[0].members | map({(.path): .}) | add) as $of |
    ($here | map(if .bytes >= $worth and $of[.path] == . then .base = true else . end)) +
    ($referred | map($of[.] | .base = true)) | .[]' >"$members.new"
  mv -- "$members.new" "$members"
  while IFS= read -r path; do
    rm -f -- "$1/$path"
  done < <(jq -r 'select(.base).path' "$members")
  if [[ -n $(find "$run_dir/work" -maxdepth 1 -name 'kept.*') ]] || jq -se 'any(.base)' "$members" >/dev/null; then
    jq '{archive, sha256, created}' "$since_base/about.json" >"$run_dir/work/since.json"
  fi
}

# stack_know_export ARCHIVE DIGEST: what another export may be since; of a whole one.
stack_know_export() {
  local folder=.insightpulse/state/exports/$target new file
  [[ $verb == export && ! -s $run_dir/work/since.json ]] || return 0
  make_private_folder .insightpulse/state
  new=$folder/.$run_id
  mkdir -p -- "$new"
  jq -n --arg archive "${1##*/}" --arg sha256 "$2" --arg created "$timestamp" --arg encrypt "$encrypt" '$ARGS.named' >"$new/about.json"
  cp -- "$stack_out/manifest.json" "$new/"
  while IFS= read -r file; do
    cp -- "$file" "$new/"
  done < <(find "$run_dir/work" -maxdepth 1 -name 'record.*')
  mv -- "$new" "$folder/$run_id"
  while IFS= read -r file; do
    rm -rf -- "${folder:?}/$file"
  done < <(
    find "$folder" -mindepth 1 -maxdepth 1 -name '.*' | sed 's,.*/,,'
    find "$folder" -mindepth 1 -maxdepth 1 ! -name '.*' | sed 's,.*/,,' | LC_ALL=C sort -r | tail -n +4
  )
}

# stack_archives PATTERN: print those whose stamp and end fit it, oldest first.
stack_archives() {
  find "$exports" -maxdepth 1 -type f -name "team-export-$1" 2>/dev/null | LC_ALL=C sort
}
