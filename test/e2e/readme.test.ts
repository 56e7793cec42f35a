import { execFileSync } from 'node:child_process'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readmeExamples } from '../fixtures/readme-examples.ts'
import { execute, forms, join, makeRoot, mkdirSync, run, scratch, writeFileSync } from '../sameness/forms.ts'

/** What stands in for the scripts that the README names. */
const scripts: Readonly<Record<string, string>> = {
  'demo.sh': 'mkdir -p docs\necho "a page" >docs/page.md\n',
  'scripts/apps-truth-sync.sh': `mkdir -p docs/runtime\necho '{"apps": [1]}' >docs/runtime/apps_truth.json\n`,
  'scripts/publish.py': 'print("sent")\n',
}

describe('an example of the README in an empty repository', () => {
  let root: string
  const env = { GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1', APP_ID: 'app' }
  const git = (...words: string[]): string =>
    execFileSync('git', ['-C', root, ...words], { encoding: 'utf8', env: { ...process.env, ...env } }).trim()

  beforeEach(() => {
    root = join(scratch(), 'root')
    mkdirSync(join(root, 'scripts'), { recursive: true })
    for (const [name, text] of Object.entries(scripts)) writeFileSync(join(root, name), text)
    writeFileSync(join(root, '.gitignore'), '/.insightpulse/*\n!/.insightpulse/sync.yaml\n')
    git('init', '-q', '-b', 'main')
    git('config', 'user.name', 't')
    git('config', 'user.email', 't@localhost')
  })
  afterEach(() => execute('rm', ['-rf', join(root, '..')]))

  it.each(readmeExamples())('is generated: $start', async ({ text }) => {
    await makeRoot(root, text)
    expect((await execute('node', ['--import', 'tsx', 'tasks/generate.ts', '--check', '--root', root])).stderr).toBe('')
  })

  const runnable = readmeExamples().filter(({ text }) => text.includes('entrypoint:') && !text.includes('remote:'))
  it.each(runnable.flatMap((example) => forms.map((form) => ({ ...example, form }))))('runs, $form: $start', async ({ text, form }) => {
    await makeRoot(root, text)
    git('add', '-A')
    git('commit', '-qm', 'start')
    git('clone', '-q', '--bare', '.', '../origin')
    git('remote', 'add', 'origin', '../origin')
    git('fetch', '-q')
    git('branch', '-q', '--set-upstream-to=origin/main')
    for (const verify of [[], ['--verify']]) {
      const outcome = await run(form, root, verify, env)
      expect(outcome, outcome.stderr).toMatchObject({ code: 0 })
    }
  })
})
