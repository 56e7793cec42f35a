import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { definedFunctions, roomOf as room } from '../../tasks/engine/render/library.ts'
import { ROOMS, readSources } from '../../tasks/engine/run/sources.ts'

const { library } = readSources((verb) => `lockstep ${verb}`)

/** Rooms, and drivers, whose folders call the rooms and not each other. */
const roomOf = (name: string): string => room({ name })
const rank = (name: string): number => {
  const index = (ROOMS as readonly string[]).indexOf(roomOf(name))
  return index < 0 ? ROOMS.length : index
}

const owners = new Map(library.flatMap(({ name, text }) => definedFunctions(text).map((each) => [each, name] as const)))

/** Every use of a function of another file: FILE, the function, and the file that it is in. */
const calls = library.flatMap(({ name, text }) => {
  const words = new Set(text.replace(/^\s*#.*$/gm, '').match(/(?<![\w$/.-])[a-z_][a-z0-9_]*(?![\w=])/g))
  return [...words].flatMap((word) => {
    const owner = owners.get(word)
    return owner === undefined || owner === name ? [] : [{ from: name, word, to: owner }]
  })
})

describe('the bash library', () => {
  it('has calls between files', () => {
    expect(calls.length).toBeGreaterThan(500)
    expect(calls).toContainEqual({ from: 'run/step', word: 'run_in_group', to: 'run/group' })
  })

  it('defines each function once', () => {
    const names = library.flatMap(({ text }) => definedFunctions(text))
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([])
  })

  it('calls only the rooms above, and no driver', () => {
    expect(calls.filter(({ from, to }) => rank(to) > rank(from))).toEqual([])
  })

  it('has drivers that do not call each other', () => {
    expect(calls.filter(({ from, to }) => from.startsWith('tasks/') && to.startsWith('tasks/') && roomOf(from) !== roomOf(to))).toEqual([])
  })

  it('has no circle of files', () => {
    const left = new Map(library.map(({ name }) => [name, new Set(calls.filter(({ from }) => from === name).map(({ to }) => to))]))
    for (let found = true; found; ) {
      const ends = [...left].filter(([, needed]) => ![...needed].some((name) => left.has(name)))
      for (const [name] of ends) left.delete(name)
      found = ends.length > 0
    }
    expect([...left.keys()]).toEqual([])
  })
})

describe('the table of globals in CONTRIBUTING', () => {
  const guide = readFileSync(new URL('../../.github/CONTRIBUTING.md', import.meta.url), 'utf8')
  const table = guide.slice(guide.indexOf('## What is global'), guide.indexOf('## Names'))
  const words = (cell: string): string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, word = '']) => word)
  const rows = [...table.matchAll(/^\| (`.*?) \| (.*?) \| .* \|$/gm)].flatMap(([, names = '', files = '']) =>
    words(files).length === 0 ? [] : [{ names: words(names), files: words(files) }],
  )
  const sets = (file: string, name: string): boolean => {
    const text = library.find((part) => `${part.name}.sh` === file)?.text ?? ''
    const word = name.replace('*', '[a-z_]+')
    return new RegExp(`(?<![\\w$])(${word}(\\[[^\\]]*\\])?\\+?=|(now_milliseconds|now_utc|new_run_id|make_scratch|for) ${word}\\b)`).test(
      text,
    )
  }

  it('is found', () => expect(rows.length).toBeGreaterThan(12))

  it.each(rows)('$names are set in $files', ({ names, files }) => {
    for (const name of names)
      expect(
        files.filter((file) => sets(file, name)),
        name,
      ).not.toEqual([])
    for (const file of files)
      expect(
        names.filter((name) => sets(file, name)),
        file,
      ).not.toEqual([])
  })
})
