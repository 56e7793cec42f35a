import { symlinkSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import {
  chmodSync,
  execute,
  existsSync,
  type Form,
  finish,
  forms,
  join,
  makeRoot,
  mkdirSync,
  normalised,
  readFileSync,
  readJson,
  rmSync,
  run,
  scratch,
  start,
  tree,
  type Verb,
  writeFileSync,
} from './forms.ts'

const config = `version: "1.0"
targets:
  one:
    direction: pull
    entrypoint: scripts/one.sh
    outputs: ["out/**"]
`

/** One form at work in a root with a script of its own, which does what a file `do` says. */
class Person {
  readonly form: Form
  readonly root: string
  constructor(form: Form, root: string) {
    this.form = form
    this.root = root
  }
  path = (path: string): string => join(this.root, path)
  write = (path: string, text: string): void => {
    mkdirSync(join(this.path(path), '..'), { recursive: true })
    writeFileSync(this.path(path), text)
  }
  read = (path: string): string => readFileSync(this.path(path), 'utf8')
  remove = (path: string): void => rmSync(this.path(path), { recursive: true })
  there = (path: string): boolean => existsSync(this.path(path))
  does = (commands: string): void => this.write('do', commands)
  async run(code: number, verb: Verb, ...words: string[]) {
    const outcome = await run(this.form, this.root, words, { NO_COLOR: '1' }, verb)
    expect(outcome, outcome.stderr).toMatchObject({ code })
    return outcome
  }
  /** A run of the target that is killed while its script stays, all of it. */
  async killed(): Promise<void> {
    this.does('echo half >out/a; echo new >out/new; touch stays; exec sleep 1000')
    const child = start(this.form, this.root, ['one'], { NO_COLOR: '1', KILLED_ROOT: this.root })
    const ended = finish(child)
    while (!this.there('stays')) await new Promise((resolve) => setTimeout(resolve, 20))
    await execute('bash', [
      '-c',
      `for pid in $(grep -lzs "^KILLED_ROOT=${this.root}$" /proc/[0-9]*/environ | cut -d/ -f3); do kill -9 $pid || :; done`,
    ])
    await ended
    this.remove('stays')
  }
  report = (): { results: { message: string; recovered: string[]; outputs_removed: string[] }[] } =>
    readJson(this.path('.insightpulse/reports/latest.json')) as never
  recovered = (): Record<string, string> =>
    Object.fromEntries(
      Object.entries(this.there('.insightpulse/recovered') ? tree(this.path('.insightpulse/recovered')) : {}).map(([path, text]) => [
        normalised(path),
        text,
      ]),
    )
  /** What the user has. */
  files = (): Record<string, string> =>
    Object.fromEntries(Object.entries(tree(this.root)).filter(([path]) => !/^(\.insightpulse|do$|scripts)/.test(path)))
}

const situations: readonly { readonly title: string; readonly config?: string; readonly act: (at: Person) => Promise<void> }[] = [
  {
    title: 'a file that stands in the way of a rollback is saved, and comes back with the next',
    act: async (at) => {
      at.write('out/notes/a', 'before\n')
      at.does('echo after >out/notes/a')
      await at.run(0, 'sync')
      at.remove('out/notes')
      at.write('out/notes', 'mine\n')
      const mine = at.files()
      await at.run(0, 'rollback', 'one', '--yes')
      expect(at.read('out/notes/a')).toBe('before\n')
      await at.run(0, 'rollback', 'one', '--yes', '--undo')
      expect(at.files()).toEqual(mine)
    },
  },
  {
    title: 'a folder of that state that is a file in a later backup comes back',
    act: async (at) => {
      at.write('out/notes/a', 'before\n')
      const before = at.files()
      at.does('rm -r out/notes; echo file >out/notes')
      await at.run(0, 'sync')
      at.does('echo other >out/notes')
      await at.run(0, 'sync')
      const list = JSON.parse((await at.run(0, 'rollback', '--list', 'one', '--json')).stdout)
      await at.run(0, 'rollback', 'one', '--yes', '--to', list.backups[0].id)
      expect(at.files()).toEqual(before)
    },
  },
  {
    title: 'a rollback removes what the run created, and keeps what was edited since',
    act: async (at) => {
      at.write('out/old', 'old\n')
      at.does('mkdir out/new; echo 1 >out/new/made; echo 2 >out/edited; echo 3 >out/old')
      await at.run(0, 'sync')
      at.write('out/edited', 'by hand\n')
      at.write('out/mine', 'mine\n')
      const { stderr } = await at.run(0, 'rollback', 'one', '--yes')
      expect(stderr).toContain('out/edited (edited since)')
      expect(at.files()).toEqual({ out: 'folder', 'out/old': '644 old\n', 'out/edited': '644 by hand\n', 'out/mine': '644 mine\n' })
    },
  },
  {
    title: 'a rollback removes the folder that the run created, if nothing else is in it',
    act: async (at) => {
      at.does('mkdir -p out/deep; echo 1 >out/deep/made')
      await at.run(0, 'sync')
      await at.run(0, 'rollback', 'one', '--yes')
      expect(at.files()).toEqual({})
    },
  },
  ...(['rollback', 'backup', 'sync'] as const).map((verb) => ({
    title: `after kill -9 of a script, ${verb} puts back, and what came since is kept`,
    act: async (at: Person) => {
      at.write('out/a', 'before\n')
      const before = at.files()
      await at.killed()
      at.write('out/mine', 'mine\n')
      at.does('true')
      await at.run(0, verb, ...(verb === 'backup' ? ['--target', 'one'] : verb === 'rollback' ? ['one', '--yes'] : []))
      expect(at.files()).toEqual(before)
      expect(at.recovered()).toMatchObject({ 'RUN/out/mine': '644 mine\n' })
      expect(at.report().results[0]?.recovered.join()).toContain('out/mine')
      expect((await at.run(0, 'status')).stderr).toContain('.insightpulse/recovered keeps 3 files that stood in the way')
      expect(JSON.parse((await at.run(0, 'status', '--json')).stdout)).toMatchObject({ recovered: 3 })
    },
  })),
  {
    title: 'after a kill a target with another driver is put back too',
    act: async (at) => {
      at.write('out/a', 'before\n')
      const before = at.files()
      await at.killed()
      await makeRoot(
        at.root,
        `version: "1.0"\ntargets:\n  one:\n    driver: git_repos\n    config: { base_url: "${at.root}", branch: main, destination: gone, tries: 1, repositories: [none] }\n`,
      )
      await run(at.form, at.root, [], { NO_COLOR: '1' })
      expect(at.files()).toEqual(before)
    },
  },
  {
    title: 'outputs below a link are saved, put back and rolled back where they are',
    act: async (at) => {
      at.write('real/a', 'before\n')
      symlinkSync('real', at.path('out'))
      const before = at.files()
      at.does('echo after >out/a; echo new >out/new')
      await at.run(0, 'sync')
      expect(at.report().results[0]).toMatchObject({ outputs_created: ['real/new'], outputs_changed: ['real/a'] })
      await at.run(0, 'rollback', 'one', '--yes')
      expect(at.files()).toEqual(before)
      at.does('echo half >out/a; exit 1')
      await at.run(1, 'sync', '--release')
      expect(at.files()).toEqual(before)
    },
  },
  {
    title: 'a rollback follows a link that a person has put in the place of a folder',
    act: async (at) => {
      at.write('out/sub/a', 'before\n')
      at.does('echo after >out/sub/a')
      await at.run(0, 'sync')
      mkdirSync(at.path('moved'))
      await execute('mv', [at.path('out/sub'), at.path('moved/sub')])
      symlinkSync('../moved/sub', at.path('out/sub'))
      await at.run(0, 'rollback', 'one', '--yes')
      expect(at.files()).toEqual({
        moved: 'folder',
        'moved/sub': 'folder',
        'moved/sub/a': '644 before\n',
        out: 'folder',
        'out/sub': 'link ../moved/sub',
      })
    },
  },
  {
    title: 'a link that leads out of the root is refused by a rollback',
    act: async (at) => {
      at.write('out/sub/a', 'before\n')
      at.does('echo after >out/sub/a')
      await at.run(0, 'sync')
      at.remove('out/sub')
      mkdirSync(`${at.root}-elsewhere`)
      symlinkSync('../../root-elsewhere', at.path('out/sub'))
      const before = at.files()
      await at.run(2, 'rollback', 'one', '--yes')
      expect(at.files()).toEqual(before)
    },
  },
]

describe('what a run did not write, it does not take away', () => {
  it.concurrent.each(situations)('$title', { timeout: 300_000 }, async (situation) => {
    const folder = scratch()
    try {
      const seen = await Promise.all(
        forms.map(async (form) => {
          const at = new Person(form, join(folder, form, 'root'))
          at.write('scripts/one.sh', '#!/usr/bin/env bash\nset -eu\n. ./do\n')
          chmodSync(at.path('scripts/one.sh'), 0o755)
          at.does('true')
          await makeRoot(at.root, situation.config ?? config)
          await situation.act(at)
          return {
            files: at.files(),
            recovered: at.recovered(),
            report: normalised(at.there('.insightpulse/reports') ? at.report() : null),
          }
        }),
      )
      expect(seen[1]).toEqual(seen[0])
    } finally {
      await execute('rm', ['-rf', folder])
    }
  })
})
