# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# What a stack consists of. A kind of part is one file with functions
# stack_KIND_look (is it here, and how large?), _dump, _load (beside what is
# here), _switch, _back (of both), _forget (former ones).

stack_parts=()
# By threes: a part, a key, its value.
stack_keys=()
part_names='kind service database user url schemas paths volume path stop image webhook pauses'

# stack_part NAME [KEY VALUE]...: a part, with its settings.
stack_part() {
  local name=$1
  shift
  stack_parts+=("$name")
  while (($# > 1)); do
    stack_keys+=("$name" "$1" "$2")
    shift 2
  done
}

# stack_only_databases: the other parts are left alone; no workflow is active afterwards.
# A file that is here is the same one in every environment.
stack_only_databases() {
  local name databases=()
  for name in ${stack_parts[@]+"${stack_parts[@]}"}; do
    stack_use "$name"
    case $kind in
      postgres) databases+=("$name") ;;
      sqlite) [[ $verb == refresh && -z $part_service ]] || databases+=("$name") ;;
      *) ;;
    esac
  done
  ((${#databases[@]} > 0)) || die 2 "$target has no part of the kind postgres, and none of the kind sqlite in a service"
  stack_parts=("${databases[@]}")
  inactive=true
}

# stack_use PART: set part, and part_KEY for each of its keys.
stack_use() {
  local index key
  part=$1
  for key in $part_names; do
    printf -v "part_$key" '%s' ''
  done
  for ((index = 0; index < ${#stack_keys[@]}; index += 3)); do
    [[ ${stack_keys[index]} != "$1" ]] ||
      printf -v "part_${stack_keys[index + 1]}" '%s' "${stack_keys[index + 2]}"
  done
  kind=$part_kind
}

# stack_has KIND: set first_part to the first of that kind, or fail.
stack_has() {
  local index
  for ((index = 0; index < ${#stack_keys[@]}; index += 3)); do
    [[ ${stack_keys[index + 1]} == kind && ${stack_keys[index + 2]} == "$1" ]] || continue
    first_part=${stack_keys[index]}
    return 0
  done
  return 1
}

# stack_remember: write what an undo by another program has to know about the
# part in hand; set memory to the file, relative to the root. The address of a
# database may hold a password.
stack_remember() {
  local key value name=part_kind
  memory=$run_dir/stack/$part
  (umask 077 && mkdir -p -- "$run_dir/stack")
  {
    for key in project run_id docker_host new_name new_oid former_name $part_names; do
      name=part_$key
      case $key in
        project | run_id | new_name | new_oid | former_name) name=$key ;;
        docker_host) name=DOCKER_HOST ;;
        *) ;;
      esac
      encode_path value "${!name:-}"
      printf '%s %s\n' "$key" "$value"
    done
  } >"$memory.new"
  mv -f -- "$memory.new" "$memory"
  memory=${memory#"$root"/}
}

# stack_recall FILE: in ( ): the names are those of the run that wrote it.
stack_recall() {
  local key value
  [[ -s $1 ]] || return 1
  part=${1##*/}
  while IFS=' ' read -r key value; do
    decode_path value "$value"
    case $key in
      project | new_name | new_oid | former_name) printf -v "$key" '%s' "$value" ;;
      run_id) former_run=$value ;;
      docker_host) [[ -z $value ]] || export DOCKER_HOST="$value" ;;
      *) printf -v "part_$key" '%s' "$value" ;;
    esac
  done <"$1"
  kind=$part_kind
}

# stack_fail TEXT [CODE]: as fail_step, of the part in hand; a pool names it anyway.
stack_fail() {
  if [[ ${reason_file##*/} == *.* ]]; then
    fail_step "$@"
  else
    fail_step "$part: $1" ${2:+"$2"}
  fi
}

# stack_call OUT COMMAND...: COMMAND with its output in OUT; what it says against
# it ends the step or the item.
stack_call() {
  local out=$1 status=0 complaint=$run_dir/work/complaint.$part
  shift
  "$@" >"$out" 2>"$complaint" || status=$?
  ((status != 0)) || return 0
  last_lines complaint "$complaint" 3
  ((status != 124)) || complaint='took too long'
  stack_fail "${complaint:-exit $status}"
}
