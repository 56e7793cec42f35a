import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { renderPrograms } from '../../../tasks/engine/render/files.ts'
import { definedFunctions, type LibraryPart, usedParts } from '../../../tasks/engine/render/library.ts'
import { createRenderer } from '../../../tasks/engine/render/program.ts'
import { readSources } from '../../../tasks/engine/run/sources.ts'
import { verbs } from '../../../tasks/verbs.ts'
import { good, load } from '../example.ts'

const part = (name: string, ...lines: readonly string[]): LibraryPart => ({ name, text: `${lines.join('\n')}\n` })
/** What `program` carries of the library below, as text. */
const used = (program: string): string =>
  usedParts(program, library)
    .map(({ text }) => text)
    .join('\n\n')

const library = [
  part('alone', 'alone() {', '  :', '}'),
  part('one', '# shellcheck shell=bash', '# What one is.', '', 'one() {', '  two', '}'),
  part('self', 'self() {', '  self', '}'),
  part('two', '# one alone', '', '# about two', 'two() {', '  three', '}', '', '# And one more.', '', 'two_more() {', '  one', '}'),
  part('three', 'three_state=0', '', 'three() {', '  : # three', '}', '', 'three_count() {', '  : "$three_state"', '}'),
  part('steps', 'go() {', '  :', '}', '', 'go_when() {', '  three', '}'),
  part('composed', 'ask_one() {', '  :', '}', '', 'ask_two() {', '  :', '}', '', 'tell_one() {', '  :', '}'),
]
const sources = readSources((verb) => `lockstep ${verb}`)

/** The plain words of all commands of a program, as shfmt reads it, and those in the text that a trap runs. */
function wordsOfCommands(program: string): Set<string> {
  const words = new Set<string>()
  const literal = ({ Parts: [part, more] }: Word): string | undefined =>
    more !== undefined ? undefined : part?.Type === 'DblQuoted' && part.Parts?.length === 1 ? part.Parts[0]?.Value : part?.Value
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return
    const { Type, Args } = node as { Type?: string; Args?: readonly Word[] }
    if (Type === 'CallExpr' && Args !== undefined) {
      const [first, second, ...more] = Args.map(literal)
      const texts = first === 'trap' ? (second?.match(/[a-z_][a-z0-9_]*/g) ?? []) : [first, second, ...more]
      for (const word of texts) if (word !== undefined) words.add(word)
    }
    Object.values(node).forEach(visit)
  }
  visit(JSON.parse(execFileSync('shfmt', ['--to-json'], { input: program, encoding: 'utf8', maxBuffer: 2 ** 30 })))
  return words
}

interface Word {
  readonly Parts: readonly { readonly Type: string; readonly Value?: string; readonly Parts?: readonly { readonly Value?: string }[] }[]
}

const programs = [
  ...renderPrograms(
    load(`${good}  script: { direction: pull, entrypoint: demo.sh, outputs: ["docs/**"], git_commit: true }
  assistant:
    driver: open_webui
    direction: bidirectional
    config: { database: webui.db, model: inna, system_prompt: prompt.md }
`),
    createRenderer(sources),
    verbs,
  ),
]

describe('usedParts', () => {
  it.each([
    ['nothing', 'echo', []],
    ['a function of its own', 'alone', ['alone']],
    ['a function and those that it uses, in the order of the library', 'one', ['one', 'two', 'three']],
    ['of a file only what is used', 'x=$(two_more)', ['one', 'two', 'two_more', 'three']],
    ['a function that calls itself', 'self', ['self']],
    ['nothing that only a comment names', '  # alone', []],
    ['nothing whose name is a piece of a word', 'alone_at not_alone alone2', []],
    ['a function named by a word in quotes', "step 'alone'", ['alone']],
    ['a function that is called between two apostrophes in double quotes', `say "don't" && alone && say "can't"`, ['alone']],
    ['a function that a trap names', "trap 'alone all' EXIT", ['alone']],
    ['what a name that is put together may mean', '"ask_$1"', ['ask_one', 'ask_two']],
    ['the same for its end', '"${engine}_one"', ['ask_one', 'tell_one']],
    ['what stands beside a step', 'step go', ['three', 'go', 'go_when']],
    ['nothing for the functions of a step', '"${step_id}_one"', []],
    ['nothing that only a message names', "say \"one alone $x\" 'self\\''' && printf '{\"one\":%s}' x", []],
    ['nothing that only a label names', 'case $x in\n  one | self) : ;;\n  alone) : ;;\nesac', []],
    ['a function that stands after a label', 'case $x in one) self ;; *) alone ;; esac', ['alone', 'self']],
    ['nothing of a program in another language', "awk '{ one() }'\nsqlite3 <<'SQL'\nalone\nSQL\n", []],
    ['what a text in a here document runs', 'cat <<END\nalone $(self)\nEND\n', ['self']],
  ])('takes %s', (_, program, names) => {
    expect(definedFunctions(used(program))).toEqual(names)
  })

  it('takes the variables that a function uses, and no others', () => {
    expect(used('three')).not.toContain('three_state')
    expect(used('three_count')).toContain('three_state=0')
    expect(used('x=$((three_state + 1))')).toContain('three_state=0')
    expect(used('read_into three_state')).toContain('three_state=0')
    expect(used('say "three_state" && three_state=1')).not.toContain('three_state=0')
  })

  it('begins a file with what its head says, without the directives', () => {
    expect(used('one')).toMatch(/^# What one is\.\n\none\(\) \{/)
  })

  it('leaves a comment that stands alone before what it is about', () => {
    expect(used('two_more')).toContain('# And one more.\n\ntwo_more() {')
    expect(used('two')).not.toContain('And one more')
  })
})

describe('definedFunctions', () => {
  it('names what is defined at the top level', () => {
    expect(definedFunctions('a() {\n  b() {\n  }\n}\n# c() {\nd_1() {\n}\ne() { :; }\n')).toEqual(['a', 'd_1'])
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
  const owned = sources.library.flatMap(({ text }) => definedFunctions(text))
  const defined = definedFunctions(program)

  it('is a part of it', () => {
    expect(owned.filter((name) => defined.includes(name)).length).toBeGreaterThan(0)
    expect(owned.filter((name) => !defined.includes(name)).length).toBeGreaterThan(0)
  })

  it('is closed: what the program calls, or passes on to be called, is there', () => {
    const used = wordsOfCommands(program)
    expect(used.size).toBeGreaterThan(20)
    expect(owned.filter((name) => !defined.includes(name) && used.has(name))).toEqual([])
  })

  it('stands there once, without a second definition of a function', () => {
    expect(defined.filter((name, index) => defined.indexOf(name) !== index)).toEqual([])
  })
})
