import { execFileSync } from 'node:child_process'
import { appendFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { execute, type Form, forms, home, join, makeRoot, readFileSync, readJson, rmSync, run, scratch, tree } from './forms.ts'

const shell = (text: string, ...words: string[]): string =>
  execFileSync('bash', ['-euc', `. ${home}test/fixtures/upstreams.sh\n${text}`, 'bash', ...words], { encoding: 'utf8' })

/** Ways to damage a cache, the folder of which is `$1`; one for each repository, in this order. */
const damages = {
  'objects of no bytes, as after a power loss': 'find "$1/objects" -type f -exec sh -c \'chmod u+w "$1"; : >"$1"\' sh {} \\;',
  'half a pack': 'git -C "$1" repack -adq; for pack in "$1"/objects/pack/*.pack; do chmod u+w "$pack"; truncate -s 600 "$pack"; done',
  'other bytes in a pack, in a tree that is needed again': `tree=$(git -C "$1" rev-parse lockstep:setup); git -C "$1" repack -adq
     for pack in "$1"/objects/pack/*.pack; do
       offset=$(git show-index <"\${pack%pack}idx" | awk -v tree="$tree" '$2 == tree { print $1 }')
       chmod u+w "$pack"; head -c 16 /dev/zero | dd of="$pack" bs=1 seek="$offset" conv=notrunc status=none
     done`,
  'no objects': 'rm -rf "$1/objects"',
  'an index that is none': 'printf nonsense >"$1/index"',
  'an index of no bytes': ': >"$1/index"',
  'an empty HEAD': ': >"$1/HEAD"',
  'a broken config': 'printf "[core" >"$1/config"',
  'a branch that is no commit': 'printf "nonsense\\n" >"$1/refs/heads/lockstep"',
  'the lock of a git that was killed': ': >"$1/shallow.lock"',
}
/** Here git itself asks for everything again. */
const unnoticed = 'half a pack'
const names = Object.keys(damages).map((_, index) => `repo-${index + 1}`)

let folder: string
let upstream: string
beforeEach(() => {
  folder = scratch()
  upstream = join(folder, 'upstream')
  shell('make_upstreams "$1" "$2" 20', upstream, String(names.length))
})
afterEach(() => execute('rm', ['-rf', folder]))

const move = (): void => void shell('upstream=$1; shift; for name; do move_upstream "$upstream" "$name"; done', upstream, ...names)

/** A root with everything pulled, and then every cache damaged in its own way. */
async function damagedRoot(form: Form): Promise<string> {
  const root = await makeRoot(
    join(folder, 'root'),
    `version: "1.0"
targets:
  mirror:
    driver: git_repos
    config: { base_url: "${upstream}", branch: "18.0", destination: oca, tries: 1, timeout: 20, repositories: [${names.join(', ')}] }
`,
  )
  expect(await run(form, root, [])).toMatchObject({ code: 0 })
  for (const [index, damage] of Object.values(damages).entries())
    shell(damage, join(root, `.insightpulse/cache/mirror/${names[index]}.git`))
  return root
}

/** What upstream has, without any part of the driver. */
function upstreamFiles(name: string): Record<string, string> {
  const clone = join(folder, 'clone', name)
  execFileSync('git', ['clone', '-q', '-b', '18.0', join(upstream, name), clone])
  rmSync(join(clone, '.git'), { recursive: true })
  return tree(clone)
}

const latest = (root: string): unknown => readJson(join(root, '.insightpulse/reports/latest.json'))

describe.each(forms)('a damaged cache (%s)', (form) => {
  it('is made anew, once, and its repository brought to where upstream is', { timeout: 300_000 }, async () => {
    const root = await damagedRoot(form)
    move()
    const outcome = await run(form, root, [])
    for (const [index, damage] of Object.keys(damages).entries())
      expect(tree(join(root, 'oca', names[index] ?? '')), damage).toEqual(upstreamFiles(names[index] ?? ''))
    expect(outcome).toMatchObject({ code: 0 })
    const { results } = latest(root) as { results: [{ steps: { reason: string }[] }] }
    const reasons = results[0].steps.map(({ reason }) => reason).join('\n')
    for (const [index, damage] of Object.keys(damages).entries())
      if (damage !== unnoticed) expect(reasons, damage).toMatch(new RegExp(`rebuilt: the damaged cache of .*${names[index]}\\b`))
    expect(await run(form, root, [])).toMatchObject({ code: 0 })
    expect(latest(root)).toMatchObject({ results: [{ status: 'unchanged' }] })
  })

  it('does not make its repository look changed', { timeout: 300_000 }, async () => {
    const root = await damagedRoot(form)
    const before = tree(root)
    expect(await run(form, root, [])).toMatchObject({ code: 0 })
    expect(latest(root)).toMatchObject({ results: [{ status: 'unchanged', failures: [] }] })
    expect(tree(root)).toEqual(before)
  })

  it('is no reason to overwrite local work', { timeout: 300_000 }, async () => {
    const root = await damagedRoot(form)
    for (const name of names) appendFileSync(join(root, 'oca', name, 'mod_1/__manifest__.py'), 'mine\n')
    const before = tree(root)
    move()
    expect(await run(form, root, [])).toMatchObject({ code: 1 })
    const failures = names.map((item) => ({ item, reason: expect.stringContaining('local changes in oca/') })).sort(byItem)
    expect(latest(root)).toMatchObject({ results: [{ failures }] })
    expect(tree(root)).toEqual(before)
    expect(readFileSync(join(root, 'oca/repo-1/mod_1/__manifest__.py'), 'utf8')).toContain('mine')
  })
})

const byItem = (one: { item: string }, other: { item: string }): number => (one.item < other.item ? -1 : 1)
