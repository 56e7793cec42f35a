import { execFileSync } from 'node:child_process'
import { appendFileSync, readdirSync, renameSync, symlinkSync, utimesSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  cpSync,
  execute,
  existsSync,
  type Form,
  forms,
  home,
  join,
  leftovers,
  makeRoot,
  mkdirSync,
  normalised,
  readEventLines,
  readJson,
  rmSync,
  run,
  scratch,
  tree,
  withoutStamps,
  writeFileSync,
} from './forms.ts'

const COUNT = 5
const names = Array.from({ length: COUNT }, (_, index) => `repo-${index + 1}`)
const shell = (text: string, ...words: string[]): string =>
  execFileSync('bash', ['-euc', `. ${home}test/fixtures/upstreams.sh\n${text}`, 'bash', ...words], { encoding: 'utf8' })

const config = (extra = '', onTarget = ''): string => `version: "1.0"
targets:
  mirror:
    driver: git_repos
${onTarget}    config:
      base_url: \${BASE_URL}
      branch: "18.0"
      destination: addons/oca
      timeout: 20
      tries: 1
${extra}      repositories: [${names.join(', ')}]
    verification:
      command: find addons -name __manifest__.py | wc -l
      expected_min: 1
`

let base: string
let upstream: string
beforeAll(() => {
  base = scratch()
  upstream = join(base, 'upstream')
  shell('make_upstreams "$1" "$2" 20', upstream, String(COUNT))
})
afterAll(() => rmSync(base, { recursive: true, force: true }))

function commitLocalWork(root: string): void {
  appendFileSync(join(root, 'addons/oca/repo-1/mod_1/__manifest__.py'), 'mine\n')
  commitAll(root)
}

function commitAll(root: string): void {
  const git = (...words: string[]) => execFileSync('git', ['-C', root, '-c', 'user.name=t', '-c', 'user.email=t@example.org', ...words])
  git('init', '-q')
  git('add', '-A')
  git('commit', '-qm', 'local work')
}

interface Seen {
  readonly code: number | null
  readonly tree: Record<string, string>
  readonly report: unknown
  readonly events: unknown
  readonly left: string[]
}

interface Situation {
  readonly title: string
  readonly config?: string
  /** Before the run under test; it may run the same form. */
  readonly before?: (root: string, again: () => Promise<unknown>, upstreams: string) => Promise<void> | void
  readonly words?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly code: number
  readonly check?: (seen: Seen, root: string) => void
}

const nasty = ['sp ace', '$HOME', "qu'ote", 'semi;colon', '*', '-n', 'é😀', 'back\\slash', '%s', '{{x}}', 'new\nline']

