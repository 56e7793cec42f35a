import { NO_RUNS, wentWell } from '../history.ts'

export const DAYS = 90
export const WEEKS = 13
const LATEST = 30
const DAY_MILLISECONDS = 86_400_000

/** How the runs of a day went. */
export const DAY_KINDS = ['good', 'mixed', 'failed', 'none'] as const
export type DayKind = (typeof DAY_KINDS)[number]

/** What the history tells of one target. */
interface TargetPast {
  /** The last of them is today, in UTC. */
  readonly days: readonly DayKind[]
  /** The seconds of its syncs, for each of the last weeks. */
  readonly weeks: readonly (readonly number[])[]
  readonly good: number
  /** How the last of its syncs ended, and when. */
  readonly last: { readonly at: string; readonly status: string } | undefined
  /** The last run that changed something. */
  readonly change: Run | undefined
}

/** The result of a run for one target. */
export interface Run {
  readonly run: string
  readonly target: string
  readonly verb: string
  /** When it ended: UTC, ISO 8601. */
  readonly at: string
  readonly who: string
  readonly where: string
  readonly status: string
  readonly message: string
  readonly seconds: number
  readonly created: readonly string[]
  readonly rewritten: readonly string[]
  readonly removed: readonly string[]
  /** Where what it overwrote is kept; empty where it is nowhere. */
  readonly backup: string
  /** The id of the commit that it made; empty where there is none. */
  readonly commit: string
  readonly steps: readonly { readonly title: string; readonly status: string; readonly seconds: number; readonly reason: string }[]
}

export interface Past {
  readonly targets: ReadonlyMap<string, TargetPast>
  /** The newest first. */
  readonly latest: readonly Run[]
  /** The numbers of the lines that cannot be read. */
  readonly broken: readonly number[]
}

/**
 * What history.jsonl tells of the time before `now`. Syncs count for the days and durations, all verbs are among the latest. It is given
 * as it is stored: to make text of all of it would take longer than to look at how each line begins.
 */
export function pastOf(history: Buffer, now: Date): Past {
  const today = dayOf(now.getTime())
  const targets = new Map<string, ReturnType<typeof emptyPast>>()
  const broken: number[] = []
  let number = 0
  for (let start = 0, end: number; start < history.length; start = end + 1) {
    end = endOfLine(history, start)
    number++
    if (end === start) continue
    const heads = headOf(history, start, end) ?? headsIn(parsed(history.toString('utf8', start, end)))
    if (heads === undefined) broken.push(number)
    for (const { at, verb, target, status, seconds, changed } of heads ?? []) {
      const past = targets.get(target) ?? emptyPast()
      targets.set(target, past)
      if (changed) past.change = [start, end]
      if (verb !== 'sync') continue
      count(past, status, seconds, today - dayOf(Date.parse(at)))
      if (status !== 'skipped') past.last = { at, status }
    }
  }
  return {
    targets: new Map(
      [...targets].map(([name, { change, ...past }]) => {
        const line = change && history.toString('utf8', ...change)
        return [name, { ...past, change: line === undefined ? undefined : runsIn(line).find(({ target }) => target === name) }]
      }),
    ),
    latest: latestIn(history),
    broken,
  }
}

const NEWLINE = 10

function endOfLine(history: Buffer, start: number): number {
  const end = history.indexOf(NEWLINE, start)
  return end < 0 ? history.length : end
}

const dayOf = (milliseconds: number): number => Math.floor(milliseconds / DAY_MILLISECONDS)

const emptyPast = () => ({
  days: Array<DayKind>(DAYS).fill('none'),
  weeks: Array.from({ length: WEEKS }, (): number[] => []),
  good: 0,
  last: undefined as TargetPast['last'],
  /** Where the line of the last run that changed something stands. */
  change: undefined as [number, number] | undefined,
})

function count(past: ReturnType<typeof emptyPast>, status: string, seconds: number, daysAgo: number): void {
  if (NO_RUNS.includes(status) || !(daysAgo >= 0 && daysAgo < DAYS)) return
  const day = DAYS - 1 - daysAgo
  const [kind, before] = [status === 'partial' ? 'mixed' : wentWell(status) ? 'good' : 'failed', past.days[day]] as const
  past.days[day] = before === 'none' || before === kind ? kind : 'mixed'
  past.weeks[WEEKS - 1 - Math.floor(daysAgo / 7)]?.push(seconds)
  if (kind === 'good') past.good++
}

