import { execFileSync, spawn } from 'node:child_process'
import { appendFileSync, lstatSync, readdirSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  chmodSync,
  command,
  execute,
  existsSync,
  type Form,
  finish,
  forms,
  home,
  join,
  leftovers,
  makeRoot,
  mkdirSync,
  normalised,
  type Outcome,
  readFileSync,
  rmSync,
  run,
  scratch,
  tree,
  type Verb,
  withoutStamps,
  writeFileSync,
} from './forms.ts'

const shell = (text: string, ...words: string[]): string =>
  execFileSync('bash', ['-euc', `. ${home}test/fixtures/upstreams.sh\n${text}`, 'bash', ...words], { encoding: 'utf8' })

const config = `version: "1.0"
targets:
  mirror:
    driver: git_repos
    config: { base_url: "\${BASE_URL}", branch: "18.0", destination: addons/oca, tries: 1, jobs: 1, repositories: [repo-1, repo-2] }
    verification: { command: "[[ ! -e fail ]]" }
  other:
    driver: git_repos
    config: { base_url: "\${BASE_URL}", branch: "18.0", destination: other, tries: 1, jobs: 1, repositories: [repo-3] }
`

/** A target that is held as a whole, beside one that is not. */
const scripted = `version: "1.0"
targets:
  copied:
    direction: pull
    entrypoint: scripts/copy.sh
    outputs: ["copied/**"]
    schedule: "0 2 * * *"
  sent:
    direction: push
    entrypoint: scripts/copy.sh
    outputs: ["sent/**"]
`

/** The states in which a situation starts: nothing ran; both targets were synced; and again after their upstreams moved. */
const starts = ['fresh', 'synced', 'moved'] as const
const manifest = 'addons/oca/repo-1/mod_1/__manifest__.py'

/** One form at work in a root of its own. Whatever its programs say is compared with what the other form's say. */
class Actor {
  readonly said: unknown[] = []
  readonly form: Form
  readonly root: string
  constructor(form: Form, root: string) {
    this.form = form
    this.root = root
  }
  private get env(): Record<string, string> {
    return { NO_COLOR: '1', BASE_URL: join(this.root, '../upstream') }
  }
  async run(code: number, verb: Verb, ...words: string[]): Promise<Outcome> {
    return this.note(code, await run(this.form, this.root, words, this.env, verb))
  }
  /** The same at a terminal, with a person who answers. */
  async answer(answer: string, code: number, verb: Verb, ...words: string[]): Promise<Outcome> {
    const { words: program, env } = command(this.form, verb, this.root)
    const line = [...program, ...words].map((word) => `'${word}'`).join(' ')
    const child = spawn('script', ['-qec', line, '/dev/null'], { cwd: this.root, env: { ...env, ...this.env, CI: 'true' } })
    child.stdout.on('data', (chunk) => {
      if (String(chunk).includes('[y/N]')) child.stdin.write(answer)
    })
    const { code: ended, stdout } = await finish(child)
    return this.note(code, { code: ended, stdout: stdout.replaceAll(/\r|\u001b\[K/g, ''), stderr: '' })
  }
  private note(code: number, outcome: Outcome): Outcome {
    expect(outcome, outcome.stderr).toMatchObject({ code })
    const text = (each: string): unknown =>
      normalised(each.replaceAll(/\d+\.\d s\b/g, 'N s').replaceAll(/\d{4}-\d\d-\d\dT[\d:]+Z/g, 'TIME'))
    this.said.push({
      ...outcome,
      stdout: outcome.stdout.startsWith('{') ? normalised(JSON.parse(outcome.stdout)) : text(outcome.stdout),
      stderr: text(outcome.stderr),
    })
    return outcome
  }
  path = (path: string): string => join(this.root, path)
  read = (path: string): string => readFileSync(this.path(path), 'utf8')
  write = (path: string, text: string): void => writeFileSync(this.path(path), text)
  append = (path: string, text: string): void => appendFileSync(this.path(path), text)
  remove = (path: string): void => rmSync(this.path(path), { recursive: true })
  there = (path: string): boolean => existsSync(this.path(path))
  move = (): void => void shell('for name in repo-1 repo-3; do move_upstream "$1" "$name"; done', join(this.root, '../upstream'))
  backups = (target: string): string[] =>
    this.there(`.insightpulse/backups/${target}`) ? readdirSync(this.path(`.insightpulse/backups/${target}`)).sort() : []
  /** What the user has, without the records and the store. */
  files = (): Record<string, string> =>
    Object.fromEntries(Object.entries(tree(this.root)).filter(([path]) => !path.startsWith('.insightpulse')))
}

interface Situation {
  readonly title: string
  readonly start: (typeof starts)[number]
  readonly act: (at: Actor) => Promise<void>
}

const history = (at: Actor): { event?: string; reason?: string; who?: string; results?: { message: string; status: string }[] }[] =>
  at
    .read('.insightpulse/state/history.jsonl')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))

