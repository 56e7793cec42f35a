import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, readdirSync } from 'node:fs'
import S3rver from 's3rver'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { existsSync, finish, forms, home, join, makeRoot, readFileSync, rmSync, run, scratch, writeFileSync } from '../sameness/forms.ts'

const shell = (text: string, ...words: string[]): string =>
  execFileSync('bash', ['-euc', `. ${home}test/fixtures/upstreams.sh\n${text}`, 'bash', ...words], { encoding: 'utf8' })

const config = (folder: string): string => `version: "1.0"
targets:
  mirror:
    driver: git_repos
    backup: { remote: "shelf:bucket/ours" }
    config: { base_url: ${folder}/upstream, branch: "18.0", destination: addons/oca, repositories: [repo-1, repo-2] }
`

/** An S3 server on loopback, and what rclone must know of it: a remote called shelf. */
async function startServer(directory: string, port = 0) {
  mkdirSync(directory)
  const server = new S3rver({ port, address: '127.0.0.1', silent: true, directory, configureBuckets: [{ name: 'bucket' }] })
  const { port: taken } = await server.run()
  // An AWS_CA_BUNDLE of the machine is nothing that rclone can use with a plain HTTP server.
  delete process.env['AWS_CA_BUNDLE']
  const env = {
    RCLONE_CONFIG_SHELF_TYPE: 's3',
    RCLONE_CONFIG_SHELF_PROVIDER: 'Other',
    RCLONE_CONFIG_SHELF_ACCESS_KEY_ID: 'S3RVER',
    RCLONE_CONFIG_SHELF_SECRET_ACCESS_KEY: 'S3RVER',
    RCLONE_CONFIG_SHELF_ENDPOINT: `http://127.0.0.1:${taken}`,
    RCLONE_CONFIG_SHELF_FORCE_PATH_STYLE: 'true',
  }
  return { server, env, port: taken }
}

describe.each(forms)('copies of backups on an S3 server, %s', (form) => {
  let folder: string
  let root: string
  let shelf: Awaited<ReturnType<typeof startServer>>
  beforeEach(async () => {
    folder = scratch()
    shell('make_upstreams "$1" 2 20', join(folder, 'upstream'))
    root = await makeRoot(join(folder, 'root'), config(folder))
    shelf = await startServer(join(folder, 'shelf'))
  })
  afterEach(async () => {
    await shelf.server.close().catch(() => undefined)
    rmSync(folder, { recursive: true, force: true })
  })

  const store = () => join(root, '.insightpulse/backups/mirror')
  const move = () => shell('move_upstream "$1" repo-2', join(folder, 'upstream'))
  const manifest = 'addons/oca/repo-2/mod_1/__manifest__.py'

  it('a run copies its backup, and a rollback fetches it when the store is gone', async () => {
    await run(form, root, ['--quiet'], shelf.env)
    const before = readFileSync(join(root, manifest), 'utf8')
    move()
    expect((await run(form, root, ['--quiet'], shelf.env)).stderr).toBe('')
    expect(readFileSync(join(root, manifest), 'utf8')).not.toBe(before)
    rmSync(store(), { recursive: true })
    const outcome = await run(form, root, ['mirror', '--from-remote', '--yes'], shelf.env, 'rollback')
    expect(outcome.stderr).toContain('was fetched from shelf:bucket/ours')
    expect(outcome.code).toBe(0)
    expect(readFileSync(join(root, manifest), 'utf8')).toBe(before)
    expect((await run(form, root, ['--check', '--read-data'], {}, 'backup')).code).toBe(0)
    // The newest one there is now that of the rollback, and holds what it went back from.
    rmSync(store(), { recursive: true })
    expect((await run(form, root, ['mirror', '--from-remote', '--yes'], shelf.env, 'rollback')).stderr).toContain(
      'everything is as it was at',
    )
    expect(readFileSync(join(root, manifest), 'utf8')).toBe(before)
  })

  it('an upload that fails does not fail the run, is said, and is tried again', async () => {
    await shelf.server.close()
    const failed = await run(form, root, ['--quiet'], shelf.env)
    expect(failed.code).toBe(0)
    expect(failed.stderr).toMatch(/mirror: not all backups could be copied to shelf:bucket\/ours; the next run tries again/)
    const again = await startServer(join(folder, 'again'), shelf.port)
    move()
    expect((await run(form, root, ['--quiet'], again.env)).stderr).toBe('')
    const marks = readdirSync(join(root, '.insightpulse/state/remote/mirror'))
    expect(marks).toEqual(readdirSync(store()))
    expect(marks).toHaveLength(2)
    await again.server.close()
  })

  it('a copy that was changed there does not come in', async () => {
    await run(form, root, ['--quiet'], shelf.env)
    move()
    await run(form, root, ['--quiet'], shelf.env)
    const newest = readdirSync(store()).at(-1) ?? ''
    const wrong = join(folder, 'wrong')
    writeFileSync(wrong, 'no archive')
    // Not with execFileSync: the server lives in this process.
    const copy = spawn('rclone', ['copyto', wrong, `shelf:bucket/ours/mirror/${newest}/files.tar.gz`], {
      env: { ...process.env, ...shelf.env },
    })
    expect((await finish(copy)).code).toBe(0)
    rmSync(store(), { recursive: true })
    const outcome = await run(form, root, ['mirror', '--from-remote', '--yes'], shelf.env, 'rollback')
    expect(outcome.code).toBe(3)
    expect(outcome.stderr).toContain('its archive differs from what its manifest says')
    expect(existsSync(join(store(), newest))).toBe(false)
  })
})
