import { appendFileSync, cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Config } from '../../tasks/engine/config/schema.ts'
import { WORKFLOW_FILE } from '../../tasks/engine/render/workflow.ts'
import { commit, git, repository } from '../fixtures/workflow-repository.ts'
import { type Happening, type JobRun, runWorkflow } from '../fixtures/workflow-runner.ts'
import { compiled } from '../sameness/forms.ts'
import { load } from '../unit/example.ts'

const home = fileURLToPath(new URL('../..', import.meta.url))

let place: string
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'lockstep-workflow-'))
})
afterEach(() => rmSync(place, { recursive: true }))

const results = (runs: Record<string, JobRun>) => Object.fromEntries(Object.entries(runs).map(([id, { result }]) => [id, result]))

describe('the check of this repository', () => {
  /** What the check of this repository says of a copy of it, to which `change` was done. */
  function checked(change: (folder: string) => void): JobRun | undefined {
    const copy = join(place, 'copy')
    for (const name of ['.github', 'generated', 'package.json', 'package-lock.json', 'scripts', 'tasks', 'templates'])
      cpSync(join(home, name), join(copy, name), { recursive: true })
    for (const name of ['sync.yaml', 'sync.schema.json']) cpSync(join(home, '.insightpulse', name), join(copy, '.insightpulse', name))
    change(copy)
    const programs = join(place, 'programs')
    mkdirSync(programs)
    writeFileSync(join(programs, 'npm'), `#!/bin/sh\nln -s '${home}node_modules' node_modules\n`, { mode: 0o755 })
    const runs = runWorkflow(join(home, WORKFLOW_FILE), commit(copy), join(place, 'jobs'), { event: 'push', programs })
    expect(results(runs)).toMatchObject({ due: 'skipped', 'sync-oca-repos': 'skipped' })
    return runs['check']
  }

  it('passes as it stands', () => {
    expect(checked(() => {})).toMatchObject({ result: 'success' })
  })

  it('fails where one was edited', () => {
    expect(checked((copy) => appendFileSync(join(copy, WORKFLOW_FILE), '# mine\n'))).toMatchObject({
      result: 'failure',
      printed: expect.stringContaining(`${WORKFLOW_FILE}: differs from what sync.yaml gives`),
    })
  })

  it('fails where the config is not valid', () => {
    expect(checked((copy) => appendFileSync(join(copy, '.insightpulse/sync.yaml'), 'schedul: 1\n'))).toMatchObject({
      result: 'failure',
      printed: expect.stringContaining('unknown key "schedul"'),
    })
  })
})

