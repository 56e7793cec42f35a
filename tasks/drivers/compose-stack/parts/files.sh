# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# Files of the root as a part: those of compose, of the environment, folders. What
# an import overwrites is saved and put back by the engine.

# stack_files_list: print the files of the part in hand that are here, NUL-ended.
stack_files_list() {
  local path
  while IFS= read -r path; do
    [[ -n $path ]] || continue
    if [[ -L $path || -n $(find "./$path" -type l 2>/dev/null | head -n 1) ]]; then
      stack_fail "$path is a link or has one in it: name the files themselves"
    fi
    [[ ! -e $path ]] || find "./$path" -type f -print0
  done <<<"$part_paths"
}

stack_files_look() {
  local total=0 file bytes
  stack_files_list >"$run_dir/work/files.$part"
  while IFS= read -r -d '' file; do
    bytes=$(wc -c <"$file")
    total=$((total + bytes))
  done <"$run_dir/work/files.$part"
  printf '%d\n' "$total"
}

# stack_files_dump FOLDER: each under its own path.
stack_files_dump() {
  local file count=0 path
  stack_files_list >"$run_dir/work/files.$part"
  while IFS= read -r -d '' file; do
    path=$1/${file#./}
    [[ $file != *[[:cntrl:]\\]* ]] || stack_fail "${file#./}: a name with such characters cannot go into the archive"
    [[ ! -e $path ]] || stack_fail "${file#./} has a name that the archive needs for itself"
    mkdir -p -- "${path%/*}"
    cp -p -- "$file" "$path"
    count=$((count + 1))
  done <"$run_dir/work/files.$part"
  ((count > 0)) || stack_fail "none of its files is here"
  printf '{"files":%d}\n' "$count" >"$run_dir/work/facts.$part"
}

stack_files_accept() {
  local path
  while IFS= read -r path; do
    if [[ ! -e $path ]]; then
      printf 'note %s is not here: it will be written\n' "$path"
    elif [[ $take_env == false ]] && stack_is_env "$path"; then
      printf 'warn %s differs and stays as it is here: --take-env takes it\n' "$path"
    else
      printf 'note %s differs: it will be written\n' "$path"
    fi
  done < <(stack_files_differing)
}

# stack_is_env PATH: does it hold the environment of one machine?
stack_is_env() {
  case ${1##*/} in .env | .env.* | *.env) ;; *) return 1 ;; esac
}

# Files have nothing to be loaded beside: they are written, saved before, by a step
# of their own.
stack_files_load() {
  :
}

stack_files_switch() {
  :
}

stack_files_drop() {
  :
}

stack_files_back() {
  :
}

stack_files_forget() {
  :
}

# stack_files_differing: print the files of the archive that are others here.
stack_files_differing() {
  local path
  while IFS= read -r path; do
    cmp -s -- "$unpacked/$path" "$path" || printf '%s\n' "$path"
  done < <(stack_files_of_archive)
}

# stack_files_of_archive: print those of the part in hand.
stack_files_of_archive() {
  local path
  while IFS= read -r path; do
    [[ -z $path || ! -e $unpacked/$path ]] || (cd -- "$unpacked" && find "./$path" -type f | sed 's,^\./,,')
  done <<<"$part_paths"
}
