import { valueAt } from '../config/known-keys.ts'
import { neededVariables, variablesIn } from '../config/late.ts'
import type { Gates } from '../config/safety.ts'
import type { Target } from '../config/schema.ts'
import { afterBackup, backupPrograms, backupSettings, type Written } from './backup.ts'
import { type Direction, type DriverPlan, isDirection, type Parameter, type Setting, type Shards } from './driver.ts'
import { awaitStep, gateSteps } from './gates.ts'
import { hiddenVariables, tellOthers } from './notify.ts'
import { type Shell, sh } from './shell.ts'
import { changes, checks, type Step } from './step.ts'

/** What one verb does with one target: the ordered steps, and what their program must know. Data only. */
export interface Plan extends Written {
  readonly target: string
  readonly description: string
  /** `sync`, or a verb that the driver offers. */
  readonly verb: string
  /** Of sync: what --direction may say, the default first; else the verb alone. */
  readonly directions: readonly string[]
  readonly settings: Readonly<Record<string, Setting>>
  readonly prepare: readonly { readonly text: string }[]
  readonly variables: readonly string[]
  /** The commands that tell variables of it that are not set. */
  readonly secrets: Readonly<Record<string, string>>
  /** Variables that nobody is to see: who knows where others are told can write there. */
  readonly hidden: readonly string[]
  /** Those of them without which it runs. */
  readonly optional: readonly string[]
  /** How to get a value for a variable that holds a token. */
  readonly ways: Readonly<Record<string, string>>
  readonly programs: readonly { readonly name: string; readonly package: string }[]
  readonly parameters: readonly Parameter[]
  /** In the order in which they run. */
  readonly steps: readonly Step[]
  readonly texts: Readonly<Record<string, string>>
  readonly failOnDiff: boolean
  readonly dryRun: boolean
  readonly shards: Shards | undefined
  readonly afterBackup: Shell | undefined
  readonly tellOthers: Shell | undefined
  /** What writes the metrics after a run, where there is a file for them. */
  readonly countRun: Shell | undefined
  readonly undos: readonly string[]
  readonly answer: Shell | undefined
}

/**
 * Plans a target for a verb: pure, no clock, no environment, no file. `verb` is one that its driver offers; without it the
 * target is synced. `commonLocks` are those that it shares with the targets that can write the same paths.
 *
 * @throws Error where the driver does not offer that.
 */
export function planTarget(target: Target, commonLocks: readonly string[] = [], verb: string | undefined = target.direction): Plan {
  const driver = target.driverModule
  const make = verb === undefined ? undefined : driver.verbs[verb]
  if (verb === undefined || !make) throw new Error(`${target.name}: ${driver.name} cannot ${verb ?? 'be synced'}`)
  const planned: DriverPlan = make({
    config: target.config,
    fields: { ...target },
    target: { name: target.name, onConflict: target.on_conflict, outputs: target.outputs ?? [], script: target.script },
  })
  const syncs = isDirection(verb)
  const commits = syncs && target.git_commit
  const outputs = target.outputs ?? planned.outputs
  const hasGuardedNames = target.guardedNames.length > 0
  return {
    target: target.name,
    description: target.description,
    verb: syncs ? 'sync' : verb,
    directions: verb === 'bidirectional' ? [verb, ...(['push', 'pull'] as const).filter((way) => driver.verbs[way])] : [verb],
    settings: {
      ...planned.settings,
      ...(commits && { declared_outputs: outputs }),
      ...(hasGuardedNames && { guarded_names: target.guardedNames }),
      ...backupSettings(target),
      ...(commonLocks.length > 0 && { common_locks: commonLocks }),
    },
    outputs,
    items: planned.items,
    itemFolders: planned.itemFolders ?? {},
    afterBackup: afterBackup(target),
    tellOthers: tellOthers(target),
    countRun: syncs && target.metrics !== undefined ? sh`keep_metrics ${target.metrics}` : undefined,
    undos: target.undos,
    answer: driver.answer,
    prepare: [
      ...(target.unusable === undefined ? [] : [sh`die 3 ${target.unusable.replace(/\n.*/s, '')}`]),
      ...(planned.prepare ?? []),
      ...(hasGuardedNames ? [sh`require_guarded_names`] : []),
      ...(commits ? [sh`follow_links`, sh`check_commit`, onlyIfPushed(target, sh`check_push`)] : []),
    ],
    variables: [...new Set([...target.env, ...neededVariables(target.config)])].sort(),
    secrets: usedSecrets(target),
    hidden: hiddenVariables(target),
    optional: hiddenVariables(target).filter((name) => !ownVariables(target).includes(name)),
    ways: tokenWays(target),
    programs: uniqueByName([
      ...driver.programs,
      ...(planned.programs ?? []),
      ...(commits ? [{ name: 'git', package: 'git' }] : []),
      ...backupPrograms(target),
    ]),
    parameters: planned.parameters ?? driver.parameters,
    steps: syncs ? syncSteps(target, verb, planned) : [...planned.steps, ...(planned.last ?? [])],
    texts: planned.texts ?? {},
    failOnDiff: syncs && target.fail_on_diff,
    dryRun: target.dryRun || (planned.dry ?? false),
    shards: planned.shards,
  }
}