describe('the real scripts', () => {
  const upstream = (name: string): string => {
    const folder = join(place, 'upstreams', name)
    git('init', '--quiet', '--initial-branch=main', folder)
    writeFileSync(join(folder, 'module.txt'), `${name}\n`)
    git('-C', folder, 'add', '--all')
    git('-C', folder, 'commit', '--quiet', '--message=start')
    return folder
  }

  const mirror = (repositories: readonly string[], own = '', ofConfig = ''): Config =>
    load(`version: "1.0"
targets:
  mirror:
    driver: git_repos
    schedule: "0 2 * * *"
    ${own}
    config:
      ${ofConfig}
      base_url: \${MIRROR_BASE:-none}
      branch: main
      destination: addons
      tries: 1
      repositories: [${repositories.join(', ')}]
    verification:
      command: ls addons/*/module.txt | wc -l
      expected_min: 1
`)

  it('pull, verify, and leave a report and a summary', () => {
    upstream('web')
    const of = mirror(['web'])
    const vars = { MIRROR_BASE: `file://${join(place, 'upstreams')}` }
    const runs = runWorkflow(...prepared(of), join(place, 'jobs'), { event: 'schedule', schedule: '0 2 * * *', vars })
    expect(results(runs), runs['sync-mirror']?.printed).toEqual({ due: 'success', 'sync-mirror': 'success' })
    const run = runs['sync-mirror'] as JobRun
    expect(run.outputs).toEqual({ exit_code: '0' })
    expect(JSON.parse(run.artifacts['report-mirror-1'] ?? '')).toMatchObject({
      successful: 1,
      results: [{ target: 'mirror', verification_passed: true }],
    })
    expect(run.summary).toMatch(/^### mirror\n<pre>\ndone: .*\ncreated addons.lock.json\ncreated addons\/web\n<\/pre>/)
    expect(run.printed).not.toContain('::error')
  })

  it('ask and fetch in shards, and bring it all in one commit', () => {
    const names = ['web', 'server', 'bank', 'stock', 'crm']
    for (const name of names) upstream(name)
    const vars = { MIRROR_BASE: `file://${join(place, 'upstreams')}` }
    const [file, bare] = prepared(mirror(names, 'git_commit: true', 'shards: 3'))
    const runs = runWorkflow(file, bare, join(place, 'jobs'), { event: 'schedule', schedule: '0 2 * * *', vars })
    expect(results(runs), runs['sync-mirror']?.printed).toEqual({ due: 'success', 'fetch-mirror': 'success', 'sync-mirror': 'success' })
    expect(runs['sync-mirror']?.printed).toContain('5 of 5 repositories')
    expect(git('-C', bare, 'ls-tree', '--name-only', 'main', 'addons/').trim().split('\n')).toEqual(
      names.map((name) => `addons/${name}`).sort(),
    )
    // The second run has them in its branch, but no shard checks them out.
    expect(results(runWorkflow(file, bare, join(place, 'again'), { event: 'schedule', schedule: '0 2 * * *', vars }))).toEqual(
      results(runs),
    )
    expect(readdirSync(join(place, 'again/fetch-mirror-0/work')).sort()).toEqual(['.git', '.insightpulse', 'addons.lock.json', 'generated'])
  })

  it('say what failed, in annotations and in the summary', () => {
    upstream('web')
    const vars = { MIRROR_BASE: `file://${join(place, 'upstreams')}` }
    const runs = runWorkflow(...prepared(mirror(['web', 'gone'])), join(place, 'jobs'), { event: 'workflow_dispatch', inputs: {}, vars })
    const run = runs['sync-mirror'] as JobRun
    expect(run.result).toBe('failure')
    expect(run.outputs).toEqual({ exit_code: '1' })
    expect(run.printed).toMatch(/^::error title=mirror::partial: /m)
    expect(run.printed).toMatch(/^::error title=mirror%3A gone::/m)
    expect(run.summary).toMatch(/^failed: gone: /m)
    expect(JSON.parse(run.artifacts['report-mirror-1'] ?? '')).toMatchObject({ failed: 1 })
  })

  it('are shown on a page, with what earlier runs left', () => {
    upstream('web')
    const text = `version: "1.0"
targets:
  mirror:
    driver: git_repos
    schedule: "0 2 * * *"
    config: { base_url: "\${MIRROR_BASE:-none}", branch: main, destination: addons, tries: 1, repositories: [web] }
  idle: { driver: git_repos, schedule: "0 3 * * *", config: { base_url: "https://git.example.org", branch: main, destination: idle, repositories: [web] } }
workflow: { pages: true }
`
    const bare = repository(join(place, 'source'), load(text), { '.insightpulse/sync.yaml': text })
    const [programs, caches] = [join(place, 'programs'), join(place, 'caches')]
    for (const folder of [programs, caches]) mkdirSync(folder)
    writeFileSync(join(programs, 'npm'), '#!/bin/sh\n', { mode: 0o755 })
    writeFileSync(join(programs, 'lockstep'), `#!/bin/sh\nshift; exec node '${compiled('dashboard')}' "$@"\n`, { mode: 0o755 })
    const publish = (name: string, base: string, happening: Happening = { event: 'schedule', schedule: '0 2 * * *' }) => {
      const vars = { MIRROR_BASE: `file://${join(place, base)}` }
      const file = join(place, 'source', WORKFLOW_FILE)
      const runs = runWorkflow(file, bare, join(place, name), { vars, programs, caches, ...happening })
      return { of: results(runs), page: runs['pages']?.artifacts['github-pages-1'] ?? '', printed: runs['pages']?.printed }
    }
    const states = (page: string) => [...page.matchAll(/id="t-(\w+)" data-state="([\w ]+)"/g)].map(([, name, state]) => [name, state])
    const shown = (page: string) => [...page.matchAll(/class="item run" id="r-/g)].length

    const first = publish('one', 'upstreams')
    expect(first.of, first.printed).toEqual({
      check: 'skipped',
      due: 'success',
      'sync-mirror': 'success',
      'sync-idle': 'skipped',
      pages: 'success',
    })
    expect(states(first.page)).toEqual([
      ['mirror', 'ok'],
      ['idle', 'never ran'],
    ])
    const failed = publish('two', 'nowhere')
    expect(failed.of).toMatchObject({ 'sync-mirror': 'failure', pages: 'success' })
    expect(states(failed.page)[0]).toEqual(['mirror', 'failed'])
    expect(shown(failed.page)).toBe(2)
    const dry = publish('three', 'upstreams', {
      event: 'workflow_dispatch',
      inputs: { dry_run: true, verify: false, target: 'mirror', direction: 'all' },
    })
    expect(dry.of).toMatchObject({ 'sync-mirror': 'success', pages: 'success' })
    expect([shown(dry.page), states(dry.page)[0]]).toEqual([2, ['mirror', 'failed']])
    expect(publish('four', 'upstreams', { event: 'push' }).of).toMatchObject({ pages: 'skipped' })
  })

  const prepared = (of: Config): [string, string] => {
    const bare = repository(join(place, 'source'), of, { '.insightpulse/sync.yaml': 'version: "1.0"\n' })
    return [join(place, 'source', WORKFLOW_FILE), bare]
  }
})
