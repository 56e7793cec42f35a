import { type DriverInput, type DriverPlan, defineDriver, type Parameter } from '../../engine/plan/driver.ts'
import { type Shell, sh } from '../../engine/plan/shell.ts'
import { composeFiles, type Part, type StackConfig, stackConfig, stopsServices } from './config.ts'
import { exportParameters, exportSteps, importParameters, importSteps } from './steps.ts'

type Input = DriverInput<StackConfig>

/** A part as the call that tells bash of it: its name, then keys and values. */
function partWords(name: string, part: Part): Shell {
  const pairs = Object.entries({ ...part, pauses: stopsServices(part) || undefined }).flatMap(([key, value]) =>
    value === undefined ? [] : [sh` ${key} ${Array.isArray(value) ? value.join('\n') : value}`],
  )
  return sh`stack_part ${name}${pairs.reduce((all, pair) => sh`${all}${pair}`, sh``)}`
}

const program = (name: string, debian = name) => ({ name, package: debian })

function neededPrograms({ parts, archive, encrypt }: StackConfig) {
  const all = Object.values(parts)
  const late = typeof encrypt === 'string' ? encrypt : ''
  return [
    program('jq'),
    program('tar'),
    ...(all.some((part) => part.kind === 'volume' || ('service' in part && part.service !== undefined))
      ? [program('docker', 'docker.io')]
      : []),
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

/** What both ways know of the stack. */
function stackPlan({ config }: Input, parameters: readonly Parameter[], steps: DriverPlan['steps']): DriverPlan {
  return {
    settings: {
      project: config.project,
      compose_files: composeFiles(config),
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

export default defineDriver({
  name: 'compose_stack',
  summary: () => 'Carry the data of a Docker stack from one machine to another',
  config: stackConfig,
  programs: [],
  parameters: [],
  conflicts: ['stop'],
  undos: ['stack_undo_load', 'stack_undo_switch', 'stack_undo_stop', 'stack_undo_start', 'stack_undo_pause'],
  verbs: {
    export: (input) => stackPlan(input, exportParameters, exportSteps(input.config)),
    import: (input) => stackPlan(input, importParameters, importSteps(input.config)),
  },
})
