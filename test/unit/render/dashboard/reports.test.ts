import { describe, expect, it } from 'vitest'
import { pastOf } from '../../../../tasks/engine/render/dashboard/past.ts'
import { withReports } from '../../../../tasks/engine/render/dashboard/reports.ts'

const report = (run: string, fields: object = {}): string =>
  JSON.stringify({
    ...{ timestamp: '2026-11-27T02:00:00Z', run, total_targets: 1, successful: 1, failed: 0, total_duration: 61.5, dry_run: false },
    ...{ exit_code: 0, results: [{ target: 'a', direction: 'pull', success: true, status: 'done', exit_code: 0, message: 'é' }] },
    ...fields,
  })
const line = (run: string, at: string): string =>
  JSON.stringify({ run, at, verb: 'sync', results: [{ target: 'a', status: 'failed', message: 'ö' }] })
const runsOf = (history: string, ...reports: readonly string[]) =>
  pastOf(withReports(Buffer.from(history), reports), new Date('2026-11-27T12:00:00Z')).latest

describe('reports', () => {
  it('are runs that ended when they had taken as long as they say', () => {
    expect(runsOf('', report('20261127_020000_0001'))).toMatchObject([
      { run: '20261127_020000_0001', at: '2026-11-27T02:01:01Z', target: 'a', verb: 'sync', status: 'done', message: 'é' },
    ])
  })

  it('stand among those of the history by their time, each run once', () => {
    const [early, late] = [line('early', '2026-11-27T02:01:00Z'), line('late', '2026-11-27T02:02:00Z')]
    const all = runsOf(`${early}\n${late}\n`, report('one'), report('one'), report('late'))
    expect(all.map(({ run }) => run)).toEqual(['late', 'one', 'early'])
    expect(all[2]?.message).toBe('ö')
  })

  it('leave a line that is cut off where it is', () => {
    const history = Buffer.from(`${line('early', '2026-11-27T02:01:00Z')}\n{"run":"cu\n`)
    expect(pastOf(withReports(history, [report('one')]), new Date()).broken).toEqual([2])
  })

  it.each(['', 'null', '7', '{}', report('one', { dry_run: true }), report('one', { timestamp: 'x' }), report('one', { results: 7 })])(
    'are not %s',
    (text) => {
      expect(runsOf('', text)).toEqual([])
    },
  )

  it('of the newest sync tell how it ended', () => {
    const past = pastOf(withReports(Buffer.from(line('early', '2026-11-27T01:00:00Z')), [report('one')]), new Date('2026-11-27T12:00:00Z'))
    expect(past.targets.get('a')?.last).toEqual({ at: '2026-11-27T02:01:01Z', status: 'done' })
  })
})
