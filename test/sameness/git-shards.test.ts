import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, renameSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { jobsOf } from '../../tasks/engine/render/schedules/job.ts'
import { renderCronJobs } from '../../tasks/engine/render/schedules/kubernetes.ts'
import { place } from '../fixtures/schedules.ts'
import { load } from '../unit/example.ts'
import {
  compiled,
  existsSync,
  type Form,
  finish,
  forms,
  home,
  join,
  makeRoot,
  type Outcome,
  pathWithoutNode,
  readFileSync,
  rmSync,
  run,
  scratch,
  tree,
  writeFileSync,
} from './forms.ts'

const shell = (text: string, ...words: string[]): string =>
  execFileSync('bash', ['-euc', `. ${home}test/fixtures/upstreams.sh\n${text}`, 'bash', ...words], { encoding: 'utf8' })

const NAMES = ['repo-1', 'repo-2', 'repo-3', 'repo-4', 'repo-5']
const SHARDS = [0, 1, 2]

const config = (repositories: readonly string[] = NAMES): string => `version: "1.0"
targets:
  mirror:
    driver: git_repos
    schedule: "0 2 * * *"
    config:
      base_url: \${BASE_URL}
      branch: "18.0"
      destination: addons
      tries: 1
      shards: ${SHARDS.length}
      repositories: [${repositories.join(', ')}]
`

let base: string
let root: string
let shares: string
let upstream: string
let env: Record<string, string>
beforeEach(async () => {
  base = scratch()
  root = join(base, 'root')
  shares = join(base, 'shares')
  upstream = join(base, 'upstream')
  env = { BASE_URL: upstream, NO_COLOR: '1', CI: 'true' }
  shell('make_upstreams "$1" 5 20', upstream)
  await makeRoot(root, config())
})
afterEach(() => rmSync(base, { recursive: true, force: true }))

/** One of the machines that fetch; it has another root than the one that takes what it left. */
function fetchShard(form: Form, shard: number, from = root): Promise<Outcome> {
  const words = ['--root', from, '--shard', String(shard), '--shares', shares]
  const [program = '', ...before] =
    form === 'node' ? ['node', compiled('fetch'), 'mirror'] : ['bash', join(from, 'generated/fetch-mirror.sh')]
  const path = form === 'node' ? process.env['PATH'] : pathWithoutNode
  return finish(spawn(program, [...before, ...words], { env: { ...process.env, ...env, PATH: path }, stdio: ['ignore', 'pipe', 'pipe'] }))
}

async function fetchAll(form: Form): Promise<void> {
  for (const { code, stderr } of await Promise.all(SHARDS.map((shard) => fetchShard(form, shard)))) expect(code, stderr).toBe(0)
}

const lock = (from = root): string => readFileSync(join(from, 'addons.lock.json'), 'utf8')
const sync = (form: Form, ...words: string[]): Promise<Outcome> => run(form, root, ['mirror', ...words], env)
const withUpstreamAway = async <T>(what: () => Promise<T>): Promise<T> => {
  renameSync(upstream, `${upstream}.away`)
  try {
    return await what()
  } finally {
    renameSync(`${upstream}.away`, upstream)
  }
}

/** What a machine gets that does all of it. */
async function alone(form: Form, text = config()): Promise<string> {
  const other = join(base, 'alone')
  await makeRoot(other, text)
  const { code, stderr } = await run(form, other, ['mirror'], env)
  expect(code, stderr).toBe(0)
  return other
}

