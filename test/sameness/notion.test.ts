import { readdirSync } from 'node:fs'
import { afterAll, describe, expect, it } from 'vitest'
import { type Notion, startNotion } from '../fixtures/notion-server.mjs'
import {
  cpSync,
  execute,
  type Form,
  finish,
  forms,
  join,
  leftovers,
  makeRoot,
  mkdirSync,
  normalised,
  readEventLines,
  readFileSync,
  readJson,
  rmSync,
  run,
  scratch,
  start,
  tree,
  withoutStamps,
  writeFileSync,
} from './forms.ts'

const TOKEN = 'ntn_Planted-token-0123456789'
const PEOPLE = ['ann', 'bob'].map((name, index) => ({
  object: 'user',
  id: `cccccccc-0000-4000-8000-00000000000${index}`,
  type: 'person',
  person: { email: `${name}@example.com` },
}))

/** Every type that can be written. */
const FIELDS = {
  Name: 'title',
  Model: 'rich_text',
  Size: 'number',
  Type: 'select',
  Tags: 'multi_select',
  Since: 'date',
  Required: 'checkbox',
  Link: 'url',
  Mail: 'email',
  Phone: 'phone_number',
  Owner: 'people',
  Needs: 'relation',
  Stage: 'status',
  Description: 'rich_text',
  Edited: 'last_edited_time',
}
const CLOSING = {
  Name: 'title',
  Task: 'rich_text',
  Period: 'select',
  Due: 'date',
  Owner: 'people',
  'Depends on': 'relation',
  Done: 'checkbox',
}
const FILINGS = {
  Name: 'title',
  Form: 'select',
  Period: 'rich_text',
  Due: 'date',
  Source: 'rich_text',
  Description: 'rich_text',
  Status: 'status',
}

const config = (more = 'rows: fields, files: ["docs/**.md", "docs/*.yaml"]'): string => `version: "1.0"
targets:
  table:
    driver: notion_table
    direction: push
    config: { database: "\${DB}", api: "\${API}", requests_per_second: 1000, timeout: 6, tries: 3, ${more} }
`

const DOCS = `# Fields
## name
- Model: res.partner
- Size: 12
- Type: char
- Tags: b, a
- Since: 2026-01-31
- Required: yes
- Link: https://a.example/?q=1
- Mail: a@b.example
- Phone: +63 2 1234
- Owner: Ann@example.com
- Needs: vat, state
- Stage: Open

A text, "quoted", with $HOME.

## vat
- Model: res.partner
- Size: 0.5
## state
`

interface Place {
  readonly root: string
  readonly notion: Notion
  readonly again: (...words: string[]) => Promise<unknown>
  readonly rollback: (...words: string[]) => Promise<{ code: number | null }>
  readonly write: (text: string, name?: string) => void
  /** What was asked since the last look. */
  readonly asked: () => string[]
}

interface Seen {
  readonly code: number | null
  readonly report: { readonly results: readonly Record<string, unknown>[] }
  readonly screen: string
  readonly rows: readonly Record<string, unknown>[]
}

interface Situation {
  readonly title: string
  /** Where the forms could hardly differ, one is tried. */
  readonly script?: true
  readonly properties?: Readonly<Record<string, string>>
  readonly config?: string
  readonly sources?: number
  readonly docs?: string
  readonly before?: (place: Place) => Promise<unknown> | unknown
  readonly words?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly code: number
  readonly check?: (seen: Seen, place: Place) => Promise<unknown> | unknown
}

const message = ({ report }: Seen): unknown => report.results[0]?.['message']
const writes = (asked: readonly string[]): string[] => asked.filter((each) => !/^GET|query$/.test(each))
const setUp = async ({ again, asked }: Place): Promise<void> => {
  await again()
  asked()
}

