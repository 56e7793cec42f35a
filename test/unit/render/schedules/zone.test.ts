import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cronTimes } from '../../../../tasks/engine/config/cron.ts'
import { spellCron } from '../../../../tasks/engine/render/schedules/cron.ts'
import { inZone, zoneName } from '../../../../tasks/engine/render/schedules/zone.ts'
import { anySchedule, runsOf, YEAR } from '../../../fixtures/schedules.ts'

const inWords = (schedule: string, from: string, to: string) => inZone(cronTimes(schedule), from, to, YEAR.from)?.map(spellCron)

describe('inZone', () => {
  it.each([
    ['0 2 * * *', 'Asia/Manila', 'UTC', ['0 18 * * *']],
    ['0 2,10 * * MON', 'Asia/Manila', 'UTC', ['0 18 * * 0', '0 2 * * 1']],
    ['*/15 * * * *', 'Asia/Kathmandu', 'Asia/Tokyo', ['*/15 * * * *']],
    ['10,50 1 * * *', 'Asia/Kolkata', 'UTC', ['40 19 * * *', '20 20 * * *']],
    ['0 2 15 * *', 'Asia/Manila', 'UTC', ['0 18 14 * *']],
    ['0 9 1 * *', 'Asia/Manila', 'UTC', ['0 1 1 * *']],
    ['0 2 * * *', 'Europe/Rome', 'Europe/Rome', ['0 2 * * *']],
  ])('%s in %s is in %s %s', (schedule, from, to, expected) => {
    expect(inWords(schedule, from, to)).toEqual(expected)
  })

  it.each([
    ['the clocks change', '0 2 * * *', 'Europe/Rome', 'UTC'],
    ['the clocks of the host change', '0 2 * * *', 'UTC', 'Europe/Rome'],
    ['the first of a month would be the last of the one before', '0 2 1 * *', 'Asia/Manila', 'UTC'],
    ['a day that some months lack would be one that all have', '0 2 29 * *', 'Asia/Manila', 'UTC'],
    ['a month would begin in the one before', '0 2 * 6 *', 'Asia/Manila', 'UTC'],
  ])('says nothing where %s', (_, schedule, from, to) => {
    expect(inWords(schedule, from, to)).toBeUndefined()
  })

  it('gives the same moments whenever it gives any', () => {
    const zones = fc.constantFrom('UTC', 'Asia/Manila', 'Asia/Kathmandu', 'Pacific/Kiritimati', 'Pacific/Pago_Pago')
    let said = 0
    fc.assert(
      fc.property(anySchedule, zones, zones, (schedule, from, to) => {
        const words = inWords(schedule, from, to)
        if (words === undefined) return
        said++
        const runs = words.flatMap((each) => runsOf(each, to, 100)).sort((a, b) => a - b)
        expect(runs.slice(0, 100)).toEqual(runsOf(schedule, from, 100))
      }),
      { numRuns: 60 },
    )
    expect(said).toBeGreaterThan(15)
  })
})

describe('zoneName', () => {
  it.each([
    ['utc', 'UTC'],
    ['Etc/UTC', 'UTC'],
    ['asia/manila', 'Asia/Manila'],
    ['Asia/Kolkata', 'Asia/Kolkata'],
    ['+08:00', undefined],
  ])('of %s is %s', (zone, name) => expect(zoneName(zone)).toBe(name))
})
