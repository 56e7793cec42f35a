import { execFileSync, spawnSync } from 'node:child_process'
import { appendFileSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { makeDatabase, meta } from '../fixtures/webui.ts'
import { home, makeRoot } from '../sameness/forms.ts'
import { database, type Scenario } from './kill-points.ts'

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
  'a script of the user',
  'a rollback of a script of the user',
  'a push of a model',
  'a rollback of a model',
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
    ...killedAndRolledBack(['a script of the user', 'a rollback of a script of the user'], await scriptRoot(folder), ['sync-job.sh']),
    ...killedAndRolledBack(['a push of a model', 'a rollback of a model'], await modelRoot(folder), [
      'sync-open-webui.sh',
      '--direction',
      'push',
    ]),
  ]
}

/** A sync, and a rollback of it; what was killed is put back by a rollback as well as by the next sync. */
function killedAndRolledBack(names: readonly [Scenario['title'], Scenario['title']], root: string, command: readonly string[]): Scenario[] {
  const synced = `${root}-synced`
  execFileSync('cp', ['-a', root, synced])
  const [program = '', ...words] = command
  execute(synced, program, ...words)
  const undo = { command: ['rollback.sh', '--yes'], tree: 'either' } as const
  return [
    { title: names[0], root, command, next: [{ command, tree: 'after' }, undo] },
    { title: names[1], root: synced, command: undo.command, next: [undo] },
  ]
}

/** A script that writes, creates and removes. */
async function scriptRoot(folder: string): Promise<string> {
  const root = join(folder, 'script')
  mkdirSync(join(root, 'scripts'), { recursive: true })
  mkdirSync(join(root, 'out/old'), { recursive: true })
  for (const name of ['a', 'b c', 'old/d']) writeFileSync(join(root, 'out', name), `${name}: mine\n`)
  const script = "mkdir -p out/new/deep\nprintf 'theirs\\n' | tee out/a >out/new/deep/e\nmv out/old/d out/new/d\nrmdir out/old\n"
  writeFileSync(join(root, 'scripts/job.sh'), `#!/usr/bin/env bash\nset -eu\n[[ ! -d out/new ]] || exit 0\n${script}`, { mode: 0o755 })
  return makeRoot(root, 'version: "1.0"\ntargets:\n  job: { direction: pull, entrypoint: scripts/job.sh, outputs: ["out/**"] }\n')
}

/** A model whose files have moved on. */
async function modelRoot(folder: string): Promise<string> {
  const root = join(folder, 'model')
  mkdirSync(root)
  makeDatabase('sqlite', root)
  writeFileSync(join(root, 'prompt.md'), 'You are Inna, and kind.\n')
  writeFileSync(join(root, 'metadata.json'), `${JSON.stringify({ name: 'Inna the second', meta, params: { temperature: 1 } }, null, 2)}\n`)
  return makeRoot(
    root,
    `version: "1.0"\ntargets:\n  open_webui:\n    driver: open_webui\n    direction: bidirectional\n    config: { database: ${database}, model: inna, system_prompt: prompt.md, metadata: metadata.json }\n`,
  )
}

const firstBackup = (root: string): string =>
  execFileSync('ls', [join(root, '.insightpulse/backups/mirror')], { encoding: 'utf8' }).split('\n')[0] ?? ''
