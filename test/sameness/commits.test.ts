import { execFileSync } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  chmodSync,
  cpSync,
  execute,
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

const shell = (text: string, ...words: string[]): string =>
  execFileSync('bash', ['-euc', `. ${home}test/fixtures/upstreams.sh\n${text}`, 'bash', ...words], { encoding: 'utf8', env })
const env = {
  ...process.env,
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  NO_COLOR: '1',
}

const config = (onTarget = ''): string => `version: "1.0"
defaults: { git_commit: true }
targets:
  mirror:
    driver: git_repos
${onTarget}    config:
      base_url: \${BASE_URL}
      branch: "18.0"
      destination: addons/oca
      tries: 1
      repositories: [repo-1, repo-2]
    verification: { command: "find addons -name __manifest__.py | wc -l", expected_min: 1 }
`

let base: string
beforeAll(() => {
  base = scratch()
  shell('make_upstreams "$1" 2 10', join(base, 'upstream'))
})
afterAll(() => rmSync(base, { recursive: true, force: true }))

interface Seen {
  readonly code: number | null
  readonly tree: Record<string, string>
  readonly report: unknown
  readonly events: unknown
  readonly history: string
  readonly status: string
  readonly left: string[]
}

interface Situation {
  readonly title: string
  readonly config?: string
  readonly before?: (root: string, again: () => Promise<unknown>, upstreams: string) => Promise<void> | void
  readonly words?: readonly string[]
  readonly code: number
  readonly check: (seen: Seen) => void
}

const hook = (root: string, text: string): void => {
  writeFileSync(join(root, '.git/hooks/pre-commit'), `#!/bin/sh\n${text}\n`)
  chmodSync(join(root, '.git/hooks/pre-commit'), 0o755)
}
const git = (root: string, ...words: string[]): string => execFileSync('git', ['-C', root, ...words], { encoding: 'utf8', env })

const bidirectional = `version: "1.0"
defaults: { git_commit: true }
targets:
  mirror:
    entrypoint: scripts/one.sh
    direction: bidirectional
    outputs: ["out/**"]
`
const twoWays = async (root: string): Promise<void> => {
  mkdirSync(join(root, 'scripts'))
  writeFileSync(join(root, 'scripts/one.sh'), 'mkdir -p out; echo x >out/a\n')
  writeFileSync(join(root, '.git/info/exclude'), '/scripts/\n')
  await makeRoot(root, bidirectional)
}

const withoutCommit = config().replace('git_commit: true', 'git_commit: false')
/** Both repositories were pulled before git_commit was switched on, and one of them has moved since. */
async function pulledBefore(root: string, again: () => Promise<unknown>, upstreams: string): Promise<void> {
  await again()
  await makeRoot(root, config())
  shell('move_upstream "$1" repo-1', upstreams)
}

const STATUS = 'A  staged\n'
const START = 'start\n'
const COMMITTED = `sync(mirror): 2 of 2 repositories moved\n${START}`

