# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# The journal of a run: what was begun, saved and ended, a line each, so that
# another process can finish the undo of a run that was killed. Lines:
#   run PID BIRTH                  who runs
#   step_start STEP PID BIRTH      a step's process group
#   saved SET                      a complete set of save_paths
#   kept SET                       what the set saved stays changed
#   scratch PATH                   a folder to remove
#   put_back SET                   restored and checked
#   complete                       nothing is to be undone any more

journal_complete=false
journal_sets=()
journal_groups=()
journal_scratch=()

journal() {
  printf '%s\n' "$*" >>"$run_dir/journal"
}

# scratch_folder NAME PARENT: make a folder beside the files that it is for, on
# their file system, removed at the end of the run or by the next.
scratch_folder() {
  printf -v "$1" '%s' "$2/.lockstep-$run_id"
  journal scratch "${!1}"
  [[ -d ${!1} ]] || mkdir -p -- "${!1}"
}

# read_journal FILE: set journal_complete, journal_sets (saved, to be put back,
# the newest first), journal_groups ("PID BIRTH") and journal_scratch.
read_journal() {
  local word first rest set
  journal_complete=false
  journal_sets=()
  journal_groups=()
  journal_scratch=()
  while read -r word first rest; do
    case $word in
      saved) journal_sets=("$first" ${journal_sets[@]+"${journal_sets[@]}"}) ;;
      kept | put_back)
        for set in ${journal_sets[@]+"${!journal_sets[@]}"}; do
          [[ ${journal_sets[set]} != "$first" ]] || unset "journal_sets[$set]"
        done
        ;;
      step_start) journal_groups+=("$rest") ;;
      scratch) journal_scratch+=("$first${rest:+ $rest}") ;;
      complete) journal_complete=true ;;
      *) ;;
    esac
  done <"$1"
}
