import { CronExpressionParser } from 'cron-parser'
import { describe, expect, it } from 'vitest'
import { longestGapSeconds, nextRun, scheduleInWords, scheduleProblem } from '../../../tasks/engine/config/cron.ts'

describe('scheduleProblem', () => {
  it.each([
    '* * * * *',
    '*/5 * * * *',
    '0 2 * * *',
    '  0  2 * * 1-5 ',
    '0 0 1,15 JAN MON',
    '0 0 29 2 *',
    '0 0 31 2 1',
    '0 0 * * 7',
    '0 0 * * mon-fri',
  ])('finds nothing in %j', (schedule) => expect(scheduleProblem(schedule)).toBeUndefined())

  it.each(['', '*', '* * * *', '0 0 3 * * *', '@daily'])('misses five fields in %j', (schedule) => {
    expect(scheduleProblem(schedule)).toBe('must have 5 fields: minute hour day month weekday')
  })

  it.each([
    ['0 0 31 2 *', 'never comes: there is no 31 February'],
    ['0 0 30 feb *', 'never comes: there is no 30 February'],
    ['0 0 31 4,6 *', 'never comes: there is no 31 April or June'],
    ['60 0 * * *', 'minute 60: minutes go from 0 to 59'],
    ['0 25 * * *', 'hour 25: hours go from 0 to 23'],
    ['0 0 0 * *', 'day 0: days go from 1 to 31'],
    ['0 0 * 13 *', 'month 13: months go from 1 to 12'],
    ['0 0 * * 1-8', 'weekday 8: weekdays go from 0 to 7'],
    ['*/0 * * * *', 'minute "*/0": a step is at least 1'],
    ['5-1 * * * *', 'minute "5-1" goes backwards'],
    ['0 0 * * FRI-MON', 'weekday "FRI-MON" goes backwards'],
    ['a b c d e', 'minute "a" is not understood'],
    ['$(x) * * * *', 'minute "$(x)" is not understood'],
  ])('refuses %j', (schedule, problem) => expect(scheduleProblem(schedule)).toBe(problem))

  it.each(['H H * * *', '? ? * * *', '0 0 L * *', '0 0 * * 1#2', '0 0 * * 5L'])(
    'refuses %j, which cron and GitHub Actions do not know',
    (schedule) => expect(scheduleProblem(schedule)).toMatch(/ is not understood$/),
  )
})

describe('nextRun', () => {
  it.each([
    ['0 2 * * *', undefined, '2026-01-01T00:00:00Z', '2026-01-01T02:00:00Z'],
    ['0 2 * * *', undefined, '2026-01-01T02:00:00Z', '2026-01-02T02:00:00Z'],
    ['0 2 * * *', 'Europe/Rome', '2026-01-01T00:00:00Z', '2026-01-01T01:00:00Z'],
    ['0 2 * * *', 'Europe/Rome', '2026-07-01T12:00:00Z', '2026-07-02T00:00:00Z'],
    ['0 0 29 2 *', undefined, '2026-01-01T00:00:00Z', '2028-02-29T00:00:00Z'],
  ])('of %s in zone %s after %s is %s', (schedule, timezone, now, wanted) => {
    expect(nextRun(schedule, timezone, new Date(now))).toEqual(new Date(wanted))
  })
})

describe('scheduleInWords', () => {
  it.each([
    ['* * * * *', undefined, 'every minute'],
    ['*/15 * * * *', undefined, 'every 15 minutes'],
    ['5 * * * *', undefined, 'hourly at minute 5'],
    ['0 */6 * * *', undefined, 'every 6 hours at minute 0'],
    ['0 2 * * *', undefined, 'daily at 02:00 UTC'],
    ['30 14 * * *', 'Europe/Rome', 'daily at 14:30 Europe/Rome'],
    ['0 2 * * 0', undefined, 'Sundays at 02:00 UTC'],
    ['0 2 * * 7', undefined, 'Sundays at 02:00 UTC'],
    ['5 9 1 * *', undefined, 'monthly on day 1 at 09:05 UTC'],
    ['0 2 1 1 *', undefined, '0 2 1 1 * UTC'],
    ['0 2 1 * 1', undefined, '0 2 1 * 1 UTC'],
    ['0 2,4 * * *', undefined, '0 2,4 * * * UTC'],
    ['1-5 2 * * *', 'Europe/Rome', '1-5 2 * * * Europe/Rome'],
  ])('says %s in zone %s as %j', (schedule, timezone, words) => {
    expect(scheduleInWords(schedule, timezone)).toBe(words)
  })
})

describe('longestGapSeconds', () => {
  it.each([
    ['* * * * *', 60],
    ['*/15 * * * *', 900],
    ['0 2 * * *', 86_400],
    ['0 */6 * * *', 21_600],
    ['0 5 * * 0', 7 * 86_400],
    ['0 5 * * 7', 7 * 86_400],
    ['0 1 1 * *', 31 * 86_400],
    ['0 9-17 * * 1-5', 64 * 3600],
    ['0 0 29 2 *', 1461 * 86_400],
    ['0 0 13 * 5', 7 * 86_400],
  ])('of %j is %i', (schedule, seconds) => {
    expect(longestGapSeconds(schedule, undefined)).toBe(seconds)
    expect(longestGapSeconds(schedule, 'Europe/Rome')).toBe(seconds + 3600)
  })

  it('is never less than a gap that cron has', () => {
    for (const schedule of ['17 3,4 * * 2,5', '*/7 8-10 1,15 * *', '0 0 31 * *', '5 4 1-7 * 1', '1,59 */5 * 2-4 *']) {
      let at = new Date(Date.UTC(2025, 0, 1))
      for (let count = 0; count < 200; count++) {
        const next = nextRun(schedule, undefined, at)
        if (count > 0) expect((next.getTime() - at.getTime()) / 1000, schedule).toBeLessThanOrEqual(longestGapSeconds(schedule, undefined))
        at = next
      }
    }
  })
})

describe('nextRun', () => {
  it('counts in UTC as cron-parser does', () => {
    const schedules = ['*/7 8-10 1,15 * *', '0 0 31 * *', '5 4 1-7 * 1', '1,59 */5 * 2-4 *', '0 0 29 2 *', '0 0 */2 * 0', '30 23 * * 5-7']
    for (const schedule of [...schedules, '* * * * *', '0 0 1-31 * 1', '0 0 13 jan,feb fri', '59 23 31 12 *']) {
      for (let month = 0; month < 60; month += 7) {
        const now = new Date(Date.UTC(2025, month, 28, 23, 59, month % 2))
        const told = CronExpressionParser.parse(schedule, { currentDate: now, tz: 'UTC' }).next().toDate()
        expect(nextRun(schedule, undefined, now), `${schedule} after ${now.toISOString()}`).toEqual(told)
      }
    }
  })
})
