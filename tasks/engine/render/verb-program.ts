import type { Alias } from '../config/aliases.ts'
import { longestGapSeconds, scheduleInWords } from '../config/cron.ts'
import type { Gates } from '../config/safety.ts'
import type { Config, Target } from '../config/schema.ts'
import { targetBackup } from '../plan/backup.ts'
import { globalGateSteps } from '../plan/gates.ts'
import { commonLocks } from '../plan/meeting.ts'
import { hiddenVariables, tellOthersOf } from '../plan/notify.ts'
import { dueHelp } from '../plan/options.ts'
import { passedParameters, planOutputs, verbScript } from '../plan/plan.ts'
import { quote, sh } from '../plan/shell.ts'
import type { Step } from '../plan/step.ts'
import { type Verb, verbHelp } from '../plan/verb.ts'
import { type CommandOf, sourceLines } from './header.ts'
import { assignment, helpText, type Maker, optionWords, planLines, stepFunctions, undoNames } from './target-program.ts'

export type DueView = Pick<SelectionView, 'source' | 'help' | 'helpEnd' | 'targets'>

export interface SelectionView {
  readonly program: string
  readonly profile: string | undefined
  readonly source: readonly string[]
  readonly version: string
  readonly regenerate: string
  readonly help: string
  readonly helpEnd: string
  readonly knownOptions: string
  readonly targetFlags: string
  readonly valued: string
  readonly serving: string
  readonly hosts: readonly string[]
  readonly targets: readonly string[]
  readonly gateFunctions: readonly { readonly comment: string; readonly name: string; readonly body: string }[]
  readonly guardedNames: string
  readonly guardPlan: readonly string[]
  readonly checkPlan: readonly string[]
  readonly dryRun: boolean
}

/** For a run on other machines: the functions that serve there, and the machines that have names. */
export interface Elsewhere {
  readonly serving: readonly string[]
  readonly hosts: Config['hosts']
}

export function selectionView(
  verb: Verb,
  targets: readonly Target[],
  all: readonly Target[],
  { version, command, profile }: Maker,
  { serving, hosts }: Elsewhere,
): SelectionView {
  const gates = targets[0]?.globalGates
  const steps = (...phases: readonly (keyof Gates)[]): Step[] => phases.flatMap((phase) => (gates ? globalGateSteps(phase, gates) : []))
  const [guards, checks] = [steps('pre_sync_checks'), steps('post_sync_checks', 'drift_gates')]
  const flags = [...new Map(passedParameters(targets).map((parameter) => [parameter.name, parameter])).values()]
  const program = verbScript(verb.name, profile)
  return {
    program,
    profile,
    source: sourceLines('', command),
    version,
    regenerate: quote(command('generate')),
    ...helpText(verbHelp(verb, program)),
    knownOptions: optionWords([...verb.options, ...flags]),
    targetFlags: quote(optionWords(flags.filter(({ value }) => value === undefined))),
    valued: optionWords(flags.filter(({ value }) => value !== undefined)),
    serving: quote(serving.join(' ')),
    hosts: hostWords(hosts, targets),
    targets: targets.map((target) => targetWords(target, all)),
    gateFunctions: [...guards, ...checks].flatMap(stepFunctions),
    guardedNames: assignment('guarded_names', targets[0]?.guardedNames ?? []),
    guardPlan: planLines(guards),
    checkPlan: planLines(checks),
    dryRun: targets[0]?.dryRun ?? false,
  }
}

const targetWords = (target: Target, all: readonly Target[]): string =>
  sh`${target.name} ${target.direction ?? 'none'} ${target.depends_on.join(' ')} ${
    target.schedule === undefined ? '' : scheduleInWords(target.schedule, target.timezone)
  } ${target.description} ${
    target.schedule === undefined ? '' : longestGapSeconds(target.schedule, target.timezone)
  } ${target.driverModule.answer !== undefined} ${target.backup.check_every?.slice(0, -1) ?? ''} ${commonLocks(target.name, all).join(' ')}${target.notify.length > 0 ? sh` true` : sh``}`
    .text

