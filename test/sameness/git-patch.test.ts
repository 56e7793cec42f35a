import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { compiled, type Form, forms, home, join, makeRoot, rmSync, run, scratch, writeFileSync } from './forms.ts'

const shell = (text: string, ...words: string[]): string =>
  execFileSync('bash', ['-euc', `. ${home}test/fixtures/upstreams.sh\n${text}`, 'bash', ...words], { encoding: 'utf8' })

const config = (own = ''): string => `version: "1.0"
targets:
  mirror:
    driver: git_repos
    config:
      base_url: \${BASE_URL}
      branch: "18.0"
      destination: addons
      tries: 1
      repositories: [repo-1, { name: repo-2${own} }]
`

let base: string
let root: string
let env: Record<string, string>
beforeEach(async () => {
  base = scratch()
  root = join(base, 'root')
  env = { BASE_URL: join(base, 'upstream'), NO_COLOR: '1', CI: 'true' }
  shell('make_upstreams "$1" 2 20', join(base, 'upstream'))
  await makeRoot(root, config())
  git('init', '-q')
  writeFileSync(join(root, '.gitignore'), '.insightpulse\ngenerated\n')
})
afterEach(() => rmSync(base, { recursive: true, force: true }))

const git = (...words: string[]): string =>
  execFileSync('git', ['-C', root, '-c', 'user.name=Me', '-c', 'user.email=me@example.org', ...words], { encoding: 'utf8' })
function commit(subject: string): void {
  git('add', '-A')
  git('commit', '-qm', subject)
}
const write = (path: string, text: string): void => writeFileSync(join(root, path), text)
const read = (path: string): string => readFileSync(join(root, path), 'utf8')
const patches = (): string[] => {
  try {
    return readdirSync(join(root, 'patches/mirror/repo-2')).sort()
  } catch {
    return []
  }
}

/** Runs patch, and gives its exit code and its target's result. */
function patch(form: Form, ...words: string[]): { code: number; result: { message: string; failures: { reason: string }[] } } {
  const report = join(base, 'report.json')
  const [program, script] = form === 'node' ? ['node', compiled('patch')] : ['bash', join(root, 'generated/patch-mirror.sh')]
  const target = form === 'node' ? ['mirror'] : []
  let code = 0
  try {
    execFileSync(program, [script, ...target, '--root', root, '--report', report, ...words], {
      env: { ...process.env, ...env },
      stdio: 'pipe',
    })
  } catch (error) {
    code = (error as { status: number }).status
  }
  return { code, result: JSON.parse(readFileSync(report, 'utf8')).results[0] }
}

describe.each(forms)('lockstep patch, as %s', { timeout: 120_000 }, (form) => {
  it('keeps local commits as patches, with which a sync goes on', async () => {
    expect((await run(form, root, [], env)).code).toBe(0)
    commit('Mirror')
    write('addons/repo-2/mod_1/own.py', 'mine\n')
    write('notes.txt', 'not of the folder\n')
    commit('Add: my/own file')
    write('addons/repo-2/run.sh', '#!/bin/sh\necho mine\n')
    commit('Run mine')
    expect(patch(form, '--dry-run').code).toBe(0)
    expect(patches()).toEqual([])

    const { code, result } = patch(form)
    const files = ['0001-Add-my-own-file.patch', '0002-Run-mine.patch']
    expect(code, JSON.stringify(result)).toBe(0)
    expect(patches()).toEqual(files)
    const paths = files.map((file) => `patches/mirror/repo-2/${file}`).join(', ')
    expect(result.message).toBe(`add to patches: of repo-2: [${paths}]`)
    expect(read('patches/mirror/repo-2/0001-Add-my-own-file.patch')).toMatch(/From: Me <me@example.org>.*b\/mod_1\/own.py/s)
    expect(read('patches/mirror/repo-2/0001-Add-my-own-file.patch')).not.toContain('notes.txt')

    const again = patch(form, '--repo', 'repo-2')
    expect(again.code).toBe(1)
    expect(again.result.failures[0]?.reason).toBe(
      'patches/mirror/repo-2/0001-Add-my-own-file.patch has it already; add it to patches: of repo-2 and sync',
    )
    expect(patches()).toEqual(files)

    await makeRoot(root, config(`, patches: [${paths}]`))
    shell('move_upstream "$1" repo-2', join(base, 'upstream'))
    expect((await run(form, root, [], env)).code).toBe(0)
    commit('Sync')
    expect(read('addons/repo-2/mod_1/own.py')).toBe('mine\n')
    expect(read('addons/repo-2/run.sh')).toContain('mine')
    expect(read('addons/repo-2/mod_1/__manifest__.py')).toContain("'after'")
    expect(patch(form).result.message).toContain('no folder has local commits')

    write('addons/repo-2/mod_1/own.py', 'mine again\n')
    commit('Again')
    expect(patch(form).code).toBe(0)
    expect(patches()).toEqual([...files, '0003-Again.patch'])
  })

  it('makes one patch of what was committed with the mirror itself, and none of what is not committed', async () => {
    await run(form, root, [], env)
    write('addons/repo-2/mod_1/own.py', 'mine\n')
    commit('All at once')
    write('addons/repo-2/mod_1/own.py', 'mine, later\n')
    const refused = patch(form)
    expect(refused.code).toBe(1)
    expect(refused.result.failures[0]?.reason).toBe('addons/repo-2 has changes that are not committed; commit them first')
    git('checkout', '-q', '.')
    expect(patch(form).code).toBe(0)
    expect(patches()).toEqual(['0001-local-changes.patch'])
    await makeRoot(root, config(', patches: [patches/mirror/repo-2/0001-local-changes.patch]'))
    expect((await run(form, root, [], env)).code).toBe(0)
    expect(read('addons/repo-2/mod_1/own.py')).toBe('mine\n')
  })

  it('says what it does not know', async () => {
    await run(form, root, [], env)
    commit('Mirror')
    expect(patch(form, '--repo', 'repo-3')).toMatchObject({ code: 2, result: { message: expect.stringContaining('no repository repo-3') } })
  })
})
