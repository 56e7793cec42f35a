import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { execute, forms, home, join, makeRoot, normalised, readFileSync, readJson, run, scratch, tree, withoutStamps } from './forms.ts'

const names = Array.from({ length: 40 }, (_, index) => `repo-${index + 1}`)
const odd = { dead: 'repo-7', slow: 'repo-13', empty: 'repo-22', branchless: 'repo-40' }
const fine = names.filter((name) => !Object.values(odd).includes(name))

let folder: string
let server: ReturnType<typeof spawn>
let config: string
beforeAll(async () => {
  folder = scratch()
  const upstream = join(folder, 'upstream')
  execFileSync('bash', [
    '-euc',
    `. "$1"; make_upstreams "$2" 40 3
     rm -rf "$2/$3"; git init -q --bare "$2/$3"
     git -C "$2/$4" update-ref -d refs/heads/18.0; git -C "$2/$4" update-ref refs/heads/17.0 "$(git -C "$2/repo-1" rev-parse 18.0~1)"`,
    'bash',
    join(home, 'test/fixtures/upstreams.sh'),
    upstream,
    odd.empty,
    odd.branchless,
  ])
  server = spawn('node', [join(home, 'test/fixtures/git-server.mjs'), upstream], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [port] = (await once(createInterface({ input: server.stdout as NodeJS.ReadableStream }), 'line')) as [string]
  const urls: Record<string, string> = {
    [odd.dead]: `http://127.0.0.1:${await closedPort()}/x`,
    [odd.slow]: `http://127.0.0.1:${port}/hang/x`,
  }
  config = `version: "1.0"
targets:
  mirror:
    driver: git_repos
    config:
      base_url: ${upstream}
      branch: "18.0"
      destination: addons/oca
      tries: 1
      timeout: 5
      jobs: 4
      repositories:
${names.map((name) => (urls[name] ? `        - { name: ${name}, url: "${urls[name]}" }` : `        - ${name}`)).join('\n')}
`
}, 300_000)
afterAll(async () => {
  server.kill()
  await execute('rm', ['-rf', folder])
}, 300_000)

async function closedPort(): Promise<number> {
  const listener = createServer().listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const { port } = listener.address() as { port: number }
  listener.close()
  await once(listener, 'close')
  return port
}

/** git says after how many milliseconds a connection failed. */
const withoutTimes = (seen: unknown): unknown => JSON.parse(JSON.stringify(seen).replaceAll(/after \d+ ms/g, ''))

const failures = [
  { item: odd.slow, reason: expect.stringMatching(/^no answer from 127.0.0.1:\d+ within 5 s$/) },
  { item: odd.empty, reason: 'there is no branch at all: the repository is empty, or its address is wrong' },
  { item: odd.branchless, reason: 'branch 18.0 does not exist upstream' },
  { item: odd.dead, reason: expect.stringMatching(/connect/i) },
]

it(
  'of 40 repositories the four that fail are named, the others are done, and are current the next time',
  { timeout: 300_000 },
  async () => {
    const seen = await Promise.all(
      forms.map(async (form) => {
        const root = await makeRoot(join(folder, form), config)
        const report = join(root, '.insightpulse/reports/latest.json')
        const first = await run(form, root, [])
        expect(first.code).toBe(1)
        for (const name of Object.values(odd)) expect(first.stderr).toMatch(new RegExp(`mirror: ${name}: .`))
        const after = { tree: withoutStamps(tree(root)), report: normalised(readJson(report)) }
        expect(after.report).toMatchObject({ results: [{ status: 'partial', message: '36 of 40 repositories moved; 4 failed', failures }] })
        for (const name of names) expect(after.tree[`addons/oca/${name}`]).toBe(fine.includes(name) ? 'folder' : undefined)
        const lock = JSON.parse(readFileSync(join(root, 'addons/oca.lock.json'), 'utf8')) as { repositories: object }
        expect(Object.keys(lock.repositories).sort()).toEqual([...fine].sort())

        expect((await run(form, root, [])).code).toBe(1)
        const again = { tree: withoutStamps(tree(root)), report: normalised(readJson(report)) }
        expect(again.report).toMatchObject({ results: [{ status: 'partial', outputs_created: [], outputs_changed: [], failures }] })
        expect(again.report).toMatchObject({
          results: [{ steps: expect.arrayContaining([expect.objectContaining({ reason: '36 of 40 are current' })]) }],
        })
        expect(again.tree).toEqual(after.tree)
        return { after, again }
      }),
    )
    expect(withoutTimes(seen[1])).toEqual(withoutTimes(seen[0]))
  },
)
