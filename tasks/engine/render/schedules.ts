import type { Target } from '../config/schema.ts'

/** An entry below `on.schedule`. */
export interface Schedule {
  readonly cron: string
  readonly timezone?: string
}

/**
 * When GitHub runs each target that has a schedule, by its name. A run is told the cron expression that fired and not
 * its zone, so the same one in two zones is spelled in two ways.
 */
export function githubSchedules(targets: readonly Target[], offTheHour: boolean): Map<string, Schedule> {
  const zones = new Map<string, string>()
  const schedules = new Map<string, Schedule>()
  for (const { name, schedule, timezone = 'UTC' } of targets) {
    if (schedule === undefined) continue
    const written = schedule.trim().replace(/\s+/g, ' ')
    const cron = offTheHour ? offMinute0(written) : written
    let spelling = 0
    while ((zones.get(respelled(cron, spelling)) ?? timezone) !== timezone) spelling += 1
    zones.set(respelled(cron, spelling), timezone)
    schedules.set(name, { cron: respelled(cron, spelling), ...(/^utc$/i.test(timezone) ? {} : { timezone }) })
  }
  return schedules
}

/** The same times in other words: every month is 1-12, and what stands twice in a list counts once. */
function respelled(cron: string, spelling: number): string {
  const [minute, hour, day, month, weekday] = cron.split(' ')
  const months = spelling === 0 ? month : Array(spelling + (month === '*' ? 0 : 1)).fill(month === '*' ? '1-12' : month)
  return [minute, hour, day, months, weekday].join(' ')
}

/** A minute from 5 to 54 that depends on nothing but the expression. */
function offMinute0(cron: string): string {
  const [minute, ...others] = cron.split(' ')
  if (minute === undefined || Number(minute) !== 0) return cron
  const sum = [...others.join(' ')].reduce((all, character) => (all * 31 + character.charCodeAt(0)) % 50, 0)
  return [sum + 5, ...others].join(' ')
}
