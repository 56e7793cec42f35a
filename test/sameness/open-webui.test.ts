import { afterAll, describe, expect, it } from 'vitest'
import { type Database, type Engine, engines, makeDatabase, meta, params, pythonJson, type Row, stopServer } from '../fixtures/webui.ts'
import { hostile } from '../unit/hostile.ts'
import {
  cpSync,
  execute,
  existsSync,
  type Form,
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
  tree,
  withoutStamps,
  writeFileSync,
} from './forms.ts'

const config = (direction = 'bidirectional', onTarget = '', prompt = 'prompt.md'): string => `version: "1.0"
targets:
  open_webui:
    driver: open_webui
    direction: ${direction}
${onTarget}    config:
      database: \${OPEN_WEBUI_DATABASE}
      model: \${MODEL:-inna}
      system_prompt: inna/${prompt}
      metadata: inna/metadata.json
`

const generated = new Map<string, Promise<string>>()
const folders: string[] = []
afterAll(stopServer)
afterAll(() => execute('rm', ['-rf', ...folders]))

/** A root with this config; its scripts are generated once for all. */
async function rootWith(text: string, root: string): Promise<void> {
  let template = generated.get(text)
  if (!template) {
    const folder = scratch()
    folders.push(folder)
    template = makeRoot(folder, text)
    generated.set(text, template)
  }
  cpSync(await template, root, { recursive: true })
}

/** What a situation works with: files below the root, the database, and the run of this form. */
interface Place {
  readonly root: string
  readonly database: Database
  readonly again: (...words: string[]) => Promise<unknown>
  readonly read: (name: string) => string
  readonly write: (name: string, text: string | Buffer) => void
}

interface Seen {
  readonly code: number | null
  readonly tree: Record<string, string>
  readonly row: Row
  readonly report: { readonly results: readonly Record<string, unknown>[] }
  readonly events: unknown
  readonly screen: string
  readonly left: string[]
}

interface Situation {
  readonly title: string
  /** Where only one engine can tell, or where it does not matter which. */
  readonly engine?: Engine
  readonly config?: string
  readonly before?: (place: Place) => Promise<unknown> | undefined
  readonly words?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly code: number
  readonly check?: (seen: Seen, place: Place) => void
}

const PROMPT = params.system
const synced = async ({ again }: Place): Promise<void> => void (await again())
const system = (row: Row): string => (JSON.parse(row.params) as { system: string }).system
const untouched = (row: Row): void =>
  expect(row).toMatchObject({ params: pythonJson(params), meta: pythonJson(meta), updated_at: 1700000000 })
const message = ({ report }: Seen): unknown => report.results[0]?.['message']
const status = ({ report }: Seen): unknown => report.results[0]?.['status']

