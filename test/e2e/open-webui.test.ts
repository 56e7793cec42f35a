import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { readdirSync, symlinkSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Database, type Engine, engines, makeDatabase, meta, params, pythonJson, stopServer, type Version } from '../fixtures/webui.ts'
import {
  compiled,
  cpSync,
  execute,
  existsSync,
  finish,
  home,
  join,
  leftovers,
  makeRoot,
  mkdirSync,
  type Outcome,
  pathWithoutNode,
  readFileSync,
  readJson,
  scratch,
  writeFileSync,
} from '../sameness/forms.ts'

const config = `version: "1.0"
targets:
  open_webui:
    driver: open_webui
    direction: bidirectional
    config: { database: "\${OPEN_WEBUI_DATABASE}", model: inna, system_prompt: prompt.md, metadata: metadata.json }
    verification: { command: bash ./verification.sh, expected_min: 1 }
`

const base = scratch()
let template: string
beforeAll(async () => {
  template = await makeRoot(join(base, 'template'), config)
  writeFileSync(join(template, 'verification.sh'), 'echo 1\n')
}, 300_000)
afterAll(stopServer)
afterAll(() => execute('rm', ['-rf', base]), 300_000)

let made = 0
/** A root of its own, in a folder of its own. */
function newRoot(): string {
  const root = join(base, `folder-${++made}`, 'root')
  cpSync(template, root, { recursive: true })
  return root
}

const start = (
  root: string,
  database: Database | string,
  words: readonly string[],
  env: Readonly<Record<string, string>> = {},
): ChildProcess =>
  spawn('bash', [join(root, 'generated/sync-open-webui.sh'), ...words], {
    cwd: root,
    env: { ...process.env, OPEN_WEBUI_DATABASE: typeof database === 'string' ? database : database.address, ...env },
  })
const sync = (root: string, database: Database | string, ...words: string[]): Promise<Outcome> => finish(start(root, database, words))

async function until(condition: () => boolean): Promise<void> {
  for (let tries = 0; tries < 3000; tries++) {
    if (condition()) return
    await pause(20)
  }
  throw new Error('the condition never held')
}

const read = (root: string, name: string): string => readFileSync(join(root, name), 'utf8')
const write = (root: string, name: string, text: string): void => writeFileSync(join(root, name), text)
const system = (database: Database): string => (JSON.parse(database.row().params) as { system: string }).system

/** A folder for PATH in which these programs count their calls and can be held at one of them. */
function holdable(folder: string, ...programs: string[]): (at: number, when?: string) => Record<string, string> {
  const bin = join(folder, 'bin')
  mkdirSync(bin, { recursive: true })
  for (const name of programs) symlinkSync(join(home, 'test/fixtures/hold-at-call.sh'), join(bin, name))
  return (at, when = 'before') => ({ PATH: `${bin}:${process.env['PATH']}`, HOLD_FOLDER: folder, HOLD_AT: String(at), HOLD_WHEN: when })
}

