import { spawn } from 'node:child_process'
import { afterAll, expect, it } from 'vitest'
import { compiled, existsSync, finish, home, join, makeRoot, mkdirSync, rmSync, scratch, writeFileSync } from '../sameness/forms.ts'

const base = scratch()
afterAll(() => rmSync(base, { recursive: true, force: true }))

const CONFIG = `version: "1.0"
targets:
  one: { direction: pull, entrypoint: scripts/a.sh, outputs: ["out/**"] }
`
const verbs = ['generate', 'sync', 'status', 'verify', 'backup', 'rollback'] as const
const words = { generate: ['--check'], sync: [], status: [], verify: [], backup: ['--target', 'one'], rollback: ['--list'] }

/** What the verbs say and give, one after the other in a root of their own. */
async function outcomes(name: string, command: (verb: (typeof verbs)[number]) => readonly [string, ...string[]]): Promise<unknown[]> {
  const root = join(base, name)
  mkdirSync(join(root, 'scripts'), { recursive: true })
  writeFileSync(join(root, 'scripts/a.sh'), 'mkdir -p out; echo x >out/file\n')
  await makeRoot(root, CONFIG)
  const seen: unknown[] = []
  for (const verb of verbs) {
    const [program, ...before] = command(verb)
    const { code, stdout, stderr } = await finish(spawn(program, [...before, '--root', root, ...words[verb]], { cwd: home }))
    const said = `${stdout}${stderr}`.replaceAll(root, 'ROOT').replaceAll(/\d+/g, '0').replaceAll(/ +/g, ' ')
    seen.push({ code, said })
  }
  expect(existsSync(join(root, 'out/file'))).toBe(true)
  return seen
}

it('the verbs that other tests run compiled are what npx tsx runs', { timeout: 300_000 }, async () => {
  const typed = await outcomes('typed', (verb) => ['npx', 'tsx', `tasks/${verb}.ts`])
  expect(typed).toMatchObject(verbs.map(() => ({ code: 0 })))
  expect(await outcomes('compiled', (verb) => ['node', compiled(verb)])).toEqual(typed)
})
