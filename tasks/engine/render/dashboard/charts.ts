import { percentiles } from '../history.ts'
import { DAY_KINDS, type DayKind } from './past.ts'

const DAY_WORDS = { failed: 'failed', mixed: 'some failed', good: 'good', none: 'no run' } satisfies Record<DayKind, string>
/** The height of a bar, so that it is told without its colour too. */
const HEIGHTS = { failed: 16, mixed: 13, good: 8, none: 2 } satisfies Record<DayKind, number>
const BAR = 0.72

/** A strip of days for a viewBox of one unit a day, 16 high: one dashed line for each kind. */
export interface Strip {
  readonly label: string
  readonly days: number
  readonly bars: readonly { readonly kind: DayKind; readonly title: string; readonly path: string; readonly height: number }[]
}

/** The strip of days, of which the last is the one that `now` is in. */
export function strip(days: readonly DayKind[], now: Date): Strip {
  const dateOf = (index: number): string => new Date(now.getTime() - (days.length - 1 - index) * 86_400_000).toISOString().slice(0, 10)
  const bars = DAY_KINDS.flatMap((kind) => {
    const found = [...days.keys()].filter((index) => days[index] === kind)
    if (found.length === 0) return []
    const [starts, ends] = [found.filter((index) => days[index - 1] !== kind), found.filter((index) => days[index + 1] !== kind)]
    const dates = kind === 'failed' || kind === 'mixed' ? `: ${found.map(dateOf).join(', ')}` : ''
    const height = HEIGHTS[kind]
    return [{ kind, title: `${DAY_WORDS[kind]} on ${daysText(found.length)}${dates}`, path: dashes(starts, ends, 16 - height / 2), height }]
  })
  return { label: `Last ${days.length} days: ${bars.map(({ title }) => title.split(':')[0]).join(', ')}`, days: days.length, bars }
}

const daysText = (count: number): string => (count === 1 ? '1 day' : `${count} days`)

/** Days in a row are one line; the dash that cuts it into bars begins anew with each. */
const dashes = (starts: readonly number[], ends: readonly number[], y: number): string =>
  starts.map((start, index) => `M${start} ${y}H${((ends[index] ?? start) + BAR).toFixed(2)}`).join('')

/** Lines of percentiles by week, for a viewBox of 120 by 40. */
export interface Durations {
  readonly runs: number
  readonly good: number
  readonly longest: string
  readonly lines: readonly { readonly name: string; readonly word: string; readonly path: string; readonly weeks: string }[]
}

/** How long runs took, by week; undefined where there was none. */
export function durations(weeks: readonly (readonly number[])[], good: number): Durations | undefined {
  const all = weeks.flat()
  if (all.length === 0) return undefined
  const byWeek = weeks.map((seconds) => (seconds.length === 0 ? undefined : percentiles(seconds)))
  const top = Math.max(0.1, ...byWeek.map((week) => week?.p99 ?? 0))
  const whole = percentiles(all)
  const lines = (['p50', 'p95', 'p99'] as const).map((name) => {
    const points = byWeek.map((week, index): string | undefined =>
      week === undefined ? undefined : `${short(5 + (index * 110) / (weeks.length - 1))} ${short(38 - (36 * week[name]) / top)}`,
    )
    const path = points.map((point, index) => (point === undefined ? '' : points[index - 1] === undefined ? `M${point}h.01` : `L${point}`))
    const words = byWeek.map((week) => (week === undefined ? 'none' : duration(week[name])))
    return { name, word: `${name.toUpperCase()} ${duration(whole[name])}`, path: path.join(''), weeks: words.join(', ') }
  })
  return { runs: all.length, good, longest: duration(top), lines }
}

const short = (value: number): number => Math.round(value * 10) / 10

/** Seconds as a person says them. */
export function duration(seconds: number): string {
  if (seconds < 90) return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`
  return `${(seconds / 3600).toFixed(1)} h`
}
