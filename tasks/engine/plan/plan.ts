import { valueAt } from '../config/known-keys.ts'
import { neededVariables } from '../config/late.ts'
import type { Gates } from '../config/safety.ts'
import type { Target } from '../config/schema.ts'
import { afterBackup, backupPrograms, backupSettings } from './backup.ts'
import type { Direction, DriverPlan, Parameter, Setting } from './driver.ts'
import { awaitStep, gateSteps } from './gates.ts'
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
  /** How to get a value for a variable that holds a token. */
  readonly ways: Readonly<Record<string, string>>
  readonly programs: readonly { readonly name: string; readonly package: string }[]
  readonly parameters: readonly Parameter[]
  /** Gates before anything is touched. */
  readonly guards: readonly Step[]
  readonly steps: readonly Step[]
  readonly postSync: readonly Step[]
  readonly verification: Step | undefined
  readonly drift: readonly Step[]
  /** What only a run that has passed all of it does. */
  readonly last: readonly Step[]
  readonly texts: Readonly<Record<string, string>>
  /** What commits, once all is verified. */
  readonly commit: Step | undefined
  /** What looks with --verify whether anything is left to do. */
  readonly idempotent: Step | undefined
  readonly failOnDiff: boolean
  readonly dryRun: boolean
  /** Paths and patterns that the target writes. */
  readonly outputs: readonly string[]
  /** The folder of what a rollback holds one by one. */
  readonly items: string | undefined
  readonly afterBackup: Shell | undefined
  readonly undos: readonly string[]
  readonly answer: Shell | undefined
}

/**
 * Plans a target: pure, no clock, no environment, no file. `commonLocks` are those that it shares with the targets that can
 * write the same paths.
 */
export function planTarget(target: Target, commonLocks: readonly string[] = []): Plan {
  const driver = target.driverModule
  const make = driver.directions[target.direction]
  if (!make) throw new Error(`${target.name}: ${driver.name} cannot ${target.direction}`)
  const planned: DriverPlan = make({
    config: target.config,
    fields: { ...target },
    target: { name: target.name, onConflict: target.on_conflict, outputs: target.outputs ?? [], script: target.script },
  })
  const outputs = target.outputs ?? planned.outputs
  const hasGuardedNames = target.guardedNames.length > 0
  const guarded = target.direction !== 'push' && (target.git_commit || hasGuardedNames)
  const gates = (phase: keyof Gates): Step[] => gateSteps(phase, target.direction, target.globalGates, target)
  return {
    target: target.name,
    description: target.description,
    direction: target.direction,
    directions:
      target.direction === 'bidirectional'
        ? ['bidirectional', ...(['push', 'pull'] as const).filter((direction) => driver.directions[direction])]
        : [target.direction],
    settings: {
      ...planned.settings,
      ...(target.git_commit && { declared_outputs: outputs }),
      ...(hasGuardedNames && { guarded_names: target.guardedNames }),
      ...backupSettings(target),
      ...(commonLocks.length > 0 && { common_locks: commonLocks }),
    },
    outputs,
    items: planned.items,
    afterBackup: afterBackup(target),
    undos: target.undos,
    answer: driver.answer,
    prepare: [
      ...(target.unusable === undefined ? [] : [sh`die 3 ${target.unusable.replace(/\n.*/s, '')}`]),
      ...(planned.prepare ?? []),
      ...(hasGuardedNames ? [sh`require_guarded_names`] : []),
      ...(target.git_commit ? [sh`follow_links`, sh`check_commit`, onlyIfPushed(target, sh`check_push`)] : []),
    ],
    variables: [...new Set([...target.env, ...neededVariables(target.config)])].sort(),
    ways: tokenWays(target),
    programs: uniqueByName([
      ...driver.programs,
      ...(planned.programs ?? []),
      ...(target.git_commit ? [{ name: 'git', package: 'git' }] : []),
      ...backupPrograms(target),
    ]),
    parameters: driver.parameters,
    guards: gates('pre_sync_checks'),
    steps: planned.steps,
    postSync: gates('post_sync_checks'),
    verification: verificationStep(target),
    drift: [...gates('drift_gates'), ...(guarded ? [secretStep(planned)] : []), ...awaitStep(target.globalGates)],
    last: planned.last ?? [],
    texts: planned.texts ?? {},
    commit: target.git_commit ? commitStep(target, planned) : undefined,
    idempotent: target.idempotent && !planned.blindDryRun ? idempotentStep : undefined,
    failOnDiff: target.fail_on_diff,
    dryRun: target.dryRun,
  }
}

const tokenWays = ({ driverModule, config }: Target): Record<string, string> =>
  Object.fromEntries(
    Object.entries(driverModule.tokens ?? {}).flatMap(([key, way]) => neededVariables(valueAt(config, [key])).map((name) => [name, way])),
  )

const uniqueByName = <T extends { readonly name: string }>(all: readonly T[]): T[] => [
  ...new Map(all.map((each) => [each.name, each])).values(),
]

const idempotentStep: Step = checks('idempotent', 'Check that a second run would find nothing to do', sh`plan_again`, {
  timeoutSeconds: 3600,
  planned: sh`[[ $verify == true && $dry_run == false ]]`,
})

function verificationStep(target: Target): Step | undefined {
  if (!target.verification) return undefined
  const { command, expected_exit_code, expected_min, expected_max } = target.verification
  return checks(
    'verification',
    'Verify the outputs',
    sh`verify_command ${command} ${expected_exit_code} ${expected_min ?? ''} ${expected_max ?? ''}`,
    { timeoutSeconds: 3600, dryRun: 'with_verify', planned: sh`[[ $verify == true ]]` },
  )
}

function secretStep({ committed }: DriverPlan): Step {
  const body = committed === undefined ? sh`guard_outputs` : sh`guard_outputs ${committed}`
  return checks('look_for_secrets', 'Look for secrets in what changed', body, {
    when: { condition: sh`would_change`, otherwise: 'nothing changed' },
  })
}

function commitStep(target: Target, { committed, uncommitted }: DriverPlan): Step {
  const outputs = sh`commit_outputs${committed ? sh` ${committed}` : sh``}${uncommitted ? sh` ${uncommitted}` : sh``}`
  const body = sh`${outputs}\n    ${onlyIfPushed(target, sh`push_commit`)}\n    printf '%s' "$commit_id"`
  const changed = sh`would_change`
  return changes('commit', target.push ? 'Commit and push what changed' : 'Commit what changed', body, {
    when:
      target.direction === 'pull'
        ? { condition: changed, otherwise: 'nothing changed' }
        : { condition: sh`{ [[ $direction != push ]] && ${changed}; }`, otherwise: 'nothing changed here' },
    saves: undefined,
    capture: 'commit_id',
    timeoutSeconds: 900,
  })
}

/** A commit is pushed where the target says so, and where it would die with the machine: on a runner of GitHub's. */
const onlyIfPushed = (target: Target, command: Shell): Shell => (target.push ? command : sh`[[ $lockstep_push != true ]] || ${command}`)

/** The name of a target's script, without folder. */
export const scriptName = (target: string): string => `sync-${target.replaceAll('_', '-').toLowerCase()}.sh`
