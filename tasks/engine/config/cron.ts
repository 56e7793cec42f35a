import { CronExpressionParser } from 'cron-parser'
import { didYouMean } from '../nearest.ts'

const MONTHS = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December']
const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']
const short = (names: readonly string[]): string[] => names.map((name) => name.slice(0, 3).toUpperCase())

interface Field {
  readonly name: string
  readonly lowest: number
  readonly highest: number
  /** What may stand for the numbers from the lowest. */
  readonly words: readonly string[]
}

const FIELDS: readonly Field[] = [
  { name: 'minute', lowest: 0, highest: 59, words: [] },
  { name: 'hour', lowest: 0, highest: 23, words: [] },
  { name: 'day', lowest: 1, highest: 31, words: [] },
  { name: 'month', lowest: 1, highest: 12, words: short(MONTHS) },
  { name: 'weekday', lowest: 0, highest: 7, words: short(DAYS) },
]

/** What is wrong with a schedule, or undefined. Five fields, as cron and GitHub Actions have them: cron-parser takes more, such as H and L. */
export function scheduleProblem(schedule: string): string | undefined {
  const texts = schedule.trim().split(/\s+/)
  if (texts.length !== FIELDS.length) return 'must have 5 fields: minute hour day month weekday'
  const problem = FIELDS.map((field, index) => fieldProblem(field, texts[index] ?? '')).find((each) => each !== undefined)
  if (problem !== undefined) return problem
  try {
    nextRun(schedule, undefined, new Date(0))
    return undefined
  } catch (error) {
    const [day = '', month = ''] = texts.slice(2)
    return /^\d+$/.test(day) ? `never comes: there is no ${day} ${monthsIn(month)}` : `not a cron expression: ${(error as Error).message}`
  }
}

function fieldProblem({ name, lowest, highest, words }: Field, text: string): string | undefined {
  for (const part of text.split(',')) {
    const [, from = '', to, step] = /^(\*|[0-9]+|[A-Za-z]{3})(?:-([0-9]+|[A-Za-z]{3}))?(?:\/([0-9]+))?$/.exec(part) ?? []
    const numbers = [from, ...(to === undefined ? [] : [to])].filter((each) => each !== '*').map((each) => numberOf(each, lowest, words))
    if (from === '' || (from === '*' && to !== undefined) || numbers.includes(undefined)) return `${name} "${part}" is not understood`
    const odd = numbers.find((number) => Number(number) < lowest || Number(number) > highest)
    if (odd !== undefined) return `${name} ${odd}: ${name}s go from ${lowest} to ${highest}`
    if (numbers.length === 2 && Number(numbers[0]) > Number(numbers[1])) return `${name} "${part}" goes backwards`
    if (step !== undefined && Number(step) === 0) return `${name} "${part}": a step is at least 1`
  }
  return undefined
}

/** The number of a word or of digits, undefined for another word. */
function numberOf(text: string, lowest: number, words: readonly string[]): number | undefined {
  if (/^\d/.test(text)) return Number(text)
  const index = words.indexOf(text.toUpperCase())
  return index < 0 ? undefined : lowest + index
}

/** The months of a field in words where they are a plain list, else as it is written. */
const monthsIn = (field: string): string =>
  field
    .split(',')
    .map((each) => MONTHS[(numberOf(each, 1, short(MONTHS)) ?? 0) - 1] ?? `in month ${each}`)
    .join(' or ')

/** What is wrong with the name of a time zone, or undefined. */
export function timezoneProblem(zone: string): string | undefined {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone })
    return undefined
  } catch {
    const known = Intl.supportedValuesOf('timeZone')
    const city = known.find((each) => each.toLowerCase().endsWith(`/${zone.toLowerCase()}`))
    const hint = city === undefined ? didYouMean(zone, known) : `; did you mean "${city}"?`
    return `unknown time zone "${zone}"${hint || '; its name is one such as Europe/Rome'}`
  }
}

/** The next time after `now`; throws if there is none. */
export function nextRun(schedule: string, timezone: string | undefined, now: Date): Date {
  return (
    ((timezone ?? 'UTC') === 'UTC' ? nextInUtc(cronTimes(schedule), now) : undefined) ??
    CronExpressionParser.parse(schedule, { currentDate: now, tz: timezone ?? 'UTC' })
      .next()
      .toDate()
  )
}

/** Where no clock changes the days can be counted, which takes a tenth of the time; undefined where none within eight years is found. */
function nextInUtc({ minutes, hours, ...days }: CronTimes, now: Date): Date | undefined {
  const from = new Date(now)
  const midnight = from.setUTCHours(0, 0, 0, 0)
  for (let index = 0; index < 8 * 366; index++) {
    const day = new Date(midnight + index * DAY * 1000)
    if (!runsOn(days, day.getUTCDate(), day.getUTCMonth() + 1, day.getUTCDay())) continue
    for (const hour of hours) {
      for (const minute of minutes) {
        const at = day.getTime() + (hour * 60 + minute) * 60_000
        if (at > now.getTime()) return new Date(at)
      }
    }
  }
  return undefined
}

