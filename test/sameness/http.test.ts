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

/** git asks on a first pull; later one curl asks about all that is there. */
const phases = ['first pull', 'later'] as const

interface Situation {
  readonly title: string
  readonly repositories: () => string
  readonly timeout?: number
  readonly failures?: readonly { readonly item: string; readonly reason: RegExp; readonly only?: (typeof phases)[number] }[]
}

const situations: readonly Situation[] = [
  { title: 'every repository is pulled', repositories: () => 'repo-1, repo-2, repo-3' },
  { title: 'a server that speaks no protocol 2 is asked by git', repositories: () => `repo-1, ${elsewhere('repo-2', 'no-v2')}` },
  {
    title: 'a server of plain files is asked by git',
    repositories: () => `repo-1, ${elsewhere('repo-6', 'dumb')}`,
    failures: [{ item: 'repo-6', reason: /shallow/, only: 'first pull' }],
  },
  { title: '429 is tried again', repositories: () => `repo-1, ${elsewhere('repo-2', 'status-429')}` },
  {
    title: '404 fails its repository only',
    repositories: () => `repo-1, ${elsewhere('repo-2', 'status-404')}`,
    failures: [{ item: 'repo-2', reason: /not found/ }],
  },
  {
    title: 'an answer that is a page for people is no missing branch',
    repositories: () => `repo-1, ${elsewhere('repo-2', 'garbage')}`,
    failures: [{ item: 'repo-2', reason: /is this a git repository/ }],
  },
  {
    title: 'an answer that is empty is no missing branch',
    repositories: () => `repo-1, ${elsewhere('repo-2', 'nothing')}`,
    failures: [{ item: 'repo-2', reason: /^there is no branch at all/ }],
  },
  {
    title: '401 fails its repository only, without a prompt',
    repositories: () => `repo-1, ${elsewhere('repo-2', 'status-401')}`,
    failures: [{ item: 'repo-2', reason: /Authentication|could not read|401/i }],
  },
  {
    title: '503 fails its repository only, after the tries',
    repositories: () => `repo-1, ${elsewhere('repo-2', 'status-503')}`,
    failures: [
      { item: 'repo-2', reason: /^127.0.0.1:\d+: .*error: 503$/, only: 'first pull' },
      { item: 'repo-2', reason: /^127.0.0.1:\d+ answers HTTP 503$/, only: 'later' },
    ],
  },
  {
    title: 'a server that never answers fails its repository only',
    repositories: () => `repo-1, ${elsewhere('repo-2', 'hang')}`,
    timeout: 1,
    failures: [{ item: 'repo-2', reason: /^no answer from 127.0.0.1:\d+ within 1 s$/ }],
  },
]

