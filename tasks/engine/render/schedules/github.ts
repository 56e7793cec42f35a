import { ConfigError } from '../../config/problem.ts'
import type { Target } from '../../config/schema.ts'

/** An entry below `on.schedule`. */
export interface Schedule {
  readonly cron: string
  readonly timezone?: string
}

/**
 * When GitHub runs each target that has a schedule, by its name. A run is told the cron expression that fired and not
 * its zone, so the same one in two zones is spelled in two ways.
 *
 * @throws ConfigError when there are more zones than spellings.
 */
export function githubSchedules(targets: readonly Target[], offTheHour: boolean): Map<string, Schedule> {
  const zones = new Map<string, string>()
  const schedules = new Map<string, Schedule>()
  for (const { name, schedule, timezone = 'UTC' } of targets) {
    if (schedule === undefined) continue
    const written = schedule.trim().replace(/\s+/g, ' ')
    const cron = spellings(offTheHour ? offMinute0(written) : written).find((each) => (zones.get(each) ?? timezone) === timezone)
    if (cron === undefined)
      throw new ConfigError(
        `${name}: too many time zones have the schedule "${written}" for GitHub to tell them apart; move one by a minute`,
      )
    zones.set(cron, timezone)
    schedules.set(name, { cron, ...(/^utc$/i.test(timezone) ? {} : { timezone }) })
  }
  return schedules
}

/** The same times in other words. Days and weekdays stay as they are: whether they are "*" has a meaning of its own. */
function spellings(cron: string): string[] {
  const [minute = '', hour = '', day = '', month = '', weekday = ''] = cron.split(' ')
  const minutes = [minute, respelled(minute, '0-59')]
  const hours = [hour, respelled(hour, '0-23')]
  const months = [month, respelled(month, '1-12')]
  return minutes.flatMap((m) => hours.flatMap((h) => months.map((n) => [m, h, day, n, weekday].join(' '))))
}

/** "*" as the range that it is, a number as a range of one, a range with a step of one; else the field itself. */
function respelled(field: string, all: string): string {
  const [first = '', ...others] = field.split(',')
  const word = /^\w+$/.test(first) ? `${first}-${first}` : /^\w+-\w+$/.test(first) ? `${first}/1` : first.replace('*', all)
  return [word, ...others].join(',')
}

/** A minute from 5 to 54 that depends on nothing but the expression. */
function offMinute0(cron: string): string {
  const [minute, ...others] = cron.split(' ')
  if (minute === undefined || Number(minute) !== 0) return cron
  const sum = [...others.join(' ')].reduce((all, character) => (all * 31 + character.charCodeAt(0)) % 50, 0)
  return [sum + 5, ...others].join(' ')
}