const situations: readonly Situation[] = [
  {
    title: 'a first run creates a row for each entry, of every type, with relations among them',
    code: 0,
    check: ({ rows, report }) => {
      expect(rows).toHaveLength(3)
      expect(rows[0]).toEqual({
        Name: 'name',
        Model: 'res.partner',
        Size: 12,
        Type: 'char',
        Tags: ['a', 'b'],
        Since: '2026-01-31',
        Required: true,
        Link: 'https://a.example/?q=1',
        Mail: 'a@b.example',
        Phone: '+63 2 1234',
        Owner: ['ann@example.com'],
        Needs: ['state', 'vat'],
        Stage: 'Open',
        Description: 'A text, "quoted", with $HOME.',
        Edited: null,
      })
      expect(rows[1]).toMatchObject({ Name: 'vat', Size: 0.5, Required: false, Tags: [] })
      expect(report.results[0]).toMatchObject({ status: 'done', outputs_created: ['row name', 'row state', 'row vat'] })
    },
  },
  {
    title: 'a second run asks for the rows and writes nothing',
    before: setUp,
    code: 0,
    check: (seen, { asked }) => {
      expect(seen.report.results[0]).toMatchObject({ status: 'unchanged', changed: false, backup: null })
      expect(asked()).toEqual([expect.stringMatching(/^POST .*\/query$/)])
    },
  },
  {
    title: 'a change is sent alone, can be rolled back, and forward again; an edit of a person elsewhere stays',
    before: async (place) => {
      await setUp(place)
      place.notion.edit('vat', { Phone: { phone_number: '1' } })
      place.write(DOCS.replace('Size: 0.5', 'Size: 0.5\n- Phone: 1').replace('res.partner', 'res.users'))
    },
    code: 0,
    check: async ({ rows }, { asked, notion, rollback }) => {
      expect(writes(asked())).toEqual([expect.stringMatching(/^PATCH/)])
      expect(JSON.parse(notion.requests.at(-1)?.body ?? '')).toEqual({
        properties: { Model: { rich_text: [{ type: 'text', text: { content: 'res.users' } }] } },
      })
      expect(rows[0]).toMatchObject({ Model: 'res.users' })
      notion.edit('state', { Model: { rich_text: [{ text: { content: 'of a person' } }] } })
      expect((await rollback('table', '--yes')).code).toBe(0)
      expect(notion.rows()).toMatchObject([{ Model: 'res.partner' }, {}, { Model: 'of a person' }])
      expect((await rollback('table', '--undo', '--yes')).code).toBe(0)
      expect(notion.rows()).toMatchObject([{ Model: 'res.users' }, {}, { Model: 'of a person' }])
    },
  },
  {
    title: 'version 2022-06-28: created, changed, and with prune archived; rolled back, all is as it was',
    script: true,
    config: config('rows: fields, files: ["docs/*.md"], prune: true, version: 2022-06-28'),
    before: async (place) => {
      await setUp(place)
      place.notion.add({ Model: { rich_text: [{ text: { content: 'without a key' } }] } })
      place.write(DOCS.replace('## state\n', '## new\n').replace(', state', '').replace('Size: 12', 'Size: 13'))
    },
    code: 0,
    check: async ({ rows, report }, { notion, rollback }) => {
      expect(new Set(notion.requests.map(({ version }) => version))).toEqual(new Set(['2022-06-28']))
      expect(rows.map(({ Name }) => Name)).toEqual(['name', 'vat', '', 'new'])
      expect(rows[0]).toMatchObject({ Size: 13, Needs: ['vat'] })
      expect(report.results[0]).toMatchObject({
        outputs_created: ['row new'],
        outputs_changed: ['row name'],
        outputs_removed: ['row state'],
      })
      expect((await rollback('table', '--yes')).code).toBe(0)
      expect(notion.rows().map(({ Name }) => Name)).toEqual(['name', 'vat', 'state', ''])
      expect(notion.rows()[0]).toMatchObject({ Size: 12, Needs: ['state', 'vat'] })
    },
  },
  {
    title: 'without prune a row that left the files stays',
    script: true,
    before: async (place) => {
      await setUp(place)
      place.write(DOCS.replace('## state\n', '').replace(', state', ''))
    },
    code: 0,
    check: ({ rows }) => expect(rows.map(({ Name }) => Name)).toEqual(['name', 'vat', 'state']),
  },
  {
    title: 'texts of more than 2000 characters are sent in pieces, and emoji are not torn',
    script: true,
    docs: `## long\n\n${'é'.repeat(1999)}${'😀'.repeat(1500)}\n`,
    before: setUp,
    code: 0,
    check: ({ rows, report }) => {
      expect(rows[0]?.['Description']).toBe(`${'é'.repeat(1999)}${'😀'.repeat(1500)}`)
      expect(report.results[0]).toMatchObject({ status: 'unchanged' })
    },
  },
  {
    title: 'more rows than a page holds are all read',
    script: true,
    docs: Array.from({ length: 230 }, (_, index) => `## field ${index}\n`).join(''),
    before: ({ notion }) => {
      for (let index = 0; index < 230; index++) notion.add({ Name: { title: [{ text: { content: `field ${index}` } }] } })
    },
    code: 0,
    check: (seen, { asked }) => {
      expect(message(seen)).toBe('all 230 rows are as they should be')
      expect(asked().filter((each) => each.endsWith('/query'))).toHaveLength(3)
    },
  },
  {
    title: 'a table that Notion calls incomplete is not written',
    script: true,
    before: ({ notion }) =>
      notion.fail(
        /query/,
        {},
        { change: (json) => ({ ...json, request_status: { type: 'incomplete', incomplete_reason: 'query_result_limit_reached' } }) },
      ),
    code: 1,
    check: (seen) => {
      expect(message(seen)).toMatch(/gave only a part of the rows \(query_result_limit_reached\)/)
      expect(seen.rows).toEqual([])
    },
  },
  {
    title: '429, 529 and 409 are waited for and tried again',
    before: ({ notion }) => {
      const error = (status: number) => ({
        status,
        headers: { 'Retry-After': '1' },
        json: { object: 'error', status, code: 'x', message: 'later' },
      })
      notion.fail(/POST .*query/, error(429))
      notion.fail(/POST .*pages/, error(529))
      notion.fail(/POST .*pages/, error(409), { skip: 1 })
    },
    code: 0,
    check: ({ rows }) => expect(rows).toHaveLength(3),
  },
  {
    title: 'a create whose answer never comes makes no second row',
    script: true,
    before: ({ notion }) => {
      notion.fail(/POST .*pages.*"vat"/, { fault: 'hang' }, { done: true })
      notion.fail(/POST .*pages.*"state"/, { status: 502, json: { message: 'bad gateway' } }, { done: true })
    },
    code: 0,
    check: ({ rows }, { asked }) => {
      expect(rows.map(({ Name }) => Name)).toEqual(['name', 'vat', 'state'])
      expect(asked().filter((each) => each === 'POST /v1/pages')).toHaveLength(3)
    },
  },
  {
    title: 'a create that was lost is sent again',
    script: true,
    before: ({ notion }) => notion.fail(/POST .*pages.*"vat"/, { fault: 'drop' }),
    code: 0,
    check: ({ rows }) => expect(rows.map(({ Name }) => Name)).toEqual(['name', 'vat', 'state']),
  },
  {
    title: 'a failure in the middle puts all rows back, and no row stays that was created',
    before: async (place) => {
      await setUp(place)
      place.write(`${DOCS.replaceAll('res.partner', 'res.users').replace('Size: 12', 'Size: 13')}## new\n`)
      place.notion.fail(
        /PATCH .*0\.7|PATCH .*Model.*/,
        { status: 400, json: { object: 'error', status: 400, code: 'validation_error', message: 'no luck' } },
        { skip: 1 },
      )
    },
    code: 1,
    check: (seen) => {
      expect(message(seen)).toMatch(/vat: Notion answers HTTP 400: no luck/)
      expect(seen.rows).toMatchObject([
        { Name: 'name', Model: 'res.partner', Size: 12 },
        { Name: 'vat', Model: 'res.partner' },
        { Name: 'state' },
      ])
      expect(seen.rows).toHaveLength(3)
    },
  },
  {
    title: 'a dry run says how many, and writes nothing',
    words: ['--dry-run'],
    code: 0,
    check: (seen, { asked }) => {
      expect(seen.report.results[0]).toMatchObject({ status: 'would_run', message: '3 to create' })
      expect(writes(asked())).toEqual([])
    },
  },
  {
    title: 'verify gives 8 and names the rows',
    words: ['--check'],
    before: async (place) => {
      await setUp(place)
      place.write(DOCS.replace('Size: 12', 'Size: 13'))
    },
    code: 8,
    check: (seen) => expect(message(seen)).toMatch(/1 to change/),
  },
  {
    title: 'without a token nothing is asked, and the variable is named',
    env: { NOTION_API_TOKEN: '' },
    code: 3,
    check: (seen, { asked }) => {
      expect(message(seen)).toMatch(/NOTION_API_TOKEN is not set: copy the secret of an integration/)
      expect(asked()).toEqual([])
    },
  },
  {
    title: 'a token that is not accepted gives 3 and the way to a new one, never the token',
    script: true,
    env: { NOTION_API_TOKEN: `${TOKEN}-old` },
    code: 3,
    check: (seen) => {
      expect(message(seen)).toMatch(/HTTP 401: API token is invalid\.; the token is not accepted: copy the secret/)
      expect(JSON.stringify(seen)).not.toContain(TOKEN)
    },
  },
  {
    title: 'a database that is not shared gives 3 and says so',
    script: true,
    env: { DB: 'https://www.notion.so/acme/Fields-eeeeeeeeeeee40008000000000000001?v=1' },
    code: 3,
    check: (seen) => expect(message(seen)).toMatch(/HTTP 404.*is it shared with the integration/),
  },
  {
    title: 'several data sources: one must be named',
    script: true,
    sources: 2,
    code: 2,
    check: (seen) => expect(message(seen)).toMatch(/several data sources: Rows, Others 1; name one as data_source/),
  },
  {
    title: 'several data sources: the one that is named',
    script: true,
    sources: 2,
    config: config('rows: fields, files: ["docs/*.md"], data_source: Rows'),
    code: 0,
    check: ({ rows }) => expect(rows).toHaveLength(3),
  },
  {
    title: 'what is wrong with the files is said with its lines, before anything is written',
    script: true,
    docs: '## a\n- Size: many\n- Since: 2026-02-30\n- Needs: nobody\n- Owner: eve@example.com\n- Required: perhaps\n- Edited: now\n',
    code: 4,
    check: (seen) => {
      for (const words of [
        'Size is no number: many',
        'Since is no date',
        'Needs names nobody, which is no row',
        'Owner names eve@example.com',
        'Required is neither yes nor no',
      ])
        expect(String(message(seen))).toContain(`docs/a.md:1: a: ${words}`)
      expect(seen.rows).toEqual([])
    },
  },
  {
    title: 'a property that Notion does not have is named, with those that it has',
    script: true,
    docs: '## a\n- Modell: x\n',
    code: 4,
    check: (seen) => expect(message(seen)).toMatch(/no property "Modell"; it has .*Model,/),
  },
  {
    title: 'two rows with one key: a person must decide',
    script: true,
    before: ({ notion }) => {
      for (let index = 0; index < 2; index++) notion.add({ Name: { title: [{ text: { content: 'vat' } }] } })
    },
    code: 4,
    check: (seen) => expect(message(seen)).toMatch(/2 rows with the key vat/),
  },
  {
    title: 'a property that changed its type in Notion is found out, though it is remembered',
    script: true,
    before: async (place) => {
      await setUp(place)
      place.write(DOCS.replace('Size: 12', 'Size: 13'))
      const cached = join(place.root, '.insightpulse/cache/table/notion.json')
      writeFileSync(cached, readFileSync(cached, 'utf8').replace('"type":"number"', '"type":"rich_text"'))
    },
    code: 0,
    check: ({ rows }) => expect(rows[0]).toMatchObject({ Size: 13 }),
  },
  {
    title: 'closing: rows of the period, once; what a person ticked off, or wrote beside it, stays',
    properties: CLOSING,
    config: config('rows: closing, files: ["docs/closing.yaml"], period: 2026-11'),
    before: async (place) => {
      const template = (offset: number) =>
        `holidays: [2026-11-30]\ntasks:\n  - task: Cut-off\n    owner: ann@example.com\n    offset: 0\n    Done: no\n  - task: Lock\n    offset: ${offset}\n    after: [Cut-off]\n    Done: no\n`
      place.write(template(1), 'closing.yaml')
      await setUp(place)
      expect(place.notion.rows()).toEqual([
        {
          Name: '2026-11 Cut-off',
          Task: 'Cut-off',
          Period: '2026-11',
          Due: '2026-11-27',
          Owner: ['ann@example.com'],
          'Depends on': [],
          Done: false,
        },
        {
          Name: '2026-11 Lock',
          Task: 'Lock',
          Period: '2026-11',
          Due: '2026-12-01',
          Owner: [],
          'Depends on': ['2026-11 Cut-off'],
          Done: false,
        },
      ])
      place.notion.edit('2026-11 Lock', { Done: { checkbox: true }, Owner: { people: [{ id: PEOPLE[1]?.id }] } })
      place.write(template(3), 'closing.yaml')
    },
    code: 0,
    check: ({ rows }) => {
      expect(rows).toHaveLength(2)
      expect(rows[1]).toMatchObject({ Due: '2026-12-03', Done: true, Owner: ['bob@example.com'] })
    },
  },
  {
    title: 'closing: what waits for what is not there, or for later, or for itself, is refused',
    script: true,
    properties: CLOSING,
    config: config('rows: closing, files: ["docs/closing.yaml"], period: 2026-11'),
    before: ({ write }) =>
      write('tasks:\n  - task: A\n    offset: 1\n    after: [B]\n  - task: B\n    offset: 1\n    after: [A]\n', 'closing.yaml'),
    code: 4,
    check: (seen) => expect(message(seen)).toMatch(/closing.yaml:2: A: waits for itself; docs\/closing.yaml:5: B: waits for itself/),
  },
  {
    title: 'filings: what falls due in the months, moved over weekends and holidays; twice is once',
    properties: FILINGS,
    config: config('rows: filings, files: ["docs/filings.yaml"], period: 2026-11, months: 2'),
    before: async (place) => {
      place.write(
        `holidays: [2026-12-10]\nfilings:\n  - form: 1601-C\n    period: month\n    due: 10th of the following month\n    source: RR 2-98\n    Status: Open\n  - form: 2550Q\n    period: quarter\n    due: 25 days after the end\n    source: NIRC 114\n`,
        'filings.yaml',
      )
      await setUp(place)
      place.notion.edit('1601-C 2026-11', { Status: { status: { name: 'Filed' } } })
    },
    code: 0,
    check: ({ rows, report }) => {
      expect(rows.map(({ Name, Due, Status }) => [Name, Due, Status])).toEqual([
        ['1601-C 2026-10', '2026-11-10', 'Open'],
        ['1601-C 2026-11', '2026-12-11', 'Filed'],
      ])
      expect(report.results[0]).toMatchObject({ status: 'unchanged' })
    },
  },
]

