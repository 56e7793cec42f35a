import type { Target } from '../config/schema.ts'
import type { Driver } from './driver.ts'
import type { Option } from './options.ts'
import type { Step } from './step.ts'

/** Something a person can run. One file of tasks/ defines it; all that is known of it follows from there. */
export interface Verb {
  readonly name: string
  /** One line, for the list of goals. */
  readonly summary: string
  /** What may follow the program, a line each. */
  readonly usage: readonly string[]
  /** What its help says between the usage and the options. */
  readonly about: string
  readonly options: readonly Option[]
  /** What its help says of exit codes, after the options. */
  readonly exitCodes?: string
  /** The words that a goal of make gives it, where `TARGET=` and `ARGS=` in this order are not right. */
  readonly goal?: string
  /** The goal of make, where its own name is one that Makefiles have for something else. */
  readonly goalName?: string
  /** May a command of `aliases:` stand for it? */
  readonly alias?: boolean
  readonly program: VerbProgram
}

type VerbProgram =
  /** `generated/VERB.sh`, from a template of its own: over the targets, or over some `only`; without any there is none. */
  | { readonly kind: 'targets'; readonly only?: (target: Target) => boolean }
  /** `generated/VERB.sh`: over what was saved of all targets. `alone` if it starts no target's program. */
  | { readonly kind: 'stores'; readonly alone: boolean; readonly steps: readonly Step[] }
  /** Another verb's program, with words before those that are given. */
  | { readonly kind: 'words'; readonly verb: string; readonly words: readonly string[] }
  /** `generated/VERB-TARGET.sh` for each target whose driver offers it. One that has the `terminal` for itself is not drawn. */
  | { readonly kind: 'offered'; readonly terminal?: true }
  /** None: it needs Node. Takes so many `operands` (0 if it is left out), and gives its exit code. */
  | { readonly kind: 'node'; readonly operands?: number; readonly run: (given: Given, kit: Kit) => Promise<number> }

/** What was given to a verb that needs Node. */
export interface Given {
  readonly words: readonly string[]
  readonly operands: readonly string[]
  /** By name; of one that was given twice the last. */
  readonly options: Readonly<Record<string, string | boolean>>
}

/** One whose program is rendered once for all targets. */
export type VerbWithProgram = Verb & { readonly program: { readonly kind: 'targets' | 'stores' } }

/** The targets that the program of a verb is about. */
export const targetsOf = ({ program }: Verb, targets: readonly Target[]): readonly Target[] =>
  program.kind === 'targets' && program.only ? targets.filter(program.only) : targets

/** Those of the verbs that have a program where there are these targets. */
export const withProgram = (verbs: readonly Verb[], targets: readonly Target[]): VerbWithProgram[] =>
  verbs.filter(
    (verb): verb is VerbWithProgram =>
      (verb.program.kind === 'targets' || verb.program.kind === 'stores') && targetsOf(verb, targets).length > 0,
  )

/** All kinds of targets, and all that can be run: what a sync.yaml may name. */
export interface Kit {
  readonly drivers: readonly Driver[]
  readonly verbs: readonly Verb[]
}

/** The summary of a verb without the words of make. */
export const plainSummary = ({ summary }: Verb): string => summary.replace(/ \(TARGET=[^)]*\)/, '').replace('ARGS=', '')

/** The help of a verb, as `program` is started. */
export function verbHelp({ usage, about, options, exitCodes }: Verb, program: string): string {
  const lines = usage.map((words, index) => `${index === 0 ? 'Usage:' : '      '} ${program} ${words}`)
  return [lines.join('\n'), about, `Options:\n${optionHelp(options)}`, ...(exitCodes === undefined ? [] : [exitCodes])].join('\n\n')
}

/** Options as lines of a help text. */
export function optionHelp(options: readonly Option[]): string {
  return options.map(({ name, value, help }) => `  ${`--${name}${value ? ` ${value}` : ''}`.padEnd(18)} ${help}`).join('\n')
}
