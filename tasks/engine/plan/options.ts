/** An option that every program takes: the one list behind the parsing, the help of Node and that of the scripts. */
export interface Option {
  readonly name: string
  readonly value?: string
  readonly help: string
}

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

/** Options as lines of a help text. */
export function optionHelp(options: readonly Option[]): string {
  return options.map(({ name, value, help }) => `  ${`--${name}${value ? ` ${value}` : ''}`.padEnd(18)} ${help}`).join('\n')
}

/** The help of `sync`, the same under Node and in generated/sync.sh. */
export const syncHelp = (program: string): string => `Usage: ${program} [TARGET...] [options]

Sync the targets of .insightpulse/sync.yaml. TARGET is a name or a pattern
such as 'oca_*'; none means all.

Options:
${optionHelp([...selectionOptions, ...commonOptions])}

${exitCodes}`

/** The help of `verify`, which is `sync --check`. */
export const verifyHelp = (program: string): string => `Usage: ${program} [TARGET...] [options]

Say whether each target is in sync: exit code 0 if all are, 8 if one is not, with
what differs and the command that settles it. Both sides are compared, and the
verification commands and drift gates are run on what is here. Where nothing can
be known, that is said. Nothing is changed. The same as sync --check.

Options:
${optionHelp([...selectionOptions, ...commonOptions].filter(({ name }) => !['check', 'dry-run', 'verify', 'release', 'yes'].includes(name)))}`

export const statusHelp = (program: string): string => `Usage: ${program} [TARGET...] [options]

Show each target: direction, schedule, last run and how it ended, last whole
backup, how long its runs take (P50, P95 and P99, in seconds), and whether both
sides are in sync. --verbose shows what is known of the health of each.

Exit code 8: a target is out of sync or overdue, or a run was interrupted and
waits to be put back. 3: a side cannot be used.

Options:
${optionHelp(commonOptions.filter(({ name }) => ['verbose', 'json', 'root', 'help', 'version'].includes(name)))}`

const dryRun: Option = { name: 'dry-run', help: 'say what would be done, change nothing' }
const own = (...names: readonly string[]): readonly Option[] => commonOptions.filter(({ name }) => names.includes(name))

export const backupOptions: readonly Option[] = [
  { name: 'target', value: 'TARGET', help: 'save what this target writes' },
  { name: 'artifact', value: 'ID', help: 'a word that goes into the name of the backup' },
  { name: 'layout', value: 'LAYOUT', help: 'directory, or sibling: FILE.bak.TIME beside each file' },
  { name: 'list', help: 'list the backups' },
  { name: 'check', help: 'check that they are whole; exit code 5 if one is not' },
  { name: 'read-data', help: 'with --check: read every byte' },
  { name: 'prune', help: 'remove what no rule keeps; with --dry-run say what and why' },
  { name: 'clean', help: 'remove all .bak copies of FILE' },
  { name: 'usage', help: 'bytes by target and by age, and what is saved most often' },
  dryRun,
  ...own('json', 'quiet', 'verbose', 'report', 'events', 'root', 'init', 'wait', 'help', 'version'),
]

export const backupHelp = (program: string): string => `Usage: ${program} PATH... | --target TARGET [options]
       ${program} --list | --check | --prune | --clean FILE... | --usage

Save files and folders, and look after what was saved. Every sync saves by
itself what it is about to overwrite.

Options:
${optionHelp(backupOptions)}

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 something is missing,
5 a backup is damaged, 6 a run holds the lock`

export const rollbackOptions: readonly Option[] = [
  { name: 'list', help: 'list the states to go back to' },
  { name: 'to', value: 'STATE', help: 'the state before this run, or of this backup or commit' },
  { name: 'file', value: 'PATH', help: 'only this file or folder' },
  { name: 'undo', help: 'undo the newest rollback: go forward again' },
  { name: 'no-hold', help: 'let the next sync bring the newer state again' },
  { name: 'emergency', help: 'undo the last run of every target: no question, no network, no gate' },
  { name: 'full', help: 'restore the whole database, not only the row; nothing may have it open' },
  { name: 'drill', help: 'restore into a scratch folder, check, and record how long it took' },
  { name: 'from-remote', help: 'fetch what is missing here from the remote copy first' },
  dryRun,
  ...own('yes', 'ci', 'json', 'quiet', 'verbose', 'report', 'events', 'root', 'wait', 'help', 'version'),
]

export const rollbackHelp = (program: string): string => `Usage: ${program} [TARGET] [options]

Go back to the state before the last change of TARGET, or of the last run that
changed anything. A rollback is no such change: doing it twice goes no further
(--to STATE does) and never forward (--undo does). What stands there now is saved
first. The target is then held at that state until "sync TARGET --release".

Options:
${optionHelp(rollbackOptions)}

Exit codes: 0 done, 1 failed and put back, 2 wrong usage, 3 there is nothing to
go back to, 5 the backup is damaged, 6 a run holds the lock, 7 a person is needed`
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
