import { execFileSync } from 'node:child_process'
import { appendFileSync, readFileSync, renameSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cpSync, existsSync, home, join, makeRoot, mkdirSync, rmSync, run, scratch } from './forms.ts'
import { type Situation, sameInEveryForm } from './situations.ts'

const shell = (text: string, ...words: string[]): string =>
  execFileSync('bash', ['-euc', `. ${home}test/fixtures/upstreams.sh\n${text}`, 'bash', ...words], { encoding: 'utf8' })

let base: string
beforeAll(() => {
  base = scratch()
  shell('make_upstreams "$1" 3 20', join(base, 'upstream'))
})
afterAll(() => rmSync(base, { recursive: true, force: true }))

const own = '{ name: repo-1, destination: "lib s/core" }'
const config = (repositories = `${own}, repo-2`, extra = ''): string => `version: "1.0"
targets:
  mirror:
    driver: git_repos
    config:
      base_url: \${BASE_URL}
      branch: "18.0"
      destination: addons
      timeout: 20
      tries: 1
${extra}      repositories: [${repositories}]
`

const upstreamsOf = (root: string): string => join(root, '../upstream')
const copyUpstreams = (root: string): void => cpSync(join(base, 'upstream'), upstreamsOf(root), { recursive: true })
const env = (root: string) => ({ BASE_URL: upstreamsOf(root) })
const move = (root: string, name: string): string => shell('move_upstream "$1" "$2"', upstreamsOf(root), name)
const lockOf = (root: string): string => readFileSync(join(root, 'addons.lock.json'), 'utf8')
const manifest = 'lib s/core/mod_1/__manifest__.py'

