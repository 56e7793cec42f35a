import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { ConfigError } from '../config/problem.ts'
import { nameIn } from '../config/profiles.ts'
import { didYouMean } from '../nearest.ts'
import { type HostSettings, parseHost, settingsText, waysOf, wordsForHost } from '../plan/host.ts'
import { scriptName } from '../plan/plan.ts'
import { quote } from '../plan/shell.ts'
import type { Kit, Verb } from '../plan/verb.ts'
import { standalone } from '../render/files.ts'
import { usedParts } from '../render/library.ts'
import { converse, type Outcome, SILENCE_SECONDS } from './host-connection.ts'
import { loadRoot } from './load-root.ts'
import { printEvents } from './plain-view.ts'
import { makePrivateFolder } from './private-folder.ts'
import type { DrawEvents } from './program.ts'
import { allValues, commandIn, optionValue } from './root.ts'
import { readHostTemplate, readLibrary } from './sources.ts'

const KEPT_DAYS = 30

/** Runs one target's program on the host that `--host` names, and gives its exit code. `tell` is given the lines of the event stream. */
export async function runOnHost(
  verb: Verb,
  words: readonly string[],
  own: Kit,
  draw: DrawEvents | undefined,
  tell: (line: string) => void,
): Promise<number> {
  const [text, ...more] = allValues(words, 'host')
  if (text === undefined) throw new ConfigError(`${verb.name}: --detach and --attach go with --host`)
  if (more.length > 0) throw new ConfigError(`${verb.name}: --host can be given once`)
  const host = parseHost(text)
  const { root, kit, config, renderer } = await loadRoot(words, own)
  const { target: named, passed } = wordsForHost(words, verb.options, config.targets)
  const names = config.targets.filter(({ direction }) => direction !== undefined).map(({ name }) => name)
  const target = names.find((name) => name === named || name === nameIn(config.profile, named))
  if (target === undefined) throw new ConfigError(`${verb.name}: no target ${named}${didYouMean(named, names)}`)
  const ways = waysOf(words)
  const apart = ways.detach || ways.attach
  const sent = ways.attach && !ways.detach ? '' : standalone(config, renderer('inline'), kit.verbs, target)
  const program = Buffer.from(sent)
  // What is kept of a run that outlives its connection is what it says while its events are shown.
  const show = draw ?? (apart ? printEvents(words) : undefined)
  const settings: HostSettings = {
    ...ways,
    target,
    folder: host.folder,
    program: sent === '' ? '' : scriptName(target, 'sync'),
    size: program.length,
    watched: show !== undefined,
    silence: SILENCE_SECONDS,
    words: passed,
  }
  const again = apart ? `${commandIn(root)('sync')} ${named} --host ${quote(text)} --attach` : undefined
  const outcome = await converse({ host, text: servingText(settingsText(settings)), program, again }, show, tell)
  if (outcome.report === undefined) return outcome.code
  if (words.includes('--json')) process.stdout.write(`${outcome.report}\n`)
  const kept = [() => keep(`${root}/.insightpulse/hosts/${host.text.replaceAll(/[^\w.@-]+/g, '_')}`, outcome)]
  const file = optionValue(words, 'report')
  if (file !== undefined) kept.push(() => writeFileSync(file, `${outcome.report}\n`))
  const lost = kept.filter((write) => !written(write)).length > 0
  return lost && (outcome.code === 0 || outcome.code === 8) ? 3 : outcome.code
}

/** What serves there: its settings, the functions of the library that it calls, and itself. */
function servingText(settings: string): string {
  const serving = readHostTemplate()
  const library = usedParts(serving, readLibrary()).map(({ text }) => text)
  return ['read -r HOSTNAME < <(uname -n)', ...library, settings, serving].join('\n')
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
