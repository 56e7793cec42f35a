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
  readonly steps: readonly { readonly title: string; readonly status: string; readonly seconds: number; readonly reason: string }[]
}

export interface Past {
  readonly targets: ReadonlyMap<string, TargetPast>
  /** The newest first. */
  readonly latest: readonly Run[]
  /** The numbers of the lines that cannot be read. */
  readonly broken: readonly number[]
}

/** What lines of history.jsonl tell of the time before `now`. Syncs count for the days and durations, all verbs are among the latest. */
export function pastOf(lines: readonly string[], now: Date): Past {
  const today = dayOf(now.getTime())
  const targets = new Map<string, ReturnType<typeof emptyPast>>()
  const broken: number[] = []
  let latest: (readonly [Row, Row])[] = []
  for (const [index, line] of lines.entries()) {
    if (line === '') continue
    const entry = parsed(line)
    if (entry === undefined) broken.push(index + 1)
    if (!Array.isArray(entry?.['results'])) continue
    const daysAgo = today - dayOf(Date.parse(text(entry['at'])))
    for (const result of entry['results'] as unknown[]) {
      if (!isRow(result) || typeof result['target'] !== 'string') continue
      if (result['status'] !== 'skipped') latest.push([entry, result])
      const past = targets.get(result['target']) ?? emptyPast()
      targets.set(result['target'], past)
      if (result['changed'] === true) past.change = [entry, result]
      if (entry['verb'] === 'sync') count(past, text(result['status']), Number(result['duration']), daysAgo)
    }
    if (latest.length > 20 * LATEST) latest = latest.slice(-LATEST)
  }
  return {
    targets: new Map([...targets].map(([name, { change, ...past }]) => [name, { ...past, change: change && runOf(...change) }])),
    latest: latest
      .slice(-LATEST)
      .reverse()
      .map(([entry, result]) => runOf(entry, result)),
    broken,
  }
}

const dayOf = (milliseconds: number): number => Math.floor(milliseconds / DAY_MILLISECONDS)

const emptyPast = () => ({
  days: Array<DayKind>(DAYS).fill('none'),
  weeks: Array.from({ length: WEEKS }, (): number[] => []),
  good: 0,
  change: undefined as readonly [Row, Row] | undefined,
})

function count(past: ReturnType<typeof emptyPast>, status: string, seconds: number, daysAgo: number): void {
  if (NO_RUNS.includes(status) || !(daysAgo >= 0 && daysAgo < DAYS)) return
  const day = DAYS - 1 - daysAgo
  const [kind, before] = [status === 'partial' ? 'mixed' : wentWell(status) ? 'good' : 'failed', past.days[day]] as const
  past.days[day] = before === 'none' || before === kind ? kind : 'mixed'
  past.weeks[WEEKS - 1 - Math.floor(daysAgo / 7)]?.push(Number.isFinite(seconds) ? seconds : 0)
  if (kind === 'good') past.good++
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
  steps: (Array.isArray(result['steps']) ? result['steps'].filter(isRow) : []).map((step) => ({
    title: text(step['title']),
    status: text(step['status']),
    seconds: number(step['seconds']),
    reason: text(step['reason']),
  })),
})
