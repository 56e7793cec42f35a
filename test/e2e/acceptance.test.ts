import { execFileSync } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WORKFLOW_FILE } from '../../tasks/engine/render/workflow.ts'
import { complaints } from '../fixtures/language-service.ts'
import { runWorkflow } from '../fixtures/workflow-runner.ts'
import {
  chmodSync,
  execute,
  forms,
  home,
  join,
  makeRoot,
  mkdirSync,
  type Outcome,
  readFileSync,
  readJson,
  run,
  scratch,
  tree,
  writeFileSync,
} from '../sameness/forms.ts'

const example = (name: string): string => readFileSync(join(home, `test/fixtures/reference/${name}.yaml`), 'utf8')
const indented = (text: string, by: string): string => text.replace(/^(?=.)/gm, by)
const gates = (...names: string[]): string => names.map((name) => indented(example(`gate-${name}`), '    ')).join('')
const TARGETS = ['oca-repos', 'claude-config', 'apps-truth', 'live-to-docs', 'skillsmith-catalog', 'my-new-target']

/** The reference's own examples, put together as it says. */
const config = `version: "1.0"
defaults: { direction: bidirectional, dry_run: false, fail_on_diff: false, idempotent: true, git_commit: true }
targets:
${TARGETS.map((name) => indented(example(`target-${name}`), '  ')).join('')}
safety:
  pre_sync_checks:
${gates('git-clean', 'no-secrets-in-repo')}  post_sync_checks:
${gates('valid-json-yaml-outputs', 'python-compileall')}  drift_gates:
${gates('claude-config-drift', 'oca-module-count')}`

const shellScript = (body: string): string => `#!/usr/bin/env bash\nset -euo pipefail\n${body}\n`

/** What stands in for the scripts that the reference names. */
const scripts: Readonly<Record<string, string>> = {
  'sync-oca-repos.sh': shellScript(
    'for number in {1..100}; do\n  mkdir -p insightpulse_odoo/addons/oca/m$number\n  echo "{}" >insightpulse_odoo/addons/oca/m$number/__manifest__.py\ndone',
  ),
  'sync-claude-configs.sh': shellScript('echo 0'),
  'apps-truth-sync.sh': shellScript(`mkdir -p docs/runtime\necho '{"apps": [1]}' >docs/runtime/apps_truth.json`),
  'sync-live-to-docs.sh': shellScript('mkdir -p docs/runtime\necho x >docs/runtime/ADDONS_PATH.prod.txt'),
  'skillsmith_sync.py':
    '#!/usr/bin/env python3\nimport os, sys\nif "--check" not in sys.argv:\n    os.makedirs("docs/claude-code-skills", exist_ok=True)\n    open("docs/claude-code-skills/SKILL.md", "w").write("# A skill\\n")\n',
  'my-sync.sh': shellScript('mkdir -p path/to/output\necho "{}" >path/to/output/file.json'),
}

interface Report {
  readonly gates?: readonly { readonly phase: string; readonly passed: boolean }[]
  readonly total_targets: number
  readonly successful: number
  readonly results: readonly {
    readonly target: string
    readonly commit: string | null
    readonly verification_passed: boolean | null
  }[]
}

