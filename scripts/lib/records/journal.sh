# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# The journal of a run: what was begun, saved and ended, a line each, so that
# another process can finish the undo of a run that was killed. Lines:
#   run PID BIRTH                  who runs
#   step_start STEP PID BIRTH      a step's process group
#   saved SET                      a complete set of save_paths
#   undo FUNCTION ARGUMENT...      it is to be called with these
#   scratch PATH                   a folder to remove, encoded as in describe.sh
#   git_lock FOLDER                its index.lock may be this run's
#   commit REF BASE                a commit on BASE may follow
#   committed ID                   it did
#   indexed                        the index follows it
#   restored SET                   put back and checked
#   undone                         all of them are
#   complete                       nothing is to be undone any more
#   keep LAYOUT .ARTIFACT DIRECTION REASON   and what was saved becomes a backup
#   backup ID NUMBER               which is this one
#   went_to ID                     of a rollback: the state that it goes to
#   aside PATH                     the former database, kept beside it; encoded

journal_complete=false
journal_backup=
journal_number=
journal_went_to=
journal_aside=
journal_keep=
journal_undos=()
journal_sets=()
journal_groups=()
journal_scratch=()
journal_git=
journal_commit=
journal_committed=
journal_indexed=false

journal() {
  printf '%s\n' "$*" >>"$run_dir/journal"
}

# scratch_folder NAME PARENT: make a folder beside the files that it is for, on
# their file system, removed at the end of the run or by the next.
scratch_folder() {
  printf -v "$1" '%s' "$2/.lockstep-$run_id"
  note_scratch "${!1}"
  [[ -d ${!1} ]] || mkdir -p -- "${!1}"
}

# note_scratch PATH: it is to be removed, whoever ends this run.
note_scratch() {
  local path
  encode_path path "$1"
  journal scratch "$path"
}

# undo_with FUNCTION ARGUMENT...: for a step with an effect elsewhere, before it
# has it. Another process, of another program even, may have to undo it after a
# kill, so all that FUNCTION needs to know stands here; it must do no harm when it
# is called twice. Its driver names it, so that every program carries it.
undo_with() {
  local argument line="undo $1"
  shift
  for argument in "$@"; do
    argument=${argument//%/%25}
    argument=${argument// /%20}
    line+=" ${argument//$'\n'/%0A}"
  done
  journal "$line"
}

# read_journal FILE: set journal_complete, journal_undos (what is to be undone,
# the newest first: "saved SET" or "undo FUNCTION ARGUMENT..."), journal_sets
# (all sets that it names), journal_groups
# ("PID BIRTH"), journal_scratch, journal_backup, and of a commit journal_git
# (the folder), journal_commit ("REF BASE"), journal_committed, journal_indexed.
read_journal() {
  local word first rest set
  journal_complete=false
  journal_backup=
  journal_number=
  journal_went_to=
  journal_aside=
  journal_keep=
  journal_undos=()
  journal_sets=()
  journal_groups=()
  journal_scratch=()
  journal_git=
  journal_commit=
  journal_committed=
  journal_indexed=false
  while read -r word first rest; do
    case $word in
      saved | undo)
        journal_undos=("$word $first${rest:+ $rest}" ${journal_undos[@]+"${journal_undos[@]}"})
        [[ $word != saved ]] || journal_sets+=("$first")
        ;;
      restored)
        for set in ${journal_undos[@]+"${!journal_undos[@]}"}; do
          [[ ${journal_undos[set]} != "saved $first" ]] || unset "journal_undos[$set]"
        done
        ;;
      undone) journal_undos=() ;;
      step_start) journal_groups+=("$rest") ;;
      scratch)
        decode_path first "$first${rest:+ $rest}"
        journal_scratch+=("$first")
        ;;
      git_lock) journal_git=$first${rest:+ $rest} ;;
      commit) journal_commit="$first $rest" ;;
      committed) journal_committed=$first ;;
      indexed) journal_indexed=true ;;
      complete) journal_complete=true ;;
      keep) journal_keep="$first $rest" ;;
      backup) journal_backup=$first journal_number=$rest ;;
      went_to) journal_went_to=$first ;;
      aside) journal_aside=$first${rest:+ $rest} ;;
      *) ;;
    esac
  done <"$1"
}