const templates = new Map<string, Promise<string>>()
const folders: string[] = []
afterAll(() => execute('rm', ['-rf', ...folders]))

async function rootWith(text: string, root: string): Promise<void> {
  let template = templates.get(text)
  if (!template) {
    const folder = scratch()
    folders.push(folder)
    template = makeRoot(folder, text)
    templates.set(text, template)
  }
  cpSync(await template, root, { recursive: true })
}

async function placeFor(form: Form, situation: Situation, folder: string): Promise<{ place: Place; env: Record<string, string> }> {
  const root = join(folder, 'root')
  await rootWith(situation.config ?? config(), root)
  const notion = await startNotion({
    properties: situation.properties ?? FIELDS,
    token: TOKEN,
    users: PEOPLE,
    sources: situation.sources ?? 1,
  })
  const env = { NO_COLOR: '1', DB: notion.database, API: notion.base, NOTION_API_TOKEN: TOKEN }
  mkdirSync(join(root, 'docs'))
  let looked = 0
  const place: Place = {
    root,
    notion,
    again: async (...words) => {
      const outcome = await run(form, root, words, env)
      expect(outcome.code, outcome.stderr).toBe(0)
    },
    rollback: (...words) => run(form, root, words, env, 'rollback'),
    write: (text, name = 'a.md') => writeFileSync(join(root, 'docs', name), text),
    asked: () => {
      const all = notion.requests.slice(looked).map(({ method, path }) => `${method} ${path}`)
      looked = notion.requests.length
      return all
    },
  }
  place.write(situation.docs ?? DOCS)
  return { place, env: { ...env, ...situation.env } }
}

