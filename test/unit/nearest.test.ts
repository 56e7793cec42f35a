import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { nearest } from '../../tasks/engine/nearest.ts'

const library = fileURLToPath(new URL('../../scripts/lib/shell/nearest.sh', import.meta.url))

type Case = readonly [word: string, known: readonly string[], wanted: string | undefined]

/** What the library of the programs takes, of many cases in one process. */
function inBash(cases: readonly Case[]): (string | undefined)[] {
  const script =
    '. "$1"; shift; while (($# > 0)); do count=$2; did_you_mean hint "$1" "${@:3:count}"; printf "%s\\n" "$hint"; shift $((count + 2)); done'
  const words = cases.flatMap(([word, known]) => [word, String(known.length), ...known])
  const lines = execFileSync('bash', ['-c', script, 'bash', library, ...words], { encoding: 'utf8' }).split('\n')
  return lines.slice(0, -1).map((line) => /^; did you mean (.*)\?$/.exec(line)?.[1])
}

const table: readonly Case[] = [
  ['branhc', ['branch', 'base_url'], 'branch'],
  ['ulr', ['name', 'url'], 'url'],
  ['descripton', ['direction', 'description'], 'description'],
  ['branch', ['branch'], 'branch'],
  ['abc', ['abd', 'abe'], 'abd'],
  ['verify', ['verity2', 'verify1'], 'verify1'],
  ['--dry-rum', ['--verify', '--dry-run', '--json'], '--dry-run'],
  ['--dryrun', ['--dry-run'], '--dry-run'],
  ['--bogus', ['--jobs', '--json'], undefined],
  ['--jsno', ['--jobs', '--json'], '--json'],
  ['', ['a'], undefined],
  ['-', ['-q'], undefined],
  ['x', ['y', 'postgresql'], undefined],
  ['zzzzzz', ['branch', 'base_url'], undefined],
  ['something_else_altogether', ['something_quite_different'], undefined],
  ['branch', [], undefined],
]

describe('nearest', () => {
  it.each(table)('takes %j among %j for %j', (word, known, wanted) => expect(nearest(word, known)).toBe(wanted))

  it('is the same in bash', () => {
    expect(inBash(table)).toEqual(table.map((each) => each[2]))
  })

  it('is the same in bash for any words', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', '-', '*', '?'), minLength: 1, maxLength: 9 })
    const cases = fc.array(fc.tuple(letters, fc.array(letters, { maxLength: 4 })), { minLength: 50, maxLength: 50 })
    fc.assert(
      fc.property(cases, (some) => {
        expect(inBash(some.map(([word, known]) => [word, known, undefined]))).toEqual(some.map(([word, known]) => nearest(word, known)))
      }),
      { numRuns: 5, seed: 1 },
    )
  })
})
