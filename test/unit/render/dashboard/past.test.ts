import { describe, expect, it } from 'vitest'
import { DAYS, pastOf as pastOfBytes, WEEKS } from '../../../../tasks/engine/render/dashboard/past.ts'

const now = new Date('2026-11-27T12:00:00Z')
const pastOf = (lines: readonly string[], at: Date) => pastOfBytes(Buffer.from(lines.join('\n')), at)

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

describe('a line as scripts/lib/records writes it', () => {
  const result = (target: string, message: string): string =>
    `{"target":"${target}","direction":"pull","success":true,"status":"done","exit_code":0,"message":"${message}","duration":2.5,"changed":true,"outputs_created":[]}`
  const written = (...results: readonly string[]): string =>
    `{"run":"20261127_020000_0000","at":"2026-11-27T02:00:00Z","who":"ana","where":"host","verb":"sync","exit_code":0,"results":[${results}]}`

  it.each([
    ['in ASCII', 'a', 'one'],
    ['with another name', 'é', 'one'],
    ['with another message', 'a', 'één'],
    ['with a long message', 'a', 'x'.repeat(2_000_000)],
    ['with a message like a result', 'a', '{\\"target\\":\\"b\\"'],
  ])('is understood %s', (_, target, message) => {
    const { targets, broken, latest } = pastOf([written(result(target, message)), ''], now)
    expect(broken).toEqual([])
    expect([...targets.keys()]).toEqual([target])
    expect(targets.get(target)).toMatchObject({ good: 1, change: { message: JSON.parse(`"${message}"`), seconds: 2.5 } })
    expect(latest).toHaveLength(1)
  })

  it('tells of each of its targets, and of none where its end is missing', () => {
    const { targets, broken } = pastOf([written(result('a', 'one'), result('b', 'two')), written(result('c', 'three')).slice(0, -1)], now)
    expect([...targets.keys()]).toEqual(['a', 'b'])
    expect(broken).toEqual([2])
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
