import { describe, expect, it } from 'vitest'
import { nearest } from '../../tasks/engine/nearest.ts'

describe('nearest', () => {
  it.each([
    ['branhc', ['branch', 'base_url'], 'branch'],
    ['ulr', ['name', 'url'], 'url'],
    ['descripton', ['direction', 'description'], 'description'],
    ['branch', ['branch'], 'branch'],
    ['abc', ['abd', 'abe'], 'abd'],
    ['', ['a'], 'a'],
    ['x', ['postgresql'], undefined],
    ['zzzzzz', ['branch', 'base_url'], undefined],
    ['branch', [], undefined],
  ])('takes %j among %j for %j', (word, known, wanted) => {
    expect(nearest(word, known)).toBe(wanted)
  })
})
