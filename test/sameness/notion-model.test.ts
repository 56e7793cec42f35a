import fc from 'fast-check'
import { expect, it } from 'vitest'
import { startNotion } from '../fixtures/notion-server.mjs'
import { hostile } from '../unit/hostile.ts'
import { execute, join, makeRoot, mkdirSync, run, scratch, writeFileSync } from './forms.ts'

const PROPERTIES = {
  Name: 'title',
  Model: 'rich_text',
  Type: 'select',
  Tags: 'multi_select',
  Size: 'number',
  Required: 'checkbox',
  Note: 'rich_text',
}

const CONFIG = `version: "1.0"
targets:
  table:
    driver: notion_table
    direction: push
    config: { database: "\${DB}", api: "\${API}", rows: fields, files: [docs/rows.yaml], requests_per_second: 1000 }
`

type Value = string | string[] | number | boolean
type Row = Readonly<Record<string, Value>>

const words = [...new Set(hostile.filter((text) => !/[\0-\x1f\x7f]/.test(text)).map((text) => text.trim()))].filter((text) => text !== '')
const text = fc.constantFrom(...words, 'x'.repeat(2001))
const option = fc.constantFrom(...words.filter((word) => !word.includes(',')).map((word) => word.slice(0, 90)))
const name = fc.constantFrom(...words.slice(0, 6), 'plain')
const row = fc.record(
  {
    Model: text,
    Type: option,
    Tags: fc.uniqueArray(option, { maxLength: 3 }),
    Size: fc.constantFrom(0, -1, 0.1, 12, 1e21),
    Required: fc.boolean(),
  },
  { requiredKeys: [] },
) as fc.Arbitrary<Row>
const rows = fc.dictionary(name, row, { maxKeys: 4 })

/** As a file says it: every value is a text, or a list of texts. */
function yaml(wanted: Readonly<Record<string, Row>>): string {
  const said = (value: Value): string =>
    Array.isArray(value) ? `[${value.map((each) => JSON.stringify(each)).join(', ')}]` : JSON.stringify(String(value))
  const entries = Object.entries(wanted).map(([key, values]) =>
    [`  - Name: ${JSON.stringify(key)}`, ...Object.entries(values).map(([property, value]) => `    ${property}: ${said(value)}`)].join(
      '\n',
    ),
  )
  return `fields:\n${entries.join('\n')}\n`
}

/** As a request says it. */
const request = (property: string, value: Value): Record<string, unknown> => {
  switch (PROPERTIES[property as keyof typeof PROPERTIES]) {
    case 'title':
    case 'rich_text':
      return PROPERTIES[property as keyof typeof PROPERTIES] === 'title'
        ? { title: [{ text: { content: value } }] }
        : {
            rich_text:
              String(value)
                .match(/.{1,2000}/gs)
                ?.map((content) => ({ text: { content } })) ?? [],
          }
    case 'select':
      return { select: { name: value } }
    case 'multi_select':
      return { multi_select: (value as string[]).map((each) => ({ name: each })) }
    case 'number':
      return { number: value }
    default:
      return { checkbox: value }
  }
}

const EMPTY: Readonly<Record<string, unknown>> = { Model: '', Type: null, Tags: [], Size: null, Required: false }

it('whatever the files and Notion have, after a sync they are equal, and a second one writes nothing', { timeout: 600_000 }, async () => {
  const root = await makeRoot(join(scratch(), 'root'), CONFIG)
  mkdirSync(join(root, 'docs'))
  await fc.assert(
    fc.asyncProperty(rows, rows, async (wanted, there) => {
      fc.pre(Object.keys(wanted).length > 0)
      const notion = await startNotion({ properties: PROPERTIES })
      const env = { DB: notion.database, API: notion.base, NOTION_API_TOKEN: notion.token }
      for (const [key, values] of Object.entries(there)) {
        const all = { Name: key, ...values, Note: `of a person: ${key}` }
        notion.add(Object.fromEntries(Object.entries(all).map(([property, value]) => [property, request(property, value)])))
      }
      const before = new Map(notion.rows().map((each) => [each['Name'], each]))
      writeFileSync(join(root, 'docs/rows.yaml'), yaml(wanted))
      const first = await run('script', root, [], env)
      expect(first, first.stderr).toMatchObject({ code: 0 })
      const used = [...new Set(Object.values(wanted).flatMap((values) => Object.keys(values)))]
      const sorted = (value: unknown): unknown => (Array.isArray(value) ? [...value].sort() : value)
      const plain = (values: Record<string, unknown>): Record<string, unknown> =>
        Object.fromEntries(Object.entries(values).map(([property, value]) => [property, sorted(value)]))
      const expected = new Map([...before].map(([key, values]) => [key, plain(values)]))
      for (const [key, values] of Object.entries(wanted)) {
        const emptied = Object.fromEntries(used.map((property) => [property, EMPTY[property]]))
        expected.set(key, plain({ ...(before.get(key) ?? { Name: key, ...EMPTY, Note: '' }), ...emptied, ...values }))
      }
      const after = new Map(notion.rows().map((each) => [each['Name'], plain(each)]))
      expect(notion.rows()).toHaveLength(expected.size)
      expect(after).toEqual(expected)
      const asked = notion.requests.length
      const second = await run('script', root, [], env)
      expect(second, second.stderr).toMatchObject({ code: 0 })
      expect(notion.requests.slice(asked).map(({ method, path }) => `${method} ${path.replace(/.*\//, '')}`)).toEqual(['POST query'])
      notion.stop()
    }),
    { numRuns: 10, seed: 14 },
  )
  await execute('rm', ['-rf', join(root, '..')])
})
