import { nextRun, scheduleInWords } from '../../config/cron.ts'
import type { Target } from '../../config/schema.ts'
import { type Durations, durations, type Strip, strip } from './charts.ts'
import { DAYS, type DayKind, type Past, type Run } from './past.ts'
import { type Box, type Picture, picture } from './picture.ts'
import { type RunView, runView } from './run-view.ts'
import { isOverdue, type State, type Tone, toneOf } from './states.ts'
import { firstLine, spaced, type Time, timeOf, timeOr } from './words.ts'

/** All that the page is made from. */
export interface Records {
  /** What the page is called: the folder of the root. */
  readonly name: string
  readonly now: Date
  /** Is it served, and follows what happens? */
  readonly live: boolean
  readonly targets: readonly Pick<Target, 'name' | 'description' | 'direction' | 'schedule' | 'timezone' | 'depends_on'>[]
  readonly states: ReadonlyMap<string, State>
  /** Why the states are from the records alone; undefined where `status` told them. */
  readonly unasked: string | undefined
  readonly past: Past
  readonly stores: ReadonlyMap<string, Store>
  /** The end of the log of a run, for the latest. */
  readonly logOf: (run: Run) => string
  /** What a run changed, as text; empty where nothing tells it. */
  readonly diffOf: (run: Run) => string
}

/** The backups of a target. Times are UTC, ISO 8601. */
export interface Store {
  readonly count: number
  readonly newest: string | undefined
  readonly reason: string
  readonly checked: { readonly at: string; readonly by: string } | undefined
}

interface TargetView {
  readonly name: string
  readonly description: string
  readonly direction: string
  readonly word: string
  readonly tone: Tone
  readonly reasons: readonly string[]
  readonly schedule: string
  readonly next: Time | undefined
  readonly last: Time | undefined
  readonly lastStatus: string
  /** Is it overdue, and its state says something louder? */
  readonly overdue: boolean
  readonly strip: Strip
  readonly durations: Durations | undefined
  readonly change: (Time & { readonly what: string }) | undefined
  readonly needs: string
}

interface BoxView extends Box {
  readonly word: string
  readonly tone: Tone
  readonly textX: number
  readonly nameY: number
  readonly wordY: number
}

/** What the templates show. */
export interface View extends Pick<Records, 'name' | 'live' | 'unasked'> {
  readonly made: Time
  readonly headline: string
  readonly counts: readonly { readonly state: string; readonly word: string; readonly tone: Tone; readonly count: number }[]
  readonly looks: readonly TargetView[]
  readonly targets: readonly TargetView[]
  readonly runs: readonly RunView[]
  readonly picture: (Picture & { readonly boxes: readonly BoxView[] }) | undefined
  readonly pictureNote: string
  readonly stores: readonly {
    readonly name: string
    readonly count: number
    readonly newest: Time | undefined
    readonly reason: string
    readonly checked: Time | undefined
    readonly by: string
  }[]
  readonly broken: string
}

const EMPTY: readonly DayKind[] = Array(DAYS).fill('none')

/** The page as data; no clock is read, nothing is escaped yet. */
export function viewOf(records: Records): View {
  const targets = records.targets.map((target) => targetView(target, records))
  const looks = targets.filter(({ tone, overdue }) => tone === 'bad' || tone === 'look' || overdue)
  const drawn = picture(records.targets)
  const byName = new Map(targets.map((target) => [target.name, target]))
  const words = [...new Set(targets.map(({ word }) => word))]
  return {
    name: records.name,
    live: records.live,
    unasked: records.unasked,
    made: timeOf(records.now.toISOString()),
    headline: headline(targets.length, looks.length),
    counts: words
      .map((word) => ({
        state: word,
        word: spaced(word),
        tone: toneOf(word.replaceAll(' ', '_')),
        count: targets.filter((each) => each.word === word).length,
      }))
      .toSorted((one, other) => LOUDEST.indexOf(one.tone) - LOUDEST.indexOf(other.tone)),
    looks: looks.toSorted((one, other) => LOUDEST.indexOf(one.tone) - LOUDEST.indexOf(other.tone)),
    targets,
    runs: records.past.latest.map((run) => runView(run, records.logOf(run), records.diffOf(run))),
    picture:
      typeof drawn === 'object' ? { ...drawn, boxes: drawn.boxes.map((box) => boxView(box, byName.get(box.name) ?? UNKNOWN)) } : undefined,
    pictureNote:
      drawn === 'too many'
        ? 'More depends on each other than a picture can show; the verb graph lists it.'
        : 'No target depends on another.',
    stores: records.targets.flatMap(({ name }) => {
      const store = records.stores.get(name)
      return store
        ? [{ ...store, name, newest: timeOr(store.newest), checked: timeOr(store.checked?.at), by: CHECKS[store.checked?.by ?? ''] ?? '' }]
        : []
    }),
    broken: brokenText(records.past.broken),
  }
}

const boxView = (box: Box, { word, tone }: { readonly word: string; readonly tone: Tone }): BoxView => ({
  ...box,
  word,
  tone,
  textX: box.x + 16,
  nameY: box.y + 19,
  wordY: box.y + 34,
})

const LOUDEST: readonly Tone[] = ['bad', 'look', 'quiet', 'good']
const UNKNOWN = { word: 'unknown', tone: 'quiet' } as const
const CHECKS: Readonly<Record<string, string>> = { sizes: 'sizes', read: 'every byte' }

const headline = (all: number, look: number): string =>
  look === 0 ? 'Nothing needs a look' : `${look} of ${all} ${all === 1 ? 'target' : 'targets'} ${look === 1 ? 'needs' : 'need'} a look`

/** What is said of lines that cannot be read, a few by number; empty where there are none. */
const brokenText = (lines: readonly number[]): string =>
  lines.length === 0
    ? ''
    : `history.jsonl: ${lines.length === 1 ? 'a line' : `${lines.length} lines`} cannot be read and ${lines.length === 1 ? 'is' : 'are'} left out: ${lines.slice(0, 5).join(', ')}${lines.length > 5 ? ', …' : ''}`

function targetView(target: Records['targets'][number], { now, states, past }: Records): TargetView {
  const { name, description, direction, schedule, timezone, depends_on } = target
  const state = states.get(name) ?? { word: 'unknown', reasons: [], lastRun: undefined, lastStatus: undefined }
  const its = past.targets.get(name)
  return {
    name,
    description,
    direction: direction ?? '',
    word: spaced(state.word),
    tone: toneOf(state.word),
    reasons: state.reasons,
    schedule: schedule === undefined ? '' : scheduleInWords(schedule, timezone),
    next: schedule === undefined ? undefined : timeOf(nextRun(schedule, timezone, now).toISOString()),
    last: timeOr(state.lastRun),
    lastStatus: spaced(state.lastStatus ?? ''),
    overdue: !['ok', 'overdue', 'running', 'held'].includes(state.word) && isOverdue(target, state.lastRun, now),
    strip: strip(its?.days ?? EMPTY, now),
    durations: its && durations(its.weeks, its.good),
    change: its?.change && { ...timeOf(its.change.at), what: firstLine(its.change.message) },
    needs: depends_on.join(', '),
  }
}