const situations: readonly Situation[] = [
  {
    title: 'files and folders are saved, listed, checked and counted',
    start: 'fresh',
    act: async (at) => {
      mkdirSync(at.path('d/empty'), { recursive: true })
      at.write('d/a b', 'one')
      at.write('c', 'two')
      chmodSync(at.path('c'), 0o600)
      await at.run(0, 'backup', '--list')
      await at.run(0, 'backup', 'd', 'c', '--artifact', 'v1')
      await at.run(0, 'backup', '--list')
      await at.run(0, 'backup', '--list', '--json', '--target', 'files')
      await at.run(0, 'backup', '--check')
      await at.run(0, 'backup', '--check', '--read-data', '--json')
      await at.run(0, 'backup', '--usage')
      await at.run(0, 'backup', '--usage', '--json')
      await at.run(0, 'backup', '--prune', '--dry-run')
      await at.run(0, 'backup', 'c', '--json')
      const dry = await at.run(0, 'backup', 'd', '--dry-run')
      expect(dry.stderr).toContain('would run')
      expect(at.backups('files')).toHaveLength(2)
      expect(at.backups('files')[0]).toMatch(/\.v1$/)
    },
  },
  {
    title: 'a file that has not changed is in each of its backups',
    start: 'fresh',
    act: async (at) => {
      mkdirSync(at.path('d'))
      at.write('d/a', 'one')
      at.write('c', 'two')
      for (let times = 0; times < 3; times++) await at.run(0, 'backup', 'c', 'd')
      await at.run(0, 'backup', '--check', '--read-data')
      const inodes = at.backups('files').map((name) => lstatSync(at.path(`.insightpulse/backups/files/${name}/files/c`)).ino)
      expect(inodes[2]).toBe(inodes[1])
    },
  },
  {
    title: 'siblings of a folder have no siblings of their own',
    start: 'fresh',
    act: async (at) => {
      mkdirSync(at.path('d'))
      at.write('d/a', 'one')
      for (let times = 0; times < 2; times++) await at.run(0, 'backup', 'd', '--layout', 'sibling')
      expect(readdirSync(at.path('d'))).toHaveLength(3)
      await at.run(0, 'backup', '--check')
    },
  },
  {
    title: 'a target is saved by its name',
    start: 'synced',
    act: async (at) => {
      await at.run(0, 'backup', '--target', 'mirror', '--artifact', 'a-b_1', '--json')
      expect(at.backups('mirror').at(-1)).toMatch(/\.a-b_1$/)
      await at.run(0, 'backup', '--list', '--target', 'mirror')
    },
  },
  {
    title: 'two backups of one second have an order',
    start: 'synced',
    act: async (at) => {
      await Promise.all([
        at.run(0, 'backup', '--target', 'mirror', '--wait', '60'),
        at.run(0, 'backup', '--target', 'mirror', '--artifact', 'b', '--wait', '60'),
      ])
      const seconds = at.backups('mirror').map((name) => name.slice(0, 15))
      expect(new Set(seconds).size).toBe(seconds.length)
      // Which of the two was first differs.
      at.remove('.insightpulse/backups')
      at.said.length = 0
    },
  },
  {
    title: 'siblings stand beside their files, three of each, and can be cleaned',
    start: 'fresh',
    act: async (at) => {
      at.write('c', 'one')
      at.write('e', 'other')
      for (let times = 0; times < 4; times++) {
        at.append('c', '+')
        await at.run(0, 'backup', 'c', 'e', '--layout', 'sibling')
      }
      const siblings = () => readdirSync(at.root).filter((name) => /^c\.bak\.\d{8}_\d{6}$/.test(name))
      expect(siblings()).toHaveLength(3)
      await at.run(0, 'backup', '--list')
      await at.run(0, 'backup', '--check', '--read-data')
      at.write('c', 'spoiled')
      at.write('e', 'spoiled')
      await at.run(0, 'rollback', 'files', '--yes')
      expect(at.read('c')).toBe('one++++')
      expect(at.read('e')).toBe('other')
      await at.run(0, 'backup', '--clean', 'c', '--dry-run')
      expect(siblings()).toHaveLength(3)
      await at.run(0, 'backup', '--clean', 'c')
      expect(siblings()).toHaveLength(0)
      await at.run(0, 'backup', '--check')
    },
  },
  {
    title: 'a damaged backup gives 5, and every damage is named',
    start: 'moved',
    act: async (at) => {
      const folder = `.insightpulse/backups/mirror/${at.backups('mirror').at(-1)}/files`
      at.write(`${folder}/${manifest}`, at.read(`${folder}/${manifest}`).replace('Module', 'Mxdule'))
      await at.run(0, 'backup', '--check')
      const bit = await at.run(5, 'backup', '--check', '--read-data')
      expect(bit.stderr).toContain(`${manifest}: has other content`)
      at.remove(`${folder}/${manifest}`)
      const gone = await at.run(5, 'backup', '--check', '--json')
      expect(gone.stdout).toContain('is missing')
    },
  },
  {
    title: 'wrong words are refused with 2, what is missing with 3',
    start: 'synced',
    act: async (at) => {
      for (const words of [
        [],
        ['/etc/passwd'],
        ['.'],
        ['.insightpulse'],
        ['--target', 'mirrr'],
        ['a', '--layout', 'flat'],
        ['--check', 'a'],
      ]) {
        await at.run(2, 'backup', ...words)
      }
      for (const id of ['a/b', '..', 'a b', 'new\nline']) await at.run(2, 'backup', 'addons', '--artifact', id)
      expect((await at.run(2, 'backup', '--lst')).stderr).toContain('did you mean --list?')
      await at.run(3, 'backup', 'nothing')
      execFileSync('mkfifo', [at.path('pipe')])
      await at.run(2, 'backup', 'pipe')
      at.remove('pipe')
      await at.run(2, 'rollback', 'mirrr')
      await at.run(2, 'rollback', 'mirror', 'other')
      await at.run(2, 'rollback', '--to')
      expect((await at.run(2, 'rollback', '--emergancy')).stderr).toContain('did you mean --emergency?')
    },
  },
  {
    title: 'rollback with nothing to roll back to gives 3',
    start: 'fresh',
    act: async (at) => {
      for (const words of [[], ['mirror'], ['--emergency'], ['--drill'], ['--to', 'x']]) {
        expect((await at.run(3, 'rollback', '--yes', ...words)).stderr).toContain('nothing to roll back to')
      }
    },
  },
  {
    title: 'an unknown --to gives 2 and the nearest',
    start: 'moved',
    act: async (at) => {
      const newest = at.backups('mirror').at(-1) ?? ''
      for (const words of [[], ['mirror']]) {
        const { stderr } = await at.run(2, 'rollback', '--yes', '--to', newest.slice(0, 12), ...words)
        expect(stderr).toContain('no run or backup has that name; the nearest are')
        expect(stderr).toContain(newest.slice(0, 13))
      }
      at.said.length = 0 // ids of one minute are not in the same order
    },
  },
  {
    title: 'a rollback shows, saves, restores and reports; and can be rolled back',
    start: 'moved',
    act: async (at) => {
      const moved = at.files()
      const { stderr } = await at.run(0, 'rollback', 'mirror', '--yes', '--json')
      expect(stderr).toContain(`restore  ${manifest}`)
      expect(stderr).toMatch(/remove {3}addons\/oca\/repo-1\/mod_1\/new_/)
      expect(at.files()).not.toEqual(moved)
      await at.run(0, 'rollback', 'mirror', '--undo', '--yes', '--json')
      expect(at.files()).toEqual(moved)
      await at.run(0, 'rollback', '--list')
      await at.run(0, 'rollback', '--list', 'mirror', '--json')
      await at.run(0, 'backup', '--check', '--read-data')
    },
  },
  {
    title: 'a path goes back to the newest backup that holds it, whatever made it, also where its folders are gone',
    start: 'moved',
    act: async (at) => {
      const folder = at.path('docs/of mine')
      mkdirSync(folder, { recursive: true })
      for (const text of ['one', 'two']) {
        writeFileSync(join(folder, 'a'), text)
        await at.run(0, 'backup', 'docs')
      }
      writeFileSync(join(folder, 'a'), 'three')
      await at.run(0, 'rollback', 'docs', '--yes')
      expect(readFileSync(join(folder, 'a'), 'utf8')).toBe('two')
      await at.run(0, 'backup', 'docs')
      await execute('rm', ['-rf', at.path('docs')])
      await at.run(0, 'rollback', '--file', 'docs/of mine/a', '--yes')
      expect(readFileSync(join(folder, 'a'), 'utf8')).toBe('two')
      const moved = at.files()[manifest]
      await at.run(0, 'rollback', 'addons/oca/repo-1', '--yes')
      expect(at.files()[manifest]).not.toBe(moved)
      expect((await at.run(3, 'rollback', 'addons/oca/repo-9')).stderr).toContain('no backup holds addons/oca/repo-9')
      expect((await at.run(2, 'rollback', 'miror')).stderr).toContain('no target miror; did you mean mirror?')
      const { stdout } = await at.run(0, 'rollback', '--list')
      expect(stdout).toMatch(/^rollback files --to \d{8}_\d{6}/m)
      const states = stdout.match(/^rollback \w+ --to \d{8}_\d{6}/gm)?.map((line) => line.slice(-15)) ?? []
      expect(states).toEqual(states.toSorted())
      at.said.length = 0 // files were saved with the times at which they were written
    },
  },
  {
    title: 'a dry run and a drill change nothing, and say what would be done',
    start: 'moved',
    act: async (at) => {
      const moved = at.files()
      const dry = await at.run(0, 'rollback', 'mirror', '--dry-run')
      expect(dry.stderr).toContain(`restore  ${manifest}`)
      expect(dry.stderr).toContain('would go back to')
      await at.run(0, 'rollback', 'mirror', '--drill')
      expect(at.files()).toEqual(moved)
      expect((await at.run(0, 'rollback', '--list', 'mirror')).stdout).toContain('last drill')
    },
  },
  {
    title: 'a preview says how many more there are, --verbose shows all, and the report of a dry run has each',
    start: 'synced',
    act: async (at) => {
      const folder = at.path('addons/oca/repo-2/mod_1')
      const names = Array.from({ length: 41 }, (_, index) => `f${index}`)
      for (const name of names) writeFileSync(join(folder, name), 'one')
      await at.run(0, 'backup', 'addons/oca/repo-2/mod_1')
      for (const name of names) writeFileSync(join(folder, name), 'two')
      const dry = await at.run(0, 'rollback', 'files', '--dry-run')
      expect(dry.stderr).toContain('  … and 21 more; --verbose shows all\n')
      expect((await at.run(0, 'rollback', 'files', '--dry-run', '--verbose')).stderr.match(/^ {2}restore /gm)).toHaveLength(41)
      const { stdout } = await at.run(0, 'rollback', 'files', '--dry-run', '--json')
      const [result] = JSON.parse(stdout).results
      expect(result).toMatchObject({ status: 'would_run', changed: false, outputs_changed: [], would_remove: [] })
      expect(result.would_restore).toHaveLength(41)
      const gone = await at.run(0, 'rollback', 'mirror', '--dry-run', '--json')
      expect(JSON.parse(gone.stdout).results[0].would_remove).toContain('addons/oca/repo-1')
    },
  },
  {
    title: 'to three runs ago, with what was changed, created and removed in between, and local edits',
    start: 'moved',
    act: async (at) => {
      const [first = '', second = ''] = at.backups('mirror')
      at.move()
      await at.run(0, 'sync', 'mirror')
      at.move()
      await at.run(0, 'sync', 'mirror')
      at.append(manifest, 'mine\n')
      at.remove('addons/oca/repo-2')
      const edited = at.files()
      await at.run(0, 'rollback', 'mirror', '--yes', '--to', second)
      expect(at.read(manifest)).not.toContain('after')
      expect(at.there('addons/oca/repo-2')).toBe(false)
      await at.run(0, 'rollback', 'mirror', '--undo', '--yes')
      expect(at.files()).toEqual(edited)
      await at.run(0, 'rollback', '--yes', '--to', `mirror/${first}`)
      expect(at.there('addons')).toBe(false)
      await at.run(0, 'rollback', 'mirror', '--undo', '--yes')
      expect(at.files()).toEqual(edited)
    },
  },
  {
    title: 'a folder that was removed and made again comes back as it was',
    start: 'moved',
    act: async (at) => {
      await at.run(0, 'backup', 'addons/oca/repo-1')
      const before = at.files()
      at.remove('addons/oca/repo-1')
      at.write('addons/oca/repo-1', 'a file now')
      await at.run(0, 'rollback', 'files', '--yes')
      expect(at.files()).toEqual(before)
      at.remove('addons/oca/repo-1')
      mkdirSync(at.path('addons/oca/repo-1/mod_1/__manifest__.py'), { recursive: true })
      at.write(`${manifest}/inside`, 'a folder now')
      await at.run(0, 'rollback', '--to', at.backups('files')[0] ?? '', '--yes')
      expect(at.files()).toEqual({ ...before })
    },
  },
  {
    title: 'one file or folder alone goes back',
    start: 'moved',
    act: async (at) => {
      const moved = at.files()
      await at.run(0, 'rollback', 'mirror', '--yes', '--file', manifest)
      expect(Object.entries(at.files()).filter(([path, text]) => moved[path] !== text)).toHaveLength(1)
      await at.run(0, 'rollback', 'mirror', '--yes', '--file', 'addons/oca/repo-1/', '--to', at.backups('mirror')[1] ?? '')
      expect(at.read('addons/oca.lock.json')).toBe(moved['addons/oca.lock.json']?.slice(4))
      expect(Object.keys(at.files()).filter((path) => path.includes('/new_'))).toHaveLength(1)
      const { stderr } = await at.run(3, 'rollback', 'mirror', '--yes', '--file', 'addons/nothing')
      expect(stderr).toContain('holds addons/nothing')
    },
  },
  {
    title: 'a backup that was asked for and holds what is here now is no state to go back to',
    start: 'moved',
    act: async (at) => {
      await at.run(0, 'backup', '--target', 'mirror')
      const { stderr } = await at.run(0, 'rollback', 'mirror', '--yes')
      expect(stderr).toContain(`back to ${at.backups('mirror')[1]}`)
      expect(at.read(manifest)).not.toContain('after')
    },
  },
  {
    title: 'everything is as it was: nothing is done, and that is said',
    start: 'moved',
    act: async (at) => {
      const [, second = ''] = at.backups('mirror')
      await at.run(0, 'rollback', 'mirror', '--yes')
      const { stderr } = await at.run(0, 'rollback', 'mirror', '--yes', '--to', second)
      expect(stderr).toContain('everything is as it was at')
    },
  },
  {
    title: 'nobody to ask and no --yes gives 2, and nothing is done',
    start: 'moved',
    act: async (at) => {
      const moved = at.files()
      const { stderr } = await at.run(2, 'rollback', 'mirror')
      expect(stderr).toContain('--yes')
      expect(at.files()).toEqual(moved)
    },
  },
  {
    title: 'the question at a terminal: no changes nothing, yes goes back',
    start: 'moved',
    act: async (at) => {
      const moved = at.files()
      for (const answer of ['n\n', '\n']) {
        const { stdout } = await at.answer(answer, 0, 'rollback', 'mirror')
        expect(stdout).toMatch(/Restore \d+ and remove \d+ files\? \[y\/N\]/)
        expect(stdout).toContain('nothing was changed: you answered no')
        expect(at.files()).toEqual(moved)
      }
      await at.answer('y\n', 0, 'rollback', 'mirror')
      expect(at.read(manifest)).not.toContain('after')
    },
  },
  {
    title: 'a damaged newest backup gives 5 and names --to; --emergency passes over it and says so',
    start: 'moved',
    act: async (at) => {
      const moved = at.files()
      const [first = '', second = ''] = at.backups('mirror')
      at.append(`.insightpulse/backups/mirror/${second}/files/${manifest}`, 'x')
      const { stderr } = await at.run(5, 'rollback', 'mirror', '--yes')
      expect(stderr).toContain(`--to ${first} goes to the newest good one`)
      expect((await at.run(5, 'rollback', 'mirror', '--yes', '--to', second)).stderr).toContain('is damaged')
      expect(at.files()).toEqual(moved)
      const passed = await at.run(0, 'rollback', 'mirror', '--emergency')
      expect(passed.stderr).toContain(`skipped, because it is damaged: ${second}`)
      expect(at.there('addons')).toBe(false)
    },
  },
  {
    title: 'a damaged manifest of the newest backup does not lead to another target',
    start: 'moved',
    act: async (at) => {
      const newest = at.backups('other').at(-1)
      const path = `.insightpulse/backups/other/${newest}/manifest.json`
      at.write(path, at.read(path).replace('"direction"', '"directions"'))
      expect((await at.run(5, 'rollback', '--yes')).stderr).toContain('damaged')
    },
  },
  {
    title: 'a run of two targets goes back as one, with one merged report',
    start: 'moved',
    act: async (at) => {
      const moved = at.files()
      await at.run(2, 'rollback')
      const { stdout } = await at.run(0, 'rollback', '--yes', '--json')
      expect(JSON.parse(stdout)).toMatchObject({ total_targets: 2, successful: 2, results: [{ target: 'mirror' }, { target: 'other' }] })
      expect(at.files()).not.toEqual(moved)
      const gone = at.files()
      await at.run(0, 'rollback', '--emergency')
      expect(at.files()).toEqual(gone)
      await at.run(2, 'rollback', '--undo')
      await at.run(0, 'rollback', '--undo', '--yes')
      expect(at.files()).toEqual(moved)
    },
  },
  {
    title: 'a rollback holds the repositories that it changed, the others go on, and --release ends it',
    start: 'moved',
    act: async (at) => {
      const moved = at.read(manifest)
      const back = await at.run(0, 'rollback', 'mirror', '--yes', '--json')
      const held = {
        since: expect.any(String),
        by: expect.any(String),
        run: expect.any(String),
        state: expect.any(String),
        items: ['repo-1'],
      }
      expect(JSON.parse(back.stdout).results[0]).toMatchObject({ held })
      const gone = at.read(manifest)
      expect(gone).not.toBe(moved)
      for (const words of [['--dry-run'], ['--check'], [], ['--json']]) {
        const { stdout, stderr } = await at.run(0, 'sync', 'mirror', ...words)
        expect(stderr).toMatch(/repo-1: held since \S+Z by \S+, at the state \d{8}_\d{6}; to sync it again: sync mirror --release/)
        if (stdout !== '') expect(JSON.parse(stdout).results[0]).toMatchObject({ status: 'unchanged', held })
      }
      expect((await at.run(0, 'sync', '--list')).stdout).toContain('repo-1: held since')
      expect((await at.run(0, 'status')).stdout).toMatch(/^held +mirror +repo-1: held since/m)
      expect(JSON.parse((await at.run(0, 'status', '--json')).stdout).targets[0]).toMatchObject({ held })
      at.said.length -= 2 // their durations differ
      shell('move_upstream "$1" repo-2', join(at.root, '../upstream'))
      await at.run(0, 'sync')
      expect(at.read(manifest)).toBe(gone)
      expect(at.read(manifest.replace('repo-1', 'repo-2'))).toContain('after')
      const dry = await at.run(0, 'sync', 'mirror', '--release', '--dry-run')
      expect(dry.stderr).toContain('would be released; it is repo-1: held since')
      expect((await at.run(0, 'sync', 'mirror')).stderr).toContain('held since')
      const { stdout } = await at.run(0, 'sync', 'mirror', '--release', '--json')
      expect(JSON.parse(stdout).results[0]).toMatchObject({ status: 'done', held: null })
      expect(at.read(manifest)).toBe(moved)
      await at.run(0, 'rollback', 'mirror', '--yes', '--no-hold')
      await at.run(0, 'sync', 'mirror')
      expect(at.read(manifest)).toBe(moved)
      await at.run(0, 'rollback', 'mirror', '--yes')
      await at.run(0, 'rollback', 'mirror', '--undo', '--yes')
      // The rollback before that is older than the last sync.
      expect((await at.run(0, 'rollback', 'mirror', '--undo', '--yes')).stderr).toContain('its last rollback was undone already')
      expect(at.read(manifest)).toBe(moved)
    },
  },
  {
    title: 'a target without items is held as a whole, whichever way it goes, and its own program says so',
    start: 'fresh',
    act: async (at) => {
      mkdirSync(at.path('scripts'))
      at.write('scripts/copy.sh', 'mkdir -p "$SYNC_TARGET"\ncp upstream "$SYNC_TARGET/a"\n')
      await makeRoot(at.root, scripted)
      for (const state of ['one', 'two']) {
        at.write('upstream', state)
        await at.run(0, 'sync')
      }
      await at.run(0, 'rollback', '--yes')
      expect([at.read('copied/a'), at.read('sent/a')]).toEqual(['one', 'one'])
      const { stdout } = await at.run(0, 'sync', '--json')
      for (const target of ['copied', 'sent']) {
        expect(JSON.parse(stdout).results).toContainEqual(
          expect.objectContaining({
            target,
            status: 'unchanged',
            success: true,
            message: expect.stringMatching(new RegExp(`^held since .*; to sync it again: sync ${target} --release$`)),
            held: expect.objectContaining({ items: ['*'] }),
            steps: [],
          }),
        )
      }
      execFileSync('bash', [at.path('generated/sync-copied.sh'), '--verify'], { cwd: at.root, stdio: 'ignore' })
      expect([at.read('copied/a'), at.read('sent/a')]).toEqual(['one', 'one'])
      await at.run(0, 'sync', 'copied', '--release')
      expect(at.read('copied/a')).toBe('two')
      await at.run(0, 'rollback', 'sent', '--undo', '--yes')
      expect(at.read('sent/a')).toBe('two')
      expect((await at.run(0, 'status')).stdout).not.toContain('held')
      at.said.length -= 1 // its durations differ
    },
  },
  {
    title: 'a rollback that restores nothing holds all the same, and a drill, a no and a dry run do not',
    start: 'moved',
    act: async (at) => {
      const [, second = ''] = at.backups('mirror')
      const held = () => at.there('.insightpulse/state/held/mirror')
      const last = at.read('.insightpulse/state/last/mirror')
      await at.run(0, 'rollback', 'mirror', '--dry-run')
      await at.run(0, 'rollback', 'mirror', '--drill')
      await at.answer('n\n', 0, 'rollback', 'mirror')
      expect(held()).toBe(false)
      await at.run(0, 'rollback', 'mirror', '--yes', '--no-hold')
      expect(held()).toBe(false)
      expect((await at.run(0, 'rollback', 'mirror', '--yes')).stderr).toContain(`everything is as it was at ${second}`)
      expect(held()).toBe(true)
      // None of these is a run of the target.
      expect(at.read('.insightpulse/state/last/mirror')).toBe(last)
    },
  },
  {
    title: 'a rollback done twice stays where it is; only --undo goes forward, and asks',
    start: 'moved',
    act: async (at) => {
      const moved = at.files()
      const [first = '', second = ''] = at.backups('mirror')
      expect((await at.run(3, 'rollback', 'mirror', '--undo', '--yes')).stderr).toContain('there is no rollback to undo')
      await at.run(0, 'backup', '--target', 'mirror')
      await at.run(0, 'rollback', 'mirror', '--yes')
      const gone = at.files()
      for (const words of [['--yes'], ['--emergency'], ['--yes', '--json']]) {
        const { stdout, stderr } = await at.run(0, 'rollback', 'mirror', ...words)
        expect(stderr).toContain(`everything is as it was at ${second}`)
        if (stdout !== '') expect(JSON.parse(stdout).results[0]).toMatchObject({ status: 'unchanged' })
        expect(at.files()).toEqual(gone)
      }
      await at.run(2, 'rollback', 'mirror', '--undo')
      await at.run(0, 'rollback', 'mirror', '--undo', '--yes')
      expect(at.files()).toEqual(moved)
      expect(at.there('.insightpulse/state/held/mirror')).toBe(false)
      expect((await at.run(0, 'rollback', 'mirror', '--undo', '--yes')).stderr).toContain('its last rollback was undone already')
      expect(at.files()).toEqual(moved)
      await at.run(0, 'rollback', 'mirror', '--yes')
      expect(at.files()).toEqual(gone)
      await at.run(0, 'rollback', 'mirror', '--yes', '--to', first)
      expect((await at.run(0, 'rollback', 'mirror', '--yes')).stderr).toContain(`everything is as it was at ${first}`)
      await at.run(0, 'rollback', 'mirror', '--undo', '--yes')
      expect(at.files()).toEqual(gone)
      await at.run(0, 'rollback', 'mirror', '--undo', '--yes')
      expect(at.files()).toEqual(moved)
    },
  },
  // The rows of "Rollback Options" and "Safety Guarantees" in smart-backup.md; those that need commits stand elsewhere.
  {
    title: 'During upgrade: automatic from .bak files',
    start: 'synced',
    act: async (at) => {
      at.write('fail', '')
      at.move()
      const before = at.files()
      await at.run(5, 'sync', 'mirror', '--verify')
      expect(at.files()).toEqual(before)
    },
  },
  {
    title: 'Days later: --to any state that the list shows',
    start: 'moved',
    act: async (at) => {
      const listed = (await at.run(0, 'rollback', '--list', 'mirror')).stdout.match(/\d{8}_\d{6}/g) ?? []
      await at.run(0, 'rollback', 'mirror', '--yes', '--to', listed[0] ?? '')
      expect(at.there('addons')).toBe(false)
    },
  },
  {
    title: 'Timestamped Backups: always created before changes',
    start: 'synced',
    act: async (at) => {
      const old = at.read(manifest)
      at.move()
      await at.run(0, 'sync', 'mirror')
      const newest = at.backups('mirror').at(-1)
      expect(newest).toMatch(/^\d{8}_\d{6}$/)
      expect(at.read(`.insightpulse/backups/mirror/${newest}/files/${manifest}`)).toBe(old)
    },
  },
  {
    title: 'Local Backups: recent versions kept during upgrades',
    start: 'synced',
    act: async (at) => {
      for (let times = 0; times < 3; times++) {
        at.move()
        await at.run(0, 'sync', 'mirror')
      }
      expect(at.backups('mirror')).toHaveLength(4)
    },
  },
  {
    title: 'Upgrade Ledger: log of all changes',
    start: 'moved',
    act: async (at) => {
      await at.run(0, 'rollback', 'mirror', '--yes')
      const lines = history(at)
      expect(lines.filter(({ results }) => results?.some(({ status }) => status === 'done'))).toHaveLength(3)
      for (const line of lines) expect(line).toMatchObject({ run: expect.any(String), who: expect.any(String), at: expect.any(String) })
    },
  },
  {
    title: 'Learning Journal: failures are on record with their reason',
    start: 'synced',
    act: async (at) => {
      at.write('fail', '')
      at.move()
      await at.run(5, 'sync', 'mirror', '--verify')
      expect(history(at).at(-1)).toMatchObject({
        exit_code: 5,
        results: [{ status: 'failed', message: expect.stringContaining('exit code 1, expected 0') }],
      })
    },
  },
]

