import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { ConfigError } from '../config/problem.ts'
import { nameIn } from '../config/profiles.ts'
import type { Config, Target } from '../config/schema.ts'
import { didYouMean } from '../nearest.ts'
import { findHosts, type Host, type HostSettings, settingsText, waysOf, wordsForHost } from '../plan/host.ts'
import { passedParameters, scriptName } from '../plan/plan.ts'
import { quote } from '../plan/shell.ts'
import type { Kit, Verb } from '../plan/verb.ts'
import { standalone } from '../render/files.ts'
import { SERVING, servingText } from '../render/serving.ts'
import { converse, type Errand, type Outcome, SILENCE_SECONDS } from './host-connection.ts'
import { type HostOutcome, joinReports, worstCode } from './host-report.ts'
import { loadRoot } from './load-root.ts'
import { printEvents } from './plain-view.ts'
import { makePrivateFolder } from './private-folder.ts'
import type { DrawEvents, Follow } from './program.ts'
import { allValues, commandIn, optionValue } from './root.ts'
import { readLibrary } from './sources.ts'

const KEPT_DAYS = 30

/**
 * Runs one target's program on the hosts that `--host` and `--hosts` name, side by side, and gives the worst of their exit
 * codes. `follow` is told the lines of the event stream, each with the name of its host if there are several.
 */
export async function runOnHosts(
  verb: Verb,
  words: readonly string[],
  own: Kit,
  draw: DrawEvents | undefined,
  { tell, mark }: Follow,
): Promise<number> {
  const { root, kit, config, renderer } = await loadRoot(words, own)
  const { target: named, passed } = wordsForHost(words, [...verb.options, ...passedParameters(config.targets)])
  const targets = config.targets.filter(({ direction }) => direction !== undefined)
  const target = targets.find(({ name }) => name === named || name === nameIn(config.profile, named))
  if (target === undefined)
    throw new ConfigError(
      `${verb.name}: no target ${named}${didYouMean(
        named,
        targets.map(({ name }) => name),
      )}`,
    )
  const hosts = hostsFor(target, words, config)
  const ways = waysOf(words)
  const apart = ways.detach || ways.attach
  const sent = ways.attach && !ways.detach ? '' : standalone(config, renderer('inline'), kit.verbs, target.name)
  const program = Buffer.from(sent)
  const watching = `${commandIn(root)('sync')} ${named}${config.profile === undefined ? '' : ` --profile ${config.profile}`}`
  const shows = await viewsOf(hosts, words, apart, ways.detach && !ways.attach ? undefined : draw)
  const serving = servingText(readLibrary())
  const errandFor = (host: Host, index: number): Errand => {
    const settings: HostSettings = {
      ...ways,
      target: target.name,
      folder: host.folder,
      program: sent === '' ? '' : scriptName(target.name, 'sync'),
      size: program.length,
      watched: shows[index] !== undefined,
      silence: SILENCE_SECONDS,
      // Of a run that nobody watches there are no spans.
      trace: ways.detach && !ways.attach ? '' : mark(hosts.length > 1 ? host.name : undefined),
      words: passed,
    }
    const again = apart ? `${watching} --host ${quote(host.name)} --attach` : undefined
    return {
      host,
      text: `${serving}\n${settingsText(settings)}${SERVING}\n`,
      program,
      again,
      before: hosts.length > 1 ? `${host.name}: ` : '',
    }
  }
  const outcomes = await Promise.all(
    hosts.map(async (host, index): Promise<HostOutcome> => {
      const told = hosts.length === 1 ? tell : (line: string) => tell(line.replace('{', () => `{"host":${JSON.stringify(host.name)},`))
      return { name: host.name, outcome: await converse(errandFor(host, index), shows[index], told) }
    }),
  )
  return bringHome(root, target.name, words, outcomes)
}

function hostsFor(target: Target, words: readonly string[], config: Config): Host[] {
  const own = words.includes('--hosts')
  if (own && target.hosts.length === 0) throw new ConfigError(`${target.name}: it names no "hosts:" in sync.yaml`)
  const hosts = findHosts([...allValues(words, 'host'), ...(own ? target.hosts : [])], config.hosts)
  if (hosts.length === 0) throw new ConfigError('--detach and --attach go with --host')
  // Each listens for signals.
  process.setMaxListeners(hosts.length + process.getMaxListeners())
  return hosts
}

/** What shows the events of each host. What is kept of a run that outlives its connection is what it says while somebody does. */
async function viewsOf(
  hosts: readonly Host[],
  words: readonly string[],
  apart: boolean,
  draw: DrawEvents | undefined,
): Promise<readonly (DrawEvents | undefined)[]> {
  const names = hosts.map(({ name }) => name)
  if (hosts.length === 1) return [draw ?? (apart ? printEvents(words, '') : undefined)]
  return draw ? (await import('./hosts-view.ts')).drawHosts(names) : names.map((name) => printEvents(words, `${name}: `))
}

/** Keeps and gives what came back, and says how it all ended. */
function bringHome(root: string, target: string, words: readonly string[], outcomes: readonly HostOutcome[]): number {
  const code = worstCode(outcomes.map(({ outcome }) => outcome.code))
  const [first] = outcomes
  const report = outcomes.length === 1 ? first?.outcome.report : joinReports(target, outcomes, code)
  if (words.includes('--json') && report !== undefined) process.stdout.write(`${report}\n`)
  const kept = outcomes
    .filter(({ outcome }) => outcome.report !== undefined)
    .map(
      ({ name, outcome }) =>
        () =>
          keep(`${root}/.insightpulse/hosts/${name.replaceAll(/[^\w.@-]+/g, '_')}`, outcome),
    )
  const file = optionValue(words, 'report')
  if (file !== undefined && report !== undefined) kept.push(() => writeFileSync(file, `${report}\n`))
  const lost = kept.filter((write) => !written(write)).length > 0
  return lost && (code === 0 || code === 8) ? 3 : code
}

/** Keeps the report and the log of a run that was no dry run, each for 30 days. */
function keep(folder: string, { report = '', log }: Outcome): void {
  const { run, dry_run } = JSON.parse(report) as { readonly run: string; readonly dry_run: boolean }
  if (dry_run) return
  // A file is called by what the host says.
  if (!/^\d{8}_\d{6}_[0-9a-f]{4}$/.test(run)) throw new Error(`${run} is no name of a run`)
  makePrivateFolder(dirname(folder))
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const oldest = Date.now() - KEPT_DAYS * 86_400_000
  for (const name of readdirSync(folder)) {
    if (statSync(`${folder}/${name}`).mtimeMs < oldest) rmSync(`${folder}/${name}`)
  }
  writeFileSync(`${folder}/${run}.json`, `${report}\n`)
  writeFileSync(`${folder}/${run}.log`, log.map((line) => `${line}\n`).join(''))
}

function written(write: () => void): boolean {
  try {
    write()
    return true
  } catch (error) {
    process.stderr.write(`the report cannot be written here: ${(error as Error).message}\n`)
    return false
  }
}
