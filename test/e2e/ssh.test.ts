import { execFileSync } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { putSsh, type SshServer, sshWords, startSshServer } from '../fixtures/sshd.ts'
import { chmodSync, execute, forms, home, join, makeRoot, readJson, rmSync, run, scratch, tree, writeFileSync } from '../sameness/forms.ts'

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

/** One connection for all, or what a user has set. */
const sharing: readonly [string, readonly string[], boolean][] = [
  // The command goes on when the step ends that has opened the connection.
  ['share one connection', ["ProxyCommand bash -c 'exec 3<>/dev/tcp/%h/%p; cat <&3 & exec cat >&3'"], true],
  ['connect each where the user shares connections himself', ['ControlMaster no', 'ControlPath /tmp/%C'], false],
]

describe('the repositories of one host', () => {
  it.each(sharing)('%s', { timeout: 300_000 }, async (title, settings, shared) => {
    const root = await rootOf('shared', title.split(' ')[0] ?? '')
    const env = { PATH: `${putSsh(folder, 'known', settings)}:${process.env.PATH}`, HOME: folder, SSH_AUTH_SOCK: '' }
    const next = async (): Promise<number> => {
      const before = server.logins()
      expect(await run('script', root, [], env)).toMatchObject({ code: 0 })
      return server.logins() - before
    }
    expect(await next()).toBe(shared ? 1 : 3)
    expect(latest(root)).toMatchObject({ results: [{ message: '3 of 3 repositories moved' }] })
    shell('move_upstream "$1" repo-2', upstream)
    expect(await next()).toBe(shared ? 1 : 4)
    expect(latest(root)).toMatchObject({ results: [{ message: '1 of 3 repositories moved' }] })
    rmSync(join(root, 'oca'), { recursive: true })
    rmSync(join(root, '.insightpulse/cache'), { recursive: true })
    expect((await run('script', root, ['--locked'], env)).code).toBe(0)
    const processes = execFileSync('ps', ['-A', '-o', 'args='], { encoding: 'utf8' })
    expect(processes).not.toContain((latest(root) as { run: string }).run)
  })
})

it('what has moved is fetched while others are still being asked', { timeout: 300_000 }, async () => {
  const at = join(folder, 'ahead')
  const root = await makeRoot(
    join(at, 'root'),
    `version: "1.0"
targets:
  mirror:
    driver: git_repos
    config:
      branch: "18.0"
      destination: oca
      timeout: 60
      tries: 1
      repositories: [${names.map((name) => `{ name: ${name}, url: "ssh://${name}${upstream}/${name}" }`).join(', ')}]
`,
  )
  // repo-1 answers when repo-2 has been called for the second time; repo-2 when its folder was looked at, without which
  // nothing is fetched yet.
  const ssh = join(at, 'ssh')
  const wait = `case $last in
*repo-1*) until [ -e ${at}/fetched ]; do sleep 0.05; done ;;
*repo-2*) until grep -qs . ${at}/root/.insightpulse/state/runs/mirror/*/work/repo-2.folder; do sleep 0.05; done
  [ ! -e ${at}/called ] || : >${at}/fetched; : >${at}/called ;;
esac`
  writeFileSync(ssh, `#!/bin/sh\nfor last; do :; done\n[ ! -e ${at}/moved ] || ${wait}\nexec sh -c "$last"\n`, { mode: 0o755 })
  const next = () => run('script', root, [], { GIT_SSH_COMMAND: ssh })
  expect(await next()).toMatchObject({ code: 0 })
  shell('move_upstream "$1" repo-2', upstream)
  writeFileSync(join(at, 'moved'), '')
  expect(await next()).toMatchObject({ code: 0 })
  expect(latest(root)).toMatchObject({ results: [{ message: '1 of 3 repositories moved' }] })
})

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