/** What days and durations need of a result. */
interface Head {
  readonly at: string
  readonly verb: string
  readonly target: string
  readonly status: string
  readonly seconds: number
  readonly changed: boolean
}

/**
 * How a line about one target begins, as history.sh and result.sh of scripts/lib/records write it. No quotation mark inside a text of
 * JSON is bare, so these are what they seem. Reading all of each line would take most of the time that the page takes.
 */
const HEAD =
  /^\{"run":"[^"\\]*","at":"([^"\\]*)",.*?,"verb":"(\w+)","exit_code":\d+,"results":\[\{"target":"([!#-[\]-~]*)","direction":"\w*","success":\w+,"status":"(\w+)","exit_code":\d+,"message":"(?:[^"\\]|\\.)*","duration":([\d.]+),"changed":(true|false),/
/** Of a line that begins with more, all is read. */
const HEAD_BYTES = 600

function headOf(history: Buffer, from: number, end: number): [Head] | undefined {
  // What is taken from here is ASCII.
  const text = history.toString('latin1', from, Math.min(end, from + HEAD_BYTES))
  const [start, at = '', verb = '', target = '', status = '', seconds, changed] = HEAD.exec(text) ?? []
  if (start === undefined || history.toString('latin1', end - 3, end) !== '}]}') return undefined
  const another = history.indexOf('{"target":"', from + start.length)
  if (another >= 0 && another < end) return undefined
  return [{ at, verb, target, status, seconds: Number(seconds), changed: changed === 'true' }]
}

type Row = Readonly<Record<string, unknown>>

const isRow = (value: unknown): value is Row => typeof value === 'object' && value !== null && !Array.isArray(value)

function parsed(line: string): Row | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return isRow(value) ? value : undefined
  } catch {
    return undefined
  }
}

const resultsIn = (entry: Row | undefined): Row[] =>
  Array.isArray(entry?.['results']) ? entry['results'].filter((each) => isRow(each) && typeof each['target'] === 'string') : []

const headsIn = (entry: Row | undefined): Head[] | undefined =>
  entry &&
  resultsIn(entry).map((result) => ({
    at: text(entry['at']),
    verb: text(entry['verb']),
    target: text(result['target']),
    status: text(result['status']),
    seconds: number(result['duration']),
    changed: result['changed'] === true,
  }))

function runsIn(line: string): Run[] {
  const entry = parsed(line)
  return entry === undefined ? [] : resultsIn(entry).map((result) => runOf(entry, result))
}

function latestIn(history: Buffer): Run[] {
  const latest: Run[] = []
  for (let end = history.length, start: number; end > 0 && latest.length < LATEST; end = start) {
    start = history.lastIndexOf(NEWLINE, end - 1)
    latest.push(
      ...runsIn(history.toString('utf8', start + 1, end))
        .filter(({ status }) => status !== 'skipped')
        .reverse(),
    )
  }
  return latest.slice(0, LATEST)
}

/** Whoever wrote the line, no field is taken to be what it should be. */
const text = (value: unknown): string => (typeof value === 'string' ? value : '')
const number = (value: unknown): number => (typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : 0)
const texts = (value: unknown): string[] => (Array.isArray(value) ? value.map(text) : [])

const runOf = (entry: Row, result: Row): Run => ({
  run: text(entry['run']),
  at: text(entry['at']),
  who: text(entry['who']),
  where: text(entry['where']),
  verb: text(entry['verb']),
  target: text(result['target']),
  status: text(result['status']),
  message: text(result['message']),
  seconds: number(result['duration']),
  created: texts(result['outputs_created']),
  rewritten: texts(result['outputs_changed']),
  removed: texts(result['outputs_removed']),
  backup: text(result['backup']),
  commit: text(result['commit']),
  steps: (Array.isArray(result['steps']) ? result['steps'].filter(isRow) : []).map((step) => ({
    title: text(step['title']),
    status: text(step['status']),
    seconds: number(step['seconds']),
    reason: text(step['reason']),
  })),
})
