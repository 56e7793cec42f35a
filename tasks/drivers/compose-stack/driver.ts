import { type DriverInput, type DriverPlan, defineDriver, type Parameter } from '../../engine/plan/driver.ts'
import { type Shell, sh } from '../../engine/plan/shell.ts'
import { sha256 } from '../../engine/sha256.ts'
import { cleanSteps, exportParameters, exportSteps, importParameters, importSteps, psqlParameters } from './archives/steps.ts'
import { type Check, type Environment, environmentsOf, type Part, type StackConfig, stackConfig, stopsServices } from './config.ts'
import { sanitiseLines } from './copies/sanitise.ts'
import { refreshParameters, refreshSteps, sanitiseParameters, sanitiseSteps } from './copies/steps.ts'
import {
  deployParameters,
  deploySteps,
  healthParameters,
  healthSteps,
  promoteParameters,
  promoteSteps,
  rollbackParameters,
  rollbackSteps,
  testSteps,
  watchParameter,
} from './releases/steps.ts'

type Input = DriverInput<StackConfig>

/** Keys and values as words of a call; a list is one word, a line each. */
const words = (keys: object): Shell =>
  Object.entries(keys).reduce(
    (all, [key, value]) =>
      value === undefined || value === false || (Array.isArray(value) && value.length === 0)
        ? all
        : sh`${all} ${key} ${Array.isArray(value) ? value.join('\n') : value}`,
    sh``,
  )

/** A part as the call that tells bash of it. */
const partWords = (name: string, part: Part): Shell => sh`stack_part ${name}${words({ ...part, pauses: stopsServices(part) || undefined })}`

function environmentWords(name: string, { env_made: made, ...environment }: Environment): Shell {
  const rules = made && {
    made_from: made.from,
    made_set: Object.entries(made.set).map(([key, value]) => `${key}=${value}`),
    made_new: made.new,
    made_blank: made.blank,
    made_keep: made.keep,
  }
  return sh`stack_environment ${name}${words({ ...environment, ...rules })}`
}

function checkWords(group: 'health' | 'tests', name: string, { body, json, ...check }: Check): Shell {
  const pairs = Object.entries(json).map(([path, value]) => `${path}\t${JSON.stringify(value)}`)
  return sh`stack_has_check ${group} ${name}${words({ ...check, body: body === undefined ? undefined : JSON.stringify(body), json: pairs })}`
}

const program = (name: string, debian = name) => ({ name, package: debian })
const docker = program('docker', 'docker.io')

function neededPrograms({ parts, archive, encrypt }: StackConfig) {
  const all = Object.values(parts)
  const late = typeof encrypt === 'string' ? encrypt : ''
  return [
    program('jq'),
    program('tar'),
    ...(all.some((part) => part.kind === 'volume' || ('service' in part && part.service !== undefined)) ? [docker] : []),
    ...(all.some((part) => 'url' in part && part.url !== undefined)
      ? ['psql', 'pg_dump'].map((name) => program(name, 'postgresql-client'))
      : []),
    ...(all.some(({ kind }) => kind === 'sqlite') ? [program('sqlite3')] : []),
    ...(all.some((part) => 'webhook' in part && part.webhook !== undefined) ? [program('curl')] : []),
    ...(archive === 'zstd' ? [program('zstd')] : []),
    ...(late.startsWith('age:') ? [program('age')] : []),
    ...(late.startsWith('gpg:') ? [program('gpg', 'gnupg')] : []),
  ]
}

/** The protected environment that is the project here, if one is. */
const protectedHere = (config: StackConfig): string | undefined =>
  Object.entries(environmentsOf(config)).find(
    ([, each]) => each.protected && each.host === undefined && (each.project ?? config.project) === config.project,
  )?.[0]

/** What both ways know of the stack. */
function stackPlan({ config }: Input, parameters: readonly Parameter[], steps: DriverPlan['steps']): DriverPlan {
  return {
    settings: {
      project: config.project,
      exports: config.exports,
      compress: config.archive ?? '',
      encrypt: config.encrypt ?? '',
      identity: config.identity ?? '',
      keep_previous: config.keep_previous,
      health_seconds: config.health_timeout,
    },
    prepare: [
      ...Object.entries(config.parts).map(([name, part]) => partWords(name, part)),
      ...Object.entries(config.versions).map(([name, value]) => sh`stack_version ${name} ${value}`),
      sh`stack_settings`,
    ],
    programs: neededPrograms(config),
    parameters,
    outputs: [],
    steps,
  }
}

