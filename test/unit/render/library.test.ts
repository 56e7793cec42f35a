import { describe, expect, it } from 'vitest'
import { renderPrograms } from '../../../tasks/engine/render/files.ts'
import { definedFunctions, inlined, type LibraryPart, usedParts } from '../../../tasks/engine/render/library.ts'
import { createRenderer } from '../../../tasks/engine/render/program.ts'
import { readSources } from '../../../tasks/engine/run/sources.ts'
import { good, load } from '../example.ts'

const part = (name: string, ...lines: readonly string[]): LibraryPart => ({ name, text: `${lines.join('\n')}\n` })
const library = [
  part('alone', 'alone() {', '  :', '}'),
  part('one', 'one() {', '  two', '}'),
  part('self', 'self() {', '  self', '}'),
  part('two', '# one alone', 'two() {', '  three', '}', 'two_more() {', '  one', '}'),
  part('three', 'three() {', '  : # three', '}'),
]
const sources = readSources()
const programs = [...renderPrograms(load(good), createRenderer(sources))]

describe('usedParts', () => {
  it.each([
    ['nothing', 'echo', []],
    ['a part of its own', 'alone', ['alone']],
    ['a part and those that this uses, in the order of the library', 'one', ['one', 'two', 'three']],
    ['a part by any function of it', 'x=$(two_more)', ['one', 'two', 'three']],
    ['a part that calls itself', 'self', ['self']],
    ['nothing that only a comment names', '  # alone', []],
    ['nothing whose name is a piece of a word', 'alone_at not_alone alone2', []],
    ['a part named by a word in quotes', "step 'alone'", ['alone']],
    ['a part that is called between two apostrophes in double quotes', `say "don't" && alone && say "can't"`, ['alone']],
    ['a part that a trap names', "trap 'alone all' EXIT", ['alone']],
  ])('takes %s', (_, program, names) => {
    expect(usedParts(program, library).map(({ name }) => name)).toEqual(names)
  })
})

describe('definedFunctions', () => {
  it('names what is defined at the top level', () => {
    expect(definedFunctions('a() {\n  b() {\n  }\n}\n# c() {\nd_1() {\n}\ne() { :; }\n')).toEqual(['a', 'd_1'])
  })
})

describe('inlined', () => {
  it('leaves out the directives at the head only', () => {
    expect(
      inlined(
        part('x', '# shellcheck shell=bash', '# shellcheck disable=SC1', '# What it is.', '# shellcheck disable=SC2', 'x() {', '}', ''),
      ),
    ).toBe('# What it is.\n# shellcheck disable=SC2\nx() {\n}')
  })
})

describe('the library', () => {
  it('defines each function once', () => {
    const all = sources.library.flatMap(({ text }) => definedFunctions(text))
    expect(all.filter((name, index) => all.indexOf(name) !== index)).toEqual([])
  })

  it('does nothing but define functions and variables', () => {
    for (const { name, text } of sources.library) {
      const top = text.replace(/^[a-z_][a-z0-9_]*\(\) [{(]\n[\s\S]*?^[})]$/gm, '').split('\n')
      expect(
        top.filter((line) => /^[a-z_./$[(]/i.test(line) && !/^([A-Za-z_]+=|(readonly|declare|local) )/.test(line)),
        name,
      ).toEqual([])
    }
  })
})

describe.each(programs)('the library in %s', (_, program) => {
  const present = sources.library.filter((each) => program.includes(inlined(each)))

  it('is a strict subset', () => {
    expect(present.length).toBeGreaterThan(0)
    expect(present.length).toBeLessThan(sources.library.length)
  })

  it('is closed: what the program calls is there', () => {
    const defined = new Set(present.flatMap(({ text }) => definedFunctions(text)))
    const owned = new Set(sources.library.flatMap(({ text }) => definedFunctions(text)))
    const code = program.replace(/<<'HELP'\n[\s\S]*?\nHELP$/gm, '').replace(/^\s*#.*$/gm, '')
    const missing = [...owned].filter((name) => !defined.has(name) && new RegExp(`(?<![A-Za-z0-9_])${name}(?![A-Za-z0-9_])`).test(code))
    expect(missing).toEqual([])
  })

  it('stands there once, without a second definition of a function', () => {
    const all = definedFunctions(program)
    expect(all.filter((name, index) => all.indexOf(name) !== index)).toEqual([])
  })
})
