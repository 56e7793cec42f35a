import { execFileSync, spawn } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  compiled,
  execute,
  existsSync,
  type Form,
  finish,
  forms,
  home,
  join,
  leftovers,
  makeRoot,
  mkdirSync,
  normalised,
  pathWithoutNode,
  readEventLines,
  readFileSync,
  readJson,
  rmSync,
  scratch,
  writeFileSync,
} from './forms.ts'

let server: string
const postgres = (words: string): void => {
  execFileSync('bash', ['-euc', `. ${home}test/fixtures/postgres.sh; ${words}`, 'bash', server], { stdio: 'ignore' })
}
beforeAll(() => {
  server = scratch()
  postgres('chmod 755 "$1"; start_postgres "$1"')
})
afterAll(() => {
  postgres('stop_postgres "$1"')
  rmSync(server, { recursive: true, force: true })
})

const sql = (database: string, text: string): string =>
  execFileSync(
    'psql',
    ['-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-h', join(server, 'socket'), '-U', 'test', '-d', database, '-f', '-'],
    {
      input: text,
      encoding: 'utf8',
    },
  ).trim()

const config = `version: "1.0"
targets:
  app:
    driver: compose_stack
    config:
      project: app
      versions: { appVersion: "1.0" }
      parts:
        database: { kind: postgres, database: app, url: "\${APP_DATABASE}" }
        notes: { kind: sqlite, path: notes.db }
        config: { kind: files, paths: [conf, .env] }
`

/** A root with data of its own, and with a copy of the database that is here. */
async function begin(form: Form): Promise<string> {
  const root = join(scratch(), form)
  mkdirSync(join(root, 'conf'), { recursive: true })
  await makeRoot(root, config)
  sql('postgres', "SELECT format('DROP DATABASE %I', datname) FROM pg_database WHERE datname LIKE 'app%' \\gexec\nCREATE DATABASE app;")
  sql('app', 'CREATE TABLE t (x int PRIMARY KEY); INSERT INTO t SELECT generate_series(1, 10);')
  change(root, 'theirs')
  return root
}

function change(root: string, word: string): void {
  writeFileSync(join(root, 'conf/a b'), `${word}\n`)
  writeFileSync(join(root, '.env'), `WORD=${word}\n`)
  execFileSync('sqlite3', [join(root, 'notes.db'), `DROP TABLE IF EXISTS n; CREATE TABLE n (w); INSERT INTO n VALUES ('${word}');`])
}

/** One run in one form: what it gave, and what stands there afterwards, without times. */
async function look(form: Form, root: string, verb: 'export' | 'import', ...words: readonly string[]) {
  const [events, report] = [join(root, '../events'), join(root, '../report.json')]
  for (const file of [events, report]) rmSync(file, { force: true })
  const [program = '', ...first] = form === 'node' ? ['node', compiled(verb), 'app'] : ['bash', join(root, `generated/${verb}-app.sh`)]
  const { code } = await finish(
    spawn(program, [...first, '--events', events, '--report', report, ...words], {
      cwd: root,
      env: {
        ...process.env,
        APP_DATABASE: `postgresql://test@/app?host=${join(server, 'socket')}`,
        ...(form === 'script' && { PATH: pathWithoutNode }),
      },
    }),
  )
  expect(leftovers(root, 'app')).toEqual([])
  return {
    code,
    // Parts end in any order.
    events: existsSync(events)
      ? readEventLines(events)
          .map((line) => normalised(withoutStamps(line)) as { event: string })
          .filter(({ event }) => event !== 'step_progress')
      : [],
    report: existsSync(report) ? normalised(withoutStamps(readJson(report))) : undefined,
    ...here(root),
  }
}

/** Dates in the names of archives, sizes and digests differ from run to run, as each dump has its time in it. */
const withoutStamps = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value)
      .replaceAll(/\d{4}(-\d\d){5}(-[0-9a-f]{4})?/g, 'STAMP')
      .replaceAll(/sha256 [0-9a-f]{64}/g, 'sha256 DIGEST')
      .replaceAll(/\d+(\.\d+)? (bytes|[KMG]B|[KMG]iB|B)\b/g, 'SIZE')
      .replaceAll(/[0-9.]+[KMG]?B?(?=, sha256)/g, 'SIZE'),
  )

const here = (root: string) => ({
  rows: sql('app', 'SELECT sum(x) FROM t'),
  databases: sql('postgres', "SELECT count(*) FROM pg_database WHERE datname LIKE 'app%'"),
  notes: execFileSync('sqlite3', [join(root, 'notes.db'), 'SELECT w FROM n'], { encoding: 'utf8' }),
  files: ['conf/a b', '.env'].map((path) => readFileSync(join(root, path), 'utf8')),
  archives: execFileSync('sh', ['-c', 'find team-sync-exports -printf "%m %p\\n" 2>/dev/null | sort'], {
    cwd: root,
    encoding: 'utf8',
  }).replaceAll(/\d{4}(-\d\d){5}(-[0-9a-f]{4})?/g, 'STAMP'),
})

describe('export and import are the same under Node and as scripts', () => {
  it('dry run, export, import, a refusal, an archive that is missing, one that is damaged', { timeout: 300_000 }, async () => {
    const seen = []
    for (const form of forms) {
      const root = await begin(form)
      const dry = await look(form, root, 'export', '--dry-run')
      expect(dry).toMatchObject({ code: 0, archives: '' })
      const first = await look(form, root, 'export')
      expect(first).toMatchObject({ code: 0, report: { results: [{ status: 'done' }] } })
      expect(first.events.map(({ event }) => event)).toEqual(expect.arrayContaining(['run_start', 'step_planned', 'step_end', 'run_end']))
      const list = await look(form, root, 'export', '--list')
      expect(list).toMatchObject({ code: 0, archives: first.archives })

      sql('app', 'DELETE FROM t; INSERT INTO t VALUES (77);')
      change(root, 'mine')
      const unasked = await look(form, root, 'import')
      expect(unasked).toMatchObject({ code: 2, rows: '77' })
      const missing = await look(form, root, 'import', '--yes', '--archive', 'nowhere.tar.gz')
      expect(missing).toMatchObject({ code: 3, rows: '77' })
      const preview = await look(form, root, 'import', '--dry-run')
      expect(preview).toMatchObject({ code: 0, rows: '77', databases: '1', archives: first.archives })
      const taken = await look(form, root, 'import', '--yes')
      expect(taken).toMatchObject({ code: 0, rows: '55', databases: '2', notes: 'theirs\n', files: ['theirs\n', 'WORD=mine\n'] })
      const back = await look(form, root, 'import', '--yes', '--back', '--take-env')
      expect(back).toMatchObject({ code: 0, rows: '77', notes: 'mine\n', files: ['mine\n', 'WORD=mine\n'] })

      await execute('sh', ['-c', 'for file in team-sync-exports/*.tar*; do head -c 500 "$file" >cut && mv cut "$file"; done'], root)
      const damaged = await look(form, root, 'import', '--yes')
      expect(damaged).toMatchObject({ code: 5, rows: '77', notes: 'mine\n' })
      seen.push({ dry, first, list, unasked, missing, preview, taken, back, damaged })
      rmSync(join(root, '..'), { recursive: true })
    }
    expect(seen[1]).toEqual(seen[0])
  })
})
