import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { afterAll, describe, expect, it } from 'vitest'
import { finish, home, join, makeRoot, mkdirSync, readJson, rmSync, scratch, writeFileSync } from '../sameness/forms.ts'

const base = scratch()
afterAll(() => rmSync(base, { recursive: true, force: true }))

/** Starts sync under Node at a terminal of its own; its temporary files are in the folder tmp. */
function atTerminal(root: string, tmp: string): ChildProcess {
  const words = ['node', '--import', `file://${home}node_modules/tsx/dist/esm/index.mjs`, join(home, 'tasks/sync.ts')]
  mkdirSync(tmp)
  return spawn('script', ['-qefc', `stty cols 100 rows 30; exec ${words.join(' ')}`, '/dev/null'], {
    cwd: root,
    env: { ...process.env, TMPDIR: tmp, CI: '' },
  })
}

async function rootOf(name: string, script: string): Promise<string> {
  const root = join(base, name)
  mkdirSync(join(root, 'scripts'), { recursive: true })
  writeFileSync(join(root, 'scripts/a.sh'), script)
  return makeRoot(
    root,
    `version: "1.0"
safety: { post_sync_checks: [{ name: Good, command: "true" }] }
targets:
  one: { direction: pull, entrypoint: scripts/a.sh, outputs: ["out/one"] }
  two: { direction: pull, entrypoint: scripts/a.sh, outputs: ["out/two"] }
`,
  )
}

describe('under Node at a terminal', () => {
  it('targets that wait for the gates of all are drawn to their end', { timeout: 300_000 }, async () => {
    const root = await rootOf('gates', 'mkdir -p out; echo x >"out/$SYNC_TARGET"\n')
    const { code, stdout } = await finish(atTerminal(root, join(base, 'gates-tmp')))
    expect(stdout).toContain('2 of 2 targets done')
    expect(code).toBe(0)
  })

  it('a step shows how long it takes and the last line that it printed', { timeout: 300_000 }, async () => {
    const root = await rootOf('lines', 'echo "fetching page 7"; until [ -e shown ]; do sleep 0.1; done\n')
    const child = atTerminal(root, join(base, 'lines-tmp'))
    let seen = ''
    child.stdout?.on('data', (chunk) => {
      seen += chunk
      if (/\d s {2}fetching page 7/.test(seen)) writeFileSync(join(root, 'shown'), '')
    })
    expect((await finish(child)).code).toBe(0)
    expect(seen).toMatch(/\d s {2}fetching page 7/)
  })

  it('Ctrl-C puts back, says so, leaves no temporary file and gives 130', { timeout: 300_000 }, async () => {
    const root = await rootOf('interrupted', 'mkdir -p out; echo x >"out/$SYNC_TARGET"; : >begun; sleep 1000\n')
    const tmp = join(base, 'interrupted-tmp')
    const child = atTerminal(root, tmp)
    const ended = finish(child)
    for (let tries = 0; !existsSync(join(root, 'begun')) && tries < 3000; tries++) await new Promise((resolve) => setTimeout(resolve, 10))
    child.stdin?.write('\x03')
    const { code, stdout } = await ended
    expect(stdout).toContain('one: interrupted; everything was restored')
    expect(stdout).toMatch(/✖.*Run scripts\/a\.sh: interrupted/)
    expect(code).toBe(130)
    expect(existsSync(join(root, 'out/one'))).toBe(false)
    expect(readdirSync(tmp).filter((name) => !name.startsWith('tsx-'))).toEqual([])
    expect(readJson(join(root, '.insightpulse/reports/latest.json'))).toMatchObject({ exit_code: 130 })
  })
})
