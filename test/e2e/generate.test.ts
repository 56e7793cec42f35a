import { spawnSync } from 'node:child_process'
import { appendFileSync, chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { WORKFLOW_FILE } from '../../tasks/engine/render/workflow.ts'
import { type Compiled, compiled } from '../sameness/forms.ts'
import { goodPlus } from '../unit/example.ts'

const home = fileURLToPath(new URL('../..', import.meta.url))
const scheduled = goodPlus('schedule: "0 2 * * *"')

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'lockstep-generate-'))
  mkdirSync(join(root, '.insightpulse'))
})
afterEach(() => rmSync(root, { recursive: true }))

const configure = (text: string): void => writeFileSync(join(root, '.insightpulse/sync.yaml'), text)
const workflow = (): string => join(root, WORKFLOW_FILE)
const generate = (...words: string[]) => run('generate', ...words)
function run(verb: Compiled, ...words: string[]): { status: number | null; printed: string } {
  const { status, stdout, stderr } = spawnSync('node', [compiled(verb), '--root', root, ...words], {
    cwd: home,
    encoding: 'utf8',
  })
  return { status, printed: stdout + stderr }
}

describe('generate', () => {
  it('writes the workflow for any root, without the check that needs the generator', () => {
    configure(scheduled)
    expect(generate().status).toBe(0)
    expect(readFileSync(workflow(), 'utf8')).toContain('  sync-demo:\n')
    expect(readFileSync(workflow(), 'utf8')).not.toContain('--check')
    expect(existsSync(join(root, 'generated/due.sh'))).toBe(true)
    expect(generate('--check').status).toBe(0)
  })

  it('lets the workflow check only by the version that a lock file pins', () => {
    configure(scheduled)
    writeFileSync(join(root, 'package.json'), '{ "devDependencies": { "lockstep": "^0.2.0" } }')
    expect(generate().printed).toContain('the workflow does not check the generated files: no package-lock.json pins the version')
    expect(readFileSync(workflow(), 'utf8')).not.toContain('--check')
    writeFileSync(join(root, 'package-lock.json'), '{}')
    expect(generate().printed).not.toContain('no package-lock.json')
    expect(readFileSync(workflow(), 'utf8')).toContain(
      '- run: npm ci --no-audit --no-fund\n      - run: npx --no-install lockstep generate --check\n',
    )
  })

  it('refuses a workflow that was edited, unless forced, and --check sees it', () => {
    configure(scheduled)
    generate()
    appendFileSync(workflow(), '# mine\n')
    expect(generate('--check')).toMatchObject({
      status: 8,
      printed: expect.stringContaining(`${WORKFLOW_FILE}: differs from what sync.yaml gives`),
    })
    expect(generate()).toMatchObject({ status: 2, printed: expect.stringContaining(`${WORKFLOW_FILE}: edited by hand`) })
    expect(readFileSync(workflow(), 'utf8')).toContain('# mine')
    expect(generate('--force').status).toBe(0)
    expect(readFileSync(workflow(), 'utf8')).not.toContain('# mine')
  })

  it('makes a program that lost its mode one that can be run again, and --check sees it', () => {
    configure(scheduled)
    generate()
    chmodSync(join(root, 'generated/sync.sh'), 0o644)
    expect(generate('--check')).toMatchObject({
      status: 8,
      printed: expect.stringContaining('generated/sync.sh: differs from what sync.yaml gives'),
    })
    expect(generate().status).toBe(0)
    expect(statSync(join(root, 'generated/sync.sh')).mode & 0o777).toBe(0o755)
  })

  it('refuses to overwrite the workflow of somebody, and never removes it', () => {
    mkdirSync(join(root, '.github/workflows'), { recursive: true })
    writeFileSync(workflow(), 'name: mine\n')
    configure(scheduled)
    expect(generate().status).toBe(2)
    configure(`${scheduled}workflow: { enabled: false }\n`)
    expect(generate().status).toBe(0)
    expect(readFileSync(workflow(), 'utf8')).toBe('name: mine\n')
  })

  it('removes the workflow when it is no longer in sync.yaml', () => {
    configure(scheduled)
    generate()
    configure(`${scheduled}workflow: { enabled: false }\n`)
    expect(generate('--check')).toMatchObject({ status: 8, printed: expect.stringContaining(`${WORKFLOW_FILE}: no longer in sync.yaml`) })
    expect(generate().status).toBe(0)
    expect(existsSync(workflow())).toBe(false)
    expect(existsSync(join(root, 'generated/due.sh'))).toBe(false)
  })

  it('writes nothing when GitHub cannot do it', () => {
    configure(goodPlus('schedule: "* * * * *"'))
    expect(generate()).toMatchObject({ status: 2, printed: expect.stringContaining("GitHub's shortest interval is 5 minutes") })
    expect(existsSync(join(root, 'generated'))).toBe(false)
  })
})

