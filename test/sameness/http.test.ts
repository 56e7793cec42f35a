import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { execute, forms, home, join, makeRoot, normalised, readFileSync, readJson, run, scratch, tree, withoutStamps } from './forms.ts'

const shell = (text: string, ...words: string[]): string =>
  execFileSync('bash', ['-euc', `. ${home}test/fixtures/upstreams.sh\n${text}`, 'bash', ...words], { encoding: 'utf8' })

let folder: string
let base: string
let log: string
let server: ReturnType<typeof spawn>
beforeAll(async () => {
  folder = scratch()
  log = join(folder, 'requests')
  shell('make_upstreams "$1" 6 20; git -C "$1/repo-6" update-server-info', join(folder, 'upstream'))
  server = spawn('node', [join(home, 'test/fixtures/git-server.mjs'), join(folder, 'upstream'), '--log', log], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [port] = (await once(createInterface({ input: server.stdout as NodeJS.ReadableStream }), 'line')) as [string]
  base = `http://127.0.0.1:${port}`
})
afterAll(async () => {
  server.kill()
  await execute('rm', ['-rf', folder])
})

const config = (repositories: string, timeout = 20): string => `version: "1.0"
targets:
  mirror:
    driver: git_repos
    config: { base_url: "${base}", branch: "18.0", destination: addons/oca, tries: 2, timeout: ${timeout}, repositories: [${repositories}] }
`
const elsewhere = (name: string, fault: string): string => `{ name: ${name}, url: "${base}/${fault}/${name}" }`

interface Situation {
  readonly title: string
  readonly repositories: () => string
  readonly timeout?: number
  readonly code: number
  readonly failures?: readonly { readonly item: string; readonly reason: RegExp }[]
}

const situations: readonly Situation[] = [
  { title: 'one curl asks all of them', repositories: () => 'repo-1, repo-2, repo-3', code: 0 },
  { title: 'a server that speaks no protocol 2 is asked by git', repositories: () => `repo-1, ${elsewhere('repo-2', 'no-v2')}`, code: 0 },
  {
    title: 'a server of plain files is asked by git',
    repositories: () => `repo-1, ${elsewhere('repo-6', 'dumb')}`,
    code: 1,
    failures: [{ item: 'repo-6', reason: /shallow/ }],
  },
  { title: '429 is tried again', repositories: () => `repo-1, ${elsewhere('repo-2', 'status-429')}`, code: 0 },
  {
    title: '404 fails its repository only',
    repositories: () => `repo-1, ${elsewhere('repo-2', 'status-404')}`,
    code: 1,
    failures: [{ item: 'repo-2', reason: /not found/ }],
  },
  {
    title: '401 fails its repository only, without a prompt',
    repositories: () => `repo-1, ${elsewhere('repo-2', 'status-401')}`,
    code: 1,
    failures: [{ item: 'repo-2', reason: /Authentication|could not read|401/i }],
  },
  {
    title: '503 fails its repository only, after the tries',
    repositories: () => `repo-1, ${elsewhere('repo-2', 'status-503')}`,
    code: 1,
    failures: [{ item: 'repo-2', reason: /HTTP 503/ }],
  },
  {
    title: 'a server that never answers fails its repository only',
    repositories: () => `repo-1, ${elsewhere('repo-2', 'hang')}`,
    timeout: 1,
    code: 1,
    failures: [{ item: 'repo-2', reason: /no answer within 1 seconds/ }],
  },
]

describe('git_repos over HTTP is the same under Node and as a script', () => {
  it.concurrent.each(situations)('$title', { timeout: 120_000 }, async (situation) => {
    const seen = []
    for (const form of forms) {
      const place = scratch()
      const root = await makeRoot(join(place, 'root'), config(situation.repositories(), situation.timeout))
      const report = join(place, 'report.json')
      const { code } = await run(form, root, ['--report', report])
      seen.push({ code, tree: withoutStamps(tree(root)), report: normalised(readJson(report)) })
      await execute('rm', ['-rf', place])
    }
    expect(seen[1]).toEqual(seen[0])
    expect(seen[1]?.code).toBe(situation.code)
    const { failures } = (seen[1]?.report as { results: [{ failures: { item: string; reason: string }[] }] }).results[0]
    expect(failures.map(({ item }) => item)).toEqual((situation.failures ?? []).map(({ item }) => item))
    for (const [index, { reason }] of (situation.failures ?? []).entries()) expect(failures[index]?.reason).toMatch(reason)
  })

  it('what has not moved costs one request each', { timeout: 120_000 }, async () => {
    const root = await makeRoot(join(scratch(), 'root'), config('repo-1, repo-2, repo-3'))
    await run('script', root, [])
    const before = readFileSync(log, 'utf8').length
    await run('script', root, [])
    const asked = readFileSync(log, 'utf8').slice(before).trim().split('\n')
    expect(asked.sort()).toEqual(['repo-1', 'repo-2', 'repo-3'].map((name) => `POST /${name}/git-upload-pack`))
    await execute('rm', ['-rf', join(root, '..')])
  })
})