describe('git_repos over HTTP is the same under Node and as a script', () => {
  const cases = situations.flatMap((situation) => phases.map((phase) => ({ ...situation, phase })))
  it.concurrent.each(cases)('$title ($phase)', { timeout: 300_000 }, async ({ phase, repositories, timeout, failures: listed = [] }) => {
    const seen = []
    for (const form of forms) {
      const place = scratch()
      const root = join(place, 'root')
      if (phase === 'later') {
        await makeRoot(root, config('repo-1, repo-2, repo-3, repo-6'))
        expect(await run(form, root, [])).toMatchObject({ code: 0 })
      }
      await makeRoot(root, config(repositories(), timeout))
      const report = join(place, 'report.json')
      const outcome = await run(form, root, ['--report', report])
      seen.push({ code: outcome.code, tree: withoutStamps(tree(root)), report: normalised(readJson(report)) })
      await execute('rm', ['-rf', place])
    }
    expect(seen[1]).toEqual(seen[0])
    const { failures } = (seen[1]?.report as { results: [{ failures: { item: string; reason: string }[] }] }).results[0]
    const expected = listed.filter(({ only }) => (only ?? phase) === phase)
    expect(seen[1]?.code).toBe(expected.length > 0 ? 1 : 0)
    expect(failures.map(({ item }) => item)).toEqual(expected.map(({ item }) => item))
    for (const [index, { reason }] of expected.entries()) expect(failures[index]?.reason).toMatch(reason)
  })

  it.each(forms)('a connection lost in the middle of a pack blocks nothing (%s)', { timeout: 300_000 }, async (form) => {
    const name = `cut-${form}`
    shell('cp -R "$1/repo-1" "$1/$2"', join(folder, 'upstream'), name)
    const text = config(elsewhere(name, 'cut-2')).replace('tries: 2', 'tries: 1')
    const root = await makeRoot(join(scratch(), 'root'), text)
    expect(await run(form, root, [])).toMatchObject({ code: 0 })
    // More than a packet of 64 KB: what arrives is unpacked a packet at a time.
    shell(
      `git clone -q -b 18.0 "$1" "$2" 2>/dev/null; echo after >"$2/new"; head -c 200000 /dev/urandom >"$2/zz"
       git -C "$2" add -A; git_as_author -C "$2" commit -qm move; git -C "$2" push -q origin 18.0`,
      join(folder, 'upstream', name),
      join(folder, name),
    )
    const cache = join(root, `.insightpulse/cache/mirror/${name}.git`)
    const moved = shell('git -C "$1/$2" rev-parse 18.0', join(folder, 'upstream'), name).trim()
    expect(await run(form, root, [])).toMatchObject({ code: 1 })
    // The commit is there, and not all that it holds.
    expect(shell('git -C "$1" cat-file -t "$2"; ! git -C "$1" rev-list --objects --quiet "$2" 2>&1', cache, moved)).toMatch(/^commit\n/)
    expect(await run(form, root, [])).toMatchObject({ code: 0 })
    expect(tree(root)[`addons/oca/${name}/new`]).toBe('644 after\n')
    await execute('rm', ['-rf', join(root, '..')])
  })

  it.each(forms)('a root path may hold what means something to curl and awk (%s)', { timeout: 300_000 }, async (form) => {
    const place = scratch()
    const root = await makeRoot(join(place, 'a\\b\\ntc "d" [e]'), config('repo-1, repo-2'))
    expect(await run(form, root, [])).toMatchObject({ code: 0 })
    const before = readFileSync(log, 'utf8').length
    expect(await run(form, root, [])).toMatchObject({ code: 0 })
    // Asked by curl, not by git.
    expect(readFileSync(log, 'utf8').slice(before)).not.toContain('info/refs')
    await execute('rm', ['-rf', place])
  })

  it.each(forms)('a password in an address stands in no argument of git (%s)', { timeout: 300_000 }, async (form) => {
    const place = scratch()
    const [trace, address] = [join(place, 'trace'), `${base.replace('//', '//a%20b:pa%25ss%3Aw%40rd@')}/login/repo-2`]
    const root = await makeRoot(join(place, 'root'), config('{ name: repo-2, url: "${ADDRESS}" }'))
    for (let count = 0; count < 2; count++)
      expect(await run(form, root, [], { ADDRESS: address, GIT_TRACE: trace, GIT_TRACE_REDACT: '0' })).toMatchObject({ code: 0 })
    expect(readFileSync(trace, 'utf8')).toMatch(/git remote-http \S+\/login\/repo-2 /)
    expect(readFileSync(trace, 'utf8')).not.toMatch(/pa%|w@rd/)
    await execute('rm', ['-rf', place])
  })

  it.each(forms)('a repository may have a branch, a tag or a commit of its own (%s)', { timeout: 300_000 }, async (form) => {
    const place = scratch()
    const upstream = join(place, 'upstream')
    shell('cp -R "$1" "$2"', join(folder, 'upstream'), upstream)
    const older = shell(
      `for name in repo-2 repo-3 repo-4; do
         git -C "$1/$name" branch 17.0 18.0~1
         git_as_author -C "$1/$name" tag -a -m one v1 18.0~1
         git -C "$1/$name" tag plain 18.0~1
       done
       git -C "$1/repo-4" rev-parse 18.0~1`,
      upstream,
    ).trim()
    const own = spawn('node', [join(home, 'test/fixtures/git-server.mjs'), upstream, '--log', join(place, 'log')], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [port] = (await once(createInterface({ input: own.stdout as NodeJS.ReadableStream }), 'line')) as [string]
    const manifests = (root: string): string[] =>
      ['repo-1', 'repo-2', 'repo-3', 'repo-4'].map((name) => tree(root)[`addons/oca/${name}/mod_1/__manifest__.py`] ?? '')
    const repositories = (tag: string, commit: string): string =>
      `repo-1, { name: repo-2, branch: "17.0" }, { name: repo-3, ref: ${tag} }, { name: repo-4, commit: ${commit} }`
    try {
      for (const address of [`http://127.0.0.1:${port}`, upstream]) {
        const root = join(place, address === upstream ? 'with-git' : 'with-curl')
        const pull = async (tag = 'v1', commit = older) => {
          await makeRoot(root, config(repositories(tag, commit)).replace(base, address))
          return run(form, root, [])
        }
        expect(await pull()).toMatchObject({ code: 0 })
        const [first, ...others] = manifests(root)
        expect(first).toContain('of repo-1')
        for (const other of others) expect(other).toBe("644 {'name': 'Module 1', 'version': '18.0.1.0.0'}\n")
        const before = readFileSync(join(place, 'log'), 'utf8').length
        expect((await run(form, root, [])).stderr).toContain('up to date: 4 of 4')
        expect(readFileSync(join(place, 'log'), 'utf8').slice(before)).not.toContain('info/refs')
        expect(await run(form, root, ['--locked'])).toMatchObject({ code: 0 })
        expect((await pull('plain')).stderr).toContain('up to date: 4 of 4')
        const wrong = await pull('v9', older.replace(/./g, 'f'))
        expect(wrong.code).toBe(1)
        expect(wrong.stderr).toContain('repo-3: tag v9 does not exist upstream')
        expect(wrong.stderr).toContain(`repo-4: commit ${'f'.repeat(40)} does not exist upstream`)
        expect(manifests(root)).toEqual([first, ...others])
      }
    } finally {
      own.kill()
      await execute('rm', ['-rf', place])
    }
  })

  it('what has not moved costs one request each', { timeout: 300_000 }, async () => {
    const root = await makeRoot(join(scratch(), 'root'), config('repo-1, repo-2, repo-3'))
    await run('script', root, [])
    const before = readFileSync(log, 'utf8').length
    await run('script', root, [])
    const asked = readFileSync(log, 'utf8').slice(before).trim().split('\n')
    expect(asked.sort()).toEqual(['repo-1', 'repo-2', 'repo-3'].map((name) => `POST /${name}/git-upload-pack`))
    await execute('rm', ['-rf', join(root, '..')])
  })
})
