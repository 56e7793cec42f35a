# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# The stores of all targets, for verbs that look at them or choose from them.

chosen_target=
outputs=()
items_folder=
item_folders=
own_rules=
target_backups=()

# target_backup LAYOUT RULES COMPRESS COMPRESS_AFTER REMOTE ITEMS OUTPUT...: how the
# target that target_is named last is saved. ITEMS is the folder of what a rollback
# holds one by one, such as repositories; after it a line NAME FOLDER for each that
# stands elsewhere.
target_backup() {
  local words
  printf -v words '%q ' "$@"
  target_backups+=("$words")
}

# own_name NAME WORD: set NAME to the target of this profile that WORD means, or to
# WORD.
own_name() {
  printf -v "$1" '%s' "$2"
  [[ -z $profile || " ${names[*]-} " != *" $2.$profile "* ]] || printf -v "$1" '%s' "$2.$profile"
}

# use_target NAME: set target, and its settings if sync.yaml has it. A store may
# be older than the config; that of single files is called files.
use_target() {
  local index hint words=()
  own_name target "$1"
  own_rules=
  items_folder=
  item_folders=
  outputs=()
  backup_layout=directory
  backup_keep='last=10'
  backup_compress='' compress_after='' backup_remote=''
  common_locks=()
  for index in ${names[@]+"${!names[@]}"}; do
    [[ ${names[index]} == "$target" ]] || continue
    read -r -a common_locks <<<"${target_locks[index]}"
    eval "words=(${target_backups[index]})"
    backup_layout=${words[0]}
    own_rules=${words[1]}
    backup_compress=${words[2]}
    compress_after=${words[3]}
    backup_remote=${words[4]}
    items_folder=${words[5]%%$'\n'*}
    item_folders=${words[5]#"$items_folder"}
    outputs=("${words[@]:6}")
    [[ -z $own_rules ]] || backup_keep=$own_rules
    return 0
  done
  ! is_store "$target" || return 0
  did_you_mean hint "$1" ${names[@]+"${names[@]}"}
  usage_error "no target $1$hint"
}

# is_store NAME: does a target of this name and of this profile have backups, be it
# in sync.yaml or not?
is_store() {
  [[ $1 == files || ($1 =~ ^[A-Za-z][A-Za-z0-9_.-]*$ && -d $store/$1) ]] && is_of_profile "$1"
}

# is_of_profile NAME: is a target of that name one of the profile that this program
# is of? Single files are of all.
is_of_profile() {
  if [[ -z $profile ]]; then
    [[ $1 != *.* ]]
  else
    [[ $1 == files || $1 == *."$profile" ]]
  fi
}

# look_at_store: a scratch folder and a name for what is done without a run.
look_at_store() {
  now_milliseconds run_started
  now_utc timestamp %Y-%m-%dT%H:%M:%SZ
  new_run_id run_id
  make_scratch run_dir
  mkdir -- "$run_dir/work"
  exit_code=0
}

# each_store COMMAND...: COMMAND for each target of this profile that has backups, or for
# chosen_target if that is set; target says which.
each_store() {
  local folder
  if [[ -n $chosen_target ]]; then
    use_target "$chosen_target"
    "$@"
    return
  fi
  for folder in "$store"/*/; do
    [[ -d $folder ]] || continue
    folder=${folder%/}
    is_of_profile "${folder##*/}" || continue
    use_target "${folder##*/}"
    "$@"
  done
}

# path_in_root NAME PATH: set NAME to PATH relative to the root; it may be given
# relative to where the program was started. The folders that it is in may be gone.
path_in_root() {
  local its_path=$2 its_folder its_rest
  [[ $its_path == /* ]] || its_path=$started_in/$its_path
  [[ $its_path == / ]] || its_path=${its_path%/}
  its_rest=${its_path##*/}
  its_path=${its_path%/*}
  while [[ -n $its_path && ! -d $its_path && ${its_path##*/} != .. ]]; do
    its_rest=${its_path##*/}/$its_rest
    its_path=${its_path%/*}
  done
  # A name may end with a newline.
  its_folder=$(cd -P -- "$its_path/" 2>/dev/null && pwd && printf x) ||
    die 3 "$2: there is no such file or folder"
  its_folder=${its_folder%$'\n'x}
  its_path=${its_folder%/}/$its_rest
  [[ $its_path/ != "${root%/}"/./ && $its_path != "${root%/}" ]] ||
    die 2 "$2: is the root itself; name what is in it"
  [[ $its_path == "${root%/}"/* && ${its_path##*/} != .. && ${its_path##*/} != . ]] ||
    die 2 "$2: is not inside $root"
  its_path=${its_path#"${root%/}"/}
  [[ $its_path != .insightpulse && $its_path != .insightpulse/* ]] ||
    die 2 "$2: Lockstep's own files are not saved; name a path outside .insightpulse"
  printf -v "$1" '%s' "$its_path"
}

# manifest_totals FILE: set file_count and byte_count, of the user's files and what
# steps made, and absent_count: of what was not there yet.
manifest_totals() {
  file_count=0
  byte_count=0
  absent_count=0
  [[ ! -r $1 ]] || read -r file_count byte_count absent_count < <(manifest_entries "$1" |
    LC_ALL=C awk -F '\t' '/^(file|link|artifact)/ { n++; bytes += $3 }
      $1 == "absent" { absent++ }
      END { printf "%d %.0f %d\n", n, bytes, absent }')
}
