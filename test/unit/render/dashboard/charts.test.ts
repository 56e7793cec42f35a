import { describe, expect, it } from 'vitest'
import { duration, durations, strip } from '../../../../tasks/engine/render/dashboard/charts.ts'
import { picture } from '../../../../tasks/engine/render/dashboard/picture.ts'

describe('the strip of days', () => {
  it('has a word beside each colour, the dates of what failed, and another height', () => {
    const { label, bars } = strip(['none', 'good', 'good', 'failed', 'good'], new Date('2026-11-27T12:00:00Z'))
    expect(label).toBe('Last 5 days: good on 3 days, failed on 1 day, no run on 1 day')
    expect(bars).toEqual([
      { kind: 'good', title: 'good on 3 days', path: 'M1 12H2.72M4 12H4.72', height: 8 },
      { kind: 'failed', title: 'failed on 1 day: 2026-11-26', path: 'M3 8H3.72', height: 16 },
      { kind: 'none', title: 'no run on 1 day', path: 'M0 15H0.72', height: 2 },
    ])
  })
})

describe('durations', () => {
  it('are lines of P50, P95 and P99, broken where nothing ran', () => {
    const found = durations([[1, 3], [], [2], [4]], 3)
    expect(found).toMatchObject({ runs: 4, good: 3, longest: '4.0 s' })
    expect(found?.lines.map(({ word }) => word)).toEqual(['P50 2.0 s', 'P95 4.0 s', 'P99 4.0 s'])
    expect(found?.lines[0]).toMatchObject({ path: 'M5 29h.01M78.3 20h.01L115 2', weeks: '1.0 s, none, 2.0 s, 4.0 s' })
    expect(durations([[], []], 0)).toBeUndefined()
  })

  it.each([
    [0, '0.0 s'],
    [9.94, '9.9 s'],
    [80, '80 s'],
    [600, '10 min'],
    [7200, '2.0 h'],
  ])('%d seconds are %s', (seconds, words) => expect(duration(seconds)).toBe(words))
})

describe('the picture of what depends on what', () => {
  const target = (name: string, ...depends_on: readonly string[]) => ({ name, depends_on })

  it('has each right of all that it depends on, and a line for each', () => {
    const drawn = picture([
      target('base'),
      target('left', 'base'),
      target('right', 'base'),
      target('last', 'base', 'left'),
      target('alone'),
    ])
    if (typeof drawn !== 'object') throw new Error('there is no picture')
    expect(drawn.boxes.map(({ name, x, y }) => [name, x, y])).toEqual([
      ['base', 2, 2],
      ['left', 242, 2],
      ['right', 242, 60],
      ['last', 482, 2],
    ])
    expect(drawn.lines).toHaveLength(4)
    expect(drawn).toMatchObject({ width: 668, height: 106 })
  })

  it('is none where nothing depends on anything, or nobody could see it', () => {
    expect(picture([target('a'), target('b')])).toBeUndefined()
    expect(picture([...Array(300)].map((_, index) => target(`t${index}`, 't0')))).toBe('too many')
  })
})
