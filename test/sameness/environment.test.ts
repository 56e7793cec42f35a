import { afterAll, describe, expect, it } from 'vitest'
import {
  execute,
  type Form,
  forms,
  join,
  leftovers,
  makeRoot,
  mkdirSync,
  normalised,
  readFileSync,
  readJson,
  run,
  scratch,
  tree,
  writeFileSync,
} from './forms.ts'

const config = `version: "1.0"
safety:
  pre_sync_checks:
    - { name: Environment, command: "env >gate.env" }
targets:
  one:
    direction: pull
    entrypoint: scripts/one.sh
    outputs: ["out/**"]
    config: { given: "\${version}", other: "\${nobody_sets_this:-fallback}" }
    verification: { command: "env >verification.env" }
  two:
    direction: pull
    entrypoint: scripts/two.sh
    outputs: [two]
`

const script = `#!/usr/bin/env bash
mkdir -p out
env >out/env
(: >&3) 2>/dev/null && echo 3 >out/open
(: >&6) 2>/dev/null && echo 6 >>out/open
(: >&7) 2>/dev/null && echo 7 >>out/open
exit 0
`

const folders: string[] = []
afterAll(() => execute('rm', ['-rf', ...folders]))

/** A root whose programs are made from this, with these scripts. */
async function rootWith(text: string, scripts: Readonly<Record<string, string>>): Promise<string> {
  const folder = scratch()
  folders.push(folder)
  const root = join(folder, 'root')
  mkdirSync(join(root, 'scripts'), { recursive: true })
  for (const [name, script] of Object.entries(scripts)) writeFileSync(join(root, 'scripts', name), script)
  return makeRoot(root, text)
}

/** A root with two targets; the first writes the environment that it finds. */
const rootFor = (): Promise<string> => rootWith(config, { 'one.sh': script, 'two.sh': '#!/usr/bin/env bash\necho two >two\n' })

const environmentIn = (root: string, file: string): Map<string, string> =>
  new Map(
    readFileSync(join(root, file), 'utf8')
      .split('\n')
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  )

/** What bash makes or changes by itself, in the scripts too. */
const shells = (await execute('env', ['-i', 'bash', '-c', 'f() { compgen -v; }; f'])).stdout.split('\n').concat('PIPESTATUS', 'OLDPWD')