describe.each(engines)('open_webui with %s', (engine) => {
  let root: string
  let database: Database
  beforeEach(() => {
    root = newRoot()
    database = makeDatabase(engine, join(root, '..'))
  })

  it('a row that changes between reading and writing is not overwritten', async () => {
    await sync(root, database)
    write(root, 'prompt.md', 'of the editor')
    const folder = join(root, '..')
    // The calls: read, compare, copy (for SQLite also check), write.
    const env = holdable(folder, 'sqlite3', 'psql')(engine === 'sqlite' ? 5 : 3)
    const held = finish(start(root, database, ['--direction', 'push'], env))
    await until(() => existsSync(join(folder, 'held')))
    database.set({ params: { ...params, system: 'of the browser' } })
    write(folder, 'go', '')
    const outcome = await held
    expect(outcome.stderr).toContain('somebody changed it since it was read; nothing was written')
    expect(outcome.code).toBe(1)
    expect(system(database)).toBe('of the browser')
    expect(leftovers(root, 'open_webui')).toEqual([])
  })

  it('of two pushes at once one meets the lock and says 6', async () => {
    write(root, 'prompt.md', 'first')
    write(root, 'metadata.json', '{}')
    const folder = join(root, '..')
    const held = finish(start(root, database, ['--direction', 'push'], holdable(folder, 'sqlite3', 'psql')(2)))
    await until(() => existsSync(join(folder, 'held')))
    const second = await sync(root, database, '--direction', 'push')
    expect(second.code).toBe(6)
    const waiting = sync(root, database, '--direction', 'push', '--wait', '60')
    write(folder, 'go', '')
    expect((await held).code).toBe(0)
    const { updated_at } = database.row()
    expect((await waiting).code).toBe(0)
    expect(database.row()).toMatchObject({ params: pythonJson({ ...params, system: 'first' }), updated_at })
  })

  it('a reader sees the old row or the new one, never half', async () => {
    const small = { params: { system: 'a' }, meta: { description: 'a' } }
    write(root, 'metadata.json', JSON.stringify({ meta: { description: 'b' } }))
    write(root, 'prompt.md', 'b'.repeat(300_000))
    database.set(small)
    const pushing = sync(root, database, '--direction', 'push')
    const seen = new Set<string>()
    let ended = false
    void pushing.then(() => {
      ended = true
    })
    while (!ended) {
      const row = database.row()
      seen.add(
        `${(JSON.parse(row.params) as { system: string }).system.slice(0, 1)}${(JSON.parse(row.params) as { system: string }).system.length} ${row.meta}`,
      )
      await pause(1)
    }
    expect((await pushing).code).toBe(0)
    expect([...seen].filter((each) => !['a1 {"description": "a"}', 'b300000 {"description": "b"}'].includes(each))).toEqual([])
  })

  it('what somebody writes after our write stays when the run is put back, and it is said', async () => {
    await sync(root, database)
    write(root, 'prompt.md', 'of the editor')
    const edit = `UPDATE model SET params = '{"system": "of the browser"}' WHERE id = 'inna';`
    const client = engine === 'sqlite' ? 'sqlite3' : 'psql -q -d'
    write(root, 'verification.sh', `${client} "$OPEN_WEBUI_DATABASE" <<'SQL'\n${edit}\nSQL\necho 0\n`)
    const outcome = await sync(root, database, '--verify')
    expect(outcome.code).toBe(5)
    expect(system(database)).toBe('of the browser')
    expect(outcome.stderr).toContain('changed since by somebody else; it stays as it is now')
  })

  it('the password is in no argument, message, log, report or file', async () => {
    const folder = join(root, '..')
    const address = engine === 'postgres' ? database.address : 'postgresql://test:a-password@/none?host=/nowhere'
    write(root, 'prompt.md', 'new')
    const outcome = await finish(start(root, address, ['--verbose', '--json'], holdable(folder, 'sqlite3', 'psql', 'pg_dump')(0)))
    expect(outcome.code).toBe(engine === 'postgres' ? 4 : 3)
    expect(readFileSync(join(folder, 'calls'), 'utf8')).toMatch(/^(psql|sqlite3) /)
    expect(spawnSync('grep', ['-rl', 'a-password', folder], { encoding: 'utf8' }).stdout).toBe('')
    expect(outcome.stdout + outcome.stderr).not.toContain('a-password')
  })

  it('a restored row is as it was, also while somebody reads', async () => {
    const backup = await backupOf(root, database)
    const before = database.row()
    database.set({ params: { system: 'later' }, meta: {}, name: 'Later', updated_at: 1800000000 })
    steps(root, database, `webui_restore_row ${backup}`)
    expect(database.row()).toEqual(before)
    steps(root, database, `webui_restore_row ${backup}`)
    expect(database.row()).toEqual(before)
  })

  it('a full restore brings the whole database back, but not while anything has it open', async () => {
    const backup = await backupOf(root, database)
    database.run("DELETE FROM model WHERE id = 'other';")
    const reader = openReader(engine, database)
    await new Promise((resolve) => reader.stdout.once('data', resolve))
    expect(() => steps(root, database, `webui_restore_full ${backup}`)).toThrow(/stop Open WebUI first/)
    expect(database.run('SELECT count(*) FROM model;').trim()).toBe('1')
    reader.stdin.end()
    await new Promise((resolve) => reader.once('close', resolve))
    steps(root, database, `webui_restore_full ${backup}`)
    expect(database.run('SELECT count(*) FROM model;').trim()).toBe('2')
    if (engine === 'sqlite') expect(readdirSync(join(root, '..')).filter((name) => name.startsWith('webui.db.before-'))).not.toEqual([])
  })
})

