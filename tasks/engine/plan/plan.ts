import { neededVariables } from '../config/late.ts'
import type { Target } from '../config/schema.ts'
import { afterBackup, backupPrograms, backupSettings } from './backup.ts'
import type { Direction, DriverPlan, Parameter, Setting } from './driver.ts'
import { type Shell, sh } from './shell.ts'
import { changes, checks, type Step } from './step.ts'

/** The ordered steps of one target, and what its program must know. Data only. */
export interface Plan {
  readonly target: string
  readonly description: string
  readonly direction: Direction
  /** What --direction may say, the default first. */
  readonly directions: readonly Direction[]
  readonly settings: Readonly<Record<string, Setting>>
  readonly prepare: readonly { readonly text: string }[]
  readonly variables: readonly string[]
  readonly programs: readonly { readonly name: string; readonly package: string }[]
  readonly parameters: readonly Parameter[]
  readonly steps: readonly Step[]
  readonly verification: Step | undefined
  /** What commits, once all is verified. */
  readonly commit: Step | undefined
  readonly failOnDiff: boolean
  /** Paths and patterns that the target writes. */
  readonly outputs: readonly string[]
  readonly afterBackup: Shell | undefined
  readonly answer: Shell | undefined
}

/** Plans a target: pure, no clock, no environment, no file. */
export function planTarget(target: Target): Plan {
  const driver = target.driverModule
  const make = driver.directions[target.direction]
  if (!make) throw new Error(`${target.name}: ${driver.name} cannot ${target.direction}`)
  const planned: DriverPlan = make({ config: target.config, target: { name: target.name, onConflict: target.on_conflict } })
  const outputs = target.outputs ?? planned.outputs
  return {
    target: target.name,
    description: target.description || driver.summary,
    direction: target.direction,
    directions:
      target.direction === 'bidirectional'
        ? ['bidirectional', ...(['push', 'pull'] as const).filter((direction) => driver.directions[direction])]
        : [target.direction],
    settings: { ...planned.settings, ...(target.git_commit && { declared_outputs: outputs }), ...backupSettings(target) },
    outputs,
    afterBackup: afterBackup(target),
    answer: driver.answer,
    prepare: [...(planned.prepare ?? []), ...(target.git_commit ? [sh`check_commit`] : []), ...(target.push ? [sh`check_push`] : [])],
    variables: [...new Set([...target.env, ...neededVariables(target.config)])].sort(),
    programs: uniqueByName([
      ...driver.programs,
      ...(target.git_commit ? [{ name: 'git', package: 'git' }] : []),
      ...backupPrograms(target),
    ]),
    parameters: driver.parameters,
    steps: planned.steps,
    verification: verificationStep(target),
    commit: target.git_commit ? commitStep(target, planned) : undefined,
    failOnDiff: target.fail_on_diff,
  }
}

const uniqueByName = <T extends { readonly name: string }>(all: readonly T[]): T[] => [
  ...new Map(all.map((each) => [each.name, each])).values(),
]

function verificationStep(target: Target): Step | undefined {
  if (!target.verification) return undefined
  const { command, expected_exit_code, expected_min, expected_max } = target.verification
  return checks(
    'verification',
    'Verify the outputs',
    sh`verify_command ${command} ${expected_exit_code} ${expected_min ?? ''} ${expected_max ?? ''}`,
  )
}

function commitStep(target: Target, { committed }: DriverPlan): Step {
  const outputs = committed === undefined ? sh`commit_outputs` : sh`commit_outputs ${committed}`
  const push = target.push ? sh`\n    push_commit` : sh``
  const body = sh`${outputs}${push}\n    printf '%s' "$commit_id"`
  return changes('commit', target.push ? 'Commit and push what changed' : 'Commit what changed', body, {
    when: { condition: sh`would_change`, otherwise: 'nothing changed' },
    saves: undefined,
    capture: 'commit_id',
    timeoutSeconds: 900,
  })
}

/** The name of a target's script, without folder. */
export const scriptName = (target: string): string => `sync-${target.replaceAll('_', '-').toLowerCase()}.sh`