describe.each(forms)('shards, as %s', { timeout: 120_000 }, (form) => {
  it('bring what one machine brings, which then asks nobody', async () => {
    const commit = shell('git -C "$1/repo-4" rev-parse 18.0', upstream).trim()
    const text = config(['repo-1', 'repo-2', 'repo-3', `{ name: repo-4, commit: ${commit} }`, '{ name: repo-5, destination: own/five }'])
    await makeRoot(root, text)
    const before = tree(root)
    await fetchAll(form)
    expect(tree(root)).toEqual(before)
    expect(SHARDS.flatMap((shard) => readdirSync(join(shares, String(shard)))).filter((name) => name !== 'answers')).toHaveLength(5)
    const { code, stdout, stderr } = await withUpstreamAway(() => sync(form, '--shares', shares))
    expect(code, stdout + stderr).toBe(0)
    const other = await alone(form, text)
    expect(lock()).toBe(lock(other))
    for (const folder of ['addons', 'own']) expect(tree(join(root, folder))).toEqual(tree(join(other, folder)))

    shell('move_upstream "$1" repo-2', upstream)
    await fetchAll(form)
    expect(SHARDS.flatMap((shard) => readdirSync(join(shares, String(shard)))).filter((name) => name !== 'answers')).toEqual(['repo-2.git'])
    const moved = await withUpstreamAway(() => sync(form, '--shares', shares))
    expect(moved.code, moved.stderr).toBe(0)
    expect(readFileSync(join(root, 'addons/repo-2/mod_1/__manifest__.py'), 'utf8')).toContain("'after'")
  })

  it('may be missing, damaged, or of another sync.yaml', async () => {
    await fetchAll(form)
    const [missing, foreign, damaged] = SHARDS.map((shard) => join(shares, String(shard))) as [string, string, string]
    rmSync(missing, { recursive: true })
    writeFileSync(join(foreign, 'answers'), readFileSync(join(foreign, 'answers'), 'utf8').replace(/^\w+/, 'f'.repeat(64)))
    for (const name of readdirSync(damaged).filter((each) => each !== 'answers'))
      rmSync(join(damaged, name, 'objects'), { recursive: true })
    const { code, stderr } = await sync(form, '--shares', shares)
    expect(code, stderr).toBe(0)
    expect(stderr).toContain('missing, so they are asked here: the shares 0 1')
    expect(lock()).toBe(lock(await alone(form)))
  })

  it('never take a repository back to what it was when they were fetched', async () => {
    expect((await sync(form)).code).toBe(0)
    shell('move_upstream "$1" repo-2', upstream)
    await fetchAll(form)
    expect((await sync(form)).code).toBe(0)
    const now = lock()
    shell('move_upstream "$1" repo-3', upstream)
    const { code, stderr } = await sync(form, '--shares', shares)
    expect(code, stderr).toBe(0)
    // What they know of repo-2 is for a lock file that is gone, and of the others it is still right.
    expect(lock()).toBe(now)
  })

  it('leave what failed to the run that takes them', async () => {
    rmSync(join(upstream, 'repo-2'), { recursive: true })
    const fetched = await Promise.all(SHARDS.map((shard) => fetchShard(form, shard)))
    expect(fetched.map(({ code }) => code)).toEqual([0, 0, 0])
    expect(fetched.map(({ stderr }) => stderr).join('')).toMatch(/repo-2: .*; left to the run that takes this share/)
    const { code, stderr } = await sync(form, '--shares', shares)
    expect(code).toBe(1)
    expect(stderr).toMatch(/mirror: repo-2: /)
    expect(Object.keys(JSON.parse(lock()).repositories)).toEqual(NAMES.filter((name) => name !== 'repo-2'))
  })

  it('are waited for where --wait says so', async () => {
    await fetchShard(form, 1)
    await fetchShard(form, 2)
    const waiting = sync(form, '--shares', shares, '--wait', '90')
    const runs = join(root, '.insightpulse/state/runs/mirror')
    await vi.waitUntil(() => existsSync(runs) && readdirSync(runs).length > 0, { timeout: 60_000 })
    expect((await fetchShard(form, 0)).code).toBe(0)
    const { code, stderr } = await waiting
    expect(code).toBe(0)
    expect(stderr).toContain('5 of 5 repositories')
    expect(stderr).not.toContain('missing')
  })

  it('are refused where they are said wrongly', async () => {
    expect(await fetchShard(form, 3)).toMatchObject({ code: 2, stderr: expect.stringContaining('a number from 0 to 2') })
    expect(await sync(form, '--shares', shares)).toMatchObject({ code: 3, stderr: expect.stringContaining('there is no such folder') })
    expect(existsSync(join(root, 'addons'))).toBe(false)
  })
})

it('each name falls to one of 64 shards, and to none much more than to others', () => {
  const names = Array.from({ length: 10_000 }, (_, index) => `repo-${index + 1}`)
  const fallen = execFileSync(
    'bash',
    [
      '-euc',
      `. ${home}tasks/drivers/git-repos/shard.sh\nshards=64 names=$(cat)\nfor ((shard = 0; shard < shards; shard++)); do git_names_of_shard <<<"$names"; echo; done`,
    ],
    { input: names.join('\n'), encoding: 'utf8' },
  )
  const lists = fallen
    .trim()
    .split(/\n(?:\n|$)/)
    .map((each) => each.split('\n'))
  expect(lists).toHaveLength(64)
  expect(new Set(lists.flat())).toEqual(new Set(names))
  expect(lists.flat()).toHaveLength(10_000)
  expect(Math.max(...lists.map(({ length }) => length))).toBeLessThan(220)
})

it('Kubernetes runs them as the pods of one job', async () => {
  const { targets } = load(config())
  const texts = new Map(['fetch-mirror.sh', 'sync-mirror.sh'].map((name) => [name, readFileSync(join(root, 'generated', name), 'utf8')]))
  const files = renderCronJobs(jobsOf(targets, root), place({ root }), { image: 'ops:1', programs: undefined, texts, minutes: 2 })
  const [, job] = [...files.values()].flatMap((text) => parseAllDocuments(text).map((document) => document.toJS()))
  const { completions, template } = job.spec.jobTemplate.spec
  const [{ command }] = template.spec.containers
  const [program, ...words]: string[] = command.map((word: string) =>
    word.replaceAll('/srv/lockstep', root).replaceAll('/opt/lockstep', join(root, 'generated')),
  )
  const old = join(root, '.insightpulse/state/shares/mirror/an-earlier-job/0')
  execFileSync('mkdir', ['-p', old])
  const pods = Array.from({ length: completions }, (_, shard) =>
    spawn(program ?? '', words, { env: { ...process.env, ...env, SHARD: String(shard), JOB: 'mirror-1' }, stdio: 'ignore' }),
  )
  const codes = await Promise.all(pods.map(async (pod) => (await once(pod, 'close'))[0]))
  expect(codes).toEqual([0, 0, 0, 0])
  expect(Object.keys(JSON.parse(lock()).repositories)).toEqual(NAMES)
  expect(existsSync(old)).toBe(false)
}, 120_000)
