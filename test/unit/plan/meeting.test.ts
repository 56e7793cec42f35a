import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { meetings, patternsMeet } from '../../../tasks/engine/plan/meeting.ts'
import { load } from '../example.ts'

describe('patternsMeet', () => {
  it.each([
    ['docs/**', 'docs/a', true],
    ['docs/**', 'docs', true],
    ['docs', 'docs/a/b', true],
    ['docs/**', 'docs2/a', false],
    ['docs/a', 'docs/b', false],
    ['docs/a', 'docs/ab', false],
    ['*.json', 'a.json', true],
    ['*.json', 'sub/a.json', false],
    ['**/*.json', 'sub/deep/a.json', true],
    ['**/*.json', 'a.json', true],
    ['docs/*.md', 'docs/*.txt', false],
    ['docs/*.md', 'docs/?.md', true],
    ['a/**/b', 'a/x/y/b', true],
    ['a/**/b', 'a/b', true],
    ['a/*/b', 'a/b', true],
    ['a/?/b', 'a/bb', false],
    ['a/*/b', 'a', true],
    ['a**c', 'a/b/c', true],
    ['[x].json', 'x.json', false],
  ])('%s and %s: %s', (one, other, meet) => {
    expect(patternsMeet(one, other)).toBe(meet)
    expect(patternsMeet(other, one)).toBe(meet)
  })

  /** As patterns_expression of scripts/lib/shell/patterns.sh has it. */
  const expression = (pattern: string): RegExp =>
    new RegExp(
      `^(${(pattern.match(/\*\*\/|\*\*|./gs) ?? [])
        .map((piece) => ({ '**/': '(.*/)?', '**': '.*', '*': '[^/]*', '?': '[^/]' })[piece] ?? piece)
        .join('')})(/.*)?$`,
      's',
    )
  /** All texts of up to 8 characters: two patterns of 3 pieces that meet do so in one of these. */
  const letters = ['a', 'b', '/']
  const texts = Array.from({ length: 8 }).reduce<string[][]>(
    (lengths) => [...lengths, (lengths.at(-1) ?? []).flatMap((text) => letters.map((letter) => text + letter))],
    [['']],
  )
  const all = texts.flat()

  it('is what trying every path says, for patterns over a small alphabet', () => {
    const pattern = fc
      .array(fc.constantFrom('a', 'b', '/', '*', '?', '**', '**/'), { minLength: 1, maxLength: 3 })
      .map((pieces) => pieces.join(''))
    fc.assert(
      fc.property(pattern, pattern, (one, other) => {
        const [first, second] = [expression(one), expression(other)]
        expect(patternsMeet(one, other)).toBe(all.some((text) => first.test(text) && second.test(text)))
      }),
      { seed: 1, numRuns: 600 },
    )
  })
})

describe('meetings', () => {
  const script = (outputs: string) => `{ direction: pull, entrypoint: x.sh, outputs: [${outputs}] }`
  it('names each pair that can write the same path, with the patterns', () => {
    const config = load(`version: "1.0"
targets:
  b: ${script('"docs/**"')}
  a: ${script('"other", "docs/*.json"')}
  c: ${script('"elsewhere/**"')}
  mirror: { driver: git_repos, config: { base_url: "https://x.org", branch: main, destination: elsewhere/oca, repositories: [r] } }
`)
    expect(meetings(config.targets)).toEqual([
      { targets: ['a', 'b'], patterns: ['docs/**', 'docs/*.json'] },
      { targets: ['c', 'mirror'], patterns: ['elsewhere/**', 'elsewhere/oca/**'] },
    ])
  })

  it('takes a path through a link for its real one', () => {
    const text = `version: "1.0"\ntargets:\n  a: ${script('"out/*.md"')}\n  b: ${script('"real/here/a.md"')}\n`
    const realPath = (path: string) => path.replace(/^out\b/, 'real/here')
    const { targets } = load(text, { readScript: () => undefined, readText: () => '', realPath })
    expect(meetings(targets)).toEqual([{ targets: ['a', 'b'], patterns: ['out/*.md', 'real/here/a.md'] }])
  })

  it('finds none where there is none', () => {
    const config = load(`version: "1.0"\ntargets:\n  a: ${script('a')}\n  b: ${script('b')}\n`)
    expect(meetings(config.targets)).toEqual([])
  })
})