describe.each(engines)('rollback with %s', (engine) => {
  const rollback = (form: 'node' | 'script', root: string, database: Database, ...words: string[]) => {
    const env = { ...process.env, OPEN_WEBUI_DATABASE: database.address }
    return form === 'script'
      ? spawnSync('bash', [join(root, 'generated/rollback.sh'), 'open_webui', '--yes', ...words], { cwd: root, encoding: 'utf8', env })
      : spawnSync('node', [compiled('rollback'), 'open_webui', '--yes', '--root', root, ...words], {
          cwd: home,
          encoding: 'utf8',
          env,
        })
  }

  it.each(['script', 'node'] as const)(
    'puts the row and the files back, and itself (%s; check backup directory for previous versions)',
    { timeout: 300_000 },
    async (form) => {
      const root = newRoot()
      const database = makeDatabase(engine, join(root, '..'))
      await sync(root, database)
      write(root, 'prompt.md', 'of the editor')
      database.set({ meta: { ...meta, description: 'of the browser' } })
      const now = () => ({ row: database.row(), prompt: read(root, 'prompt.md'), metadata: read(root, 'metadata.json') })
      const before = now()
      expect((await sync(root, database)).code).toBe(0)
      const after = now()
      expect(after).not.toEqual(before)
      const dry = rollback(form, root, database, '--dry-run')
      expect(dry.status, dry.stderr).toBe(0)
      if (form === 'script') expect(dry.stderr).toContain('  restore  model inna\n')
      expect(now()).toEqual(after)
      const outcome = rollback(form, root, database)
      expect(outcome.status, outcome.stderr).toBe(0)
      expect(now()).toEqual(before)
      const again = rollback(form, root, database, '--undo')
      expect(again.status, again.stderr).toBe(0)
      expect(now()).toEqual(after)
    },
  )

  it('--full puts the whole database back, and refuses while anything has it open', async () => {
    const root = newRoot()
    const database = makeDatabase(engine, join(root, '..'))
    await sync(root, database)
    database.run("DELETE FROM model WHERE id = 'other';")
    const reader = openReader(engine, database)
    await new Promise((resolve) => reader.stdout.once('data', resolve))
    const refused = rollback('script', root, database, '--full')
    expect(refused.stderr).toContain('stop Open WebUI first')
    expect(refused.status).toBe(4)
    expect(existsSync(join(root, 'prompt.md'))).toBe(true)
    reader.stdin.end()
    await new Promise((resolve) => reader.once('close', resolve))
    const outcome = rollback('script', root, database, '--full')
    expect(outcome.status, outcome.stderr).toBe(0)
    expect(database.run('SELECT count(*) FROM model;').trim()).toBe('2')
    if (engine === 'postgres') return
    const kept = /the former database is kept as (\S+)/.exec(outcome.stderr)?.[1] ?? ''
    expect(existsSync(kept)).toBe(true)
    expect((readJson(join(root, '.insightpulse/reports/latest.json')) as { results: unknown[] }).results).toMatchObject([
      { message: expect.stringContaining(kept), outputs_created: [kept] },
    ])
    const listed = spawnSync('bash', [join(root, 'generated/backup.sh'), '--list'], { cwd: root, encoding: 'utf8' })
    expect(listed.stdout).toContain(`keeps the former database: ${kept}`)
  })

  it('a damaged copy in a backup is not put back', async () => {
    const root = newRoot()
    const database = makeDatabase(engine, join(root, '..'))
    await sync(root, database)
    database.set({ name: 'Later' })
    const store = join(root, '.insightpulse/backups/open_webui')
    const row = join(store, readdirSync(store)[0] ?? '', 'artifacts/row.json')
    writeFileSync(row, readFileSync(row, 'utf8').replace('Inna', 'Anna'))
    const outcome = rollback('script', root, database)
    expect(outcome.stderr).toContain('row.json: has other content')
    expect(outcome.status).toBe(5)
    expect(database.row().name).toBe('Later')
    expect(existsSync(join(root, 'prompt.md'))).toBe(true)
  })
})

