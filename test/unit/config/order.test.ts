import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { orderTargets } from '../../../tasks/engine/config/order.ts'

const target = (name: string, priority = 0, depends_on: readonly string[] = []) => ({ name, priority, depends_on })
const names = (ordered: ReturnType<typeof orderTargets>) => ('cycle' in ordered ? ordered : ordered.targets.map(({ name }) => name))

describe('orderTargets', () => {
  it.each([
    ['stay as written', [target('b'), target('a'), target('c')], ['b', 'a', 'c']],
    ['go by priority, the higher first', [target('a', -1), target('b'), target('c', 5)], ['c', 'b', 'a']],
    ['follow what they depend on', [target('a', 0, ['c']), target('b'), target('c', 0, ['b'])], ['b', 'c', 'a']],
    ['let dependence win over priority', [target('a', 9, ['b']), target('b', -9), target('c')], ['b', 'a', 'c']],
    ['stand once where two depend on them', [target('a', 0, ['c']), target('b', 0, ['c']), target('c')], ['c', 'a', 'b']],
    ['may be none', [], []],
  ])('targets %s', (_, targets, wanted) => {
    expect(names(orderTargets(targets))).toEqual(wanted)
  })

  it.each([
    ['itself', [target('a', 0, ['a'])], ['a', 'a']],
    ['another and back', [target('a', 0, ['b']), target('b', 0, ['a'])], ['a', 'b', 'a']],
    ['a circle that it is no part of', [target('a', 0, ['b']), target('b', 0, ['c']), target('c', 0, ['b'])], ['b', 'c', 'b']],
  ])('a dependence on %s is told as a cycle', (_, targets, cycle) => {
    expect(orderTargets(targets)).toEqual({ cycle })
  })

  it('never puts a target before what it depends on, and loses none', () => {
    const graphs = fc.integer({ min: 0, max: 8 }).chain((size) =>
      fc
        .tuple(
          ...Array.from({ length: size }, (_, index) =>
            fc.record({
              name: fc.constant(`t${index}`),
              priority: fc.integer({ min: -3, max: 3 }),
              depends_on: fc.subarray(Array.from({ length: index }, (_, before) => `t${before}`)),
            }),
          ),
        )
        .chain((targets) => fc.shuffledSubarray(targets, { minLength: targets.length })),
    )
    fc.assert(
      fc.property(graphs, (targets) => {
        const ordered = names(orderTargets(targets)) as string[]
        expect([...ordered].sort()).toEqual(targets.map(({ name }) => name).sort())
        for (const { name, depends_on } of targets) {
          for (const needed of depends_on) expect(ordered.indexOf(needed)).toBeLessThan(ordered.indexOf(name))
        }
      }),
    )
  })
})
