import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { LateText } from '../../../tasks/engine/config/late.ts'
import { quote, type Shell, sh } from '../../../tasks/engine/plan/shell.ts'
import { anyText, hostile } from '../hostile.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'lockstep-shell-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

/** The arguments that bash hands over for `words`; fails if bash did anything else that leaves a trace. */
function argumentsOf(words: Shell, env: Record<string, string> = {}): string[] {
  const printed = execFileSync('bash', ['-c', `printf '%s\\0' ${words.text}`], {
    cwd: folder,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], LC_ALL: 'C.UTF-8', ...env },
  })
  expect(readdirSync(folder)).toEqual([])
  return printed.split('\0').slice(0, -1)
}

describe('sh', () => {
  it.each(hostile)('passes %j as one word', (text) => {
    expect(argumentsOf(sh`${text}`)).toEqual([text])
  })

  it('passes any text without NUL unchanged and runs nothing else', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(argumentsOf(sh`${text}`)).toEqual([text])
      }),
      { numRuns: 100 },
    )
  })

  it('passes any list as its words', () => {
    fc.assert(
      fc.property(fc.array(anyText, { minLength: 1, maxLength: 5 }), (texts) => {
        expect(argumentsOf(sh`${texts}`)).toEqual(texts)
      }),
      { numRuns: 50 },
    )
  })

  it.each(['>(', '<(', 'a <(b', '<(<(', ">('", "'<('", '(>', '> (', '$(', '\\>('])('passes the fallback %s unchanged', (fallback) => {
    expect(argumentsOf(sh`${new LateText([{ name: 'UNSET', fallback }])}`)).toEqual([fallback])
  })

  it('passes any late text and fallback unchanged', () => {
    fc.assert(
      fc.property(anyText, anyText, (text, fallback) => {
        expect(argumentsOf(sh`${new LateText([text, { name: 'UNSET', fallback }, text])}`)).toEqual([text + fallback + text])
      }),
      { numRuns: 100 },
    )
  })

  it('passes any value of a variable unchanged, without fallback', () => {
    fc.assert(
      fc.property(
        anyText.filter((text) => text !== ''),
        (value) => {
          const late = new LateText([{ name: 'GIVEN' }, ' ', { name: 'GIVEN', fallback: 'other' }])
          expect(argumentsOf(sh`${late}`, { GIVEN: value })).toEqual([`${value} ${value}`])
        },
      ),
      { numRuns: 50 },
    )
  })

  it.each([
    ['a number', sh`x ${5}`, 'x 5'],
    ['a negative number', sh`x ${-5}`, 'x -5'],
    ['true or false', sh`x ${true} ${false}`, 'x true false'],
    ['a plain word', sh`x ${'a/b.c:d@e%f+g,h-i_j'}`, 'x a/b.c:d@e%f+g,h-i_j'],
    ['a word with = inside', sh`x ${'--a=b'}`, 'x --a=b'],
    ['a word that starts with =', sh`x ${'=a'}`, "x '=a'"],
    ['no text', sh`x ${''}`, "x ''"],
    ['white space', sh`x ${'a b'}`, "x 'a b'"],
    ['a single quote', sh`x ${"it's"}`, "x 'it'\\''s'"],
    ['a list', sh`x ${['a', 'b c', 1]}`, "x a 'b c' 1"],
    ['an empty list', sh`x ${[]}`, 'x '],
    ['another piece of bash', sh`x ${sh`"$y"`}`, 'x "$y"'],
    ['late text', sh`x ${new LateText(['a ', { name: 'B' }, '"', { name: 'C', fallback: 'd}$e' }])}`, 'x "a ${B}\\"${C:-d\\}\\$e}"'],
  ])('writes %s plainly', (_, made, text) => {
    expect(made.text).toBe(text)
  })

  it.each([
    ['text', () => sh`x ${'a\0b'}`],
    ['a list', () => sh`x ${['a', '\0']}`],
    ['the text of late text', () => sh`x ${new LateText(['a\0', { name: 'A' }])}`],
    ['the fallback of late text', () => sh`x ${new LateText([{ name: 'A', fallback: '\0' }])}`],
  ])('throws on NUL in %s', (_, make) => {
    expect(make).toThrow('NUL')
  })
})

describe('quote', () => {
  it('gives text with a line feed one word', () => {
    expect(quote('a\nb')).toBe("'a\nb'")
  })

  it('does not take a line feed at the end for plain', () => {
    expect(quote('a\n')).toBe("'a\n'")
  })
})