/** Every variable of the programs. */
function ownNames(root: string): string[] {
  const programs = ['sync.sh', 'sync-one.sh', 'rollback.sh'].map((name) => readFileSync(join(root, 'generated', name), 'utf8')).join('\n')
  const found = programs.matchAll(/\b([a-z_][a-z0-9_]*)(?==|\+=|\[)|\blocal ([a-z_ ]+)$/gm)
  const names = [...found].flatMap(([, one, several]) => (one ?? several ?? '').split(' '))
  return [...new Set(names)].filter((name) => /^[a-z_]\w+$/.test(name) && !/^lockstep_/.test(name))
}

const meaningToBashOrGit = ['CDPATH', 'GLOBIGNORE', 'ENV', 'TMOUT', 'GIT_DIR', 'GIT_WORK_TREE', 'GIT_INDEX_FILE', 'GREP_OPTIONS']

async function inEach(check: (form: Form, root: string) => Promise<unknown>): Promise<void> {
  const seen: unknown[] = []
  for (const form of forms) seen.push(await check(form, await rootFor()))
  expect(seen[1]).toEqual(seen[0])
}

describe('nothing of the environment is a variable of the program', { timeout: 300_000 }, () => {
  it('.env sets none, whatever it names, and the scripts of the user are told all', async () => {
    await inEach(async (form, root) => {
      const told = [...ownNames(root), ...meaningToBashOrGit]
      expect(told.length).toBeGreaterThan(400)
      expect(told).toEqual(expect.arrayContaining(['dry_run', 'target', 'store', 'run_id', 'step_ids']))
      writeFileSync(join(root, '.env'), [...told, ...shells].map((name) => name && `${name}=1000`).join('\n'))
      const tried = await run(form, root, ['--dry-run'])
      expect(tried.code, tried.stderr).toBe(0)
      expect(Object.keys(tree(root))).not.toContain('out')
      const done = await run(form, root, ['--verify', '--report', join(root, 'report')])
      expect(done.code, done.stderr).toBe(0)
      for (const file of ['gate.env', 'verification.env', 'out/env']) {
        const found = environmentIn(root, file)
        expect(told.filter((name) => found.get(name) !== '1000')).toEqual([])
        expect(found.get('UID')).toBe('1000')
      }
      expect(environmentIn(root, 'out/env').get('SYNC_CONFIG_GIVEN')).toBe('1000')
      expect(leftovers(root, 'one')).toEqual([])
      const { results } = readJson(join(root, 'report')) as { results: unknown }
      return normalised(results)
    })
  })

  it('nor does the environment, and it comes to the scripts as it was', async () => {
    await inEach(async (form, root) => {
      const env = Object.fromEntries([...ownNames(root), ...meaningToBashOrGit].map((name) => [name, '1000']))
      const tried = await run(form, root, ['--dry-run'], env)
      expect(tried.code, tried.stderr).toBe(0)
      expect(Object.keys(tree(root))).not.toContain('out')
      const done = await run(form, root, ['--verify', '--report', join(root, 'report')], env)
      expect(done.code, done.stderr).toBe(0)
      const found = environmentIn(root, 'out/env')
      expect(Object.keys(env).filter((name) => found.get(name) !== '1000')).toEqual([])
      expect(found.get('SYNC_CONFIG_GIVEN')).toBe('1000')
      const { results } = readJson(join(root, 'report')) as { results: unknown }
      return normalised(results)
    })
  })

  it('a script of the user is told nothing of ours: no variable, no descriptor', async () => {
    await inEach(async (form, root) => {
      const done = await run(form, root, ['--verify'], { LOCKSTEP_PUSH: 'true', target: 'x', version: 'y', SHELLOPTS: 'noglob:noclobber' })
      expect(done.code, done.stderr).toBe(0)
      for (const file of ['gate.env', 'verification.env', 'out/env']) {
        const found = environmentIn(root, file)
        expect([...found.keys()].filter((name) => /^(LOCKSTEP|SHELLOPTS)/i.test(name))).toEqual([])
        expect(found.get('target')).toBe('x')
      }
      expect(Object.keys(tree(root))).not.toContain('out/open')
    })
  })
})

describe('a run inside a run', { timeout: 300_000 }, () => {
  const nested = (program: string): string => `#!/usr/bin/env bash
code=0
bash generated/${program} || code=$?
echo "$code" >code
`
  const inner = `version: "1.0"
safety:
  post_sync_checks:
    - { name: Not outside, command: "test ! -e inside", expected_exit_code: 0 }
targets:
  one:
    direction: pull
    entrypoint: scripts/one.sh
    outputs: [code]
  other:
    direction: pull
    entrypoint: scripts/other.sh
    outputs: [inside]
  third:
    direction: pull
    entrypoint: scripts/other.sh
    outputs: [nothing]
`
  const nestedRoot = (program: string): Promise<string> =>
    rootWith(inner, {
      'one.sh': nested(program),
      'other.sh': '#!/usr/bin/env bash\n[[ $SYNC_TARGET != other ]] || : >inside\n',
    })

  it.each(forms)('has its own gates and its own report (%s)', async (form) => {
    const root = await nestedRoot('sync-other.sh')
    const done = await run(form, root, ['one', 'third', '--report', join(root, 'report')])
    expect(done.code, done.stderr).toBe(0)
    expect(tree(root)['code']).toBe('644 5\n')
    expect(tree(root)['inside']).toBeUndefined()
    const reports = (await execute('bash', ['-c', 'cat .insightpulse/reports/2*.json'], root)).stdout.trim().split('\n')
    expect(
      reports.map((line) => (JSON.parse(line) as { results: { target: string }[] }).results.map(({ target }) => target)).sort(),
    ).toEqual([['one', 'third'], ['other']])
  })

  it.each(forms)('of the same target is refused at once, however long it would wait (%s)', async (form) => {
    for (const program of ['sync-one.sh --wait 999999', 'sync.sh one third --wait 999999']) {
      const root = await nestedRoot(program)
      const done = await run(form, root, ['one'])
      expect(done.code, done.stderr).toBe(0)
      expect(tree(root)['code']).toBe('644 6\n')
    }
  })
})
