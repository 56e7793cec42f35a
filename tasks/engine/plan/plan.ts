import { neededVariables } from '../config/late.ts'
import type { Target } from '../config/schema.ts'
import { afterBackup, backupPrograms, backupSettings } from './backup.ts'
import type { Direction, DriverPlan, Parameter, Setting } from './driver.ts'
import { type Shell, sh } from './shell.ts'
import { checks, type Step } from './step.ts'

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
  readonly failOnDiff: boolean
  /** Paths and patterns that the target writes. */
  readonly outputs: readonly string[]
  readonly afterBackup: Shell | undefined
  readonly health: Shell | undefined
}

/** Plans a target: pure, no clock, no environment, no file. */
export function planTarget(target: Target): Plan {
  const driver = target.driverModule
  const make = driver.directions[target.direction]
  if (!make) throw new Error(`${target.name}: ${driver.name} cannot ${target.direction}`)
  const planned: DriverPlan = make({ config: target.config, target: { name: target.name, onConflict: target.on_conflict } })
  return {
    target: target.name,
    description: target.description || driver.summary,
    direction: target.direction,
    directions:
      target.direction === 'bidirectional'
        ? ['bidirectional', ...(['push', 'pull'] as const).filter((direction) => driver.directions[direction])]
        : [target.direction],
    settings: { ...planned.settings, ...backupSettings(target) },
    outputs: target.outputs ?? planned.outputs,
    afterBackup: afterBackup(target),
    health: driver.health,
    prepare: planned.prepare ?? [],
    variables: [...new Set([...target.env, ...neededVariables(target.config)])].sort(),
    programs: [...driver.programs, ...backupPrograms(target)],
    parameters: driver.parameters,
    steps: planned.steps,
    verification: verificationStep(target),
    failOnDiff: target.fail_on_diff,
  }
}

function verificationStep(target: Target): Step | undefined {
  if (!target.verification) return undefined
  const { command, expected_exit_code, expected_min, expected_max } = target.verification
  return checks(
    'verification',
    'Verify the outputs',
    sh`verify_command ${command} ${expected_exit_code} ${expected_min ?? ''} ${expected_max ?? ''}`,
  )
}

/** The name of a target's script, without folder. */
export const scriptName = (target: string): string => `sync-${target.replaceAll('_', '-').toLowerCase()}.sh`
