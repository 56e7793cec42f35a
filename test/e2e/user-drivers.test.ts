import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startServer } from '../fixtures/http-server.mjs'
import { readmeDriver } from '../fixtures/readme-examples.ts'
import { execute, finish, forms, home, join, mkdirSync, run, scratch, tree, writeFileSync } from '../sameness/forms.ts'

const FOLDER = '.insightpulse/drivers/mattermost'
const { config, driver, bash } = readmeDriver()
const posts = {
  b: { id: 'b', message: 'We use PostgreSQL.\nFor all.', create_at: 2 },
  a: { id: 'a', message: 'We meet on Monday.', create_at: 1 },
}

describe('a driver of the user’s own', () => {
  let root: string
  let server: Awaited<ReturnType<typeof startServer>>
  beforeAll(async () => {
    server = await startServer(({ url, headers }) =>
      headers['authorization'] === 'Bearer tok-of-the-test' && url === '/api/v4/channels/4xp9fdt7pbgium38k0d6qu7ofe/pinned'
        ? { json: { order: ['b', 'a'], posts } }
        : { status: 401, json: { message: 'Invalid or expired session' } },
    )
  })
  afterAll(() => server.stop())
  let env: Record<string, string>
  /** A verb as a person starts it: what is compiled for the other tests loads no TypeScript. */
  const tsx = (verb: string, ...words: readonly string[]) =>
    finish(spawn('node', ['--import', 'tsx', `tasks/${verb}.ts`, ...words], { cwd: home, env: { ...process.env, ...env } }))
  beforeEach(() => {
    env = { MATTERMOST_URL: server.base, MATTERMOST_TOKEN: 'tok-of-the-test' }
    root = join(scratch(), 'root')
    mkdirSync(join(root, FOLDER), { recursive: true })
    writeFileSync(join(root, FOLDER, 'driver.ts'), driver)
    writeFileSync(join(root, FOLDER, 'pinned.sh'), bash)
    // What is around it does not count.
    writeFileSync(join(root, 'package.json'), '{ "type": "commonjs" }')
  })
  afterEach(() => execute('rm', ['-rf', join(root, '..')]))

  it('of the README is the one that the types were checked of', () => {
    const read = (name: string): string => readFileSync(join(home, 'test/fixtures/drivers/mattermost', name), 'utf8')
    expect({ driver, bash }).toEqual({ driver: read('driver.ts'), bash: read('pinned.sh') })
  })

  it('of the README runs in both forms', { timeout: 300_000 }, async () => {
    writeFileSync(join(root, '.insightpulse/sync.yaml'), config)
    expect(await tsx('generate', '--root', root)).toMatchObject({ code: 0 })
    for (const form of forms) {
      const outcome = form === 'node' ? await tsx('sync', '--root', root) : await run(form, root, [], env)
      expect(outcome, outcome.stderr).toMatchObject({ code: 0 })
      expect(tree(root)['docs/decisions.md']).toBe('644 * We meet on Monday.\n* We use PostgreSQL.\n  For all.\n')
      await execute('rm', ['-rf', join(root, 'docs')])
    }
    const outcome = await run('script', root, [], { MATTERMOST_URL: server.base })
    expect(outcome).toMatchObject({ code: 3 })
    expect(outcome.stderr).toContain('MATTERMOST_TOKEN is not set: make an access token in Mattermost under Profile, Security, then')
  })

  const mistakes: readonly (readonly [string, (root: string) => void, string])[] = [
    [
      'does not exist',
      (at) => writeFileSync(join(at, '.insightpulse/sync.yaml'), config.replace('drivers/matter', 'drivers/mater')),
      `.insightpulse/sync.yaml:2:11: drivers: .insightpulse/drivers/matermost/driver.ts does not exist`,
    ],
    [
      'is no driver',
      (at) => writeFileSync(join(at, FOLDER, 'driver.ts'), 'export default { name: "x" }\n'),
      `2:11: drivers: ${FOLDER}/driver.ts: summary: must be a function that gives a text`,
    ],
    ['throws', (at) => writeFileSync(join(at, FOLDER, 'driver.ts'), 'throw new Error("not today")\n'), 'cannot be loaded: not today'],
    [
      'has the name of another',
      (at) => writeFileSync(join(at, FOLDER, 'driver.ts'), driver.replace("'mattermost'", "'git_repos'")),
      '2:11: drivers: there is a driver git_repos already',
    ],
    [
      'has bash that is none',
      (at) => writeFileSync(join(at, FOLDER, 'pinned.sh'), 'if\n'),
      `drivers: ${FOLDER}/pinned.sh: not bash: line `,
    ],
    [
      'takes the name of a function',
      (at) => writeFileSync(join(at, FOLDER, 'pinned.sh'), 'http_get() {\n  :\n}\n'),
      'the function http_get is in http/words.sh already',
    ],
    [
      'has another config',
      (at) => writeFileSync(join(at, '.insightpulse/sync.yaml'), config.replace('page:', 'pag:')),
      '6:81: unknown key "pag"; did you mean "page"?',
    ],
  ]
  it.each(mistakes)('that %s is named with its place', { timeout: 120_000 }, async (_, change, words) => {
    writeFileSync(join(root, '.insightpulse/sync.yaml'), config)
    change(root)
    const outcome = await tsx('generate', '--root', root)
    expect(outcome.stderr).toContain(words)
    expect(outcome.code).toBe(2)
  })
})
