import { nextRun } from '../config/cron.ts'
import { ConfigError } from '../config/problem.ts'
import type { Config } from '../config/schema.ts'
import { didYouMean } from '../nearest.ts'
import { scriptName } from '../plan/plan.ts'
import type { Kit, Verb } from '../plan/verb.ts'
import { renderPrograms } from '../render/files.ts'
import { createRenderer } from '../render/program.ts'
import { readConfig } from './config-file.ts'
import { commandIn, findRoot, optionValue } from './root.ts'
import { readSources } from './sources.ts'
import { addUserDrivers } from './user-drivers.ts'

/** Runs the program of a verb over targets or stores, and gives its exit code. */
export async function runOverTargets(verb: Verb, words: readonly string[], kit: Kit): Promise<number> {
  const name = `${verb.name}.sh`
  const listing = words.includes('--list')
  const alone = verb.program.kind === 'stores' ? verb.program.alone : listing
  const { rooted, config, programs } = await loadPrograms(words, kit, alone ? [name] : undefined)
  if (!programs.has(name)) throw new ConfigError(`${verb.name}: no target of sync.yaml has "${verb.name}:"`)
  // What only shows something says the next runs too: bash knows no cron.
  if (verb.program.kind === 'targets' && (listing || !verb.options.some((option) => option.name === 'events'))) {
    const { showProgram } = await import('./program.ts')
    return showProgram(programs, name, rooted, nextRuns(config))
  }
  return runWatched(programs, name, rooted)
}

/** What `status --json` prints of a root. */
export async function readStatus(root: string, kit: Kit): Promise<string> {
  const { rooted, programs } = await loadPrograms(['--json', '--root', root], kit)
  const { readProgram } = await import('./program.ts')
  return readProgram(programs, 'status.sh', rooted)
}

/** Do `words` name a target whose driver has its own way of a verb that is otherwise over all, such as rollback? */
export async function isOffered({ name, program }: Verb, [first]: readonly string[], kit: Kit): Promise<boolean> {
  if (program.kind !== 'stores' || first === undefined || !kit.drivers.some(({ verbs }) => verbs[name])) return false
  const root = findRoot([])
  const config = readConfig(root, await addUserDrivers(root, kit))
  return config.targets.some((target) => target.name === first && target.driverModule.verbs[name] !== undefined)
}

/** Runs the program of a verb that the driver of one target offers: of the target that `words` name, or of the only one. */
export async function runOffered(verb: Verb, words: readonly string[], kit: Kit): Promise<number> {
  const root = findRoot(words)
  const offering = readConfig(root, await addUserDrivers(root, kit)).targets.filter(({ driverModule }) => driverModule.verbs[verb.name])
  const names = offering.map(({ name }) => name)
  const [first, ...rest] = words
  const named = first !== undefined && !first.startsWith('-')
  const target = named ? first : names.length === 1 ? names[0] : undefined
  if (target === undefined || !names.includes(target)) {
    const all = names.length === 0 ? `no target in sync.yaml offers it` : `it is offered by ${names.join(', ')}`
    throw new ConfigError(
      named ? `${verb.name}: no target ${target}${didYouMean(first, names) || `; ${all}`}` : `${verb.name}: name a TARGET; ${all}`,
    )
  }
  const name = scriptName(target, verb.name)
  const { rooted, programs } = await loadPrograms(named ? rest : words, kit, [name])
  return runWatched(programs, name, rooted)
}

/** At a terminal its events are drawn; elsewhere it prints its own lines. */
async function runWatched(programs: ReadonlyMap<string, string>, name: string, words: readonly string[]): Promise<number> {
  const { runProgram } = await import('./program.ts')
  const plain = ['--ci', '--json', '--quiet', '-q', '--verbose', '-v', '--events', '--jobs', '--version'].some((option) =>
    words.some((word) => word === option || word.startsWith(`${option}=`)),
  )
  if (plain || !process.stderr.isTTY || !process.stdin.isTTY || process.env['CI'] === 'true' || process.env['DEBUG'] === 'true') {
    return runProgram(programs, name, words)
  }
  const { drawEvents } = await import('./view.ts')
  return runProgram(programs, name, [...words, '--events', 'fd:3'], drawEvents)
}

/** The config of the root that `words` name, its programs by file name, or only those asked for, and the words that say which root. */
async function loadPrograms(words: readonly string[], own: Kit, names?: readonly string[]) {
  const root = findRoot(words)
  const kit = await addUserDrivers(root, own)
  const config = readConfig(root, kit)
  const rooted = optionValue(words, 'root') === undefined ? ['--root', root, ...words] : words
  return {
    rooted,
    config,
    programs: renderPrograms(config, createRenderer(readSources(commandIn(root), kit.library), config.runtime), kit.verbs, names),
  }
}

/** The next run of each target with a schedule, for a program to show. */
function nextRuns(config: Config): Record<string, string> {
  const now = new Date()
  const runs = config.targets.flatMap(({ name, schedule, timezone }) =>
    schedule === undefined ? [] : [`${name}=${nextRun(schedule, timezone, now).toISOString().slice(0, 16)}Z`],
  )
  return { LOCKSTEP_NEXT_RUNS: runs.join(' ') }
}
