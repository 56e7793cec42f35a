import { execFileSync } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type SshServer, sshWords, startSshServer } from '../fixtures/sshd.ts'
import { chmodSync, execute, forms, home, join, makeRoot, readJson, run, scratch, tree, writeFileSync } from '../sameness/forms.ts'

const shell = (text: string, ...words: string[]): string =>
  execFileSync('bash', ['-euc', `. ${home}test/fixtures/upstreams.sh\n${text}`, 'bash', ...words], { encoding: 'utf8' })

const names = ['repo-1', 'repo-2', 'repo-3']

let folder: string
let upstream: string
let server: SshServer

beforeAll(async () => {
  folder = scratch()
  upstream = join(folder, 'upstream')
  shell('make_upstreams "$1" 3 20', upstream)
  server = await startSshServer(folder)
})
afterAll(async () => {
  await server.stop()
  await execute('rm', ['-rf', folder])
})

/** ssh with this key, and nothing from the home of whoever runs the tests. */
const withKey = (key: string): Record<string, string> => ({
  GIT_SSH_COMMAND: sshWords(folder, key),
  HOME: folder,
  SSH_AUTH_SOCK: '',
})

async function rootOf(form: string, title: string): Promise<string> {
  return makeRoot(
    join(folder, form, title),
    `version: "1.0"
targets:
  mirror:
    driver: git_repos
    config: { base_url: "ssh://${server.user}@127.0.0.1:${server.port}${upstream}", branch: "18.0", destination: oca, tries: 1, timeout: 60, repositories: [${names.join(', ')}] }
`,
  )
}

const latest = (root: string): unknown => readJson(join(root, '.insightpulse/reports/latest.json'))
const failures = (pattern: RegExp): unknown => names.map((item) => ({ item, reason: expect.stringMatching(pattern) }))

describe.each(forms)('git_repos through a real sshd (%s)', (form) => {
  it('pulls, sees that nothing moved, and brings what did', { timeout: 300_000 }, async () => {
    const root = await rootOf(form, 'pull')
    const next = () => run(form, root, [], withKey('known'))
    expect(await next()).toMatchObject({ code: 0 })
    expect(latest(root)).toMatchObject({ results: [{ status: 'done', message: '3 of 3 repositories moved' }] })
    expect(tree(root)['oca/repo-3/setup/x/link']).toBe('link ../../mod_1')
    expect(await next()).toMatchObject({ code: 0 })
    expect(latest(root)).toMatchObject({ results: [{ status: 'unchanged', message: '3 of 3 repositories are current' }] })
    shell('move_upstream "$1" repo-2', upstream)
    expect(await next()).toMatchObject({ code: 0 })
    expect(latest(root)).toMatchObject({ results: [{ status: 'done', outputs_changed: ['oca.lock.json', 'oca/repo-2'] }] })
  })

  it('a key that nobody knows is named, without a question', { timeout: 300_000 }, async () => {
    const root = await rootOf(form, 'stranger')
    // What would ask would find somebody to answer, and would be seen.
    const asked = join(folder, `${form}-asked`)
    const askpass = join(folder, `${form}-askpass`)
    writeFileSync(askpass, `#!/bin/sh\n: >${asked}\necho secret\n`)
    chmodSync(askpass, 0o755)
    const env = { ...withKey('stranger'), SSH_ASKPASS: askpass, GIT_ASKPASS: askpass, SSH_ASKPASS_REQUIRE: 'force', DISPLAY: ':0' }
    expect(await run(form, root, [], env)).toMatchObject({ code: 1 })
    expect(latest(root)).toMatchObject({ results: [{ status: 'failed', failures: failures(/Permission denied \(publickey/) }] })
    expect(Object.keys(tree(folder)).filter((path) => path.endsWith('-asked'))).toEqual([])
    expect(Object.keys(tree(root)).filter((path) => !path.startsWith('.insightpulse'))).toEqual([])
  })

  it('a server that is down is named', { timeout: 300_000 }, async () => {
    const root = await rootOf(form, 'down')
    expect(await run(form, root, [], withKey('known'))).toMatchObject({ code: 0 })
    const before = tree(root)
    await server.stop()
    try {
      expect(await run(form, root, [], withKey('known'))).toMatchObject({ code: 3 })
    } finally {
      await server.start()
    }
    expect(latest(root)).toMatchObject({ results: [{ status: 'failed', failures: failures(/Connection refused/) }] })
    expect(tree(root)).toEqual(before)
  })
})
