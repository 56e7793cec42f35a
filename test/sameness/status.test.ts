import { spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { z } from 'zod'
import * as output from '../fixtures/json-output.ts'
import { command, finish, forms, join, makeRoot, mkdirSync, rmSync, run, scratch, type Verb, writeFileSync } from './forms.ts'

const config = `version: "1.0"
targets:
  good:
    direction: pull
    description: ${'What is in it, in many words. '.repeat(9)}
    entrypoint: scripts/good.sh
    outputs: ["out/**"]
    schedule: "0 2 * * *"
    git_commit: false
  bad: { direction: push, entrypoint: scripts/bad.sh, depends_on: [good] }
  same: { direction: pull, entrypoint: scripts/good.sh, outputs: ["out/a"] }
  stack: { driver: compose_stack, config: { project: p, files: [docker-compose.yml], parts: { all: { kind: files, paths: [scripts] } } } }
workflow: { enabled: false }
safety: { post_sync_checks: [{ name: Good, command: "true" }], drift_gates: [{ name: Few, command: "echo 3", max_value: 5 }] }
`

let root: string
beforeEach(async () => {
  root = join(scratch(), 'root')
  mkdirSync(join(root, 'scripts'), { recursive: true })
  writeFileSync(join(root, 'scripts/good.sh'), 'mkdir -p out; date +%N >out/a\n')
  writeFileSync(join(root, 'scripts/bad.sh'), 'echo "no such host"; exit 1\n')
  await makeRoot(root, config)
})
afterEach(() => rmSync(join(root, '..'), { recursive: true, force: true }))

describe.each(forms)('how targets stand (%s)', (form) => {
  const read = async <Shape extends z.ZodType>(shape: Shape, verb: Verb, ...words: string[]): Promise<z.output<Shape>> =>
    shape.parse(JSON.parse((await run(form, root, [...words, '--json'], {}, verb)).stdout))

  it('a line each says its state first, then what to do', { timeout: 300_000 }, async () => {
    expect((await run(form, root, [], {}, 'status')).stdout).toMatch(
      /^STATE +TARGET +DETAILS\nnever ran +good +run: sync good\nnever ran +bad +run: sync bad\nnever ran +same +run: sync same\nok +stack +never synced; it has verbs of its own\n$/,
    )
    await run(form, root, [])
    const ran = (await run(form, root, [], {}, 'status')).stdout
    expect(ran).toMatch(/^ok +good +ran 0 min ago(; next in \d+ (min|h))?$/m)
    expect(ran).toMatch(/^failed +bad +the last run, 0 min ago, ended as failed; run: sync bad$/m)
    await run(form, root, ['good', '--yes'], {}, 'rollback')
    const { stdout, code } = await run(form, root, ['good', '--verbose'], {}, 'status')
    expect(stdout).toMatch(/^held +good +held since .*; to go on: sync good --release$/m)
    expect(stdout).toMatch(/^ {2}last run +\d{4}-\S+Z done$/m)
    expect(stdout).toMatch(/^ {2}duration +P50 [\d.]+ s, P95 [\d.]+ s, P99 [\d.]+ s, of 1 runs$/m)
    expect(code).toBe(0)
  })

  it('--watch draws it again in its place until Ctrl-C, and needs a terminal', { timeout: 300_000 }, async () => {
    expect(await run(form, root, ['--watch'], {}, 'status')).toMatchObject({ code: 2, stderr: expect.stringContaining('needs a terminal') })
    const { words, env } = command(form, 'status', root)
    const tmp = join(root, '../tmp')
    mkdirSync(tmp)
    const line = ['stty', 'cols', '60', 'rows', '20', ';', 'exec', ...words, 'good', '--watch', '1'].join(' ')
    const child = spawn('script', ['-qefc', line, '/dev/null'], { cwd: root, env: { ...env, TMPDIR: tmp } })
    let seen = ''
    child.stdout.on('data', (chunk) => {
      seen += chunk
    })
    const until = async (text: string): Promise<void> => {
      for (let tries = 0; !seen.includes(text) && tries < 6000; tries++) await new Promise((resolve) => setTimeout(resolve, 10))
    }
    const ended = finish(child)
    await until('every 1 s; Ctrl-C ends')
    expect(seen).toMatch(/\x1b\[\?1049h.*\x1b\[HSTATE .*never ran +good/s)
    mkdirSync(join(root, '.insightpulse/state/last'), { recursive: true })
    writeFileSync(join(root, '.insightpulse/state/last/good'), `${new Date().toISOString().slice(0, 19)}Z done\n`)
    await until('ran 0 min ago')
    child.stdin.write('\x03')
    const { code } = await ended
    expect(code).toBe(130)
    expect(seen).toMatch(/\x1b\[\?1049lSTATE .*ok +good +ran 0 min ago.*\r\n$/s)
    expect(readdirSync(tmp)).toEqual([])
  })

  it('no line is longer than the screen, and a wider one gets more', { timeout: 300_000 }, async () => {
    await run(form, root, [])
    const screen = async (columns: number, verb: Verb, ...words: string[]): Promise<string> => {
      const program = command(form, verb, root)
      const line = ['stty', 'cols', String(columns), ';', ...program.words, ...words].join(' ')
      const { stdout } = await finish(spawn('script', ['-qefc', line, '/dev/null'], { cwd: root, env: program.env }))
      const lines = stdout.split('\r\n')
      expect(lines.filter((each) => each.length > columns)).toEqual([])
      return lines[0] ?? ''
    }
    expect(await screen(80, 'status')).toMatch(/^STATE +TARGET +DETAILS$/)
    expect(await screen(120, 'status')).toMatch(/^STATE +TARGET +LAST RUN +NEXT RUN +DETAILS$/)
    expect(await screen(160, 'status')).toContain('LAST BACKUP')
    expect(await screen(80, 'sync', '--list')).toContain('SCHEDULE')
    expect(await screen(60, 'rollback', '--list')).toContain('TO GO BACK THERE')
  })

  it('what --json prints is as promised', { timeout: 300_000 }, async () => {
    expect((await read(output.status, 'status')).targets.map(({ state }) => state)).toEqual(['never_ran', 'never_ran', 'never_ran', 'ok'])
    expect((await read(output.syncList, 'sync', '--list')).targets).toMatchObject([
      { target: 'good', depends_on: [], never_with: ['same'], schedule: 'daily at 02:00 UTC', last_run: null },
      { target: 'bad', depends_on: ['good'], never_with: [], schedule: null },
      { target: 'same', never_with: ['good'] },
      { target: 'stack', direction: null },
    ])
    expect((await read(output.report, 'sync')).results.map((result) => result.status)).toEqual(['done', 'failed', 'done'])
    expect((await read(output.report, 'sync', '--dry-run')).dry_run).toBe(true)
    await read(output.report, 'sync', '--check')
    await read(output.report, 'backup', 'scripts')
    expect((await read(output.report, 'rollback', 'same', '--dry-run')).results[0]?.would_restore).toBeDefined()
    await read(output.report, 'rollback', 'good', '--yes')
    for (const verb of ['backup', 'rollback'] as const) {
      expect((await read(output.backups, verb, '--list')).backups.map(({ target }) => target)).toContain('files')
    }
    const [good, bad] = (await read(output.status, 'status')).targets
    expect(good).toMatchObject({ state: 'held', last_status: 'done', held: { items: ['*'] }, durations: { runs: 1 } })
    expect(bad).toMatchObject({ state: 'failed', reasons: [expect.stringContaining('run: sync bad')] })
  })
})
