import { execFileSync, spawnSync } from 'node:child_process'
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { compiled } from '../sameness/forms.ts'

const home = fileURLToPath(new URL('../..', import.meta.url))
const text = (path: string): string => readFileSync(join(home, path), 'utf8')
const guide = text('.github/CONTRIBUTING.md')

/** What it tells to type: the lines of its blocks, and what stands in the middle of a sentence. */
const BLOCK = /^```bash\n([\s\S]*?)^```$/gm
const commands = [
  ...[...guide.matchAll(BLOCK)].flatMap(([, block = '']) => block.trim().split('\n')),
  ...[
    ...guide
      .replace(BLOCK, '')
      .replace(/``.*?``/g, '')
      .matchAll(/`([^`]+)`/g),
  ]
    .map(([, code = '']) => code.replace(/\s+/g, ' '))
    .filter((code) => /^(bash|make|npx|generated\/\S+) /.test(code)),
].map((line) => line.replace(/\s+#.*/, ''))

let root: string
const run = (command: string, ...words: string[]) => {
  const { status, stdout, stderr } = spawnSync(command, words, { cwd: root, encoding: 'utf8' })
  return { status, stdout, stderr }
}
const recipe = (goal: string): string[] =>
  execFileSync('make', ['-n', '-C', home, goal], { encoding: 'utf8', env: { ...process.env, MAKEFLAGS: '' } })
    .split('\n')
    .filter((line) => /^(npx|shellcheck|shfmt|scripts)/.test(line))

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'lockstep-contributing-'))
  mkdirSync(join(root, '.insightpulse'))
  writeFileSync(join(root, 'demo.sh'), 'echo a line of the script\n')
  writeFileSync(join(root, '.insightpulse/sync.yaml'), 'version: "1.0"\ntargets:\n  demo: { direction: pull, entrypoint: demo.sh }\n')
  expect(run('node', compiled('generate')).status).toBe(0)
})
afterAll(() => rmSync(root, { recursive: true, force: true }))

const tried: Record<string, () => void> = {
  'make check': () => {
    const counted = text('scripts/test.sh')
    const checks = recipe('check').map((line) => line.replace(`"${home.replace(/\/$/, '')}/`, '"$PWD/'))
    expect(checks.length).toBeGreaterThan(4)
    for (const check of checks) expect(counted).toContain(` ${check}`.replace(' scripts/shellcheck', '\nscripts/shellcheck'))
  },
  'make test': () => expect(recipe('test')).toEqual(['scripts/test.sh']),
  'make messages': () => {
    const { status, stdout } = run('make', '-s', '-C', home, 'messages')
    expect(status).toBe(0)
    expect(/^scripts\/lib\/\w+\/.*: die \d /m.test(stdout)).toBe(true)
    expect(/^tasks\/.*\.ts:\d+: /m.test(stdout)).toBe(true)
  },
  'make hooks': () => {
    writeFileSync(join(root, 'Makefile'), text('Makefile').replaceAll('scripts/', `${home}/scripts/`))
    const make = () => run('make', '-s', '-o', 'node_modules', '-I', home, 'hooks')
    expect(make().status).not.toBe(0)
    execFileSync('git', ['init', '-q', root])
    const hook = join(root, '.git/hooks/pre-push')
    expect(make()).toMatchObject({ status: 0, stdout: expect.stringContaining('runs make check before each push') })
    expect(make().status).toBe(0)
    writeFileSync(join(root, 'Makefile'), 'check:\n\t@echo all is checked; [ -z "$$GIT_DIR" ]\n')
    expect(
      spawnSync(hook, {
        cwd: root,
        env: { ...process.env, MAKELEVEL: undefined, MAKEFLAGS: undefined, GIT_DIR: '.git' },
        encoding: 'utf8',
      }),
    ).toMatchObject({
      status: 0,
      stderr: 'all is checked\n',
    })
    writeFileSync(hook, '#!/bin/sh\nexit 0 # mine\n')
    writeFileSync(join(root, 'Makefile'), text('Makefile').replaceAll('scripts/', `${home}/scripts/`))
    expect(make()).toMatchObject({ status: 2, stderr: expect.stringContaining('there is a hook already; it stays') })
    expect(readFileSync(hook, 'utf8')).toBe('#!/bin/sh\nexit 0 # mine\n')
  },
  'generated/sync-NAME.sh --verbose': () =>
    expect(run('generated/sync-demo.sh', '--verbose')).toMatchObject({
      status: 0,
      stderr: expect.stringContaining('a line of the script'),
    }),
  'bash -x': () => expect(run('bash', '-x', 'generated/sync-demo.sh').stderr).toContain('+ main'),
  'npx tsx tasks/generate.ts --force': () => {
    appendFileSync(join(root, 'generated/sync-demo.sh'), '# mine\n')
    expect(run('node', compiled('generate')).status).toBe(2)
    expect(run('node', compiled('generate'), '--force').status).toBe(0)
    expect(readFileSync(join(root, 'generated/sync-demo.sh'), 'utf8')).not.toContain('# mine')
  },
}

describe('the commands of CONTRIBUTING', () => {
  it('are all tried', () => expect([...new Set(commands)].sort()).toEqual(Object.keys(tried).sort()))

  it.each(Object.entries(tried))('%s does what it says', (_, attempt) => attempt())
})
