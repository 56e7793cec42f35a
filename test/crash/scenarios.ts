import { execFileSync, spawnSync } from 'node:child_process'
import { appendFileSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { home, makeRoot } from '../sameness/forms.ts'
import type { Scenario } from './kill-points.ts'

const shell = (text: string, ...words: string[]): string =>
  execFileSync('bash', ['-euc', `. ${home}test/fixtures/upstreams.sh\n${text}`, 'bash', ...words], { encoding: 'utf8' })

const config = (upstream: string, repositories: string): string => `version: "1.0"
targets:
  mirror:
    driver: git_repos
    config: { base_url: ${upstream}, branch: "18.0", destination: addons/oca, tries: 1, jobs: 1, prune: true, repositories: [${repositories}] }
`

function execute(root: string, name: string, ...words: string[]): void {
  const { status, stderr } = spawnSync('bash', [join(root, 'generated', name), ...words], { cwd: root, encoding: 'utf8' })
  if (status !== 0) throw new Error(`${name}: ${stderr}`)
}

export const titles = [
  'a first sync',
  'a sync of two that moved',
  'a sync that prunes',
  'a backup of a target',
  'a backup as siblings',
  'a rollback',
  'a rollback of a first sync',
] as const

/** Every verb that changes files, each in a root of its own below this folder. */
export async function scenarios(folder: string): Promise<readonly Scenario[]> {
  const upstream = join(folder, 'upstream')
  shell('make_upstreams "$1" 3 6', upstream)
  const first = await makeRoot(join(folder, 'first'), config(upstream, 'repo-1, repo-2, repo-3'))
  const copy = (from: string, name: string): string => {
    execFileSync('cp', ['-a', from, join(folder, name)])
    return join(folder, name)
  }
  const synced = copy(first, 'synced')
  execute(synced, 'sync.sh')
  const pruned = copy(synced, 'pruned')
  await makeRoot(pruned, config(upstream, 'repo-1, repo-2'))
  const backup = copy(synced, 'backup')
  execute(backup, 'backup.sh', '--target', 'mirror')
  appendFileSync(join(backup, 'addons/oca/repo-1/mod_1/__manifest__.py'), 'mine\n')
  const siblings = copy(first, 'siblings')
  mkdirSync(join(siblings, 'd'))
  writeFileSync(join(siblings, 'd/a b'), 'one\n')
  writeFileSync(join(siblings, 'c'), 'two\n')
  symlinkSync('c', join(siblings, 'link'))
  for (let times = 0; times < 3; times++) execute(siblings, 'backup.sh', '--layout', 'sibling', 'd', 'c', 'link')
  // What comes now moves the upstreams; the first run above has seen them as they were.
  shell('move_upstream "$1" repo-1; move_upstream "$1" repo-2', upstream)
  const moved = copy(synced, 'moved')
  const rollback = copy(synced, 'rollback')
  execute(rollback, 'sync.sh')
  const removed = copy(rollback, 'removed')
  rmSync(join(removed, 'addons/oca/repo-3'), { recursive: true })
  appendFileSync(join(removed, 'addons/oca/repo-1/mod_1/__manifest__.py'), 'mine\n')
  const toFirst = ['rollback.sh', 'mirror', '--yes', '--to', firstBackup(removed)]
  const undo = { command: ['rollback.sh', '--yes'], tree: 'either' } as const
  const sync = { command: ['sync-mirror.sh'], tree: 'after' } as const
  return [
    { title: 'a first sync', root: first, command: ['sync-mirror.sh'], next: [sync, { ...undo, tree: 'before' }] },
    { title: 'a sync of two that moved', root: moved, command: ['sync-mirror.sh'], next: [sync, undo] },
    { title: 'a sync that prunes', root: pruned, command: ['sync-mirror.sh'], next: [sync, undo] },
    {
      title: 'a backup of a target',
      root: backup,
      command: ['backup.sh', '--target', 'mirror'],
      next: [{ command: ['backup.sh', '--target', 'mirror'], tree: 'before' }],
    },
    {
      title: 'a backup as siblings',
      root: siblings,
      command: ['backup.sh', '--layout', 'sibling', 'd', 'c', 'link'],
      next: [{ command: ['backup.sh', '--layout', 'sibling', 'c'], tree: 'either' }],
    },
    { title: 'a rollback', root: rollback, command: ['rollback.sh', '--yes'], next: [undo, { ...sync, tree: 'either' }] },
    {
      title: 'a rollback of a first sync',
      root: removed,
      command: toFirst,
      next: [{ command: toFirst, tree: 'after' }, undo],
    },
  ]
}

const firstBackup = (root: string): string =>
  execFileSync('ls', [join(root, '.insightpulse/backups/mirror')], { encoding: 'utf8' }).split('\n')[0] ?? ''
