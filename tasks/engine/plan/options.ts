/** An option of a program: the one list behind the parsing, the help of Node and that of the scripts. */
export interface Option {
  readonly name: string
  readonly value?: string
  readonly help: string
}

/** What every program takes. */
export const commonOptions: readonly Option[] = [
  { name: 'dry-run', help: 'say what would be done, change nothing' },
  { name: 'check', help: 'like verify: change nothing; exit 8 if anything is out of sync' },
  { name: 'verify', help: "run the targets' verification commands too" },
  { name: 'release', help: 'end the hold that a rollback left, and sync again' },
  { name: 'direction', value: 'D', help: 'pull, push or bidirectional' },
  { name: 'yes', help: 'answer every question with yes' },
  { name: 'ci', help: 'never ask, print plain lines' },
  { name: 'verbose', help: 'show what the steps print (also DEBUG=true)' },
  { name: 'quiet', help: 'show failures only' },
  { name: 'json', help: 'print the report to standard output' },
  { name: 'report', value: 'FILE', help: 'write the report to FILE too' },
  { name: 'events', value: 'FILE', help: 'write the event stream to FILE, or to fd:N' },
  { name: 'profile', value: 'NAME', help: 'with this profile of sync.yaml (also LOCKSTEP_PROFILE)' },
  { name: 'root', value: 'DIR', help: "the folder to work in (default: the program's own, or the nearest with .insightpulse)" },
  { name: 'init', help: 'make .insightpulse there, the first time on a server' },
  { name: 'wait', value: 'SECONDS', help: 'wait for the lock of another run' },
  { name: 'help', help: 'show this' },
  { name: 'version', help: 'show the version' },
]

export const selectionOptions: readonly Option[] = [
  { name: 'target', value: 'TARGET', help: 'the same as TARGET; may repeat' },
  { name: 'list', help: 'list the targets' },
  { name: 'jobs', value: 'N', help: 'run N targets at once (default 1)' },
]

export const exitCodes = `Exit codes:
  0  done, also when there was nothing to do
  1  a step failed, or some items did; what failed was put back
  2  wrong usage or invalid config
  3  something needed is missing: a program, variable, file or server
  4  refused by a gate before any change
  5  verification, or a gate after the changes, failed; everything was put back
  6  another run holds the lock
  7  putting back failed too: a person is needed
  8  out of sync (--check, or --dry-run --verify), or fail_on_diff and something changed
  129, 130, 131, 141, 143  interrupted; everything was put back`

/** Those of these names among the common ones, in the order of the list. */
export const own = (...names: readonly string[]): readonly Option[] => commonOptions.filter(({ name }) => names.includes(name))

/** All common ones but these. */
export const allBut = (...names: readonly string[]): readonly Option[] => commonOptions.filter(({ name }) => !names.includes(name))

export const dueHelp = `Usage: due.sh

Say which targets a run of the GitHub workflow is to sync, and how. Reads

  DUE_SCHEDULE   the cron expression that fired, if one did
  DUE_TARGET     else names or patterns, with spaces between; none means all
  DUE_DIRECTION  pull, push or bidirectional; all means any
  DUE_DRY_RUN    true or false
  DUE_VERIFY     true or false; a schedule always verifies

and writes "targets" (a JSON list) and "options" to the file GITHUB_OUTPUT, or
to standard output.

Exit codes:
  0  done
  2  nothing is due, or what was asked for is not understood`