const situations: readonly Situation[] = [
  {
    title: 'a first pull writes both files from the database (recovery: run inna-pull)',
    words: ['--direction', 'pull'],
    code: 0,
    check: (seen, { read }) => {
      expect(read('prompt.md')).toBe(PROMPT)
      const { system: _, ...others } = params
      expect(JSON.parse(read('metadata.json'))).toEqual({ name: 'Inna', meta, params: others })
      expect(read('metadata.json')).toContain('\n    "description": "Answers hr questions è",\n')
      expect(seen.report).toMatchObject({ results: [{ outputs_created: ['inna/metadata.json', 'inna/prompt.md'] }] })
      untouched(seen.row)
    },
  },
  {
    title: 'a pull into files that are current writes neither of them',
    config: config('pull'),
    before: synced,
    code: 0,
    check: (seen) => expect(status(seen)).toBe('unchanged'),
  },
  {
    title: 'a pull writes only the file that changed, and keeps the order and spelling of the other keys',
    config: config('pull'),
    before: async (place) => {
      await place.again()
      place.write('metadata.json', '{"params": {"temperature": 0.30000000000000004}, "name": "Inna"}')
      place.database.set({ params: { ...params, temperature: 1 } })
    },
    code: 0,
    check: (seen, { read }) => {
      expect(Object.keys(JSON.parse(read('metadata.json')))).toEqual(['name', 'meta', 'params'])
      expect(seen.report).toMatchObject({ results: [{ outputs_changed: ['inna/metadata.json'], outputs_created: [] }] })
    },
  },
  {
    title:
      'a push writes what the files changed and keeps every other key (edit, run inna-push; post-hook: verify operation success, check sync status, report results)',
    config: config('push'),
    before: async ({ write }) => {
      write('prompt.md', 'You are Inna 2.0 — "quoted" \\ and $(touch ran) è\n\n')
      write('metadata.json', '{"name": "Inna è", "meta": {"tags": [{"name": "hr"}, {"name": "ph"}]}, "params": {"top_p": 0.9}}')
    },
    code: 0,
    check: (seen) => {
      expect(seen.row.params).toBe(pythonJson({ ...params, system: 'You are Inna 2.0 — "quoted" \\ and $(touch ran) è\n\n', top_p: 0.9 }))
      expect(seen.row.meta).toBe(pythonJson({ ...meta, tags: [{ name: 'hr' }, { name: 'ph' }] }))
      expect(seen.row.name).toBe('Inna è')
      expect(seen.row.updated_at).toBeGreaterThan(1700000000)
      expect(seen.report).toMatchObject({
        results: [
          { outputs_changed: ['model inna'], steps: expect.arrayContaining([expect.objectContaining({ id: 'check_both', status: 'ok' })]) },
        ],
      })
    },
  },
  {
    title: 'a second push changes nothing, updated_at neither (idempotent: safe to run multiple times)',
    config: config('push'),
    before: async ({ write, again, database }) => {
      write('prompt.md', 'new')
      write('metadata.json', '{}')
      await again()
      database.set({ updated_at: 1700000001 })
    },
    code: 0,
    check: (seen) => {
      expect(status(seen)).toBe('unchanged')
      expect(seen.row.updated_at).toBe(1700000001)
    },
  },
  {
    title:
      'a push without the prompt file is refused before anything is done (pre-hook: validate prerequisites; failures: no changes made)',
    config: config('push'),
    code: 3,
    check: (seen) => {
      untouched(seen.row)
      expect(message(seen)).toBe('inna/prompt.md: there is no such file; write it, or pull first')
      expect(seen.report).toMatchObject({ results: [{ steps: [] }] })
    },
  },
  {
    title: 'an empty prompt file never overwrites the database',
    config: config('push'),
    before: async ({ write }) => {
      write('prompt.md', '')
      write('metadata.json', '{"name": "", "meta": {"description": null}}')
    },
    code: 0,
    check: (seen) => {
      untouched(seen.row)
      expect(message(seen)).toContain('left alone, one side has nothing: ')
      expect(message(seen)).toContain('params.system')
    },
  },
  {
    title: 'an empty prompt in the database never overwrites the file',
    config: config('pull'),
    before: async ({ write, database }) => {
      write('prompt.md', 'mine')
      database.set({ params: { system: '' } })
    },
    code: 0,
    check: (_, { read }) => expect(read('prompt.md')).toBe('mine'),
  },
  {
    title: 'edits on both sides of different fields meet, each where it was not',
    before: async (place) => {
      await place.again()
      place.write('prompt.md', `${PROMPT}A line of the editor.\n`)
      place.database.set({ meta: { ...meta, description: 'of the browser' } })
    },
    code: 0,
    check: (seen, { read }) => {
      expect(system(seen.row)).toBe(`${PROMPT}A line of the editor.\n`)
      expect(JSON.parse(read('metadata.json'))).toMatchObject({ meta: { description: 'of the browser' } })
      expect(message(seen)).toBe('to the database: params.system; to the files: meta.description')
    },
  },
  {
    title: 'edits of different lines of the prompt are merged',
    before: async (place) => {
      place.database.set({ params: { ...params, system: 'one\ntwo\nthree\nfour\nfive\n' } })
      await place.again()
      place.write('prompt.md', 'ONE\ntwo\nthree\nfour\nfive\n')
      place.database.set({ params: { ...params, system: 'one\ntwo\nthree\nfour\nFIVE\n' } })
    },
    code: 0,
    check: (seen, { read }) => {
      expect(system(seen.row)).toBe('ONE\ntwo\nthree\nfour\nFIVE\n')
      expect(read('prompt.md')).toBe('ONE\ntwo\nthree\nfour\nFIVE\n')
    },
  },
  {
    title:
      'a conflict stops the run, shows both and the two ways out, and changes nothing (sync mismatches: clear error messages with recovery instructions; fail fast)',
    before: async (place) => {
      await place.again()
      place.write('prompt.md', 'of the editor\n')
      place.database.set({ params: { ...params, system: 'of the browser\n' } })
    },
    code: 4,
    check: (seen, { read }) => {
      expect(read('prompt.md')).toBe('of the editor\n')
      expect(system(seen.row)).toBe('of the browser\n')
      expect(seen.screen).toMatch(/^-of the browser\n\+of the editor$/m)
      expect(message(seen)).toContain('generated/sync-open-webui.sh --take-files')
      expect(message(seen)).toContain('generated/sync-open-webui.sh --take-database')
    },
  },
  ...(['take-files', 'take-database'] as const).map(
    (flag): Situation => ({
      title: `--${flag} settles the conflict and nothing else`,
      before: async (place) => {
        await place.again()
        place.write('prompt.md', 'of the editor\n')
        place.database.set({ params: { ...params, system: 'of the browser\n', temperature: 1 } })
      },
      words: [`--${flag}`],
      code: 0,
      check: (seen, { read }) => {
        const wanted = flag === 'take-files' ? 'of the editor\n' : 'of the browser\n'
        expect(read('prompt.md')).toBe(wanted)
        expect(JSON.parse(seen.row.params)).toEqual({ ...params, system: wanted, temperature: 1 })
        expect(JSON.parse(read('metadata.json'))).toMatchObject({ params: { temperature: 1 } })
      },
    }),
  ),
  ...(['files', 'database', 'newest'] as const).map(
    (rule): Situation => ({
      title: `on_conflict: ${rule}`,
      config: config('bidirectional', `    on_conflict: ${rule}\n`),
      before: async (place) => {
        await place.again()
        place.write('metadata.json', place.read('metadata.json').replace('"Inna"', '"Of the editor"'))
        place.database.set({ name: 'Of the browser', updated_at: 4_000_000_000 })
      },
      code: 0,
      check: (seen) => expect(seen.row.name).toBe(rule === 'files' ? 'Of the editor' : 'Of the browser'),
    }),
  ),
  {
    title: 'on_conflict: newest keeps the files where they are newer',
    config: config('bidirectional', '    on_conflict: newest\n'),
    before: async (place) => {
      await place.again()
      place.write('metadata.json', place.read('metadata.json').replace('"Inna"', '"Of the editor"'))
      place.database.set({ name: 'Of the browser', updated_at: 1700000001 })
    },
    code: 0,
    check: (seen) => expect(seen.row.name).toBe('Of the editor'),
  },
  {
    title: 'on_conflict: newest stops where the database did not move its time (v0.5), also after a push of ours',
    config: config('bidirectional', '    on_conflict: newest\n'),
    before: async (place) => {
      await place.again()
      place.write('prompt.md', 'pushed')
      await place.again()
      place.write('metadata.json', place.read('metadata.json').replace('"Inna"', '"Of the editor"'))
      place.database.set({ name: 'Of the browser' })
    },
    code: 4,
    check: (seen, { read }) => {
      expect(seen.row.name).toBe('Of the browser')
      expect(read('metadata.json')).toContain('"Of the editor"')
      expect(message(seen)).toContain('both changed name (it is not known which is newer')
    },
  },
  ...['', '{"of":', '{"of":"another","had":1}'].map(
    (text): Situation => ({
      engine: 'sqlite',
      title: `what is remembered is damaged (${text}): nothing is remembered, and no edit is lost`,
      config: config('bidirectional', '    on_conflict: newest\n'),
      before: async (place) => {
        await place.again()
        place.write('../.insightpulse/state/synced/open_webui.json', text)
        place.write('metadata.json', place.read('metadata.json').replace('"Inna"', '"Of the editor"'))
        place.database.set({ name: 'Of the browser' })
      },
      code: 4,
      check: (seen) => expect(message(seen)).toContain('both changed name (it is not known which is newer'),
    }),
  ),
  {
    title: 'verify says 0 in step (inna-verify: verify sync status; pre-hook: verify current state)',
    before: synced,
    words: ['--check'],
    code: 0,
    check: (seen) => expect(message(seen)).toBe('in step'),
  },
  {
    title: 'verify compares content, not bytes',
    before: async (place) => {
      await place.again()
      const { name, ...others } = JSON.parse(place.read('metadata.json')) as { name: string; meta: { capabilities: unknown } }
      others.meta.capabilities = { citations: false, vision: true }
      place.write('metadata.json', pythonJson({ ...others, name }))
    },
    words: ['--check'],
    code: 0,
  },
  {
    title: 'verify says 8 out of step, with a diff and what to do (exit with proper status codes)',
    before: async (place) => {
      await place.again()
      place.database.set({ params: { ...params, system: 'other' } })
    },
    words: ['--check'],
    code: 8,
    check: (seen, { read }) => {
      expect(read('prompt.md')).toBe(PROMPT)
      expect(seen.screen).toMatch(/^-other\n\+You are Inna\.\n\+Be kind, é\.$/m)
      expect(seen.screen).toContain('to settle it: generated/sync-open-webui.sh')
      expect(seen.left).toEqual([])
    },
  },
  {
    title: 'verify says 8 for a conflict too',
    before: async (place) => {
      await place.again()
      place.write('prompt.md', 'of the editor\n')
      place.database.set({ params: { ...params, system: 'of the browser\n' } })
    },
    words: ['--check'],
    code: 8,
  },
  {
    title: 'a dry run of a push changes nothing and says what it would',
    config: config('push'),
    before: async ({ write }) => {
      write('prompt.md', 'new')
      write('metadata.json', '{}')
    },
    words: ['--dry-run'],
    code: 0,
    check: (seen) => {
      untouched(seen.row)
      expect(status(seen)).toBe('would_run')
      expect(message(seen)).toBe('to the database: params.system')
    },
  },
  {
    title: 'params that are the text null take a prompt',
    config: config('push'),
    before: async ({ write, database }) => {
      database.set({ params: 'null' })
      write('prompt.md', 'first')
      write('metadata.json', '{}')
    },
    code: 0,
    check: (seen) => expect(seen.row.params).toBe('{"system": "first"}'),
  },
  {
    title: 'a prompt in .json is an object with "system"',
    config: config('bidirectional', '', 'prompt.json'),
    code: 0,
    check: (_, { read }) => expect(read('prompt.json')).toBe(`{\n  "system": "You are Inna.\\nBe kind, é.\\n"\n}\n`),
  },
  {
    title: 'hostile texts come back as they went, as values and as the prompt',
    before: async ({ write, again, root }) => {
      write('prompt.md', hostile.join('\n'))
      write('metadata.json', JSON.stringify({ meta: { hostile, nested: Object.fromEntries(hostile.map((text, index) => [text, index])) } }))
      await again('--direction', 'push')
      rmSync(join(root, 'inna'), { recursive: true })
    },
    words: ['--direction', 'pull'],
    code: 0,
    check: (seen, { read, root }) => {
      expect(read('prompt.md')).toBe(hostile.join('\n'))
      expect(JSON.parse(read('metadata.json'))).toMatchObject({ meta: { hostile } })
      expect(seen.row.params).toBe(pythonJson({ ...params, system: hostile.join('\n') }))
      expect(existsSync(join(root, 'ran'))).toBe(false)
    },
  },
  ...(
    [
      ['a model that does not exist, with the nearest', { MODEL: 'ina' }, undefined, 3, 'the database has no ina; did you mean inna?'],
      [
        'a model that is near to none, with what there is',
        { MODEL: 'zzzzzzz' },
        undefined,
        3,
        'the database has no zzzzzzz; there is: inna, other',
      ],
      ['broken JSON, with its place', {}, '{\n  "name": "é" "x"\n}', 4, 'inna/metadata.json:2:15: expected "," or "}"'],
      ['JSON of another shape', {}, '[]', 4, 'inna/metadata.json: must be a JSON object, not a array'],
      ['a key that would be dropped', {}, '{"tags": []}', 4, '"tags" would be dropped; it holds "name", "meta" and "params"'],
      ['a key of another type', {}, '{"meta": "x"}', 4, '"meta" must be an object'],
      ['the prompt in the metadata', {}, '{"params": {"system": "x"}}', 4, '"system" belongs into inna/prompt.md'],
      ['a key that stands twice', {}, '{"meta": {"a": 1, "a": 2}}', 4, '"a" stands there twice'],
      ['a NUL escape', {}, '{"name": "a\\u0000b"}', 4, 'holds \\u0000, which no database text can hold'],
      ['bytes that are not UTF-8', {}, Buffer.from('{"name": "\xe9"}', 'latin1'), 4, 'not UTF-8'],
    ] as const
  ).map(
    ([title, env, metadata, code, text]): Situation => ({
      title: `bad input: ${title}`,
      ...(code === 4 && { engine: 'sqlite' }),
      before: async ({ write }) => {
        write('prompt.md', 'new')
        write('metadata.json', metadata ?? '{}')
      },
      words: ['--direction', 'push'],
      env,
      code,
      check: (seen) => {
        untouched(seen.row)
        expect(message(seen)).toContain(text)
      },
    }),
  ),
  {
    title: 'bad input: a NUL byte in the prompt',
    engine: 'sqlite',
    before: async ({ write }) => {
      write('prompt.md', 'a\0b')
      write('metadata.json', '{}')
    },
    words: ['--direction', 'push'],
    code: 4,
    check: (seen) => untouched(seen.row),
  },
  {
    title: 'bad input: a file that is a folder',
    engine: 'sqlite',
    before: async ({ root }) => void mkdirSync(join(root, 'inna/prompt.md'), { recursive: true }),
    code: 2,
    check: (seen) => expect(message(seen)).toBe('inna/prompt.md: is a folder, not a file'),
  },
  {
    title: 'a failed verification puts files and row back (post-hook failures: operation marked as failed)',
    config: `${config()}    verification: { command: 'echo 0', expected_min: 1 }\n`,
    before: async (place) => {
      await place.again()
      place.write('prompt.md', 'of the editor\n')
      place.database.set({ meta: { ...meta, description: 'of the browser' } })
    },
    words: ['--verify'],
    code: 5,
    check: (seen, { read }) => {
      expect(seen.row).toMatchObject({ params: pythonJson(params), updated_at: 1700000000 })
      expect(read('prompt.md')).toBe('of the editor\n')
      expect(read('metadata.json')).toContain('Answers hr questions è')
    },
  },
  {
    title: 'the backup of a run holds the whole database, the row and the files (full database and file backups)',
    config: `${config()}    verification: { command: 'cp -R .insightpulse/state/runs/*/*/saved kept; chmod -R go-rwx kept; echo 1', expected_min: 1 }\n`,
    before: async (place) => {
      await place.again()
      place.write('prompt.md', 'of the editor\n')
    },
    words: ['--verify'],
    code: 0,
    check: (_, { root }) => {
      const artifacts = join(root, 'kept/artifacts')
      expect(readJson(join(artifacts, 'row.json'))).toMatchObject({ id: 'inna', params: pythonJson(params) })
      expect(['database.sqlite', 'database.dump'].filter((name) => existsSync(join(artifacts, name)))).toHaveLength(1)
      expect(readFileSync(join(root, 'kept/back_up/files/inna/prompt.md'), 'utf8')).toBe('of the editor\n')
      rmSync(join(root, 'kept'), { recursive: true })
    },
  },
]