const situations: readonly Situation[] = [
  {
    title: 'a first run brings every repository, without .git folders',
    words: ['--verify'],
    code: 0,
    check: ({ tree }) => {
      for (const name of names) expect(tree[`addons/oca/${name}`]).toBe('folder')
      expect(Object.keys(tree).filter((path) => path.endsWith('/.git'))).toEqual([])
      expect(tree['addons/oca/repo-1/setup/x/link']).toBe('link ../../mod_1')
    },
  },
  {
    title: 'a second run changes nothing',
    before: async (_, again) => void (await again()),
    code: 0,
    check: ({ report }) => expect(report).toMatchObject({ results: [{ status: 'unchanged', changed: false }] }),
  },
  {
    title: 'copies beside the files are no local changes',
    config: config('', '    backup: { layout: sibling }\n'),
    before: async (root, again, upstreams) => {
      for (const _ of [1, 2]) {
        await again()
        shell('move_upstream "$1" repo-2', upstreams)
      }
      rmSync(join(root, '.insightpulse/cache'), { recursive: true })
    },
    code: 0,
    check: ({ report, tree }) => {
      expect(Object.keys(tree).filter((path) => /^addons.*\.bak\./.test(path)).length).toBeGreaterThan(0)
      expect(report).toMatchObject({ results: [{ message: `1 of ${COUNT} repositories moved`, backup: '*.bak.STAMP' }] })
    },
  },
  {
    title: 'what moved upstream is updated, and nothing else',
    before: async (_, again, upstreams) => {
      await again()
      shell('move_upstream "$1" repo-2', upstreams)
    },
    code: 0,
    check: ({ report }) =>
      expect(report).toMatchObject({
        results: [{ message: `1 of ${COUNT} repositories moved`, outputs_changed: ['addons/oca.lock.json', 'addons/oca/repo-2'] }],
      }),
  },
  {
    title: 'files that were only touched, or copied with their root, do not stop an update',
    before: async (root, again, upstreams) => {
      await again()
      utimesSync(join(root, 'addons/oca/repo-2/mod_1/__manifest__.py'), 1_000_000_000, 1_000_000_000)
      shell('move_upstream "$1" repo-2', upstreams)
    },
    code: 0,
    check: ({ report }) => expect(report).toMatchObject({ results: [{ message: `1 of ${COUNT} repositories moved` }] }),
  },
  {
    title: 'a dry run changes nothing at all',
    words: ['--dry-run'],
    code: 0,
    check: ({ report, tree }) => {
      expect(Object.keys(tree).filter((path) => !path.startsWith('.insightpulse'))).toEqual([])
      expect(report).toMatchObject({ dry_run: true, results: [{ status: 'would_run' }] })
    },
  },
  {
    title: 'verify says 0 when nothing moved and nothing was changed here',
    before: async (_, again) => void (await again()),
    words: ['--check'],
    code: 0,
  },
  {
    title: 'verify says 8 when something moved',
    before: async (_, again, upstreams) => {
      await again()
      shell('move_upstream "$1" repo-2', upstreams)
    },
    words: ['--check'],
    code: 8,
    check: ({ report }) => expect(report).toMatchObject({ results: [{ status: 'would_run', changed: false }] }),
  },
  {
    title: 'verify says 8 when something was changed here',
    before: async (root, again) => {
      await again()
      appendFileSync(join(root, 'addons/oca/repo-1/mod_1/__manifest__.py'), 'mine\n')
    },
    words: ['--check'],
    code: 8,
    check: ({ tree }) => expect(tree['addons/oca/repo-1/mod_1/__manifest__.py']).toContain('mine'),
  },
  {
    title: 'one dead repository leaves the others done, and the run partial',
    before: (_, __, upstreams) => renameSync(join(upstreams, 'repo-3'), join(upstreams, 'gone')),
    code: 1,
    check: ({ report, tree }) => {
      expect(report).toMatchObject({ results: [{ status: 'partial', failures: [{ item: 'repo-3' }] }] })
      expect(tree['addons/oca/repo-4']).toBe('folder')
      expect(tree['addons/oca/repo-3']).toBeUndefined()
    },
  },
  {
    title: 'a repository without the branch is named',
    before: (_, __, upstreams) => void execFileSync('git', ['-C', join(upstreams, 'repo-3'), 'branch', '-m', '18.0', '17.0']),
    code: 1,
    check: ({ report }) =>
      expect(report).toMatchObject({ results: [{ failures: [{ item: 'repo-3', reason: 'branch 18.0 does not exist upstream' }] }] }),
  },
  {
    title: 'local changes make their repository refuse, by name',
    before: async (root, again, upstreams) => {
      await again()
      appendFileSync(join(root, 'addons/oca/repo-1/mod_1/__manifest__.py'), 'mine\n')
      writeFileSync(join(root, 'addons/oca/repo-2/notes.txt'), 'mine\n')
      shell('for name in repo-1 repo-2 repo-3; do move_upstream "$1" "$name"; done', upstreams)
    },
    code: 1,
    check: ({ report, tree }) => {
      expect(report).toMatchObject({
        results: [{ failures: [{ item: 'repo-1' }, { item: 'repo-2' }], outputs_changed: ['addons/oca.lock.json', 'addons/oca/repo-3'] }],
      })
      expect(tree['addons/oca/repo-1/mod_1/__manifest__.py']).toContain('mine')
      expect(tree['addons/oca/repo-2/notes.txt']).toContain('mine')
    },
  },
  {
    title: 'an escape sequence in a name is shown, not sent',
    before: async (root, again, upstreams) => {
      await again()
      writeFileSync(join(root, 'addons/oca/repo-1/\u001b[31mred'), 'mine\n')
      shell('for name in repo-1 repo-2; do move_upstream "$1" "$name"; done', upstreams)
    },
    code: 1,
    check: ({ report }) =>
      expect(report).toMatchObject({ results: [{ failures: [{ item: 'repo-1', reason: expect.stringContaining('\\e[31mred') }] }] }),
  },
  {
    title: 'a file that was deleted comes back',
    before: async (root, again) => {
      await again()
      rmSync(join(root, 'addons/oca/repo-1/mod_1/__manifest__.py'))
    },
    code: 0,
    check: ({ tree }) => expect(tree['addons/oca/repo-1/mod_1/__manifest__.py']).toBeDefined(),
  },
  {
    title: 'a link that leads out is refused',
    before: (_, __, upstreams) =>
      void shell(
        `work=$(mktemp -d); git clone -q -b 18.0 "$1/repo-2" "$work/w" 2>/dev/null; ln -s ../../../etc/passwd "$work/w/evil"
         git -C "$work/w" add -A; git -C "$work/w" -c user.name=t -c user.email=t@t commit -qm evil; git -C "$work/w" push -q origin 18.0; rm -rf "$work"`,
        upstreams,
      ),
    code: 1,
    check: ({ report, tree }) => {
      expect(report).toMatchObject({ results: [{ failures: [{ item: 'repo-2', reason: 'the link evil leads out of addons/oca' }] }] })
      expect(tree['addons/oca/repo-2']).toBeUndefined()
    },
  },
  {
    title: 'a link whose target holds a newline cannot hide the next one',
    before: (_, __, upstreams) =>
      void shell(
        `work=$(mktemp -d); git clone -q -b 18.0 "$1/repo-2" "$work/w" 2>/dev/null; ln -s "$(printf 'a\\nb c 1')" "$work/w/a"; ln -s /etc/passwd "$work/w/b"
         git -C "$work/w" add -A; git -C "$work/w" -c user.name=t -c user.email=t@t commit -qm evil; git -C "$work/w" push -q origin 18.0; rm -rf "$work"`,
        upstreams,
      ),
    code: 1,
    check: ({ tree }) => expect(tree['addons/oca/repo-2']).toBeUndefined(),
  },
  {
    title: 'hostile file names arrive byte for byte, and go again',
    before: (_, __, upstreams) =>
      void shell(
        `work=$(mktemp -d); git clone -q -b 18.0 "$1/repo-2" "$work/w" 2>/dev/null; shift
         for name in "$@"; do mkdir -p "$work/w/d $name"; printf '%s' "$name" >"$work/w/d $name/$name"; done
         git -C "$work/w" add -A; git -C "$work/w" -c user.name=t -c user.email=t@t commit -qm nasty; git -C "$work/w" push -q origin 18.0; rm -rf "$work"`,
        upstreams,
        ...nasty,
      ),
    code: 0,
    check: ({ tree }) => {
      for (const name of nasty) expect(tree[`addons/oca/repo-2/d ${name}/${name}`]).toBe(`644 ${Buffer.from(name).toString('latin1')}`)
    },
  },
  {
    title: 'a failed verification puts everything back',
    config: config().replace('expected_min: 1', 'expected_min: 9999'),
    words: ['--verify'],
    code: 5,
    check: ({ report, tree }) => {
      expect(Object.keys(tree).filter((path) => !path.startsWith('.insightpulse'))).toEqual([])
      expect(report).toMatchObject({ results: [{ verification_passed: false, verification: { expected_min: 9999 }, outputs_created: [] }] })
    },
  },
  {
    title: '--locked checks out what the lock file says, and is planned again with --locked',
    config: config('', '    idempotent: true\n'),
    before: async (root, again, upstreams) => {
      await again()
      shell('move_upstream "$1" repo-2', upstreams)
      rmSync(join(root, 'addons/oca'), { recursive: true })
      rmSync(join(root, '.insightpulse/cache'), { recursive: true })
      execFileSync('git', ['-C', join(upstreams, 'repo-2'), 'config', 'uploadpack.allowAnySHA1InWant', 'true'])
    },
    words: ['--locked', '--verify'],
    code: 0,
    check: ({ report }) =>
      expect(report).toMatchObject({
        results: [{ status: 'done', steps: expect.arrayContaining([expect.objectContaining({ id: 'idempotent', status: 'ok' })]) }],
      }),
  },
  {
    title: 'a submodule is left out, and that is said',
    before: (_, __, upstreams) => void shell('add_submodule "$1" repo-2', upstreams),
    code: 0,
    check: ({ report, tree }) => {
      expect(tree['addons/oca/repo-2/lib']).toBeUndefined()
      expect(tree['addons/oca/repo-2/vendor/y']).toBe('644 y\n')
      expect(tree['addons/oca/repo-2/vendor/x']).toBeUndefined()
      expect(report).toMatchObject({
        results: [
          { steps: expect.arrayContaining([expect.objectContaining({ id: 'fetch', reason: 'left out: the submodules of repo-2' })]) },
        ],
      })
    },
  },
  ...[[], ['--locked']].map(
    (words): Situation => ({
      title: `a fresh clone of a repository with a submodule is current${words.join('').replace('--', ', ')}`,
      before: async (root, again, upstreams) => {
        shell('add_submodule "$1" repo-2', upstreams)
        await again()
        commitAll(root)
        rmSync(join(root, '.insightpulse/cache'), { recursive: true })
      },
      words,
      code: 0,
      check: ({ report }) => expect(report).toMatchObject({ results: [{ status: 'unchanged' }] }),
    }),
  ),
  {
    title: '--locked says so when upstream has lost the commit of the lock file',
    before: async (root, again, upstreams) => {
      await again()
      shell('git -C "$1" update-ref refs/heads/18.0 18.0~1; git -C "$1" gc -q --prune=now', join(upstreams, 'repo-2'))
      rmSync(join(root, 'addons/oca'), { recursive: true })
      rmSync(join(root, '.insightpulse/cache'), { recursive: true })
    },
    words: ['--locked'],
    code: 1,
    check: ({ report }) =>
      expect(report).toMatchObject({
        results: [
          { failures: [{ item: 'repo-2', reason: 'the commit that addons/oca.lock.json names does not exist upstream any more' }] },
        ],
      }),
  },
  {
    title: 'a repository that left the list stays without prune',
    before: async (root, again) => {
      await again()
      await makeRoot(root, config().replace('repo-5]', ']').replace(', ]', ']'))
    },
    code: 0,
    check: ({ tree }) => expect(tree['addons/oca/repo-5']).toBe('folder'),
  },
  {
    title: 'a repository that left the list goes with prune',
    before: async (root, again) => {
      await again()
      await makeRoot(root, config('      prune: true\n').replace('repo-5]', ']').replace(', ]', ']'))
    },
    code: 0,
    check: ({ report, tree }) => {
      expect(tree['addons/oca/repo-5']).toBeUndefined()
      expect(report).toMatchObject({ results: [{ outputs_removed: ['addons/oca/repo-5'] }] })
    },
  },
  {
    title: 'a fresh clone without a cache knows that it is current, and fetches nothing',
    before: async (root, again) => {
      await again()
      rmSync(join(root, '.insightpulse/cache'), { recursive: true })
    },
    code: 0,
    check: ({ report }) => expect(report).toMatchObject({ results: [{ status: 'unchanged' }] }),
  },
  {
    title: 'a dry run without a cache leaves nothing either',
    before: async (root, again) => {
      await again()
      rmSync(join(root, '.insightpulse'), { recursive: true })
      await makeRoot(root, config())
    },
    words: ['--dry-run'],
    code: 0,
    check: (_, root) => expect(readdirSync(join(root, '.insightpulse')).sort()).toEqual(['sync.schema.json', 'sync.yaml']),
  },
  {
    title: 'folders that are as upstream has them are taken over without a lock file',
    before: async (root, again) => {
      await again()
      rmSync(join(root, 'addons/oca.lock.json'))
      rmSync(join(root, '.insightpulse/cache'), { recursive: true })
    },
    code: 0,
    check: ({ report, tree }) => {
      expect(tree['addons/oca.lock.json']).toContain('repo-5')
      expect(report).toMatchObject({ results: [{ outputs_created: ['addons/oca.lock.json'], outputs_changed: [] }] })
    },
  },
  {
    title: 'a folder with a .git of its own is refused',
    before: (root, _, upstreams) =>
      void execFileSync('git', ['clone', '-q', '-b', '18.0', join(upstreams, 'repo-1'), join(root, 'addons/oca/repo-1')]),
    code: 1,
    check: ({ report }) =>
      expect(report).toMatchObject({
        results: [{ failures: [{ item: 'repo-1', reason: expect.stringContaining('.git folder of its own') }] }],
      }),
  },
  {
    title: 'local commits make their repository refuse',
    before: async (root, again, upstreams) => {
      await again()
      commitLocalWork(root)
      shell('move_upstream "$1" repo-1', upstreams)
    },
    code: 1,
    check: ({ report, tree }) => {
      expect(report).toMatchObject({ results: [{ failures: [{ item: 'repo-1', reason: expect.stringContaining('local commits') }] }] })
      expect(tree['addons/oca/repo-1/mod_1/__manifest__.py']).toContain('mine')
    },
  },
  {
    title: 'local commits give way with on_conflict: theirs',
    config: config('', '    on_conflict: theirs\n'),
    before: async (root, again, upstreams) => {
      await again()
      commitLocalWork(root)
      shell('move_upstream "$1" repo-1', upstreams)
    },
    code: 0,
    check: ({ tree }) => expect(tree['addons/oca/repo-1/mod_1/__manifest__.py']).not.toContain('mine'),
  },
  {
    title: 'a folder that git cannot read is left alone, even with on_conflict: theirs',
    config: config('', '    on_conflict: theirs\n'),
    before: async (root, again, upstreams) => {
      await again()
      const mine = join(root, 'addons/oca/repo-1/mine')
      // A repository without a commit is what `git add` fails on.
      execFileSync('git', ['init', '-q', join(mine, 'inner')])
      writeFileSync(join(mine, 'notes.txt'), 'mine')
      shell('move_upstream "$1" repo-1', upstreams)
    },
    code: 1,
    check: ({ report, tree }) => {
      expect(report).toMatchObject({
        results: [
          { status: 'partial', failures: [{ item: 'repo-1', reason: 'git cannot read addons/oca/repo-1: fatal: adding files failed' }] },
        ],
      })
      expect(tree['addons/oca/repo-1/mine/notes.txt']).toBe('644 mine')
    },
  },
  {
    title: 'a destination that is a link out of the root is a config error',
    before: (root) => symlinkSync('/tmp', join(root, 'addons')),
    code: 2,
  },
  {
    title: 'a lock file that cannot be read stops the run, with its line',
    before: async (root, again) => {
      await again()
      appendFileSync(join(root, 'addons/oca.lock.json'), '<<<<<<< HEAD\n')
    },
    code: 1,
    check: ({ report }) =>
      expect(report).toMatchObject({
        results: [{ message: expect.stringContaining('addons/oca.lock.json:11: not a line of a lock file') }],
      }),
  },
  {
    title: 'a missing variable stops the target before its first step',
    env: { BASE_URL: '' },
    code: 3,
    check: ({ report }) => expect(report).toMatchObject({ results: [{ status: 'failed', steps: [] }] }),
  },
  {
    title: 'fail_on_diff says with 8 that something changed',
    config: config('', '    fail_on_diff: true\n'),
    code: 8,
  },
]