const situations: readonly Situation[] = [
  {
    title: 'a first run is committed, and nothing else is',
    code: 0,
    check: ({ history, status, report }) => {
      expect({ history, status }).toEqual({ history: COMMITTED, status: STATUS })
      expect(report).toMatchObject({ results: [{ status: 'done', commit: 'COMMIT' }] })
    },
  },
  {
    title: 'a second run has nothing to commit',
    before: async (_, again) => void (await again()),
    code: 0,
    check: ({ history, report }) => {
      expect(history).toBe(COMMITTED)
      expect(report).toMatchObject({ results: [{ status: 'unchanged', commit: null }] })
    },
  },
  {
    title: 'what Git ignores is committed where upstream tracks it',
    before: (root) => writeFileSync(join(root, '.git/info/exclude'), '*.py\n'),
    code: 0,
    check: ({ history, status }) => expect({ history, status }).toEqual({ history: COMMITTED, status: STATUS }),
  },
  {
    title: 'a repository with a submodule is committed without it',
    before: (_, __, upstreams) => void shell('add_submodule "$1" repo-2', upstreams),
    code: 0,
    check: ({ history, status }) => expect({ history, status }).toEqual({ history: COMMITTED, status: STATUS }),
  },
  {
    title: 'what an earlier run brought without a commit belongs into the next one',
    config: withoutCommit,
    before: (root, again, upstreams) => pulledBefore(root, again, upstreams),
    code: 0,
    check: ({ history, status }) =>
      expect({ history, status }).toEqual({ history: `sync(mirror): 1 of 2 repositories moved\n${START}`, status: STATUS }),
  },
  {
    title: 'but not where it was changed since',
    config: withoutCommit,
    before: async (root, again, upstreams) => {
      await pulledBefore(root, again, upstreams)
      writeFileSync(join(root, 'addons/oca/repo-2/mine'), 'mine\n')
    },
    code: 1,
    check: ({ history, status }) =>
      expect({ history, status }).toEqual({
        history: `sync(mirror): 1 of 2 repositories moved\n${START}`,
        status: `${STATUS}?? addons/oca/repo-2/\n`,
      }),
  },
  {
    title: 'a partial run commits the finished repositories',
    before: (_, __, upstreams) => rmSync(join(upstreams, 'repo-2'), { recursive: true }),
    code: 1,
    check: ({ history, status, report }) => {
      expect({ history, status }).toEqual({ history: `sync(mirror): 1 of 2 repositories moved\n${START}`, status: STATUS })
      expect(report).toMatchObject({ results: [{ status: 'partial', commit: 'COMMIT' }] })
    },
  },
  {
    title: 'a hook that fails puts everything back',
    before: (root) => hook(root, 'echo no good; exit 1'),
    code: 1,
    check: ({ history, status, tree, report }) => {
      expect({ history, status, addons: tree['addons'] }).toEqual({ history: START, status: STATUS, addons: undefined })
      expect(report).toMatchObject({ results: [{ status: 'failed', commit: null, message: expect.stringContaining('no good') }] })
    },
  },
  {
    title: 'a failed verification commits nothing',
    config: config().replace('expected_min: 1', 'expected_min: 999'),
    words: ['--verify'],
    code: 5,
    check: ({ history, status }) => expect({ history, status }).toEqual({ history: START, status: STATUS }),
  },
  {
    title: 'a dry run would commit',
    words: ['--dry-run'],
    code: 0,
    check: ({ history, report }) => {
      expect(history).toBe(START)
      expect(report).toMatchObject({
        results: [{ steps: expect.arrayContaining([expect.objectContaining({ id: 'commit', status: 'would_run' })]) }],
      })
    },
  },
  {
    title: 'a merge in progress refuses before anything',
    before: (root) => writeFileSync(join(root, '.git/MERGE_HEAD'), git(root, 'rev-parse', 'HEAD')),
    code: 4,
    check: ({ history, tree, report }) => {
      expect({ history, addons: tree['addons'] }).toEqual({ history: START, addons: undefined })
      expect(report).toMatchObject({ results: [{ status: 'refused', steps: [] }] })
    },
  },
  {
    title: 'without an identity nothing is begun',
    before: (root) => void git(root, 'config', '--unset', 'user.email'),
    code: 3,
    check: ({ history }) => expect(history).toBe(START),
  },
  {
    title: 'a pushed commit goes on top of what moved upstream',
    config: config('    push: true\n'),
    before: (root) => {
      shell(
        `git clone -q --bare "$1" "$2"; git -C "$1" remote add origin "$2"; git -C "$1" push -q -u origin main 2>/dev/null
         git clone -q "$2" "$3"; echo x >"$3/x"; git -C "$3" add x; git_as_author -C "$3" commit -qm else; git -C "$3" push -q 2>/dev/null; rm -rf "$3"`,
        root,
        join(root, '../origin'),
        join(root, '../else'),
      )
    },
    code: 0,
    check: ({ history, status, tree }) => {
      expect({ history, status }).toEqual({ history: `sync(mirror): 2 of 2 repositories moved\nelse\n${START}`, status: STATUS })
      expect(tree['x']).toBe('644 x\n')
    },
  },
  {
    title: 'a bidirectional target commits what it pulls',
    before: twoWays,
    words: ['--direction', 'pull'],
    code: 0,
    check: ({ history, status, report }) => {
      expect({ history, status }).toEqual({ history: `sync(mirror): 1 created, 0 changed, 0 removed\n${START}`, status: STATUS })
      expect(report).toMatchObject({ results: [{ status: 'done', commit: 'COMMIT', direction: 'pull' }] })
    },
  },
  {
    title: 'a bidirectional target commits what it wrote here',
    before: twoWays,
    code: 0,
    check: ({ history }) => expect(history).toBe(`sync(mirror): 1 created, 0 changed, 0 removed\n${START}`),
  },
  {
    title: 'a bidirectional target commits nothing in a push, not even where no commit is possible',
    before: async (root) => {
      await twoWays(root)
      writeFileSync(join(root, '.git/MERGE_HEAD'), git(root, 'rev-parse', 'HEAD'))
    },
    words: ['--direction', 'push'],
    code: 0,
    check: ({ history, report }) => {
      expect(history).toBe(START)
      expect(report).toMatchObject({
        results: [{ commit: null, steps: expect.arrayContaining([expect.objectContaining({ id: 'commit', status: 'skipped' })]) }],
      })
    },
  },
]