async function see(form: Form, engine: Engine, situation: Situation, folder: string): Promise<Seen> {
  const root = join(folder, 'root')
  mkdirSync(folder, { recursive: true })
  await rootWith(situation.config ?? config(), root)
  const database = makeDatabase(engine, folder)
  const env = { OPEN_WEBUI_DATABASE: database.address, NO_COLOR: '1' }
  const place: Place = {
    root,
    database,
    again: (...words) => run(form, root, words, env),
    read: (name) => readFileSync(join(root, 'inna', name), 'utf8'),
    write: (name, text) => {
      mkdirSync(join(root, 'inna'), { recursive: true })
      writeFileSync(join(root, 'inna', name), text)
    },
  }
  await situation.before?.(place)
  const events = join(folder, 'events')
  const report = join(folder, 'report.json')
  const outcome = await run(form, root, ['--events', events, '--report', report, ...(situation.words ?? [])], { ...env, ...situation.env })
  const seen: Seen = {
    code: outcome.code,
    report: withoutNames(normalised(readJson(report))) as Seen['report'],
    events: existsSync(events) ? withoutNames(normalised(readEventLines(events))) : [],
    row: database.row(),
    screen: outcome.stderr,
    left: leftovers(root, 'open_webui'),
    tree: tree(root),
  }
  situation.check?.(seen, place)
  const { screen: _, row, ...same } = { ...seen, tree: withoutCopies(tree(root)) }
  return { ...same, screen: '', row: { ...row, updated_at: row.updated_at > 1_750_000_000 ? 0 : row.updated_at } }
}

/** Of backups names and modes only: a copy of the database holds its times, and the paths of this form. */
const withoutCopies = (found: Record<string, string>): Record<string, string> =>
  withoutStamps(
    Object.fromEntries(
      Object.entries(found).map(([path, text]) => [path, path.startsWith('.insightpulse/backups/') ? (text.split(' ')[0] ?? '') : text]),
    ),
  )

const withoutNames = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value).replaceAll(/webui_\d+_\d+|lockstep-postgres-\w+/g, 'DATABASE'))

describe.each(engines)('open_webui with %s is the same under Node and as a script', (engine) => {
  it.concurrent.each(situations.filter((situation) => (situation.engine ?? engine) === engine))(
    '$title',
    { timeout: 300_000 },
    async (situation) => {
      const folder = scratch()
      try {
        const seen = await Promise.all(forms.map((form) => see(form, engine, situation, join(folder, form))))
        const [node, script] = seen as [Seen, Seen]
        expect(node.code).toBe(situation.code)
        expect(script).toEqual(node)
        expect(script.left).toEqual([])
      } finally {
        await execute('rm', ['-rf', folder])
      }
    },
  )
})