const script = (name: string, entrypoint: string, ...more: string[]): string =>
  [`  ${name}:`, '    direction: pull', `    entrypoint: ${entrypoint}`, ...more.map((line) => `    ${line}`), ''].join('\n')

describe('an entrypoint that does not exist', () => {
  beforeEach(() => {
    mkdirSync(join(root, 'scripts'))
    writeFileSync(join(root, 'scripts/good.sh'), 'echo done\n')
    configure(`version: "1.0"\ntargets:\n${script('bad', 'scripts/godo.sh')}${script('good', 'scripts/good.sh')}`)
  })
  const problem = '.insightpulse/sync.yaml:5:17: entrypoint: scripts/godo.sh does not exist; did you mean "scripts/good.sh"?'

  it('is an error of generate, with the nearest file', () => {
    expect(generate()).toMatchObject({
      status: 2,
      printed: `${problem}\n      entrypoint: scripts/godo.sh\n                  ^${'~'.repeat(14)}\n`,
    })
    expect(existsSync(join(root, 'generated'))).toBe(false)
  })

  it('stops its own target and no other', () => {
    const { status, printed } = run('sync')
    expect(printed).toContain(problem)
    expect(printed).toMatch(/1 of 2 targets/)
    expect(status).toBe(3)
    expect(run('sync', 'good').status).toBe(0)
  })

  it('is told of the driver that does its work', () => {
    configure(`version: "1.0"\ntargets:\n${script('bad', 'scripts/sync-oca-repos.sh')}`)
    expect(generate().printed).toContain('scripts/sync-oca-repos.sh does not exist; "driver: git_repos" replaces it')
  })
})

describe('a warning', () => {
  beforeEach(() => {
    writeFileSync(join(root, 'demo.sh'), 'true\n')
    writeFileSync(join(root, '.gitignore'), '/out/\n')
    spawnSync('git', ['init', '-q', root])
  })
  const find = ['drift_gates:', '  - { name: JSON, command: "find out -exec jq empty {} \\\\;" }']
  const count = ['verification:', '  command: ls | wc -l']
  const cases: readonly (readonly [string, readonly string[], string | undefined])[] = [
    ['a check that cannot fail', find, ':7:32: warning: cannot fail: find hides'],
    ['a verification that cannot fail', count, ':7:16: warning: cannot fail: wc succeeds with any number'],
    ['a count with a limit', [...count, '  expected_min: 1'], undefined],
    ['a scheduled pull that keeps nothing', ['schedule: "0 2 * * *"'], ":6:15: warning: GitHub's runner is thrown away"],
    ['a scheduled pull that commits', ['schedule: "0 2 * * *"', 'git_commit: true'], undefined],
    [
      'a commit of what Git ignores',
      ['git_commit: true', 'outputs: [docs/**, "out/*.json"]'],
      ':7:5: warning: Git ignores out/*.json, so demo commits nothing',
    ],
    ['ignored outputs without a commit', ['outputs: ["out/**"]'], undefined],
  ]

  it.each(cases)('of %s', (_, lines, wanted) => {
    configure(`version: "1.0"\ntargets:\n${script('demo', 'demo.sh', ...lines)}`)
    for (const words of [[], ['--check']]) {
      const { status, printed } = generate(...words)
      expect(status).toBe(0)
      if (wanted === undefined) expect(printed).not.toContain('warning')
      else expect(printed).toContain(`.insightpulse/sync.yaml${wanted}`)
    }
  })

  it('of a gate of all targets stands once', () => {
    const safety = 'safety:\n  post_sync_checks:\n    - { name: JSON, command: "jq . a.json | cat" }\n'
    configure(`version: "1.0"\n${safety}targets:\n${script('one', 'demo.sh')}${script('two', 'demo.sh')}`)
    expect(generate().printed.match(/warning/g)).toHaveLength(1)
  })

  it('keeps quiet of a workflow that is switched off', () => {
    configure(`version: "1.0"\nworkflow: { enabled: false }\ntargets:\n${script('demo', 'demo.sh', 'schedule: "0 2 * * *"')}`)
    expect(generate().printed).not.toContain('warning')
  })
})

it('a folder without sync.yaml says what to write', () => {
  expect(generate()).toMatchObject({
    status: 3,
    printed: `no .insightpulse/sync.yaml in ${root}: lockstep init writes one; or name its folder with --root\n`,
  })
  expect(generate('--forse')).toMatchObject({
    status: 2,
    printed: expect.stringContaining('unknown option --forse; did you mean "--force"?'),
  })
})