async function see(form: Form, situation: Situation, folder: string) {
  const { place, env } = await placeFor(form, situation, folder)
  await situation.before?.(place)
  const [events, report] = [join(folder, 'events'), join(folder, 'report.json')]
  const outcome = await run(form, place.root, ['--events', events, '--report', report, ...(situation.words ?? [])], env)
  const withoutPort = (value: unknown): unknown =>
    JSON.parse(JSON.stringify(normalised(value)).replaceAll(String(new URL(place.notion.base).port), 'PORT'))
  const seen = {
    code: outcome.code,
    tree: withoutStamps(tree(place.root)),
    report: withoutPort(readJson(report)) as Seen['report'],
    events: (withoutPort(readEventLines(events)) as { event: string }[]).filter(({ event }) => event !== 'step_progress'),
    rows: place.notion.rows(),
    asked: place.notion.requests.map(({ method, path, body }) => `${method} ${path} ${body}`),
    left: leftovers(place.root, 'table'),
  }
  expect(seen.code, outcome.stderr).toBe(situation.code)
  await situation.check?.({ ...seen, screen: outcome.stderr }, place)
  place.notion.stop()
  return seen
}

describe('notion_table is the same under Node and as a script', () => {
  it.concurrent.each(situations)('$title', { timeout: 600_000 }, async (situation) => {
    const folder = scratch()
    try {
      const seen = []
      for (const form of situation.script ? (['script'] as const) : forms) seen.push(await see(form, situation, join(folder, form)))
      expect(seen.at(-1)).toEqual(seen[0])
      expect(seen.at(-1)?.left).toEqual([])
      // Nothing on the disk has the token.
      await expect(execute('grep', ['-rlF', TOKEN, folder])).rejects.toThrow()
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })

  it.concurrent.each(forms)('a run that was killed while it wrote is put back by the next one (%s)', { timeout: 600_000 }, async (form) => {
    const folder = scratch()
    const { place, env } = await placeFor(form, { title: '', code: 0 }, folder)
    await place.again()
    const before = place.notion.rows()
    place.write(`${DOCS.replaceAll('res.partner', 'res.users')}## new\n`)
    const child = start(form, place.root, [], env)
    const ended = finish(child)
    let patches = 0
    place.notion.onRequest((asked) => {
      if (!asked.startsWith('PATCH') || ++patches < 2) return
      place.notion.onRequest(undefined)
      const runs = join(place.root, '.insightpulse/state/runs/table')
      const journal = readFileSync(join(runs, readdirSync(runs)[0] ?? '', 'journal'), 'utf8')
      const group = [...journal.matchAll(/^step_start \S+ (\d+)/gm)].at(-1)?.[1]
      process.kill(Number(/^run (\d+)/m.exec(journal)?.[1]), 'SIGKILL')
      process.kill(-Number(group), 'SIGKILL')
    })
    await ended
    expect(place.notion.rows()).not.toEqual(before)
    place.write(DOCS)
    const outcome = await run(form, place.root, [], env)
    expect(outcome.code, outcome.stderr).toBe(0)
    expect(outcome.stderr).toMatch(/was interrupted; it is put back/)
    expect(place.notion.rows()).toEqual(before)
    expect(leftovers(place.root, 'table')).toEqual([])
    place.notion.stop()
    rmSync(folder, { recursive: true, force: true })
  })
})
