import type { Verb } from '../plan/verb.ts'

/** The page of the manual, section 1, out of the help of all verbs; as man(7) has it. */
export function renderMan(verbs: readonly Verb[], version: string): string {
  return `${[
    `.TH LOCKSTEP 1 "" ${quoted(`Lockstep ${version}`)}`,
    '.SH NAME',
    'lockstep \\- move, save and restore data that changes on two sides',
    '.SH SYNOPSIS',
    '.B lockstep',
    '.I VERB',
    '[options]',
    '.SH DESCRIPTION',
    text('Runs what .insightpulse/sync.yaml says, in the nearest folder upwards that holds it.'),
    '.SH VERBS',
    ...verbs.flatMap(verbLines),
    '.SH ENVIRONMENT',
    ...entry('LOCKSTEP_PROFILE', 'The profile of sync.yaml, as --profile has it.'),
    ...entry('NO_COLOR', 'Print no colours.'),
    '.SH FILES',
    ...entry('.insightpulse/sync.yaml', 'What is synced, backed up and rolled back.'),
    ...entry('.insightpulse/logs/TARGET-YYYYMMDD.log', 'What the steps of a target printed, 30 days.'),
    ...entry('.insightpulse/backups/', 'What runs have overwritten.'),
  ].join('\n')}\n`
}

function verbLines({ name, usage, about, options, exitCodes }: Verb): string[] {
  return [
    `.SS ${quoted(name)}`,
    ...usage.flatMap((words) => [bold(`lockstep ${name} ${words}`), '.br']),
    '.PP',
    text(about),
    ...options.flatMap(({ name: option, value, help }) => entry(`--${option}${value === undefined ? '' : ` ${value}`}`, help)),
    ...(exitCodes === undefined ? [] : ['.PP', '.nf', text(exitCodes), '.fi']),
  ]
}

const entry = (term: string, meaning: string): string[] => ['.TP', bold(term), text(meaning)]

const bold = (words: string): string => `.B ${quoted(words)}`

/** As an argument of a macro. */
const quoted = (words: string): string => `"${escaped(words).replaceAll('"', '\\(dq')}"`

/** As lines of text, none of which is taken for a macro. */
const text = (words: string): string =>
  escaped(words)
    .replace(/^(?=[.'])/gm, '\\&')
    .replace(/\n\n+/g, '\n.PP\n')

const escaped = (words: string): string => words.replaceAll('\\', '\\e').replaceAll('-', '\\-')