const hostWords = (hosts: Config['hosts'], targets: readonly Target[]): string[] => [
  ...Object.entries(hosts).map(([name, address]) => sh`host_is ${name} ${address}`.text),
  ...targets.filter((target) => target.hosts.length > 0).map((target) => sh`hosts_of ${target.name} ${target.hosts}`.text),
]

/** The schedules that a run of the workflow asks: `schedules` are the cron expressions by name. */
export const dueView = (
  targets: readonly Target[],
  schedules: ReadonlyMap<string, { readonly cron: string }>,
  command: CommandOf,
): DueView => ({
  source: sourceLines('', command),
  ...helpText(dueHelp),
  targets: targets.map(({ name, direction }) => sh`${name} ${direction ?? 'none'} '' ${schedules.get(name)?.cron ?? ''} ''`.text),
})

export interface AliasView {
  readonly name: string
  readonly words: string
  readonly source: readonly string[]
  readonly verb: string
  /** What follows the program under Node, and what follows its script; each word with a space before it. */
  readonly arguments: string
  readonly script: string
  readonly scriptArguments: string
}

export function aliasView({ name, verb, words }: Alias, verbs: readonly Verb[], command: CommandOf): AliasView {
  const program = verbs.find((each) => each.name === verb)?.program
  const [script, scriptWords] = program?.kind === 'words' ? [program.verb, [...program.words, ...words]] : [verb, words]
  const quoted = (list: readonly string[]): string => list.map((word) => ` ${quote(word)}`).join('')
  return {
    name,
    words: [verb, ...words].join(' '),
    source: sourceLines(', aliases', command),
    verb,
    arguments: quoted(words),
    script,
    scriptArguments: quoted(scriptWords),
  }
}

export interface StoreView {
  readonly program: string
  readonly profile: string | undefined
  readonly summary: string
  readonly source: readonly string[]
  readonly version: string
  readonly regenerate: string
  readonly verb: string
  readonly help: string
  readonly helpEnd: string
  readonly knownOptions: string
  readonly targets: readonly { readonly words: string; readonly backup: string }[]
  readonly undos: string
  readonly needs: readonly string[]
  readonly functions: readonly { readonly comment: string; readonly name: string; readonly body: string }[]
  readonly plan: readonly string[]
}

export function storeView(
  verb: Verb,
  steps: readonly Step[],
  targets: readonly Target[],
  all: readonly Target[],
  { version, command, profile }: Maker,
): StoreView {
  const program = verbScript(verb.name, profile)
  const hidden = [...new Set(targets.flatMap(hiddenVariables))]
  return {
    program,
    profile,
    summary: (/^[^.]*/.exec(verb.about)?.[0] ?? '').replace(/\s+/g, ' ').replace(/^./, (first) => first.toLowerCase()),
    source: sourceLines('', command),
    version,
    regenerate: quote(command('generate')),
    verb: verb.name,
    ...helpText(verbHelp(verb, program)),
    knownOptions: optionWords(verb.options),
    targets: targets.map((target) => ({ words: targetWords(target, all), backup: targetBackup(target, planOutputs(target)).text })),
    undos: undoNames(targets[0]?.undos ?? []).join(' | '),
    needs: hidden.length === 0 ? [':'] : hidden.map((name) => sh`hide_variable ${name}`.text),
    functions: [...tellFunctions(targets), ...steps.flatMap(stepFunctions)],
    plan: planLines(steps),
  }
}

/** What tells others of the target in hand. */
function tellFunctions(targets: readonly Target[]): { comment: string; name: string; body: string }[] {
  const all = tellOthersOf(targets).map(({ names, body }, index) => ({ names, name: `tell_others_${index + 1}`, body }))
  if (all.length === 0) return []
  const branches = all.map(({ names, name }) => `    ${names.map((each) => quote(each)).join(' | ')}) ${name} "$1" ;;\n`)
  return [
    { comment: 'Who is told how it went', name: 'tell_others', body: `  case $target in\n${branches.join('')}    *) ;;\n  esac` },
    ...all.map(({ name, body }) => ({ comment: '', name, body: `  ${body.text}` })),
  ]
}
