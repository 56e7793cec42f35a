import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { execute, forms, home, run } from '../sameness/forms.ts'
import { load } from '../unit/example.ts'

const config = load(readFileSync(join(home, '.insightpulse/sync.yaml'), 'utf8'))
const repositories = (config.targets.find(({ name }) => name === 'oca_repos')?.config as { repositories: string[] }).repositories

/** A clone of this repository as it stands, generated anew, with upstreams of its own beside it. */
describe.each(forms)('the sync.yaml of this repository, %s', (form) => {
  const place = mkdtempSync(join(tmpdir(), 'lockstep-shipped-'))
  const root = join(place, 'root')
  const env = {
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_AUTHOR_NAME: 't',
    GIT_AUTHOR_EMAIL: 't@localhost',
    GIT_COMMITTER_NAME: 't',
    GIT_COMMITTER_EMAIL: 't@localhost',
    OCA_BASE_URL: join(place, 'upstream'),
  }
  const git = (...words: string[]): string =>
    execFileSync('git', ['-C', root, ...words], { encoding: 'utf8', env: { ...process.env, ...env } }).trim()
  let generated: string

  beforeAll(async () => {
    const files = execFileSync('git', ['-C', home, 'ls-files', '-z', '--cached', '--others', '--exclude-standard'], { encoding: 'utf8' })
    for (const file of files.split('\0').filter((each) => each !== '' && existsSync(join(home, each))))
      cpSync(join(home, file), join(root, file), { recursive: true })
    execFileSync('bash', [
      '-euc',
      `. ${home}test/fixtures/upstreams.sh; make_upstreams "$1" "$2" 90`,
      'bash',
      env.OCA_BASE_URL,
      String(repositories.length),
    ])
    repositories.forEach((name, index) => {
      renameSync(join(env.OCA_BASE_URL, `repo-${index + 1}`), join(env.OCA_BASE_URL, name))
    })
    generated = (await execute('node', ['--import', 'tsx', 'tasks/generate.ts', '--root', root])).stderr
    git('init', '-q', '-b', 'main')
    git('add', '-A')
    git('commit', '-qm', 'start')
    git('clone', '-q', '--bare', root, join(place, 'origin'))
    git('remote', 'add', 'origin', join(place, 'origin'))
  }, 300_000)
  afterAll(() => rmSync(place, { recursive: true, force: true }))

  it('is generated without a warning', () => expect(generated).not.toContain('warning'))

  it('lists the eight targets of directional sync, and a dry run completes without a token, naming what it would need', async () => {
    const names = [
      'oca_repos',
      'claude_config',
      'apps_truth',
      'live_to_docs',
      'skillsmith_catalog',
      'notion_field_docs',
      'notion_month_end',
      'notion_bir',
    ]
    const listed = await run(form, root, ['--list'], env)
    for (const name of names) expect(listed.stdout).toMatch(new RegExp(`^${name} +(pull|push|bidirectional) +[a-zA-Z]`, 'm'))
    const workflow = readFileSync(join(root, '.github/workflows/directional-sync.yml'), 'utf8')
    for (const name of names) expect(workflow).toContain(`bash generated/sync-${name.replaceAll('_', '-')}.sh`)
    const dry = await run(form, root, ['--dry-run'], { ...env, HOME: join(place, 'home') })
    // Variables are missing, which is 3; it goes through all of them all the same.
    expect(dry, dry.stderr).toMatchObject({ code: 3 })
    expect(dry.stderr).toMatch(/^dry run: .*8 unknown/m)
    for (const name of ['DIGITALOCEAN_TOKEN', 'ODOO_LIVE', 'SKILLSMITH_URL', 'NOTION_API_TOKEN', 'NOTION_BIR_DB_ID'])
      expect(dry.stderr).toContain(`${name} is not set`)
  })

  it('pulls, passes its gates, commits, and leaves a clean tree', async () => {
    const outcome = await run(form, root, ['oca_repos', '--verify'], env)
    expect(outcome, outcome.stderr).toMatchObject({ code: 0 })
    expect(git('status', '--porcelain')).toBe('')
    expect(git('rev-list', '--count', 'HEAD')).toBe('2')
    expect(git('ls-files', 'insightpulse_odoo/*/__manifest__.py').split('\n')).toHaveLength(repositories.length * 3)
    const again = await run(form, root, ['oca_repos', '--verify'], env)
    expect(again, again.stderr).toMatchObject({ code: 0 })
    expect(git('rev-list', '--count', 'HEAD')).toBe('2')
  }, 300_000)
})
