import { spawnSync } from 'node:child_process'
import { appendFileSync, renameSync, symlinkSync } from 'node:fs'
import { afterAll, beforeAll, expect, it } from 'vitest'
import {
  cpSync,
  existsSync,
  forms,
  home,
  join,
  makeRoot,
  mkdirSync,
  pathWithoutNode,
  readFileSync,
  readJson,
  rmSync,
  run,
  scratch,
  writeFileSync,
} from './forms.ts'

const config = (runtime: string): string => `version: "1.0"
runtime: ${runtime}
targets:
  one: { direction: pull, entrypoint: scripts/one.sh, outputs: ["out/*"], verification: { command: "ls out | wc -l", expected_min: 1 } }
  two: { direction: pull, entrypoint: scripts/one.sh, outputs: ["two/*"], depends_on: [one] }
`

const place = scratch()
const root = (runtime: string): string => join(place, runtime)
const outside = (program: string, ...words: string[]) =>
  spawnSync('bash', [program, ...words], { encoding: 'utf8', env: { ...process.env, PATH: pathWithoutNode } })

beforeAll(async () => {
  for (const runtime of ['inline', 'shared']) {
    mkdirSync(join(root(runtime), 'scripts'), { recursive: true })
    writeFileSync(join(root(runtime), 'scripts/one.sh'), 'mkdir -p out\nprintf "%s\\n" made >out/x\n')
    await makeRoot(root(runtime), config(runtime))
  }
}, 60_000)
afterAll(() => rmSync(place, { recursive: true, force: true }))

it.each(forms)('a run does the same with a shared runtime, as %s', { timeout: 60_000 }, async (form) => {
  const outcomes = []
  for (const runtime of ['inline', 'shared']) {
    rmSync(join(root(runtime), 'out'), { recursive: true, force: true })
    const { code } = await run(form, root(runtime), ['--verify'])
    const { results } = readJson(join(root(runtime), '.insightpulse/reports/latest.json')) as {
      results: readonly Record<string, unknown>[]
    }
    const shown = await run(form, root(runtime), ['--json'], {}, 'status')
    outcomes.push({
      code,
      made: readFileSync(join(root(runtime), 'out/x'), 'utf8'),
      results: results.map(({ target, status, outputs_created, verification_passed }) => [
        target,
        status,
        outputs_created,
        verification_passed,
      ]),
      status: shown.code,
    })
  }
  expect(outcomes[0]).toMatchObject({ code: 0, status: 0, made: 'made\n' })
  expect(outcomes[1]).toEqual(outcomes[0])
})

it('a program finds the shared runtime beside itself, also through links, and the copied folder is enough', () => {
  const copy = join(place, 'copy')
  cpSync(join(root('shared'), 'generated'), copy, { recursive: true })
  symlinkSync('copy/sync-one.sh', join(place, 'by-link'))
  for (const program of [join(copy, 'sync-one.sh'), join(place, 'by-link')])
    expect(outside(program, '--dry-run', '--root', root('shared'))).toMatchObject({ status: 0 })
  expect(spawnSync('bash', ['sync-one.sh', '--version'], { cwd: copy }).status).toBe(0)
})

it('a runtime that is missing, cut short or another ends a program with 3, and says what to do', () => {
  const copy = join(place, 'broken')
  cpSync(join(root('shared'), 'generated'), copy, { recursive: true })
  const runtime = join(copy, 'lib/lockstep.sh')
  const text = readFileSync(runtime, 'utf8')
  for (const wrong of [text.slice(0, 50_000), `${text}# The end of another\n`, '']) {
    writeFileSync(runtime, wrong)
    const { status, stderr } = outside(join(copy, 'sync.sh'), '--list')
    expect({ status, stderr }).toEqual({
      status: 3,
      stderr: `sync.sh: ${runtime} is not the one that this program was made with: copy the whole folder again, or run lockstep generate\n`,
    })
  }
  renameSync(runtime, `${runtime}.away`)
  expect(outside(join(copy, 'sync-one.sh'))).toMatchObject({
    status: 3,
    stderr: expect.stringContaining(`${runtime} is missing: copy the whole folder`),
  })
})

it(
  'generate prints one program as a single file, checks the shared runtime, and removes it when it is no longer shared',
  { timeout: 60_000 },
  async () => {
    const generate = (...words: string[]) =>
      spawnSync('node', ['--import', 'tsx', 'tasks/generate.ts', '--root', root('shared'), ...words], { cwd: home, encoding: 'utf8' })
    const alone = generate('--standalone', 'one')
    expect(alone.status).toBe(0)
    writeFileSync(join(place, 'alone.sh'), alone.stdout)
    expect(outside(join(place, 'alone.sh'), '--dry-run', '--root', root('shared'))).toMatchObject({ status: 0 })
    expect(generate('--standalone', 'ome')).toMatchObject({ status: 2, stderr: expect.stringContaining('did you mean "one"?') })
    const runtime = join(root('shared'), 'generated/lib/lockstep.sh')
    expect(generate('--check').status).toBe(0)
    appendFileSync(runtime, '\n')
    expect(generate('--check')).toMatchObject({ status: 8, stderr: expect.stringContaining('generated/lib/lockstep.sh: differs') })
    writeFileSync(join(root('shared'), '.insightpulse/sync.yaml'), config('inline'))
    expect(generate()).toMatchObject({ status: 2, stderr: expect.stringContaining('edited by hand') })
    expect(existsSync(runtime)).toBe(true)
    expect(generate('--force').status).toBe(0)
    expect(existsSync(runtime)).toBe(false)
  },
)
