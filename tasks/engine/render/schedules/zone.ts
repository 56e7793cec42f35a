import type { CronTimes } from '../../config/cron.ts'

/** The name of a time zone as the IANA writes it; undefined for one without, such as +08:00. Node takes names in any case. */
export function zoneName(zone: string): string | undefined {
  if (/^(etc\/)?utc$/i.test(zone)) return 'UTC'
  const known = Intl.supportedValuesOf('timeZone').find((each) => each.toLowerCase() === zone.toLowerCase())
  return known ?? (/^[A-Z][A-Za-z_]*(\/[A-Za-z0-9_+-]+)*$/.test(zone) ? zone : undefined)
}

/**
 * The same moments in the words of another zone; several where they spread over midnight. Undefined where no cron expression
 * says them all year: the clocks of a zone change in the year after `now`, or a run moves into another month.
 */
export function inZone(times: CronTimes, from: string, to: string, now: Date): CronTimes[] | undefined {
  if (from === to) return [times]
  const [one, other] = [fixedOffset(from, now), fixedOffset(to, now)]
  return one === undefined || other === undefined ? undefined : shifted(times, other - one)
}

const DAY = 1440

/** Minutes ahead of UTC, if they are the same all the year. */
function fixedOffset(zone: string, now: Date): number | undefined {
  const format = new Intl.DateTimeFormat('en', { timeZone: zone, timeZoneName: 'longOffset' })
  const offsets = new Set(
    Array.from({ length: 367 }, (_, day) => {
      const name = format.formatToParts(now.getTime() + day * DAY * 60_000).find(({ type }) => type === 'timeZoneName')?.value ?? ''
      const [, sign, hours, minutes] = /^GMT([+-])(\d+):(\d+)/.exec(name) ?? []
      return (sign === '-' ? -1 : 1) * (Number(hours ?? 0) * 60 + Number(minutes ?? 0))
    }),
  )
  const [offset] = offsets
  return offsets.size === 1 ? offset : undefined
}

function shifted(times: CronTimes, by: number): CronTimes[] | undefined {
  const everyDay = times.days === undefined && times.weekdays === undefined && times.months.length === 12
  const moments = times.hours
    .flatMap((hour) => times.minutes.map((minute) => hour * 60 + minute + by))
    .map((moment) => (everyDay ? modulo(moment, DAY) : moment))
    .sort((a, b) => a - b)
  const minutesOf = groups(moments, (moment) => Math.floor(moment / 60)).map(([hour, all]) => ({
    hour: modulo(hour, 24),
    day: Math.floor(hour / 24),
    minutes: all.map((moment) => modulo(moment, 60)),
  }))
  const alike = groups(minutesOf, ({ day, minutes }) => `${day} ${minutes}`)
  const found = alike.map(([, [first, ...others]]) => {
    const days = shiftedDays(times, first.day)
    return days && { ...days, minutes: first.minutes, hours: [first, ...others].map(({ hour }) => hour) }
  })
  return found.every((each) => each !== undefined) ? found : undefined
}

const modulo = (value: number, by: number): number => ((value % by) + by) % by

function groups<T, Key>(all: readonly T[], keyOf: (each: T) => Key): [Key, [T, ...T[]]][] {
  const found = new Map<Key, [T, ...T[]]>()
  for (const each of all) {
    const group = found.get(keyOf(each))
    if (group) group.push(each)
    else found.set(keyOf(each), [each])
  }
  return [...found]
}

/** The days that are so many later. Only the first 28 are in each month. */
function shiftedDays({ days, months, weekdays }: CronTimes, by: number): Pick<CronTimes, 'days' | 'months' | 'weekdays'> | undefined {
  if (by === 0) return { days, months, weekdays }
  const inEachMonth = (day: number): boolean => day >= 1 && day <= 28
  if (days?.some((day) => !inEachMonth(day) || !inEachMonth(day + by))) return undefined
  if (months.length < 12 && (days === undefined || weekdays !== undefined)) return undefined
  return { days: days?.map((day) => day + by), months, weekdays: weekdays?.map((day) => modulo(day + by, 7)).sort() }
}
