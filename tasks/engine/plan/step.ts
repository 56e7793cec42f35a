import type { Shell } from './shell.ts'

/**
 * What a step does to the world. A reading step runs in a dry run too, the others say what they would do. A check ends
 * the run with exit code 5 if it fails, a guard, before anything is touched, with 4.
 */
type StepKind = 'reads' | 'changes' | 'checks' | 'guards'

export interface Step {
  /** The bash function, the event's step, the word in tests: lower_case. */
  readonly id: string
  readonly title: string
  readonly kind: StepKind
  readonly body: Shell
  /** A bash condition, and why the step is skipped where it does not hold; without that the condition says so itself, by `skip`. */
  readonly when?: { readonly condition: Shell; readonly otherwise?: string }
  /** A bash condition; where it does not hold the step is not even planned. */
  readonly planned?: Shell
  /** The option without which the step is not even planned. */
  readonly only?: 'verify'
  /** Bash that prints the paths to be overwritten or removed, each ended by NUL, relative to the root. */
  readonly saves?: Shell
  /** The variable that what the body prints is kept in, for later steps. */
  readonly capture?: string
  /** Attempts, when the body fails. */
  readonly retry?: number
  readonly timeoutSeconds?: number
  /**
   * In a dry run a changing step that knows of dry runs `runs` too; of another nobody can know what it would do, and why
   * is said. A check runs `with_verify` if it judges what is here, not what the run made.
   */
  readonly dryRun?: 'runs' | 'with_verify' | { readonly unknown: string }
  /** The body runs once for each line of this file of the run's work folder; `$1` is the line. */
  readonly pool?: { readonly items: string; readonly jobs: number; readonly lane?: Shell }
}

type Options = Omit<Step, 'id' | 'title' | 'kind' | 'body' | 'pool' | 'saves'>

export const reads = (id: string, title: string, body: Shell, options: Options = {}): Step => ({
  id,
  title,
  kind: 'reads',
  body,
  ...options,
})

export const changes = (id: string, title: string, body: Shell, options: Options & { saves: Shell | undefined }): Step => {
  const { saves, ...rest } = options
  return { id, title, kind: 'changes', body, ...rest, ...(saves && { saves }) }
}

export const checks = (id: string, title: string, body: Shell, options: Options = {}): Step => ({
  id,
  title,
  kind: 'checks',
  body,
  ...options,
})

export const guards = (id: string, title: string, body: Shell, options: Options = {}): Step => ({
  id,
  title,
  kind: 'guards',
  body,
  ...options,
})

/** The same step for each of many items, several at once: all are attempted, those that fail make the run partial. */
export const pool = (step: Step, items: string, jobs: number, lane?: Shell): Step => ({
  ...step,
  pool: { items, jobs, ...(lane && { lane }) },
})
