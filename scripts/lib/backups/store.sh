# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# The store: .insightpulse/backups/TARGET/YYYYMMDD_HHMMSS[.ARTIFACT]/ holds
# manifest.json, files/ (or an archive of it), and artifacts/, where a step made
# something for the backup that is no file of the user's: a dump, a row. With the
# layout sibling the copy of FILE stands beside it as
# FILE.bak.YYYYMMDD_HHMMSS[.ARTIFACT], and its manifest in siblings/FILE/ of the
# target. Nothing unfinished has such a name.

store=.insightpulse/backups
artifact=
backup_layout=directory
backup_made=

# list_backups TARGET: the folders of its backups, the oldest first.
list_backups() {
  number_backups "$1" | cut -f 3
}

# day_of_backup NAME FOLDER: set NAME to the day in its name, as a number; 0 if
# somebody called it otherwise.
day_of_backup() {
  printf -v "$1" '%d' 0
  [[ ! ${2##*/} =~ ^[0-9]{8} ]] || day_number "$1" "${BASH_REMATCH[0]}"
}

# list_states TARGET: their names, each once, the newest first.
list_states() {
  list_backups "$1" | sed 's,.*/,,' | reverse_lines | uniq
}

# number_backups TARGET...: of each, the oldest first, with tabs between: number,
# name, folder, direction, and the state that a rollback went to, or -. The clock
# may have been wrong, so it is the number that says what came before what. Those
# of an older version have none and come first; a manifest that cannot be read has
# its place by its name.
number_backups() {
  local its_target folder
  for its_target in "$@"; do
    for folder in "$store/$its_target"/[0-9]*; do
      [[ ! -d $folder ]] || printf '%s\n' "$folder"
    done
    list_siblings "$its_target"
  done | LC_ALL=C awk -F / -v OFS='\t' '
    $NF ~ /^\.removed-/ { next }
    {
      count++
      folder[count] = $0
      id[count] = $NF
      direction[count] = went_to[count] = "-"
      while ((getline line <($0 "/manifest.json")) > 0) {
        if (line == "\"files\":[") {
          number[count] += 0
          break
        }
        if (sub(/^"number":/, "", line)) number[count] = line + 0
        if (sub(/^"direction":"/, "", line)) direction[count] = plain(line)
        if (sub(/^"went_to":"/, "", line)) went_to[count] = plain(line)
      }
      close($0 "/manifest.json")
    }
    function plain(text) {
      sub(/".*/, "", text)
      return text
    }
    END {
      for (i = 1; i <= count; i++) {
        place = number[i]
        if (place == "")
          for (j = 1; j <= count; j++)
            if (id[j] < id[i] && number[j] + 0 > place + 0) place = number[j]
        printf "%.0f", place
        print "", id[i], folder[i], direction[i], went_to[i]
      }
    }' | LC_ALL=C sort -t "$(printf '\t')" -k 1,1n -k 2
}

# every_store: the targets that have one.
every_store() {
  local folder
  for folder in "$store"/*/; do
    [[ -d $folder ]] || continue
    folder=${folder%/}
    printf '%s\n' "${folder##*/}"
  done
}

# next_number NAME: set NAME to a number above all that there are; not below the
# time, so that it is right also where the store was lost and a remote has more.
next_number() {
  local its_stores its_last its_now
  IFS=$'\n' read -r -d '' -a its_stores < <(every_store) || :
  its_last=$(number_backups ${its_stores[@]+"${its_stores[@]}"} | tail -n 1)
  now_milliseconds its_now
  its_last=$((${its_last%%$'\t'*} + 1))
  its_now=$((its_now / 1000))
  printf -v "$1" '%d' "$((its_last > its_now ? its_last : its_now))"
}

list_siblings() {
  [[ ! -d $store/$1/siblings ]] ||
    find "$store/$1/siblings" -type f -name manifest.json | sed 's,/manifest\.json$,,'
}

# sibling_path NAME FOLDER: set NAME to the file that a sibling's manifest is of.
sibling_path() {
  local its_path=${2#"$store"/*/siblings/}
  decode_path "$1" "${its_path%/*}"
}

# remove_backup FOLDER: out of sight first, so that it is never half there.
remove_backup() {
  local removed=${1%/*}/.removed-${1##*/}
  mv -- "$1" "$removed" && finish_removal "$removed"
}

# finish_removal FOLDER: what remove_backup began, with what goes with it.
finish_removal() {
  local path
  if [[ $1 == */siblings/* ]]; then
    sibling_path path "$1"
    rm -f -- "$path.bak.${1##*/.removed-}" || return 1
  elif read_manifest "$1/manifest.json" && [[ $manifest_aside == *".before-$manifest_run" ]]; then
    decode_path path "$manifest_aside"
    rm -f -- "$path" "$path-wal" "$path-shm" || return 1
  fi
  rm -rf -- "$1"
}

# clear_store: of this target, what runs that were killed left unfinished.
clear_store() {
  local folder
  for folder in "$store/$target"/.removed-*; do
    [[ ! -d $folder ]] || finish_removal "$folder"
  done
  for folder in "$store/$target"/.partial-*; do
    [[ -d $folder ]] || continue
    [[ -d .insightpulse/state/runs/$target/${folder##*/.partial-} ]] || rm -rf -- "$folder"
  done
  [[ -d $store/$target/siblings ]] || return 0
  while IFS= LC_ALL=C read -r folder; do
    finish_removal "$folder"
  done < <(find "$store/$target/siblings" -type d -name '.removed-*')
}

# tell_full_disk: that of the backups, when it is over 90 % full.
tell_full_disk() {
  local percent
  percent=$(df -Pk "$store" 2>/dev/null | LC_ALL=C awk 'NR == 2 && match($0, /[0-9]+%/) { print substr($0, RSTART, RLENGTH - 1) }') || :
  ((${percent:-0} <= 90)) ||
    warn "the disk of the backups is $percent % full; \"backup --usage\" says what takes the space, \"backup --prune\" removes what no rule keeps"
}
