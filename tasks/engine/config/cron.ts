import { CronExpressionParser } from 'cron-parser'

const RANGE = '(\\*|[0-9]+|[A-Za-z]{3})(-([0-9]+|[A-Za-z]{3}))?(/[0-9]+)?'
const FIELD = new RegExp(`^${RANGE}(,${RANGE})*$`)

/** What is wrong with a schedule, or undefined. Five fields, as cron and GitHub Actions have them. */
export function scheduleProblem(schedule: string, timezone: string | undefined): string | undefined {
  if (schedule.trim().split(/\s+/).length !== 5) return 'a cron expression has 5 fields: minute hour day month weekday'
  // cron-parser takes more than cron and GitHub do: H, ?, L, #.
  const strange = schedule
    .trim()
    .split(/\s+/)
    .find((field) => !FIELD.test(field))
  if (strange !== undefined) return `not a cron expression: "${strange}"`
  try {
    nextRun(schedule, timezone, new Date(0))
    return undefined
  } catch (error) {
    return `not a cron expression: ${(error as Error).message}`
  }
}

/** The next time after `now`; throws if there is none. */
export function nextRun(schedule: string, timezone: string | undefined, now: Date): Date {
  return CronExpressionParser.parse(schedule, { currentDate: now, tz: timezone ?? 'UTC' })
    .next()
    .toDate()
}

const DAY = 86_400
const FIRST_DAY = Date.UTC(2024, 0, 1)

/** The longest time between two runs, in seconds: over eight years, because there may be one run a leap year. */
export function longestGapSeconds(schedule: string, timezone: string | undefined): number {
  const { minute, hour, dayOfMonth, month, dayOfWeek } = CronExpressionParser.parse(schedule).fields
  const numbers = (values: readonly (number | string)[]): Set<number> => new Set(values.map(Number))
  const times = [...numbers(hour.values)]
    .flatMap((at) => [...numbers(minute.values)].map((past) => at * 3600 + past * 60))
    .sort((a, b) => a - b)
  const [days, months, weekdays] = [numbers(dayOfMonth.values), numbers(month.values), numbers(dayOfWeek.values)]
  const runsOn = (day: Date): boolean => {
    const [inMonth, inWeek] = [days.has(day.getUTCDate()), weekdays.has(day.getUTCDay())]
    // As cron has it: of two restrictions one is enough.
    return months.has(day.getUTCMonth() + 1) && (dayOfMonth.isWildcard || dayOfWeek.isWildcard ? inMonth && inWeek : inMonth || inWeek)
  }
  const runDays = Array.from({ length: 8 * 366 }, (_, index) => index).filter((index) => runsOn(new Date(FIRST_DAY + index * DAY * 1000)))
  const [first = 0, last = 0] = [times[0], times.at(-1)]
  const gaps = [...differences(times), ...differences(runDays).map((apart) => apart * DAY + first - last)]
  // Clocks that change put an hour between two runs.
  return Math.max(0, ...gaps) + (timezone === undefined || timezone === 'UTC' ? 0 : 3600)
}

const differences = (values: readonly number[]): number[] => values.slice(1).map((value, index) => value - (values[index] ?? 0))

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday']

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
  if (day === '*' && month === '*' && /^[0-7]$/.test(weekday)) return `${DAYS[Number(weekday)]}s ${time}`
  if (/^\d+$/.test(day) && month === '*' && weekday === '*') return `monthly on day ${day} ${time}`
  return `${schedule} ${zone}`
}
