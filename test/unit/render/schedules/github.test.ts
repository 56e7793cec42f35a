import { CronExpressionParser } from 'cron-parser'
import { describe, expect, it } from 'vitest'
import { githubSchedules } from '../../../../tasks/engine/render/schedules/github.ts'
import { flows } from '../../../fixtures/flow-driver.ts'

const schedules = (targets: Readonly<Record<string, object>>, offTheHour = false) => [
  ...githubSchedules(flows(targets).targets, offTheHour).values(),
]

const nextTen = ({ cron, timezone = 'UTC' }: { cron: string; timezone?: string }): string[] => {
  const times = CronExpressionParser.parse(cron, { currentDate: new Date(0), tz: timezone })
  return Array.from({ length: 10 }, () => times.next().toISOString() ?? '')
}

describe('githubSchedules', () => {
  it('leaves a schedule as it is written, but for white space', () => {
    expect(
      schedules({ a: { schedule: ' 0  2 * *\t* ' }, b: {}, c: { schedule: '*/15 * * JAN MON-FRI', timezone: 'Europe/Rome' } }),
    ).toEqual([{ cron: '0 2 * * *' }, { cron: '*/15 * * JAN MON-FRI', timezone: 'Europe/Rome' }])
  })

  it('gives the same cron in the same zone one spelling', () => {
    const [one, other] = schedules({ a: { schedule: '0 2 * * *', timezone: 'UTC' }, b: { schedule: '0 2 * * *' } })
    expect(one).toEqual(other)
  })

  it.each(['0 2 * * *', '0 2 * 6 *', '5 4 1-7 */2 MON', '0 2 * 1-12 *', '*/10 3-5 * JAN,6 *'])(
    'spells %s in each zone in its own way, for the same times',
    (schedule) => {
      const zones = ['UTC', 'Europe/Rome', 'Asia/Tokyo', 'America/New_York']
      const spelled = schedules(Object.fromEntries(zones.map((timezone, index) => [`t${index}`, { schedule, timezone }])))
      expect(new Set(spelled.map(({ cron }) => cron)).size).toBe(zones.length)
      for (const [index, timezone] of zones.entries()) {
        expect(nextTen(spelled[index] as never)).toEqual(nextTen({ cron: schedule, timezone }))
      }
    },
  )

  it('does not take for another zone what somebody wrote in those words', () => {
    const crons = schedules({
      a: { schedule: '0 2 * * *' },
      b: { schedule: '0 2 * 1-12 *' },
      c: { schedule: '0 2 * * *', timezone: 'Europe/Rome' },
      d: { schedule: '0 2 * 1-12 *', timezone: 'Asia/Tokyo' },
    }).map(({ cron }) => cron)
    expect(new Set(crons).size).toBe(4)
  })

  it('refuses what stands in more zones than it has spellings for', () => {
    const zones = [
      'UTC',
      'Europe/Rome',
      'Asia/Tokyo',
      'America/New_York',
      'Asia/Dubai',
      'Asia/Dhaka',
      'Europe/London',
      'Africa/Cairo',
      'Asia/Seoul',
    ]
    const inZones = (count: number) =>
      schedules(Object.fromEntries(zones.slice(0, count).map((timezone, index) => [`t${index}`, { schedule: '0 2 * * *', timezone }])))
    expect(inZones(8)).toHaveLength(8)
    expect(() => inZones(9)).toThrow('t8: too many time zones have the schedule "0 2 * * *" for GitHub')
  })

  it('moves off minute 0 only what stands there, and only when asked', () => {
    const targets = {
      a: { schedule: '0 2 * * *' },
      b: { schedule: '00 3 * * *' },
      c: { schedule: '30 2 * * *' },
      d: { schedule: '*/30 * * * *' },
    }
    expect(schedules(targets).map(({ cron }) => cron.split(' ')[0])).toEqual(['0', '00', '30', '*/30'])
    const moved = schedules(targets, true).map(({ cron }) => cron.split(' ')[0])
    expect(moved.slice(2)).toEqual(['30', '*/30'])
    for (const minute of moved.slice(0, 2)) {
      expect(Number(minute)).toBeGreaterThanOrEqual(5)
      expect(Number(minute)).toBeLessThan(55)
    }
    expect(moved[0]).not.toBe(moved[1])
  })
})
