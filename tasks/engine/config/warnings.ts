import { planOutputs } from '../plan/plan.ts'
import { blindness } from './blind-checks.ts'
import { formatProblems } from './problem.ts'
import { type Gates, gateFields } from './safety.ts'
import type { Config, Target } from './schema.ts'

/** Which of some paths Git ignores. */
export type IgnoredAmong = (paths: readonly string[]) => ReadonlySet<string>

interface Warning {
  readonly path: readonly PropertyKey[]
  readonly message: string
}

/** What is allowed in a config and will disappoint, as one text with its places; empty where nothing is. */
export function configWarnings(config: Config, ignoredAmong: IgnoredAmong): string {
  const [first] = config.targets
  const warnings = [
    ...(first ? gateWarnings(['safety'], first.globalGates) : []),
    ...config.targets.flatMap((target) => targetWarnings(target, config)),
    ...ignoredWarnings(config.targets, ignoredAmong),
    ...ignoredSources(config, ignoredAmong),
  ]
  return formatProblems(warnings.map(({ path, message }) => config.place(path, `warning: ${message}`)))
}

function targetWarnings(target: Target, { workflow }: Config): Warning[] {
  const { name, schedule, direction, git_commit, verification } = target
  const path = ['targets', name]
  const warnings = gateWarnings(path, target)
  if (verification) {
    const { command, expected_exit_code: expectedExitCode, expected_min, expected_max } = verification
    const hasLimits = expected_min !== undefined || expected_max !== undefined
    const message = blindness({ command, expectedExitCode, hasLimits, limits: 'expected_min or expected_max' })
    if (message !== undefined) warnings.push({ path: [...path, 'verification', 'command'], message })
  }
  if (schedule !== undefined && workflow.enabled !== false && direction === 'pull' && !git_commit) {
    const message = `GitHub's runner is thrown away after a run, and what ${name} pulled with it: add "git_commit: true", or "workflow: { enabled: false }" if it runs elsewhere`
    warnings.push({ path: [...path, 'schedule'], message })
  }
  return warnings
}

function gateWarnings(path: readonly string[], gates: Gates): Warning[] {
  return (Object.keys(gateFields) as (keyof Gates)[]).flatMap((phase) =>
    gates[phase].flatMap(({ command, expected_exit_code, max_drift_score, min_value, max_value }, index) => {
      const hasLimits = [max_drift_score, min_value, max_value].some((limit) => limit !== undefined)
      const limits = 'min_value, max_value or max_drift_score'
      const message = blindness({ command, expectedExitCode: expected_exit_code, hasLimits, limits })
      return message === undefined ? [] : [{ path: [...path, phase, index, 'command'], message }]
    }),
  )
}

/** Of targets that commit: an ignored output never comes into a commit. */
function ignoredWarnings(targets: readonly Target[], ignoredAmong: IgnoredAmong): Warning[] {
  const outputs = targets
    .filter(({ git_commit }) => git_commit)
    .flatMap((target) => planOutputs(target).outputs.map((output) => ({ target, output })))
  const ignored = ignoredAmong(outputs.map(({ output }) => examplePath(output)))
  return outputs
    .filter(({ output }) => ignored.has(examplePath(output)))
    .map(({ target: { name }, output }) => ({
      path: ['targets', name, 'outputs'],
      message: `Git ignores ${output}, so ${name} commits nothing of it: take it out of .gitignore`,
    }))
}

/** Of what sync.yaml includes: nobody else would have it. */
function ignoredSources({ sources }: Config, ignoredAmong: IgnoredAmong): Warning[] {
  const included = sources.slice(1).map(({ file }) => file)
  const ignored = ignoredAmong(included)
  return included
    .filter((file) => ignored.has(file))
    .map((file) => ({ path: ['include'], message: `Git ignores ${file}, so a clone has no such file: take it out of .gitignore` }))
}

/** A path that a pattern matches. */
const examplePath = (pattern: string): string => pattern.replace(/\*+|\?/g, 'x')
