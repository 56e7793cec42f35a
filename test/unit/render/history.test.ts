import { describe, expect, it } from 'vitest'
import { pastRuns, renderHistory, summarise } from '../../../tasks/engine/render/history.ts'

const line = (target: string, status: string, duration: number, verb = 'sync'): string =>
  JSON.stringify({
    run: '20261127_020000_0000',
    at: '2026-11-27T02:00:05Z',
    verb,
    exit_code: 0,
    results: [{ target, status, exit_code: status === 'failed' ? 1 : 0, duration, message: `${status}\nmore of it` }],
  })

describe('the history', () => {
  it('is of syncs that ran; what is cut off or from elsewhere is left out', () => {
    const lines = [
      line('a', 'done', 1),
      line('a', 'skipped', 9),
      line('a', 'done', 9, 'rollback'),
      'null',
      '{"run":"2',
      '',
      '{"results":7}',
    ]
    expect(pastRuns(lines)).toEqual([
      {
        target: 'a',
        run: '20261127_020000_0000',
        at: '2026-11-27T02:00:05Z',
        verb: 'sync',
        status: 'done',
        exit_code: 0,
        duration: 1,
        message: 'done\nmore of it',
      },
    ])
  })

  it('says how many were good, and the percentiles by nearest rank', () => {
    const runs = pastRuns([...Array(19)].map((_, index) => line('a', 'unchanged', index + 1)).concat(line('a', 'failed', 20)))
    expect(summarise(runs)).toEqual({ runs: 20, good: 19, p50: 10, p95: 19, p99: 20 })
    expect(summarise([])).toEqual({ runs: 0, good: 0, p50: 0, p95: 0, p99: 0 })
  })

  it('has a bar for each run and a mark for one that failed, and fits the screen', () => {
    const runs = pastRuns([line('a', 'done', 1), line('a', 'failed', 2), line('a', 'done', 8)])
    expect(renderHistory([['a', runs]], true, 0)).toBe(
      [
        'a  ▂✗█  2 of 3 good  P50 P95 P99 2.0 8.0 8.0 s',
        '  2026-11-27 02:00Z  done            1.0 s  done',
        '  2026-11-27 02:00Z  failed          2.0 s  failed',
        '  2026-11-27 02:00Z  done            8.0 s  done\n',
      ].join('\n'),
    )
    const [few, many] = renderHistory(
      [
        ['a', runs.slice(0, 1)],
        ['longer', runs],
      ],
      false,
      0,
    ).split('\n')
    expect(few).toBe('a       █    1 of 1 good  P50 P95 P99 1.0 1.0 1.0 s')
    expect(many).toBe('longer  ▂✗█  2 of 3 good  P50 P95 P99 2.0 8.0 8.0 s')
    const narrow = renderHistory([['a-long-name', pastRuns(Array(50).fill(line('a', 'done', 1)))]], true, 40).split('\n')
    expect(Math.max(...narrow.map((each) => [...each].length))).toBe(40)
  })
})