describe.each(forms)('the acceptance criteria of the reference, %s', (form) => {
  const root = join(scratch(), 'root')
  const env = { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1', NO_COLOR: '1' } as Record<string, string>
  const git = (...words: string[]): string => execFileSync('git', ['-C', root, ...words], { encoding: 'utf8', env })
  let list: Outcome
  let dry: Outcome
  let untouched: boolean
  let real: Outcome
  let report: Report
  const gatesOf = (phase: string) => report.gates?.filter((gate) => gate.phase === phase)

  beforeAll(async () => {
    mkdirSync(join(root, 'scripts'), { recursive: true })
    for (const [name, text] of Object.entries(scripts)) {
      writeFileSync(join(root, 'scripts', name), text)
      chmodSync(join(root, 'scripts', name), 0o755)
    }
    writeFileSync(join(root, '.gitignore'), '/.insightpulse/*\n!/.insightpulse/sync.yaml\n__pycache__/\n')
    await makeRoot(root, config)
    git('init', '-q', '-b', 'main')
    git('config', 'user.name', 'CI Bot')
    git('config', 'user.email', 'ci@example.com')
    git('add', '-A')
    git('commit', '-qm', 'start')
    list = await run(form, root, ['--list'], env)
    const before = tree(root)
    dry = await run(form, root, ['--dry-run'], env)
    untouched = JSON.stringify(tree(root)) === JSON.stringify(before)
    real = await run(form, root, ['--verify', '--ci', '--report', join(root, '../report.json')], env)
    report = readJson(join(root, '../report.json')) as Report
  }, 300_000)
  afterAll(() => execute('rm', ['-rf', join(root, '..')]))

  it('1. Config Valid', async () => {
    const check = await execute('node', ['--import', 'tsx', 'tasks/generate.ts', '--check', '--root', root])
    expect(check.code).toBe(0)
  })

  it('2. Runner Executable', () => {
    expect(list.code).toBe(0)
    for (const name of TARGETS) expect(list.stdout).toContain(name.replaceAll('-', '_'))
  })

  it('3. Dry-Run Works', () => {
    expect(dry, dry.stderr).toMatchObject({ code: 0 })
    expect(untouched).toBe(true)
  })

  it('4. Pre-Sync Gates Pass', () => {
    expect(real, real.stderr).toMatchObject({ code: 0 })
    expect(gatesOf('pre_sync')).toMatchObject([
      { name: 'Git clean', phase: 'pre_sync', passed: true },
      { name: 'No secrets in repo', phase: 'pre_sync', passed: true },
    ])
  })

  it('5. Post-Sync Gates Pass', () => {
    expect(gatesOf('post_sync')).toMatchObject([
      { name: 'Valid JSON/YAML outputs', passed: true },
      { name: 'Python compileall', passed: true },
    ])
  })

  it('6. Drift Gates Green', () => {
    expect(gatesOf('drift')).toMatchObject([
      { name: 'Claude config drift', value: 0, passed: true },
      { name: 'OCA module count', value: 100, passed: true },
    ])
  })

  it('7. CI Workflow Valid', async () => {
    const workflow = readFileSync(join(root, WORKFLOW_FILE), 'utf8')
    expect(await complaints(workflow)).toEqual([])
    for (const name of TARGETS) expect(workflow).toContain(`generated/sync-${name}.sh`)
  })

  it('8. Verification Reports Generated', () => {
    expect(report).toMatchObject({ total_targets: TARGETS.length, successful: TARGETS.length })
    expect(report.results.map(({ verification_passed }) => verification_passed)).toEqual([true, null, true, null, true, true])
    expect(readJson(join(root, '.insightpulse/reports/latest.json'))).toEqual(report)
  })

  it('9. Git Commits Work', () => {
    const pulls = report.results.filter(({ target }) => target !== 'claude_config')
    expect(git('log', '--reverse', '--format=%H').trim().split('\n').slice(1)).toEqual(pulls.map(({ commit }) => commit))
    expect(git('status', '--porcelain')).toBe('')
    expect(git('ls-files', 'insightpulse_odoo').trim().split('\n')).toHaveLength(100)
  })

  it('10. Scheduled Runs Execute', () => {
    const workflow = readFileSync(join(root, WORKFLOW_FILE), 'utf8')
    const wanted = [...config.matchAll(/schedule: "([^"]+)"/g)].map(([, schedule]) => schedule)
    const crons = [...workflow.matchAll(/- cron: ["']?([^"'\n]+)/g)].map(([, cron]) => cron as string)
    expect(wanted).toHaveLength(TARGETS.length)
    expect(new Set(crons)).toEqual(new Set(wanted))
    git('clone', '--quiet', '--bare', root, join(root, '../origin'))
    for (const [index, schedule] of crons.entries()) {
      const runs = runWorkflow(join(root, WORKFLOW_FILE), join(root, '../origin'), join(root, `../jobs-${index}`), {
        event: 'schedule',
        schedule,
      })
      const due = TARGETS.filter((_, place) => wanted[place] === schedule)
      expect(Object.keys(runs).filter((id) => runs[id]?.result === 'success')).toEqual(['due', ...due.map((name) => `sync-${name}`)])
    }
  }, 300_000)
})
