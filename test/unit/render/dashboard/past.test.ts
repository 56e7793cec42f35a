import { describe, expect, it } from 'vitest'
import { DAYS, pastOf, WEEKS } from '../../../../tasks/engine/render/dashboard/past.ts'

const now = new Date('2026-11-27T12:00:00Z')

const line = (at: string, status: string, fields: object = {}, verb = 'sync'): string =>
  JSON.stringify({
    run: '20261127_020000_0000',
    at,
    who: 'ana',
    where: 'host',
    verb,
    results: [{ target: 'a', status, duration: 2, ...fields }],
  })

const of = (...lines: readonly string[]) => {
  const past = pastOf(lines, now).targets.get('a')
  return { last: past?.days.slice(-3), runs: past?.weeks.map((seconds) => seconds.length), good: past?.good }
}

describe('the past of a target', () => {
  it('has a word for each day, the last being today in UTC', () => {
    const today = '2026-11-27T00:00:00Z'
    expect(of(line('2026-11-26T23:59:59Z', 'done'), line(today, 'failed'))).toMatchObject({ last: ['none', 'good', 'failed'], good: 1 })
    expect(of(line(today, 'unchanged'), line(today, 'failed')).last).toEqual(['none', 'none', 'mixed'])
    expect(of(line(today, 'partial')).last).toEqual(['none', 'none', 'mixed'])
  })

  it('counts syncs that ran within the 90 days, by week', () => {
    const past = of(
      line('2026-08-30T00:00:00Z', 'done'),
      line('2026-08-29T23:59:59Z', 'done'),
      line('2026-11-28T00:00:00Z', 'done'),
      line('2026-11-27T01:00:00Z', 'skipped'),
      line('2026-11-27T01:00:00Z', 'done', {}, 'rollback'),
      line('no time', 'done'),
    )
    expect(past.runs).toEqual([1, ...Array(WEEKS - 1).fill(0)])
    expect(pastOf([], now).targets.size).toBe(0)
    expect(pastOf([line('2026-08-30T00:00:00Z', 'done')], now).targets.get('a')?.days).toHaveLength(DAYS)
  })

  it('has the last run that changed something', () => {
    const { targets } = pastOf([line('1', 'done', { changed: true, message: 'one' }), line('2', 'unchanged', { changed: false })], now)
    expect(targets.get('a')?.change).toMatchObject({ at: '1', message: 'one' })
  })
})

describe('the latest runs', () => {
  it('are the last 30 of all verbs, the newest first, with their steps', () => {
    const steps = [{ id: 's', title: 'Save', status: 'ok', exit_code: 0, seconds: 1, reason: '' }]
    const lines = [...Array(2000)].map((_, index) => line(String(index), 'done', { steps }, 'backup'))
    const { latest } = pastOf(lines, now)
    expect(latest.map(({ at }) => Number(at))).toEqual([...Array(30)].map((_, index) => 1999 - index))
    expect(latest[0]).toMatchObject({ verb: 'backup', steps: [{ title: 'Save', status: 'ok', seconds: 1, reason: '' }] })
  })
})

describe('lines that are not as they should be', () => {
  it('are told by number where they cannot be read, and take nothing else with them', () => {
    const { broken, targets } = pastOf(
      ['{"run":"2', '', 'null', '7', '[]', line('2026-11-27T00:00:00Z', 'done'), '{"event":"removed"}'],
      now,
    )
    expect(broken).toEqual([1, 3, 4, 5])
    expect(targets.get('a')?.good).toBe(1)
  })

  it.each([7, null, 'x', {}, [7], [null], [{ target: 7 }], [{ target: 'a', steps: 7 }], [{ target: 'a', steps: [7], duration: 'x' }]])(
    'with results %j do no harm',
    (results) => {
      expect(pastOf([JSON.stringify({ verb: 'sync', at: 7, results })], now).broken).toEqual([])
    },
  )
})