/** What is planned where a target is saved and rolled back: its outputs, whatever its driver can do. */
export const planOutputs = (target: Target): Written =>
  target.direction === undefined ? { outputs: target.outputs ?? [], items: undefined } : planTarget(target)

/** A sync in its order: gates, the driver's steps, gates and checks, what only a run that has passed them does, the commit. */
function syncSteps(target: Target, direction: Direction, planned: DriverPlan): Step[] {
  const gates = (phase: keyof Gates): Step[] => gateSteps(phase, direction, target.globalGates, target)
  const guarded = direction !== 'push' && (target.git_commit || target.guardedNames.length > 0)
  return [
    ...gates('pre_sync_checks'),
    ...planned.steps,
    ...gates('post_sync_checks'),
    ...verificationStep(target),
    ...gates('drift_gates'),
    ...(guarded ? [secretStep(planned)] : []),
    ...awaitStep(target.globalGates),
    ...(planned.last ?? []),
    ...(target.idempotent && !planned.blindDryRun ? [idempotentStep] : []),
    ...(target.git_commit ? [commitStep(target, direction, planned)] : []),
  ]
}

/** The variables that a target names, each once. */
export const usedVariables = (target: Target): string[] => [
  ...new Set([...ownVariables(target), ...variablesIn(target.notify).map(({ name }) => name)]),
]

const ownVariables = ({ env, config }: Target): string[] => [...env, ...variablesIn(config).map(({ name }) => name)]

function usedSecrets(target: Target): Record<string, string> {
  const used = usedVariables(target)
  return Object.fromEntries(Object.entries(target.secrets).filter(([name]) => used.includes(name)))
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
  only: 'verify',
  planned: sh`[[ $dry_run == false ]]`,
})

function verificationStep(target: Target): Step[] {
  if (!target.verification) return []
  const { command, expected_exit_code, expected_min, expected_max } = target.verification
  const body = sh`verify_command ${command} ${expected_exit_code} ${expected_min ?? ''} ${expected_max ?? ''}`
  return [checks('verification', 'Verify the outputs', body, { timeoutSeconds: 3600, dryRun: 'with_verify', only: 'verify' })]
}

function secretStep({ committed }: DriverPlan): Step {
  const body = committed === undefined ? sh`guard_outputs` : sh`guard_outputs ${committed}`
  return checks('look_for_secrets', 'Look for secrets in what changed', body, {
    when: { condition: sh`would_change`, otherwise: 'nothing changed' },
  })
}

function commitStep(target: Target, direction: Direction, { committed, uncommitted }: DriverPlan): Step {
  const outputs = sh`commit_outputs${committed ? sh` ${committed}` : sh``}${uncommitted ? sh` ${uncommitted}` : sh``}`
  const body = sh`${outputs}\n    ${onlyIfPushed(target, sh`push_commit`)}\n    printf '%s' "$commit_id"`
  const changed = sh`would_change`
  return changes('commit', target.push ? 'Commit and push what changed' : 'Commit what changed', body, {
    when:
      direction === 'pull'
        ? { condition: changed, otherwise: 'nothing changed' }
        : { condition: sh`{ [[ $direction != push ]] && ${changed}; }`, otherwise: 'nothing changed here' },
    saves: undefined,
    capture: 'commit_id',
    timeoutSeconds: 900,
  })
}

/** A commit is pushed where the target says so, and where it would die with the machine: on a runner of GitHub's. */
const onlyIfPushed = (target: Target, command: Shell): Shell => (target.push ? command : sh`[[ $lockstep_push != true ]] || ${command}`)

/** The options of single targets that a program over several passes on, as the sync of each has them. */
export const passedParameters = (targets: readonly Target[]): Parameter[] =>
  targets.flatMap((target) => (target.direction === undefined ? [] : planTarget(target).parameters))

/** The file of the program of a verb over all targets, with a profile or without. */
export const verbScript = (verb: string, profile: string | undefined): string => `${verb}${profile === undefined ? '' : `.${profile}`}.sh`

/** The name of the program that does a verb with a target, without folder. */
export const scriptName = (target: string, verb = 'sync'): string => `${verb}-${target.replaceAll('_', '-').toLowerCase()}.sh`
