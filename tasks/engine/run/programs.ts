import { nextRun } from '../config/cron.ts'
import { ConfigError } from '../config/problem.ts'
import { nameIn } from '../config/profiles.ts'
import type { Config } from '../config/schema.ts'
import { didYouMean } from '../nearest.ts'
import { offeredVerbs } from '../plan/driver.ts'
import { scriptName, verbScript } from '../plan/plan.ts'
import type { Kit, Verb } from '../plan/verb.ts'
import { renderPrograms, targetPrograms } from '../render/files.ts'
import { type LoadedRoot, loadRoot } from './load-root.ts'
import type { Follow } from './program.ts'
import { optionValue, profileOf } from './root.ts'

/** Runs the program of a verb over targets or stores, and gives its exit code. */
export async function runOverTargets(verb: Verb, words: readonly string[], kit: Kit): Promise<number> {
  if (verb.options.some(({ name }) => name === 'host') && isForHost(words)) {
    const [{ runOnHosts }, { eventWriter }] = await Promise.all([import('./host.ts'), import('./events.ts')])
    return traced(verb, words, async (follow) =>
      runOnHosts(verb, words, kit, await drawing(words), follow ?? { tell: eventWriter(words), mark: () => '' }),
    )
  }
  const name = verbScript(verb.name, profileOf(words))
  const listing = words.includes('--list')
  const alone = verb.program.kind === 'stores' ? verb.program.alone : listing
  const { rooted, config, programs } = await loadPrograms(words, kit, (all) => [name, ...(alone ? [] : targetPrograms(all))])
  if (!programs.has(name)) throw new ConfigError(`${verb.name}: no target of sync.yaml has "${verb.name}:"`)
  // What only shows something says the next runs too: bash knows no cron.
  if (verb.program.kind === 'targets' && (listing || !verb.options.some((option) => option.name === 'events'))) {
    const { runProgram, showProgram } = await import('./program.ts')
    if (rooted.some((word) => /^--watch(=|$)/.test(word))) return runProgram(programs, name, rooted, { env: nextRuns(config, 8) })
    return showProgram(programs, name, rooted, nextRuns(config))
  }
  return runWatched(verb, programs, name, rooted)
}

const isForHost = (words: readonly string[]): boolean =>
  optionValue(words, 'host') !== undefined || ['--hosts', '--detach', '--attach'].some((word) => words.includes(word))

/** What `status --json` prints of a root. */
export async function readStatus({ root, kit, config, renderer }: LoadedRoot): Promise<string> {
  const { readProgram } = await import('./program.ts')
  const name = verbScript('status', config.profile)
  const programs = renderPrograms(config, renderer(), kit.verbs, [name, ...targetPrograms(config)])
  return readProgram(programs, name, ['--json', '--root', root, '--profile', config.profile ?? ''])
}

/**
 * `words` with a target among them first, where its driver has its own way of a verb that is otherwise over all, such as
 * rollback; else nothing.
 */
export async function wordsOffered({ name, program }: Verb, words: readonly string[], own: Kit): Promise<string[] | undefined> {
  if (program.kind !== 'stores' || words.length === 0 || !own.drivers.some(({ verbs }) => verbs[name])) return undefined
  const { config } = await loadRoot(words, own)
  const named = words.find((word) => config.targets.some((target) => target.name === word && offeredVerbs(target).includes(name)))
  return named === undefined ? undefined : [named, ...words.filter((word) => word !== named)]
}

/** Runs the program of a verb that the driver of one target offers: of the target that `words` name, or of the only one. */
export async function runOffered(verb: Verb, words: readonly string[], kit: Kit): Promise<number> {
  const { targets, profile } = (await loadRoot(words, kit)).config
  const offering = targets.filter((target) => offeredVerbs(target).includes(verb.name))
  const names = offering.map(({ name }) => name)
  const [first, ...rest] = words
  const named = first !== undefined && !first.startsWith('-')
  const target = named ? names.find((name) => name === first || name === nameIn(profile, first)) : names.length === 1 ? names[0] : undefined
  if (target === undefined) {
    const all = names.length === 0 ? `no target in sync.yaml offers it` : `it is offered by ${names.join(', ')}`
    throw new ConfigError(
      named ? `${verb.name}: no target ${first}${didYouMean(first, names) || `; ${all}`}` : `${verb.name}: name a TARGET; ${all}`,
    )
  }
  const name = scriptName(target, verb.name)
  const { rooted, programs } = await loadPrograms(named ? rest : words, kit, () => [name])
  if (verb.program.kind !== 'offered' || !verb.program.terminal) return runWatched(verb, programs, name, rooted)
  const { runProgram } = await import('./program.ts')
  return runProgram(programs, name, rooted)
}

/** At a terminal its events are drawn; elsewhere it prints its own lines. */
async function runWatched(verb: Verb, programs: ReadonlyMap<string, string>, name: string, words: readonly string[]): Promise<number> {
  const { runProgram } = await import('./program.ts')
  const draw = await drawing(words)
  return traced(verb, words, (follow) =>
    runProgram(programs, name, draw || follow ? [...words, '--events', 'fd:3'] : words, { draw, follow }),
  )
}

/** What `run` gives, with traces of it where the environment asks for them. */
async function traced(verb: Verb, words: readonly string[], run: (follow: Follow | undefined) => Promise<number>): Promise<number> {
  if (!(process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] || process.env['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'])) return run(undefined)
  const { openTraces } = await import('./traces/open.ts')
  const traces = openTraces(verb.name)
  if (!traces) return run(undefined)
  const { eventWriter } = await import('./events.ts')
  const write = eventWriter(words)
  try {
    return await run({
      mark: traces.mark,
      tell: (line) => {
        write(line)
        traces.hear(line)
      },
    })
  } finally {
    await traces.close()
  }
}

/** What draws events, where somebody is there to look and nothing else was asked for. */
async function drawing(words: readonly string[]) {
  const plain = ['--ci', '--json', '--quiet', '-q', '--verbose', '-v', '--events', '--jobs', '--version', '--watch'].some((option) =>
    words.some((word) => word === option || word.startsWith(`${option}=`)),
  )
  if (plain || !process.stderr.isTTY || !process.stdin.isTTY || process.env['CI'] === 'true' || process.env['DEBUG'] === 'true') {
    return undefined
  }
  return (await import('./view.ts')).drawEvents
}

/** The config of the root that `words` name, those of its programs that are asked for by file name, and the words that say which root. */
async function loadPrograms(words: readonly string[], own: Kit, namesFor: (config: Config) => readonly string[]) {
  const { root, kit, config, renderer } = await loadRoot(words, own)
  const rooted = optionValue(words, 'root') === undefined ? ['--root', root, ...words] : words
  return {
    rooted,
    config,
    programs: renderPrograms(config, renderer(), kit.verbs, namesFor(config)),
  }
}

/** The next runs of each target with a schedule, so many, for a program to show. */
function nextRuns(config: Config, count = 1): Record<string, string> {
  const runs = config.targets.flatMap(({ name, schedule, timezone }) => {
    let at = new Date()
    return Array.from({ length: schedule === undefined ? 0 : count }, () => {
      at = nextRun(schedule ?? '', timezone, at)
      return `${name}=${at.toISOString().slice(0, 16)}Z`
    })
  })
  return { LOCKSTEP_NEXT_RUNS: runs.join(' ') }
}
