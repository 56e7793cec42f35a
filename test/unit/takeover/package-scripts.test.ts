import { describe, expect, it } from 'vitest'
import { addScripts } from '../../../tasks/engine/takeover/package-scripts.ts'

const scripts = { sync: 'lockstep sync', status: 'lockstep status' }

describe('scripts of a package.json', () => {
  it.each([
    [
      'after the others, indented as they are',
      '{\n    "name": "x",\n    "scripts": {\n        "test": "a && b"\n    },\n    "files": ["a", "b"]\n}\n',
      '{\n    "name": "x",\n    "scripts": {\n        "test": "a && b",\n        "sync": "lockstep sync",\n        "status": "lockstep status"\n    },\n    "files": ["a", "b"]\n}\n',
    ],
    [
      'with tabs',
      '{\n\t"scripts": {\n\t\t"a": "b"\n\t}\n}',
      '{\n\t"scripts": {\n\t\t"a": "b",\n\t\t"sync": "lockstep sync",\n\t\t"status": "lockstep status"\n\t}\n}',
    ],
    [
      'where there are none yet',
      '{\r\n  "name": "x"\r\n}\r\n',
      '{\r\n  "name": "x",\r\n  "scripts": {\r\n    "sync": "lockstep sync",\r\n    "status": "lockstep status"\r\n  }\r\n}\r\n',
    ],
    [
      'into an empty mapping',
      '{\n  "scripts": {},\n  "a": 1\n}\n',
      '{\n  "scripts": {\n    "sync": "lockstep sync",\n    "status": "lockstep status"\n  },\n  "a": 1\n}\n',
    ],
    ['on one line', '{"scripts":{"a":"b"}}', '{"scripts":{"a":"b", "sync": "lockstep sync", "status": "lockstep status"}}'],
    ['into nothing', '{}', '{ "scripts": { "sync": "lockstep sync", "status": "lockstep status" } }'],
    [
      'beside names with any sign',
      '{ "name": "a: \\"b\\" # {x}", "scripts": { "b:c": "x \\\\ y" } }',
      '{ "name": "a: \\"b\\" # {x}", "scripts": { "b:c": "x \\\\ y", "sync": "lockstep sync", "status": "lockstep status" } }',
    ],
  ])('are added %s', (_, before, after) => expect(addScripts(before, scripts).text).toBe(after))

  it('that are there stay as they are', () => {
    const text = '{ "scripts": { "sync": "mine" } }'
    expect(addScripts(text, scripts)).toEqual({
      text: '{ "scripts": { "sync": "mine", "status": "lockstep status" } }',
      added: ['status'],
      kept: ['sync'],
    })
    expect(addScripts(text, { sync: 'x' })).toEqual({ text, added: [], kept: ['sync'] })
  })

  it.each(['', 'null', '[]', '{ "scripts": [] }', '{ "scripts": "x" }', '{ "a": 1, }', '// x\n{}'])('are not added to %j', (text) =>
    expect(() => addScripts(text, scripts)).toThrow(),
  )
})