it(
  'every change is a backup of its own under its time, never changed, the last 10 stay, and each run is in the history (timestamped backup directories; cleanup of old backups; immutable backups; audit trail)',
  { timeout: 300_000 },
  async () => {
    const root = newRoot()
    const database = makeDatabase('sqlite', join(root, '..'))
    const store = join(root, '.insightpulse/backups/open_webui')
    const prompts = Array.from({ length: 12 }, (_, index) => `prompt ${index}`)
    let third = ''
    for (const [index, prompt] of prompts.entries()) {
      write(root, 'prompt.md', prompt)
      write(root, 'metadata.json', '{}')
      expect((await sync(root, database, '--direction', 'push', '--quiet')).code).toBe(0)
      if (index === 3) third = readFileSync(join(store, readdirSync(store).sort().at(-1) ?? '', 'manifest.json'), 'utf8')
    }
    const backups = readdirSync(store)
      .filter((name) => /^\d/.test(name))
      .sort()
    expect(backups).toHaveLength(10)
    for (const name of backups) expect(name).toMatch(/^\d{8}_\d{6}$/)
    expect(readFileSync(join(store, backups[1] ?? '', 'manifest.json'), 'utf8')).toBe(third)
    // The backup before a change holds what the change before it had written.
    const saved = backups.map((name) => JSON.parse(readFileSync(join(store, name, 'artifacts/row.json'), 'utf8')) as { params: string })
    expect(saved.map(({ params }) => (JSON.parse(params) as { system: string }).system)).toEqual(prompts.slice(1, 11))
    const history = readFileSync(join(root, '.insightpulse/state/history.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { verb?: string; at: string })
    expect(history.filter(({ verb }) => verb === 'sync')).toHaveLength(12)
    for (const { at } of history) expect(at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
  },
)

describe('status (inna: show current status; inna-status: show detailed status)', () => {
  const status = (form: 'node' | 'script', root: string, address: string, ...words: string[]) => {
    const env = { ...process.env, OPEN_WEBUI_DATABASE: address }
    return form === 'script'
      ? spawnSync('bash', [join(root, 'generated/status.sh'), ...words], { cwd: root, encoding: 'utf8', env })
      : spawnSync('node', [compiled('status'), '--root', root, ...words], { cwd: home, encoding: 'utf8', env })
  }

  it.each(engines)('tells what is in step, and all of the health with --verbose (%s)', { timeout: 300_000 }, async (engine) => {
    const root = newRoot()
    const database = makeDatabase(engine, join(root, '..'))
    expect(status('script', root, database.address).stdout).toMatch(
      /^out of sync +open_webui +meta\.capabilities.*; run: sync open_webui$/m,
    )
    await sync(root, database)
    for (const form of ['node', 'script'] as const) {
      const outcome = status(form, root, database.address, '--verbose')
      expect(outcome.status).toBe(0)
      expect(outcome.stdout).toMatch(/^ok +open_webui +in sync; ran 0 min ago/m)
      for (const line of [/reachable +yes/, /integrity +\w+/, /locked +no/, /schema +v0.8 or newer/, /model +found/, /in step +yes/]) {
        expect(outcome.stdout).toMatch(line)
      }
    }
    write(root, 'prompt.md', 'of the editor')
    const { stdout, status: code } = status('script', root, database.address, '--json')
    expect(JSON.parse(stdout)).toMatchObject({
      exit_code: 8,
      targets: [{ in_step: false, last_status: 'done', last_backup: expect.stringMatching(/^20/), health: { in_step: 'params.system' } }],
    })
    expect(code).toBe(8)
  })

  it('shows all that it can where the database cannot be used, with exit 3', async () => {
    const root = newRoot()
    const database = makeDatabase('sqlite', join(root, '..'))
    await sync(root, database)
    database.run('PRAGMA wal_checkpoint(TRUNCATE);')
    const missing = status('script', root, '/nowhere/webui.db', '--verbose')
    expect(missing.status).toBe(3)
    expect(missing.stdout).toMatch(/^unusable +open_webui +.*there is no such file/m)
    database.run("UPDATE model SET id = 'ina' WHERE id = 'inna';")
    const renamed = status('script', root, database.address, '--verbose')
    expect(renamed.stdout).toMatch(/integrity +ok/)
    expect(renamed.stdout).toMatch(/model +no: .*did you mean ina\?/)
    corrupt(database.address)
    expect(status('script', root, database.address).stdout).toContain('is corrupt')
    const unset = spawnSync('bash', [join(root, 'generated/status.sh')], { cwd: root, encoding: 'utf8' })
    expect(unset.stdout).toContain('OPEN_WEBUI_DATABASE is not set')
    expect(unset.status).toBe(3)
    expect(existsSync(join(root, '.insightpulse/reports/latest.json'))).toBe(true)
  })

  it('says with 8 that a run is overdue, but not that one which never ran is', async () => {
    const root = await makeRoot(join(base, 'scheduled'), config.replace('direction: bid', 'schedule: "0 * * * *"\n    direction: bid'))
    const database = makeDatabase('sqlite', join(root, '..'))
    expect(status('script', root, database.address).stdout).not.toContain('overdue')
    await sync(root, database)
    expect(status('script', root, database.address).status).toBe(0)
    const last = join(root, '.insightpulse/state/last/open_webui')
    writeFileSync(last, readFileSync(last, 'utf8').replace(/^\S+/, new Date(Date.now() - 4_400_000).toISOString().replace(/\.\d+/, '')))
    expect(status('script', root, database.address).status).toBe(0)
    writeFileSync(last, readFileSync(last, 'utf8').replace(/^\S+/, new Date(Date.now() - 4_600_000).toISOString().replace(/\.\d+/, '')))
    const late = status('script', root, database.address)
    expect(late.stdout).toMatch(/^overdue +open_webui +its schedule is hourly at minute 0/m)
    expect(late.status).toBe(8)
  })
})

it(
  'the aliases work from anywhere, with Node and without (consistent interface: same commands for all operations)',
  { timeout: 300_000 },
  async () => {
    const root = await makeRoot(
      join(base, 'aliases'),
      `${config}aliases:
  inna: status open_webui
  inna-push: sync open_webui --direction push
  inna-pull: sync open_webui --direction pull
  inna-verify: verify open_webui
`,
    )
    write(root, 'verification.sh', 'echo 1\n')
    const links = join(root, '../links')
    mkdirSync(links, { recursive: true })
    const database = makeDatabase('sqlite', links)
    symlinkSync(join(root, 'generated/bin/inna-verify'), join(links, 'by-link'))
    const alias = (path: string, name: string): number | null =>
      spawnSync(name, [], { cwd: '/', encoding: 'utf8', env: { ...process.env, PATH: path, OPEN_WEBUI_DATABASE: database.address } }).status
    const paths = [`${links}:${root}/generated/bin:${pathWithoutNode}`, `${links}:${root}/generated/bin:${process.env['PATH']}`]
    expect(alias(paths[0] as string, 'inna-pull')).toBe(0)
    expect(read(root, 'prompt.md')).toBe(params.system)
    // With its programs beside it, as in a checkout, an alias takes Node.
    for (const name of ['tasks', 'scripts', 'templates', 'node_modules', 'package.json', 'tsconfig.json'])
      symlinkSync(join(home, name), join(root, name))
    for (const [index, path] of paths.entries()) {
      expect(alias(path, 'inna')).toBe(0)
      write(root, 'prompt.md', `edit ${index}`)
      expect(alias(path, 'inna-verify')).toBe(8)
      expect(alias(path, 'inna-push')).toBe(0)
      expect(system(database)).toBe(`edit ${index}`)
      expect(alias(path, 'by-link')).toBe(0)
    }
  },
)

it('the verb verify says 0, and 8 with a diff, and changes nothing', { timeout: 300_000 }, async () => {
  const root = newRoot()
  const database = makeDatabase('sqlite', join(root, '..'))
  await sync(root, database)
  const verify = (): ReturnType<typeof spawnSync> =>
    spawnSync('node', [compiled('verify'), '--root', root], {
      cwd: home,
      encoding: 'utf8',
      env: { ...process.env, OPEN_WEBUI_DATABASE: database.address },
    })
  const first = verify()
  expect(first.status, String(first.stderr)).toBe(0)
  write(root, 'prompt.md', 'of the editor\n')
  const outcome = verify()
  expect(outcome.stderr).toContain('+of the editor')
  expect(outcome.status).toBe(8)
  expect(system(database)).toBe(params.system)
})

/** A client that has asked once and stays. */
function openReader(engine: Engine, database: Database) {
  const reader =
    engine === 'sqlite'
      ? spawn('sqlite3', [database.address])
      : spawn('psql', ['-q', '-d', database.address], { env: { ...process.env, PGAPPNAME: 'open-webui' } })
  reader.stdin.write('SELECT count(*) FROM model;\n')
  return reader
}

/** Runs a sync that changes something and gives the folder with its copy of the database. */
async function backupOf(root: string, database: Database): Promise<string> {
  write(root, 'verification.sh', 'cp -R .insightpulse/state/runs/*/*/saved/artifacts ../backup; echo 1\n')
  const outcome = await sync(root, database, '--verify')
  expect(outcome.code, outcome.stderr).toBe(0)
  return join(root, '../backup')
}

const steps = (root: string, database: Database, text: string): string =>
  execFileSync(
    'bash',
    [
      '-c',
      `. ${home}test/fixtures/webui-steps.sh; begin_steps "$1" "$2"; mkdir -p "$run_dir"/{work,notes}; ${text}`,
      'bash',
      root,
      database.address,
    ],
    {
      encoding: 'utf8',
      stdio: 'pipe',
    },
  )

describe.each([
  ['sqlite', 'v0.5.20'],
  ['sqlite', 'v0.5.20-upgraded-to-v0.10.2'],
  ['sqlite', 'v0.10.2'],
  ['postgres', 'v0.5.20'],
  ['postgres', 'v0.10.2'],
] as readonly (readonly [Engine, Version])[])('the schema of %s %s', (engine, version) => {
  it('is pulled, pushed and put back, with its access_control where it has one', async () => {
    const root = newRoot()
    const database = makeDatabase(engine, join(root, '..'), version)
    const all = (): string => database.run("SELECT * FROM model WHERE id = 'inna';")
    const before = all()
    const backup = await backupOf(root, database)
    expect(read(root, 'prompt.md')).toBe(params.system)
    write(root, 'prompt.md', 'new')
    expect((await sync(root, database)).code).toBe(0)
    expect(system(database)).toBe('new')
    steps(root, database, `webui_restore_row ${backup}`)
    expect(all()).toBe(before)
  })
})

describe.concurrent('a killed run (kill -9)', () => {
  it.each(engines)('with %s is put back by the next, wherever it was, and nothing is half', { timeout: 600_000 }, async (engine) => {
    const setUp = async () => {
      const root = newRoot()
      const database = makeDatabase(engine, join(root, '..'))
      await sync(root, database)
      write(root, 'prompt.md', 'of the editor')
      database.set({ meta: { ...meta, description: 'of the browser' } })
      return { root, database, folder: join(root, '..') }
    }
    const programs = ['sqlite3', 'psql', 'pg_dump', 'cp', 'mv'] as const
    const counted = await setUp()
    expect((await finish(start(counted.root, counted.database, [], holdable(counted.folder, ...programs)(0)))).code).toBe(0)
    const calls = readFileSync(join(counted.folder, 'calls'), 'utf8').trim().split('\n')
    expect(calls.length).toBeGreaterThan(8)
    const moments = calls.flatMap((call, index): [number, string][] => [
      [index + 1, 'before'],
      ...(/^psql |^sqlite3 (?!.*-readonly).*webui\.db/.test(call) ? ([[index + 1, 'after']] as [number, string][]) : []),
    ])
    const killOne = async ([at, when]: readonly [number, string]): Promise<void> => {
      const { root, database, folder } = await setUp()
      const child = start(root, database, [], holdable(folder, ...programs)(at, when))
      const ended = finish(child)
      await until(() => existsSync(join(folder, 'held')))
      const moment = `${when} call ${at}: ${readFileSync(join(folder, 'held'), 'utf8')}`
      child.kill('SIGKILL')
      await until(() => child.killed && child.signalCode !== null)
      expect([params.system, 'of the editor'], moment).toContain(system(database))
      expect(['of the editor'], moment).toContain(read(root, 'prompt.md'))
      expect(JSON.parse(read(root, 'metadata.json')), moment).toHaveProperty('meta.description')
      const next = await sync(root, database)
      expect(next.code, `${moment}\n${next.stderr}`).toBe(0)
      expect(system(database), moment).toBe('of the editor')
      expect(read(root, 'metadata.json'), moment).toContain('of the browser')
      expect(
        readdirSync(root).filter((name) => name.includes('.lockstep-')),
        moment,
      ).toEqual([])
      expect(leftovers(root, 'open_webui'), moment).toEqual([])
      write(folder, 'go', '')
      await ended
      expect((await sync(root, database, '--check')).code, moment).toBe(0)
    }
    while (moments.length > 0) await Promise.all(moments.splice(0, 4).map(killOne))
  })
})

describe.concurrent(
  'a database that cannot be used is exit 3, with its state and the remedy (pre-hook: check system health; graceful degradation with helpful messages)',
  () => {
    const states: readonly (readonly [string, (file: string) => string | undefined, RegExp])[] = [
      ['missing', (file) => `${file}.not`, /there is no such file; is the path right\?/],
      [
        'encrypted, or no database',
        (file) => void writeFileSync(file, Buffer.alloc(8192, 'xyz')),
        /is no SQLite database, or is encrypted \(SQLCipher\)/,
      ],
      ['encrypted, as its address says', (file) => `sqlite+sqlcipher:///${file}`, /it is encrypted \(SQLCipher\)/],
      [
        'of another program',
        (file) => void execFileSync('sqlite3', [file, 'DROP TABLE model; CREATE TABLE model (x);']),
        /has another schema than Open WebUI's/,
      ],
      ['empty', (file) => void writeFileSync(file, ''), /has another schema than Open WebUI's/],
      ['corrupt', corrupt, /is corrupt; put a backup back: rollback --full/],
      ['a folder', (file) => join(file, '..'), /is a folder/],
      [
        'on a server that is down',
        () => 'postgresql://me@/webui?host=/nowhere',
        /the server does not answer; is it running, and is the address right\?/,
      ],
      ['behind a URL of another kind', () => 'mysql://host/webui', /neither a file, sqlite:\/\/\/FILE nor postgres:/],
    ]
    it.each(states)('%s', async (_, spoil, message) => {
      const root = newRoot()
      const database = makeDatabase('sqlite', join(root, '..'))
      database.run('PRAGMA wal_checkpoint(TRUNCATE);')
      const outcome = await sync(root, spoil(database.address) ?? database.address)
      expect(outcome.stderr).toMatch(message)
      expect(outcome.code).toBe(/folder|mysql|neither/.test(`${message}`) ? 2 : 3)
      expect(existsSync(join(root, 'prompt.md'))).toBe(false)
    })

    it('locked', async () => {
      const root = newRoot()
      const database = makeDatabase('sqlite', join(root, '..'))
      database.run('PRAGMA journal_mode = DELETE;')
      const holder = spawn('sqlite3', [database.address])
      holder.stdin.write('BEGIN EXCLUSIVE;\nSELECT 1;\n')
      await new Promise((resolve) => holder.stdout.once('data', resolve))
      const outcome = await sync(root, database)
      holder.stdin.end()
      expect(outcome.stderr).toContain('is locked by another program')
      expect(outcome.code).toBe(3)
    })

    it.each(engines)('read-only (%s)', async (engine) => {
      const root = newRoot()
      const database = makeDatabase(engine, join(root, '..'))
      await sync(root, database)
      write(root, 'prompt.md', 'new')
      if (engine === 'sqlite') {
        database.run('PRAGMA journal_mode = DELETE;')
        if (process.getuid?.() === 0) execFileSync('mount', ['--bind', '-o', 'ro', database.address, database.address])
        else execFileSync('chmod', ['a-w', database.address])
      }
      try {
        const env = { PGOPTIONS: '-c default_transaction_read_only=on' }
        const outcome = await finish(start(root, database, [], env))
        expect(outcome.stderr).toContain('may not be written by this user')
        expect(outcome.code).toBe(3)
      } finally {
        if (engine === 'sqlite' && process.getuid?.() === 0) execFileSync('umount', [database.address])
      }
    })
  },
)

/** Overwrites the page of the table model. */
function corrupt(file: string): undefined {
  const page = Number(execFileSync('sqlite3', [file, "SELECT rootpage FROM sqlite_master WHERE name = 'model'"], { encoding: 'utf8' }))
  const bytes = readFileSync(file)
  bytes.fill(0x5a, 4096 * (page - 1), 4096 * page)
  writeFileSync(file, bytes)
}

describe('a busy writer in another process', () => {
  it('neither disturbs the push nor is missing from the copy', { timeout: 300_000 }, async () => {
    const root = newRoot()
    const database = makeDatabase('sqlite', join(root, '..'))
    database.run('CREATE TABLE busy (n INTEGER); PRAGMA wal_autocheckpoint = 0;')
    await sync(root, database)
    const writer = spawn('sqlite3', ['-cmd', '.timeout 20000', database.address])
    const again = (): void => {
      if (writer.stdin.writable) writer.stdin.write(`${'INSERT INTO busy VALUES (1);\n'.repeat(5)}SELECT 1;\n`)
    }
    writer.stdout.on('data', () => setTimeout(again, 5))
    writer.stdin.on('error', () => undefined)
    try {
      again()
      const rows = (file: string): number =>
        Number(execFileSync('sqlite3', ['-cmd', '.timeout 20000', file, 'SELECT count(*) FROM busy'], { encoding: 'utf8' }))
      await until(() => rows(database.address) > 10)
      const before = rows(database.address)
      write(root, 'prompt.md', 'of the editor')
      const backup = await backupOf(root, database)
      expect(system(database)).toBe('of the editor')
      expect(rows(join(backup, 'database.sqlite'))).toBeGreaterThanOrEqual(before)
      expect(execFileSync('stat', ['-c', '%a', join(backup, 'database.sqlite')], { encoding: 'utf8' }).trim()).toBe('600')
    } finally {
      writer.kill()
    }
  })
})