async function see(form: Form, situation: Situation, folder: string): Promise<Seen> {
  const upstreams = join(folder, 'upstream')
  mkdirSync(folder, { recursive: true })
  cpSync(upstream, upstreams, { recursive: true })
  const root = await makeRoot(join(folder, 'root'), situation.config ?? config())
  const env = { BASE_URL: upstreams, NO_COLOR: '1' }
  await situation.before?.(root, () => run(form, root, [], env), upstreams)
  const events = join(folder, 'events')
  const report = join(folder, 'report.json')
  const outcome = await run(form, root, ['--events', events, '--report', report, ...(situation.words ?? [])], { ...env, ...situation.env })
  const seen: Seen = {
    code: outcome.code,
    tree: withoutStamps(tree(root)),
    report: normalised(readJson(report)),
    events: existsSync(events) ? ordered(normalised(readEventLines(events)) as { event: string }[]) : [],
    left: leftovers(root, 'mirror'),
  }
  situation.check?.(seen, root)
  return seen
}

/** Items of a pool end in any order. */
const ordered = (events: { event: string }[]): unknown[] => events.filter(({ event }) => event !== 'step_progress')

describe('git_repos is the same under Node and as a script', () => {
  it.concurrent.each(situations)('$title', { timeout: 300_000 }, async (situation) => {
    const folder = scratch()
    try {
      const seen = await Promise.all(forms.map((form) => see(form, situation, join(folder, form))))
      const [node, script] = seen as [Seen, Seen]
      expect(node.code).toBe(situation.code)
      expect(script).toEqual(node)
      expect(script.left).toEqual([])
    } finally {
      await execute('rm', ['-rf', folder])
    }
  })
})
