import { closeSync, existsSync, fstatSync, openSync, readdirSync, readFileSync, readSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { ConfigError } from '../../config/problem.ts'
import type { Store } from '../../render/dashboard/model.ts'
import type { Run } from '../../render/dashboard/past.ts'
import { withReports } from '../../render/dashboard/reports.ts'
import type { Recorded } from '../../render/dashboard/states.ts'
import { readHistory } from '../history.ts'

/** Of a log that is larger only its end is looked at. */
const LOG_BYTES = 262_144
const LOG_LINES = 20
const LOG_LINE = 400
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/
/** How backups and the folders of runs are called: by their time. */
const BACKUP = /^\d{8}_\d{6}/

/**
 * What the records of a root tell, and reports of runs elsewhere in a folder; nothing of it is written. What is missing, or cut off, is as
 * if it were not there.
 */
export function recordsOf(root: string, reports: string | undefined) {
  const place = (path: string): string => join(root, '.insightpulse', path)
  return {
    history: (): Buffer => (reports === undefined ? readHistory(root) : withReports(readHistory(root), reportsIn(reports))),
    recorded: (target: string): Recorded => {
      const [lastRun, lastStatus] = recordIn(place(`state/last/${target}`))
      const unfinished = runsIn(place(`state/runs/${target}`)).at(-1)
      const held = textOf(place(`state/held/${target}`)) !== ''
      return { lastRun, lastStatus, unfinished, held, awaited: awaitedIn(place(`state/awaited/${target}`)) }
    },
    store: (target: string): Store | undefined => storeIn(place(`backups/${target}`), place(`state/checked/${target}`)),
    logOf: (run: Run): string => endOfLog(place('logs'), run),
    /** What changes when something was begun, went on, or ended. */
    mark: (targets: readonly string[]): string =>
      [stampOf(place('state/history.jsonl')), ...targets.flatMap((target) => marksIn(place(`state/runs/${target}`)))].join(' '),
  }
}

/** The texts of a folder of reports, and of those in it. @throws ConfigError where it cannot be read. */
function reportsIn(folder: string): string[] {
  try {
    const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.json'))
    return names.map((name) => readFileSync(join(folder, name), 'utf8'))
  } catch (error) {
    throw new ConfigError(`dashboard: --reports ${folder} cannot be read (${(error as NodeJS.ErrnoException).code})`, 3)
  }
}

/** Most are not there, and to be told so by an error takes a while. */
function textOf(file: string): string {
  if (!existsSync(file)) return ''
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

function namesIn(folder: string): string[] {
  if (!existsSync(folder)) return []
  try {
    return readdirSync(folder).sort()
  } catch {
    return []
  }
}

function stampOf(file: string): string {
  try {
    const { size, mtimeMs } = statSync(file)
    return `${size}.${mtimeMs}`
  } catch {
    return '-'
  }
}

const runsIn = (folder: string): string[] => namesIn(folder).filter((name) => BACKUP.test(name))

const marksIn = (folder: string): string[] => runsIn(folder).map((run) => `${run}.${stampOf(join(folder, run, 'journal'))}`)

/** The time and the word that a record of one line begins with. */
function recordIn(file: string): [string, string] | [undefined, undefined] {
  const [at = '', word = ''] = textOf(file).split('\n')[0]?.split(' ') ?? []
  return TIME.test(at) ? [at, word] : [undefined, undefined]
}

function awaitedIn(file: string): Recorded['awaited'] {
  const [, since = '', schedule = ''] = /^(\S+) (.*)/.exec(textOf(file)) ?? []
  return TIME.test(since) ? { since, schedule } : undefined
}

function storeIn(folder: string, checkedFile: string): Store | undefined {
  const backups = [
    ...namesIn(folder).filter((name) => BACKUP.test(name)),
    ...siblingsIn(join(folder, 'siblings')).map((path) => join('siblings', path)),
  ].toSorted((one, other) => (basename(one) < basename(other) ? -1 : 1))
  const [last] = backups.slice(-1)
  if (last === undefined) return undefined
  const manifest = textOf(join(folder, last, 'manifest.json'))
  const [at, by] = recordIn(checkedFile)
  return {
    count: backups.length,
    newest: TIME.test(fieldOf(manifest, 'verified_at')) ? fieldOf(manifest, 'verified_at') : undefined,
    reason: fieldOf(manifest, 'reason'),
    checked: at === undefined ? undefined : { at, by },
  }
}

/** Copies beside their files: each has a folder with its manifest. */
function siblingsIn(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => BACKUP.test(basename(path)))
  } catch {
    return []
  }
}

/** A text field of a manifest, which has one a line; empty where there is none. */
function fieldOf(manifest: string, key: string): string {
  const [, json] = new RegExp(`^"${key}":(".*"),$`, 'm').exec(manifest) ?? []
  try {
    return json === undefined ? '' : String(JSON.parse(json))
  } catch {
    return ''
  }
}

/** The last lines of what a run wrote into the log of its target and day. */
function endOfLog(folder: string, { run, target, at }: Run): string {
  const days = new Set([at.slice(0, 10).replaceAll('-', ''), run.slice(0, 8)])
  for (const day of days) {
    const name = `${target}-${day}.log`
    const lines = name === basename(name) ? tailOf(join(folder, name)).split('\n') : []
    const start = lines.findLastIndex((line) => line.startsWith('== ') && line.includes(` run ${run}: `))
    if (start < 0) continue
    const next = lines.findIndex((line, index) => index > start && line.startsWith('== '))
    const own = lines.slice(start + 1, next < 0 ? undefined : next).filter((line) => line !== '')
    return own
      .slice(-LOG_LINES)
      .map((line) => (line.length > LOG_LINE ? `${line.slice(0, LOG_LINE)}…` : line))
      .join('\n')
  }
  return ''
}

/** The end of a file, which may be large. */
function tailOf(file: string): string {
  let descriptor: number | undefined
  try {
    descriptor = openSync(file, 'r')
    const from = Math.max(0, fstatSync(descriptor).size - LOG_BYTES)
    const bytes = Buffer.alloc(LOG_BYTES)
    return bytes.toString('utf8', 0, readSync(descriptor, bytes, 0, LOG_BYTES, from))
  } catch {
    return ''
  } finally {
    if (descriptor !== undefined) closeSync(descriptor)
  }
}