async function see(form: Form, situation: Situation, folder: string): Promise<Seen> {
  const upstreams = join(folder, 'upstream')
  mkdirSync(folder, { recursive: true })
  cpSync(join(base, 'upstream'), upstreams, { recursive: true })
  const root = await makeRoot(join(folder, 'root'), situation.config ?? config())
  shell(
    `cd "$1"; git init -q -b main; git config user.name t; git config user.email t@example.org
     printf '/.insightpulse/\\n/generated/\\n' >.gitignore; git add .gitignore; git commit -qm start; echo mine >staged; git add staged`,
    root,
  )
  const variables = { ...(env as Record<string, string>), BASE_URL: upstreams }
  await situation.before?.(root, () => run(form, root, [], variables), upstreams)
  const events = join(folder, 'events')
  const report = join(folder, 'report.json')
  const outcome = await run(form, root, ['--events', events, '--report', report, ...(situation.words ?? [])], variables)
  const head = git(root, 'rev-parse', 'HEAD').trim()
  // The run's id is part of the commit, so its id is another each time.
  const named = (value: unknown) => JSON.parse(JSON.stringify(value).replaceAll(head, 'COMMIT').replaceAll(head.slice(0, 12), 'COMMIT'))
  const seen: Seen = {
    code: outcome.code,
    tree: named(withoutStamps(tree(root))),
    report: named(normalised(readJson(report))),
    events: named((normalised(readEventLines(events)) as { event: string }[]).filter(({ event }) => event !== 'step_progress')),
    history: git(root, 'log', '--format=%s'),
    status: git(root, 'status', '--porcelain'),
    left: leftovers(root, 'mirror'),
  }
  situation.check(seen)
  return seen
}

describe('commits are the same under Node and as a script', () => {
  it.concurrent.each(situations)('$title', { timeout: 300_000 }, async (situation) => {
    const folder = scratch()
    try {
      const [node, script] = (await Promise.all(forms.map((form) => see(form, situation, join(folder, form))))) as [Seen, Seen]
      expect(node.code).toBe(situation.code)
      expect(script).toEqual(node)
      expect(script.left).toEqual([])
    } finally {
      await execute('rm', ['-rf', folder])
    }
  })
})