let base: string
beforeAll(async () => {
  base = scratch()
  const [fresh = '', synced = '', moved = ''] = starts.map((start) => join(base, start))
  shell('make_upstreams "$1" 3 8', join(fresh, 'upstream'))
  await makeRoot(join(fresh, 'root'), config)
  const sync = async (from: string, to: string, change: (at: Actor) => void) => {
    execFileSync('cp', ['-a', from, to])
    const at = new Actor('script', join(to, 'root'))
    change(at)
    await at.run(0, 'sync', '--quiet')
  }
  await sync(fresh, synced, () => {})
  await sync(synced, moved, (at) => at.move())
}, 300_000)
afterAll(() => rmSync(base, { recursive: true, force: true }))

async function see(form: Form, situation: Situation, folder: string) {
  mkdirSync(folder, { recursive: true })
  execFileSync('cp', ['-a', `${join(base, situation.start)}/.`, folder])
  const at = new Actor(form, join(folder, 'root'))
  await situation.act(at)
  return {
    said: at.said,
    tree: withoutStamps(tree(at.root)),
    left: ['mirror', 'other', 'files', 'history'].flatMap((name) => leftovers(at.root, name)),
  }
}

describe('backup and rollback are the same under Node and as scripts', () => {
  it.concurrent.each(situations)('$title', { timeout: 600_000 }, async (situation) => {
    const folder = scratch()
    try {
      const seen = await Promise.allSettled(forms.map((form) => see(form, situation, join(folder, form))))
      const [node, script] = seen.map((each) => {
        if (each.status === 'rejected') throw each.reason
        return each.value
      })
      expect(script).toEqual(node)
      expect(script?.left).toEqual([])
    } finally {
      await execute('rm', ['-rf', folder])
    }
  })
})