const situations: readonly Omit<Situation, 'env'>[] = [
  {
    title: 'a repository stands in a folder of its own, and the lock file says where',
    config: config(),
    before: copyUpstreams,
    code: 0,
    check: ({ tree, report }, root) => {
      expect(tree[manifest]).toBeDefined()
      expect(tree['lib s/core/setup/x/link']).toBe('link ../../mod_1')
      expect(tree['addons/repo-1']).toBeUndefined()
      expect(lockOf(root)).toMatch(/"repo-1": \{ .*, "destination": "lib s\/core" \}/)
      expect(lockOf(root)).not.toMatch(/"repo-2": .*destination/)
      expect(report).toMatchObject({ results: [{ outputs_created: ['addons.lock.json', 'addons/repo-2', 'lib s/core'] }] })
    },
  },
  {
    title: 'it is updated there, without its cache too, and what is there already is current',
    config: config(),
    before: async (root, again) => {
      copyUpstreams(root)
      await again()
      rmSync(join(root, '.insightpulse/cache'), { recursive: true })
      move(root, 'repo-1')
    },
    code: 0,
    check: ({ tree, report }) => {
      expect(tree[manifest]).toContain("'after'")
      expect(report).toMatchObject({ results: [{ outputs_changed: ['addons.lock.json', 'lib s/core'] }] })
    },
  },
  {
    title: 'a folder that is there, and empty, gets the files',
    config: config(),
    before: (root) => {
      copyUpstreams(root)
      mkdirSync(join(root, 'lib s/core'), { recursive: true })
    },
    code: 0,
    check: ({ tree, report }) => {
      expect(tree[manifest]).toBeDefined()
      expect(report).toMatchObject({ results: [{ outputs_created: expect.arrayContaining(['lib s/core']) }] })
    },
  },
  {
    title: 'local changes there stop it alone, by the name of the folder',
    config: config(),
    before: async (root, again) => {
      copyUpstreams(root)
      await again()
      appendFileSync(join(root, manifest), 'mine\n')
      for (const name of ['repo-1', 'repo-2']) move(root, name)
    },
    code: 1,
    check: ({ tree, report }) => {
      const reason = expect.stringContaining('local changes in lib s/core: mod_1/__manifest__.py')
      expect(report).toMatchObject({ results: [{ failures: [{ item: 'repo-1', reason }] }] })
      expect(tree[manifest]).toContain('mine')
    },
  },
  {
    title: 'one that is to stand elsewhere by now is not fetched a second time while its old folder is there',
    config: config(),
    before: async (root, again) => {
      copyUpstreams(root)
      await again()
      await makeRoot(root, config(`${own.replace('lib s/core', 'core')}, repo-2`))
    },
    code: 1,
    check: ({ tree, report }) => {
      const reason = 'it stands in lib s/core and is to stand in core; move it there (git mv), or remove it'
      expect(report).toMatchObject({ results: [{ failures: [{ item: 'repo-1', reason }], outputs_created: [] }] })
      expect(tree.core).toBeUndefined()
    },
  },
  {
    title: 'one that was moved to where it is to stand is taken as it is',
    config: config('repo-1, repo-2'),
    before: async (root, again) => {
      copyUpstreams(root)
      await again()
      await makeRoot(root, config())
      mkdirSync(join(root, 'lib s'))
      renameSync(join(root, 'addons/repo-1'), join(root, 'lib s/core'))
      await again()
    },
    code: 0,
    check: ({ tree, report }, root) => {
      expect(tree['addons/repo-1']).toBeUndefined()
      expect(lockOf(root)).toContain('"destination": "lib s/core"')
      expect(report).toMatchObject({ results: [{ status: 'unchanged' }] })
    },
  },
  {
    title: 'prune leaves a folder of its own, which may be of another target by now, and forgets what another one took over',
    config: config(`${own}, { name: repo-2, destination: two }, repo-3`),
    before: async (root, again) => {
      copyUpstreams(root)
      await again()
      rmSync(join(root, 'two'), { recursive: true })
      await makeRoot(root, config('{ name: repo-3, destination: two }', '      prune: true\n'))
      renameSync(join(root, 'addons/repo-3'), join(root, 'two'))
    },
    code: 1,
    check: ({ tree, report }, root) => {
      expect(tree[manifest]).toBeDefined()
      expect(tree['two/mod_1/__manifest__.py']).toBeDefined()
      expect(lockOf(root)).not.toMatch(/repo-2/)
      expect(lockOf(root)).toMatch(/repo-1/)
      const reason = expect.stringMatching(/^it left the list, and lib s\/core is no output of this target any more: remove it/)
      expect(report).toMatchObject({ results: [{ outputs_removed: [], failures: [{ item: 'repo-1', reason }] }] })
    },
  },
  {
    title: 'a failed verification takes it back, with the folders on its way',
    config: `${config()}    verification: { command: "false" }\n`,
    before: copyUpstreams,
    words: ['--verify'],
    code: 5,
    check: ({ tree }) => expect(Object.keys(tree).filter((path) => !/^(\.insightpulse|scripts)/.test(path))).toEqual([]),
  },
]

describe('git_repos with folders of their own is the same under Node and as a script', () => {
  sameInEveryForm(situations.map((situation) => ({ ...situation, env })))

  it('a rollback holds the repository alone', { timeout: 120_000 }, async () => {
    const root = join(base, 'held/root')
    mkdirSync(root, { recursive: true })
    copyUpstreams(root)
    await makeRoot(root, config())
    const runs = (verb: 'sync' | 'rollback', ...words: string[]) => run('script', root, words, env(root), verb)
    expect((await runs('sync', 'mirror')).code).toBe(0)
    move(root, 'repo-1')
    expect((await runs('sync', 'mirror')).code).toBe(0)
    expect(readFileSync(join(root, manifest), 'utf8')).toContain('after')
    expect((await runs('rollback', 'mirror', '--yes')).code).toBe(0)
    expect((await runs('sync', 'mirror')).stderr).toContain('1 held')
    expect(readFileSync(join(root, manifest), 'utf8')).not.toContain('after')
    expect(existsSync(join(root, 'addons/repo-2'))).toBe(true)
  })
})