/** What a verb of the environments knows of the stack. */
function releasePlan(input: Input, parameters: readonly Parameter[], steps: DriverPlan['steps']): DriverPlan {
  const { config } = input
  const plan = stackPlan(input, parameters, steps)
  const environments = environmentsOf(config)
  return {
    ...plan,
    prepare: [
      ...Object.entries(config.parts).map(([name, part]) => partWords(name, part)),
      ...Object.entries(config.versions).map(([name, value]) => sh`stack_version ${name} ${value}`),
      ...Object.entries(environments).map(([name, environment]) => environmentWords(name, environment)),
      ...(['health', 'tests'] as const).flatMap((group) =>
        Object.entries(config[group]).map(([name, check]) => checkWords(group, name, check)),
      ),
      sh`stack_release_settings`,
    ],
    settings: { ...plan.settings, no_canary: config.no_canary.join(' '), logs: config.logs ?? '' },
    programs: [
      ...(plan.programs ?? []).filter(({ name }) => name !== 'docker'),
      ...(Object.keys(environments).length > 0 ? [docker] : []),
      ...(Object.values(environments).some(({ host }) => host !== undefined) ? [program('ssh', 'openssh-client')] : []),
    ],
  }
}

/** As releasePlan, with the rules of the file beside sync.yaml. */
function cleanPlan(input: Input, parameters: readonly Parameter[], steps: DriverPlan['steps']): DriverPlan {
  const plan = releasePlan(input, parameters, steps)
  const rules = rulesOf(input.target.script, input.config.parts)
  return {
    ...plan,
    prepare: [...(plan.prepare ?? []), sh`stack_only_databases`],
    settings: { ...plan.settings, sanitise_file: input.config.sanitise, rules_sha256: rules.sha256, rules_problem: rules.problem },
    texts: { stack_rules: rules.lines },
  }
}

function rulesOf(
  text: string | undefined,
  parts: StackConfig['parts'],
): { readonly lines: string; readonly sha256: string; readonly problem: string } {
  if (text === undefined) return { lines: '', sha256: '', problem: 'is not there: the verb sanitise with --propose prints a first one' }
  try {
    return { lines: sanitiseLines(text, kindsOf(parts)), sha256: sha256(text), problem: '' }
  } catch (error) {
    return { lines: '', sha256: sha256(text), problem: (error as Error).message }
  }
}

const kindsOf = (parts: StackConfig['parts']): Record<string, string> =>
  Object.fromEntries(Object.entries(parts).map(([name, { kind }]) => [name, kind]))

export default defineDriver({
  name: 'compose_stack',
  summary: () => 'Deploy a Docker stack, and carry its data from one machine to another',
  config: stackConfig,
  programs: [],
  reads: ({ config }) => (config as StackConfig).sanitise,
  parameters: [],
  conflicts: ['stop'],
  undos: [
    'stack_undo_release',
    'stack_undo_halt',
    'stack_undo_load',
    'stack_undo_switch',
    'stack_undo_tag',
    'stack_undo_stop',
    'stack_undo_start',
    'stack_undo_pause',
    'stack_undo_merge',
    'stack_undo_lineage',
  ],
  verbs: {
    export: (input) => stackPlan(input, exportParameters, exportSteps(input.config)),
    import(input) {
      const plan = stackPlan(input, importParameters, importSteps(input.config))
      return { ...plan, prepare: [...(plan.prepare ?? []), sh`stack_merge_settings`] }
    },
    clean(input) {
      const plan = stackPlan(input, [], cleanSteps(input.config))
      const guarded = protectedHere(input.config)
      return {
        ...plan,
        prepare: [
          ...(plan.prepare ?? []),
          ...(guarded === undefined ? [] : [sh`die 4 ${`${guarded} is protected, and is what would be removed`}`]),
        ],
        programs: [...(plan.programs ?? []).filter(({ name }) => name !== 'docker'), docker],
      }
    },
    psql(input) {
      const plan = stackPlan(input, psqlParameters, [])
      return { ...plan, prepare: [...(plan.prepare ?? []), sh`stack_psql`] }
    },
    deploy: (input) => releasePlan(input, deployParameters, deploySteps(input.config)),
    health(input) {
      const plan = releasePlan(input, [...healthParameters, watchParameter], healthSteps())
      return { ...plan, prepare: [...(plan.prepare ?? []), sh`stack_watch`] }
    },
    test: (input) => releasePlan(input, healthParameters, testSteps()),
    refresh: (input) => cleanPlan(input, refreshParameters, refreshSteps(input.config)),
    sanitise: (input) => cleanPlan(input, sanitiseParameters, sanitiseSteps()),
    promote: (input) => releasePlan(input, promoteParameters, promoteSteps(input.config)),
    rollback(input) {
      const plan = releasePlan(input, rollbackParameters, rollbackSteps(input.config))
      return { ...plan, prepare: [...(plan.prepare ?? []), sh`stack_list_releases`] }
    },
  },
})
