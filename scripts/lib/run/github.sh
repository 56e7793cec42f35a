# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# What GitHub Actions shows of a run: annotations, the job's summary, and the
# exit code for the jobs that come after.

github_stop_word=

# on_github: is there anybody to tell?
on_github() {
  [[ $ci == true && ${GITHUB_ACTIONS:-} == true ]]
}

# stop_github_commands: from here on nothing that is printed commands the
# runner, which obeys each line that begins with "::", whoever wrote it.
stop_github_commands() {
  on_github || return 0
  github_stop_word=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
  printf '::stop-commands::%s\n' "$github_stop_word" >&2
}

resume_github_commands() {
  [[ -z $github_stop_word ]] || printf '::%s::\n' "$github_stop_word" >&2
  github_stop_word=
}

# annotate TITLE TEXT: an error on the page of the run.
annotate() {
  local title=$1 text=$2
  on_github || return 0
  mask text
  escape_command title
  escape_command text
  title=${title//:/%3A}
  title=${title//,/%2C}
  printf '::error title=%s::%s\n' "$title" "$text" >&2
}

# escape_command NAME: the variable NAME as data of a command to the runner.
escape_command() {
  local escaped=${!1}
  escaped=${escaped//'%'/%25}
  escaped=${escaped//$'\r'/%0D}
  escaped=${escaped//$'\n'/%0A}
  printf -v "$1" '%s' "$escaped"
}

# tell_github: how a target ended. A failed record must not fail the run.
tell_github() {
  on_github || return 0
  resume_github_commands
  ((exit_code == 0)) || annotate_failures
  [[ -z ${GITHUB_STEP_SUMMARY:-} ]] ||
    summary_lines >>"$GITHUB_STEP_SUMMARY" || :
  [[ -z ${GITHUB_OUTPUT:-} ]] ||
    printf 'exit_code=%d\n' "$exit_code" >>"$GITHUB_OUTPUT" || :
}

# annotate_failures: the runner shows ten annotations of a step.
annotate_failures() {
  local item reason
  status_text reason
  annotate "$target" "$reason"
  while IFS=$'\t' LC_ALL=C read -r reason item; do
    annotate "$target: $item" "$reason"
  done < <(failures_by_reason | sed 9q)
}

# summary_lines: inside <pre> nothing is Markdown, whatever a file is named.
# The runner refuses a summary of more than 1 MiB.
summary_lines() {
  local item reason line
  status_text line
  line+=" ($duration s)"
  printf '### %s\n<pre>\n' "$target"
  summary_line "$line"
  while IFS=$'\t' LC_ALL=C read -r reason item; do
    summary_line "failed: $item: $reason"
  done < <(failures_by_reason | sed 200q)
  if [[ -s $run_dir/outputs && $outcome != failed ]]; then
    while IFS= LC_ALL=C read -r line; do
      summary_line "$line"
    done < <(LC_ALL=C sort -u "$run_dir/outputs" | sed 200q)
  fi
  printf '</pre>\n\n'
}

# summary_line TEXT: one line, at most 1000 characters, masked, as HTML.
summary_line() {
  local text=${1//$'\n'/ } and='&amp;' less='&lt;' more='&gt;'
  mask text
  text=${text:0:1000}
  # Quoted, because bash 5.2 takes a bare & for what was found; and not inside
  # of other quotes, where bash 3.2 keeps these.
  text=${text//&/"$and"}
  text=${text//</"$less"}
  text=${text//>/"$more"}
  printf '%s\n' "$text"
}
