import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { execute, forms, join, makeRoot, mkdirSync, readFileSync, run, scratch, type Verb, writeFileSync } from './forms.ts'

/** Where a run finds less, or other things, than it left there. */
const config = `version: "1.0"
targets:
  one:
    direction: pull
    entrypoint: scripts/one.sh
    outputs: ["out/**"]
    backup: { check_every: 1d }
    schedule: "0 2 * * *"
  two:
    direction: pull
    entrypoint: scripts/one.sh
    outputs: ["other/**"]
`

let root: string
beforeEach(async () => {
  root = join(scratch(), 'root')
  mkdirSync(join(root, 'scripts'), { recursive: true })
  writeFileSync(join(root, 'scripts/one.sh'), '#!/usr/bin/env bash\nmkdir -p out; date +%N >out/a\n', { mode: 0o755 })
  await makeRoot(root, config)
})
afterEach(() => execute('rm', ['-rf', join(root, '..')]))

const verbs: readonly (readonly [Verb, readonly string[]])[] = [
  ['sync', []],
  ['sync', ['one', '--dry-run']],
  ['backup', ['--list']],
  ['rollback', ['one', '--dry-run']],
]

describe.each(forms)('surroundings (%s)', (form) => {
  it.each(verbs)('%s %j without a TMPDIR is exit 3, and says so', async (verb, words) => {
    const outcome = await run(form, root, words, { TMPDIR: '/dev/null/tmp', TSX_DISABLE_CACHE: '1' }, verb)
    expect(outcome.stderr).toContain('TMPDIR /dev/null/tmp: ')
    expect(outcome.stderr).not.toContain('    at ')
    expect(outcome.code).toBe(3)
  })

  it.each([
    ['garbage', 'x[$(touch executed)] \u0001\nmore'],
    ['what a power loss leaves', '\0'.repeat(600)],
    ['a line that was cut', '2026-11-21T15:'],
  ])('records of former runs that hold %s end no program half way', async (_, text) => {
    expect(await run(form, root, [])).toMatchObject({ code: 0 })
    expect(await run(form, root, ['--target', 'one'], {}, 'backup')).toMatchObject({ code: 0 })
    const state = join(root, '.insightpulse/state')
    for (const kind of ['last', 'checked', 'drills', 'inputs']) mkdirSync(join(state, kind), { recursive: true })
    for (const name of ['last/one', 'checked/one', 'drills/one', 'inputs/one', 'history.jsonl']) writeFileSync(join(state, name), text)
    const status = await run(form, root, [], {}, 'status')
    expect(status.stdout).toMatch(/^\w[\w ]+ two /m)
    expect([0, 8]).toContain(status.code)
    const json = JSON.parse((await run(form, root, ['--json'], {}, 'status')).stdout)
    expect(json).toMatchObject({ exit_code: status.code, targets: [{ target: 'one', last_run: null }, { target: 'two' }] })
    expect(await run(form, root, ['--list'])).toMatchObject({ code: 0 })
    expect(await run(form, root, ['--list'], {}, 'backup')).toMatchObject({ code: 0 })
    expect(await run(form, root, [])).toMatchObject({ code: 0 })
    expect(readFileSync(join(state, 'history.jsonl'), 'utf8').trimEnd()).toMatch(/(^|\n)\{.*\}$/)
    expect(await run(form, root, ['--drill', 'one'], {}, 'rollback')).toMatchObject({ code: 0 })
    await expect(execute('ls', [join(root, 'executed')])).rejects.toThrow()
  })
})

describe('a program that ends where nobody thought that it could', () => {
  it.each([
    ['sync.sh', 'targets'],
    ['status.sh', 'targets'],
    ['backup.sh', 'targets'],
    ['rollback.sh', 'targets'],
    ['due.sh', 'targets'],
    ['sync-one.sh', 'needs'],
    ['sync-one.sh', 'plan'],
    ['sync.sh', 'run_selected'],
    ['status.sh', 'find_last_backup'],
    ['backup.sh', 'enter_root'],
    ['rollback.sh', 'choose_rollback_targets'],
  ])('%s, in %s: exit 1, and where', async (program, place) => {
    const file = join(root, 'generated', program)
    const text = readFileSync(file, 'utf8')
    const broken = text.replace(`\n${place}() {\n`, `\n${place}() {\n  false it is\n`)
    expect(broken).not.toBe(text)
    writeFileSync(file, broken)
    const outcome = await execute(
      'bash',
      ['-c', 'bash "$@" || echo "exit $?"', 'bash', file, ...(program === 'backup.sh' ? ['scripts'] : [])],
      root,
    )
    expect(outcome.stdout).toContain('exit 1')
    expect(outcome.stderr).toContain('ended unexpectedly at: ')
  })

  it.each(['sync.sh', 'status.sh', 'backup.sh', 'rollback.sh', 'sync-one.sh'])('%s --help and --version are 0', async (program) => {
    for (const word of ['--help', '--version']) await execute('bash', [join(root, 'generated', program), word], root)
  })
})