/** As cron has it: of two restrictions one is enough. */
const runsOn = (
  { days, months, weekdays }: Omit<CronTimes, 'minutes' | 'hours'>,
  date: number,
  month: number,
  weekday: number,
): boolean => {
  if (!months.includes(month)) return false
  if (days === undefined || weekdays === undefined) return (days?.includes(date) ?? true) && (weekdays?.includes(weekday) ?? true)
  return days.includes(date) || weekdays.includes(weekday)
}

/** When a schedule fires, in its own time zone: its fields as sorted numbers, without names, steps and ranges. */
export interface CronTimes {
  readonly minutes: readonly number[]
  readonly hours: readonly number[]
  /** Of the month; undefined for "*". With weekdays too, one of both is enough. */
  readonly days: readonly number[] | undefined
  readonly months: readonly number[]
  /** From 0, a Sunday, to 6; undefined for "*". */
  readonly weekdays: readonly number[] | undefined
}

const timesOf = new Map<string, CronTimes>()

/** The fields of a schedule that scheduleProblem has nothing to say of. To parse one takes longer than all else that is done with it. */
export function cronTimes(schedule: string): CronTimes {
  const known = timesOf.get(schedule) ?? parsedTimes(schedule)
  timesOf.set(schedule, known)
  return known
}

function parsedTimes(schedule: string): CronTimes {
  const { minute, hour, dayOfMonth, month, dayOfWeek } = CronExpressionParser.parse(schedule).fields
  const numbers = (values: readonly (number | string)[]): number[] => values.map(Number)
  return {
    minutes: numbers(minute.values),
    hours: numbers(hour.values),
    days: dayOfMonth.isWildcard ? undefined : numbers(dayOfMonth.values),
    months: numbers(month.values),
    weekdays: dayOfWeek.isWildcard ? undefined : [...new Set(numbers(dayOfWeek.values).map((day) => day % 7))].sort(),
  }
}

const DAY = 86_400
const FIRST_DAY = Date.UTC(2024, 0, 1)

/** Eight years of days, because there may be one run a leap year. */
const CALENDAR = Array.from({ length: 8 * 366 }, (_, index) => {
  const day = new Date(FIRST_DAY + index * DAY * 1000)
  return { index, date: day.getUTCDate(), month: day.getUTCMonth() + 1, weekday: day.getUTCDay() }
})

/** The longest time between two runs, in seconds. */
export function longestGapSeconds(schedule: string, timezone: string | undefined): number {
  const { minutes, hours, ...days } = cronTimes(schedule)
  const times = hours.flatMap((at) => minutes.map((past) => at * 3600 + past * 60)).sort((a, b) => a - b)
  // Where every day is one to run, two of them tell.
  const everyDay = days.days === undefined && days.weekdays === undefined && days.months.length === 12
  const runDays = (everyDay ? CALENDAR.slice(0, 2) : CALENDAR)
    .filter(({ date, month, weekday }) => runsOn(days, date, month, weekday))
    .map(({ index }) => index)
  const [first = 0, last = 0] = [times[0], times.at(-1)]
  const gaps = [...differences(times), ...differences(runDays).map((apart) => apart * DAY + first - last)]
  // Clocks that change put an hour between two runs.
  return Math.max(0, ...gaps) + (timezone === undefined || timezone === 'UTC' ? 0 : 3600)
}

const differences = (values: readonly number[]): number[] => values.slice(1).map((value, index) => value - (values[index] ?? 0))

/** A schedule in words where it is one of the usual ones, else the cron expression itself. */
export function scheduleInWords(schedule: string, timezone: string | undefined): string {
  const [minute = '', hour = '', day = '', month = '', weekday = ''] = schedule.trim().split(/\s+/)
  const zone = timezone ?? 'UTC'
  const everyDay = day === '*' && month === '*' && weekday === '*'
  if (everyDay && minute === '*' && hour === '*') return 'every minute'
  const minutes = /^\*\/(\d+)$/.exec(minute)
  if (everyDay && minutes && hour === '*') return `every ${minutes[1]} minutes`
  if (!/^\d+$/.test(minute)) return `${schedule} ${zone}`
  const hours = /^\*\/(\d+)$/.exec(hour)
  if (everyDay && hours) return `every ${hours[1]} hours at minute ${minute}`
  if (everyDay && hour === '*') return `hourly at minute ${minute}`
  if (!/^\d+$/.test(hour)) return `${schedule} ${zone}`
  const time = `at ${hour.padStart(2, '0')}:${minute.padStart(2, '0')} ${zone}`
  if (everyDay) return `daily ${time}`
  if (day === '*' && month === '*' && /^[0-7]$/.test(weekday)) return `${DAYS[Number(weekday) % 7]}s ${time}`
  if (/^\d+$/.test(day) && month === '*' && weekday === '*') return `monthly on day ${day} ${time}`
  return `${schedule} ${zone}`
}
