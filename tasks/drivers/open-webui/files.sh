# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# The prompt and the metadata as files, and what is remembered of both sides.

# webui_check_files: before anything is done.
webui_check_files() {
  local path folder
  for path in "$system_prompt" ${metadata:+"$metadata"}; do
    [[ ! -d $path ]] || die 2 "$path: is a folder, not a file"
    [[ ! -L $path ]] || die 2 "$path: is a link; name the file itself"
    folder=./$path
    while [[ ! -d $folder ]]; do
      folder=${folder%/*}
    done
    require_inside "$path" "$folder"
    [[ $direction != push || -e $path || -n $lockstep_ask ]] ||
      die 3 "$path: there is no such file; write it, or pull first"
    [[ ! -e $path || -r $path ]] || die 3 "$path: cannot be read"
  done
  real_path system_prompt "$system_prompt"
  [[ -z $metadata ]] || real_path metadata "$metadata"
}

# webui_saves: what the steps overwrite.
webui_saves() {
  local path
  for path in "$system_prompt" ${metadata:+"$metadata"} "$state_file"; do
    printf '%s\0' "$path" "$path.lockstep-$run_id"
  done
}

webui_write_files() {
  local work=$run_dir/work
  [[ ! -e $work/prompt ]] || webui_write_file "$work/prompt" "$system_prompt"
  [[ ! -e $work/metadata ]] || webui_write_file "$work/metadata" "$metadata"
}

# webui_write_file SOURCE PATH: beside its place first, with the mode that a
# file there has.
webui_write_file() {
  local beside=$2.lockstep-$run_id kind=changed
  [[ $2 != */* ]] || mkdir -p -- "${2%/*}"
  if [[ -e $2 ]]; then
    cp -p -- "$2" "$beside"
  else
    kind=created
  fi
  cat -- "$1" >"$beside"
  move_into_place "$beside" "$2"
  output "$kind" "$2"
}

# webui_remember: what both sides have now is what the next run compares with.
webui_remember() {
  local now=$run_dir/work/base
  [[ ! -e $run_dir/work/after.base ]] || now=$run_dir/work/after.base
  [[ -d ${state_file%/*} ]] || mkdir -p -- "${state_file%/*}"
  move_into_place "$now" "$state_file"
}
