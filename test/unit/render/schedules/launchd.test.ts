import { spawnSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { renderPlists } from '../../../../tasks/engine/render/schedules/launchd.ts'
import { readScheduleTemplates } from '../../../../tasks/engine/run/sources.ts'
import { anySchedule, jobs, place, runsOf, YEAR } from '../../../fixtures/schedules.ts'

type Value = string | number | Value[] | { [key: string]: Value }

/** A property list as data; throws on a text that is none. */
function parsePlist(text: string): Value {
  const tokens = [...text.replace(/<!--.*?-->|<[?!][^>]*>/gs, '').matchAll(/<(\/?)(\w+)(?: [^>]*)?>|([^<>]+)/g)]
    .map(([all, end, name, words]) => ({ all, end: end === '/', name, words }))
    .filter(({ name, words }) => name !== undefined || words?.trim() !== '')
  const next = (expected?: string) => {
    const token = tokens.shift()
    if (token === undefined || (expected !== undefined && token.all !== expected)) throw new Error(`${token?.all} in place of ${expected}`)
    return token
  }
  const until = (end: string, read: () => void): void => {
    while (tokens[0]?.all !== end) read()
    next(end)
  }
  const words = (name: string): string => {
    const text = tokens[0]?.name === undefined ? (next().words ?? '') : ''
    next(`</${name}>`)
    return text.replace(/&(?:#x(\w+)|(\w+));/g, (_, code, word) =>
      code
        ? String.fromCodePoint(Number.parseInt(code, 16))
        : (({ lt: '<', gt: '>', amp: '&', quot: '"' } as Record<string, string>)[word] ?? ''),
    )
  }
  const value = (): Value => {
    const { name } = next()
    if (name === 'string') return words('string')
    if (name === 'integer') return Number(words('integer'))
    if (name === 'array') {
      const all: Value[] = []
      until('</array>', () => all.push(value()))
      return all
    }
    if (name !== 'dict') throw new Error(`${name} is no kind of value`)
    const all: Record<string, Value> = {}
    until('</dict>', () => {
      next('<key>')
      const key = words('key')
      all[key] = value()
    })
    return all
  }
  next('<plist version="1.0">')
  const found = value()
  next('</plist>')
  return found
}

const plist = (entry: object, others = {}): string =>
  [...renderPlists(jobs({ a: entry }), place(others), readScheduleTemplates().plist, '/log').values()].join('')

type Interval = Readonly<Partial<Record<'Minute' | 'Hour' | 'Day' | 'Month' | 'Weekday', number>>>

/** When launchd comes, by its rule: at each minute that is like one of the intervals; in seconds. */
function fires(intervals: readonly Interval[], most: number): number[] {
  const found: number[] = []
  const each = (value: number | undefined, all: number): number[] => (value === undefined ? [...Array(all).keys()] : [value])
  for (let at = YEAR.from.getTime(); at < YEAR.until.getTime() && found.length < most; at += 86_400_000) {
    const day = new Date(at)
    const today = intervals.filter(
      ({ Day = day.getUTCDate(), Month = day.getUTCMonth() + 1, Weekday = day.getUTCDay() }) =>
        Day === day.getUTCDate() && Month === day.getUTCMonth() + 1 && Weekday === day.getUTCDay(),
    )
    const minutes = today.flatMap(({ Hour, Minute }) => each(Hour, 24).flatMap((hour) => each(Minute, 60).map((past) => hour * 60 + past)))
    found.push(...[...new Set(minutes)].sort((a, b) => a - b).map((minute) => at / 1000 + minute * 60))
  }
  return found.slice(0, most)
}

const intervals = (schedule: string): Interval[] =>
  (parsePlist(plist({ schedule })) as { StartCalendarInterval: Interval[] }).StartCalendarInterval

describe('renderPlists', () => {
  it('is a property list that says what is run, where, and when', () => {
    const root = `/srv/<a> & "b" 'c'`
    expect(parsePlist(plist({ schedule: '30 2 * * MON,THU' }, { root }))).toMatchObject({
      Label: expect.stringMatching(/^lockstep-[0-9a-f]{8}-a$/),
      ProgramArguments: ['/usr/bin/env', 'bash', `${root}/generated/sync-a.sh`, '--ci', '--verify', '--wait', '600', '--quiet'],
      WorkingDirectory: root,
      EnvironmentVariables: { PATH: '/usr/bin:/bin' },
      StandardOutPath: '/log',
      StartCalendarInterval: [
        { Minute: 30, Hour: 2, Weekday: 1 },
        { Minute: 30, Hour: 2, Weekday: 4 },
      ],
    })
  })

  it.skipIf(spawnSync('xmllint', ['--version']).status !== 0)('is XML', () => {
    const { status, stderr } = spawnSync('xmllint', ['--noout', '--nonet', '-'], {
      input: plist({ schedule: '* * * * *' }),
      encoding: 'utf8',
    })
    expect(`${stderr}${status}`).toBe('0')
  })

  it.each([
    ['* * * * *', [{}]],
    ['5 * * * *', [{ Minute: 5 }]],
    [
      '0 2 1 * MON',
      [
        { Minute: 0, Hour: 2, Day: 1 },
        { Minute: 0, Hour: 2, Weekday: 1 },
      ],
    ],
  ])('%s is %j', (schedule, expected) => expect(intervals(schedule)).toEqual(expected))

  it('fires when the cron expression does', () => {
    fc.assert(
      fc.property(anySchedule, (schedule) => {
        let found: Interval[]
        try {
          found = intervals(schedule)
        } catch (error) {
          expect(String(error)).toMatch(/is \d+ entries for launchd/)
          return
        }
        expect(fires(found, 300)).toEqual(runsOf(schedule, 'UTC', 300))
      }),
      { numRuns: 80 },
    )
  })

  it('refuses what is too much for it, and a time zone that is not the host’s', () => {
    expect(() => plist({ schedule: '1-59 1-22 * * *' })).toThrow(
      'a: "1-59 1-22 * * *" is 1298 entries for launchd, which has no ranges: at most 500',
    )
    expect(() => plist({ schedule: '0 2 * * *', timezone: 'Europe/Rome' })).toThrow('a: launchd knows no time zone')
    expect(plist({ schedule: '0 2 * * *', timezone: 'Europe/Rome' }, { zone: 'Europe/Rome' })).toContain('<integer>2</integer>')
  })
})
