import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { WORKFLOW_FILE } from '../../tasks/engine/render/workflow.ts'
import { git, repository } from '../fixtures/workflow-repository.ts'
import { runWorkflow } from '../fixtures/workflow-runner.ts'
import { load } from '../unit/example.ts'

let place: string
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'lockstep-push-'))
})
afterEach(() => rmSync(place, { recursive: true }))

function upstream(name: string): void {
  const folder = join(place, 'upstreams', name)
  git('init', '--quiet', '--initial-branch=main', folder)
  writeFileSync(join(folder, 'module.txt'), `${name}\n`)
  git('-C', folder, 'add', '--all')
  git('-C', folder, 'commit', '--quiet', '--message=start')
}

const target = (name: string, repository: string, others: string): string => `  ${name}:
    driver: git_repos
    git_commit: true
    ${others}
    config: { base_url: "\${MIRROR_BASE:-none}", branch: main, destination: ${name}, tries: 1, repositories: [${repository}] }
`

it('commits of targets are pushed, the later one on top of the earlier, and the next run finds nothing to do', () => {
  upstream('web')
  upstream('crm')
  const config = load(
    `version: "1.0"\ntargets:\n${target('one', 'web', 'schedule: "0 2 * * *"')}${target('two', 'crm', 'depends_on: [one]')}`,
  )
  const bare = repository(join(place, 'source'), config, {
    '.insightpulse/sync.yaml': 'version: "1.0"\n',
    '.gitignore': '/.insightpulse/*\n!/.insightpulse/sync.yaml\n',
  })
  const happening = { event: 'workflow_dispatch', inputs: {}, vars: { MIRROR_BASE: `file://${join(place, 'upstreams')}` } } as const
  const runs = runWorkflow(join(place, 'source', WORKFLOW_FILE), bare, join(place, 'jobs'), happening)
  expect(Object.values(runs).map(({ result, printed }) => (result === 'success' ? result : printed))).toEqual([
    'success',
    'success',
    'success',
  ])
  const subjects = git('-C', bare, 'log', '--format=%s', 'main').trim().split('\n')
  expect(subjects).toHaveLength(3)
  expect(subjects[0]).toMatch(/^sync\(two\): /)
  expect(subjects[1]).toMatch(/^sync\(one\): /)
  expect(git('-C', bare, 'show', 'main:two/crm/module.txt')).toBe('crm\n')
  const again = runWorkflow(join(place, 'source', WORKFLOW_FILE), bare, join(place, 'again'), happening)
  expect(again['sync-one']?.summary).toContain('up to date')
  expect(git('-C', bare, 'log', '--format=%s', 'main').trim().split('\n')).toEqual(subjects)
})
