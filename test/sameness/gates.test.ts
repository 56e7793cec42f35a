import { execFileSync } from 'node:child_process'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { home, join, rmSync, scratch, writeFileSync } from './forms.ts'
import { type Situation, sameInEveryForm } from './situations.ts'

const base = scratch()
beforeAll(() => {
  execFileSync('bash', ['-euc', `. ${home}test/fixtures/upstreams.sh; make_upstreams "$1" 2 10`, 'bash', join(base, 'upstream')])
})
afterAll(() => rmSync(base, { recursive: true, force: true }))

const config = (safety: string, onTarget = ''): string => `version: "1.0"
safety: { ${safety} }
targets:
  one:
    driver: git_repos
${onTarget}    config: { base_url: "${base}/upstream", branch: "18.0", destination: addons/one, tries: 1, repositories: [repo-1] }
  two:
    driver: git_repos
    config: { base_url: "${base}/upstream", branch: "18.0", destination: addons/two, tries: 1, repositories: [repo-2] }
`
const addons = (tree: Record<string, string>): string[] => Object.keys(tree).filter((path) => /^addons\/\w+$/.test(path))

const situations: readonly Situation[] = [
  {
    title: 'global pre-sync gates run once for all targets',
    config: config('pre_sync_checks: [{ name: Count, command: "echo ran >>ran; grep -c ran ran", max_value: 1 }]'),
    code: 0,
    check: ({ tree, report }) => {
      expect(tree['ran']).toBe('644 ran\n')
      expect(report).toMatchObject({
        gates: [{ name: 'Count', phase: 'pre_sync', value: 1, passed: true, output: '1' }],
        results: [{}, {}],
      })
    },
  },
  {
    title: 'a global pre-sync gate that fails starts no target',
    config: config('pre_sync_checks: [{ name: Clean, command: "echo dirty; exit 1" }]'),
    code: 4,
    check: ({ tree, report }) => {
      expect(addons(tree)).toEqual([])
      expect(report).toMatchObject({ gates: [{ passed: false, exit_code: 1 }], results: [{ status: 'refused' }, { status: 'refused' }] })
    },
  },
  {
    title: 'a gate is skipped where every target goes the way that it leaves out',
    config: config('pre_sync_checks: [{ name: Push, command: "exit 1", skip_on_pull: true }]'),
    code: 0,
    check: ({ tree }) => expect(addons(tree)).toEqual(['addons/one', 'addons/two']),
  },
  {
    title: 'a pre-sync gate of one target stops that target only',
    config: config('', '    pre_sync_checks: [{ name: Own, command: "exit 3" }]\n'),
    code: 4,
    check: ({ tree, report }) => {
      expect(addons(tree)).toEqual(['addons/two'])
      expect(report).toMatchObject({ results: [{ status: 'refused', gates: [{ name: 'Own', exit_code: 3 }] }, { status: 'done' }] })
    },
  },
  {
    title: 'global drift gates run once, after the last target; one that fails puts all of them back',
    config: config('drift_gates: [{ name: Two, command: "echo x >>ran; ls addons | wc -l", max_drift_score: 1 }]'),
    code: 5,
    check: ({ tree, report }) => {
      expect(addons(tree)).toEqual([])
      expect(tree['ran']).toBe('644 x\n')
      expect(report).toMatchObject({
        exit_code: 5,
        gates: [{ name: 'Two', phase: 'drift', value: 4, passed: false }],
        results: [
          { status: 'failed', exit_code: 5, outputs_created: [], message: expect.stringContaining('got 4, expected at most 1') },
          { status: 'failed', exit_code: 5, outputs_created: [] },
        ],
      })
    },
  },
  {
    title: 'global gates come when every target is done, one job at a time, and before any of them is complete',
    config: config(
      `post_sync_checks: [{ name: Both, command: "ls -d addons/one/repo-1 addons/two/repo-2; ls .insightpulse/state/runs/*/*/journal | wc -l", min_value: 2 }]`,
    ),
    words: ['--jobs', '1'],
    code: 0,
    check: ({ tree, report }) => {
      expect(addons(tree)).toEqual(['addons/one', 'addons/two'])
      expect(report).toMatchObject({ gates: [{ name: 'Both', value: 2, passed: true }], results: [{ status: 'done' }, { status: 'done' }] })
    },
  },
  {
    title: 'a target that fails keeps neither the gates nor the others from being done',
    config: config(
      'post_sync_checks: [{ name: Any, command: "echo x >>ran" }]',
      '    verification: { command: "echo 0", expected_min: 1 }\n',
    ),
    words: ['--verify'],
    code: 5,
    check: ({ tree, report }) => {
      expect(addons(tree)).toEqual(['addons/two'])
      expect(tree['ran']).toBe('644 x\n')
      expect(report).toMatchObject({ gates: [{ passed: true }], results: [{ status: 'failed' }, { status: 'done' }] })
    },
  },
  {
    title: 'in a run of one target a global drift gate that fails puts it back',
    config: config(
      'drift_gates: [{ name: Two, command: "ls addons | wc -l", max_drift_score: 1 }]',
      '    verification: { command: "ls addons/one | wc -l", expected_min: 1 }\n',
    ),
    words: ['one', '--verify'],
    code: 5,
    check: ({ tree, report }) => {
      expect(addons(tree)).toEqual([])
      expect(report).toMatchObject({ results: [{ status: 'failed', gates: [{ value: 2, passed: false }], outputs_created: [] }] })
    },
  },
  {
    title: 'a dry run does the checks before the sync, once, and says how many targets would do what',
    config: config(
      'pre_sync_checks: [{ name: A, command: "ls | wc -l", max_value: 99 }], post_sync_checks: [{ name: B, command: ": >ran" }], drift_gates: [{ name: C, command: ": >ran" }]',
    ),
    before: async (_root, again) => void (await again('one')),
    words: ['--dry-run'],
    code: 0,
    check: ({ tree, report }, _root, screen) => {
      expect(tree['ran']).toBe('644 ')
      expect(report).toMatchObject({ gates: [{ name: 'A', passed: true }], results: [{ status: 'unchanged' }, { status: 'would_run' }] })
      expect(screen).toMatch(/^dry run: 1 up to date, 1 would run \(/m)
      expect(screen.match(/runs once, at the end/g)).toHaveLength(2)
      expect(screen).not.toMatch(/once for all|one target/)
      for (const name of ['A', 'B', 'C']) expect(screen.match(new RegExp(`: (ok|would run) +${name} `, 'g'))).toHaveLength(1)
    },
  },
  {
    title: 'a check before the sync that fails in a dry run is told',
    config: config('pre_sync_checks: [{ name: Clean, command: "echo dirty; exit 1" }]'),
    words: ['--dry-run'],
    code: 4,
    check: ({ report }) =>
      expect(report).toMatchObject({ gates: [{ passed: false }], results: [{ status: 'refused' }, { status: 'refused' }] }),
  },
  {
    title: 'a dry run with --verify does the verification and the drift gates with what is here',
    config: config(
      'drift_gates: [{ name: All, command: "ls addons | wc -l", max_value: 2 }]',
      '    verification: { command: "ls -d addons/one/repo-1 | wc -l", expected_min: 1 }\n',
    ),
    before: async (root, again) => {
      await again('one')
      writeFileSync(join(root, 'addons/x'), '')
    },
    words: ['--dry-run', '--verify'],
    code: 8,
    check: ({ report }) =>
      expect(report).toMatchObject({
        gates: [{ name: 'All', value: 3, passed: false }],
        results: [{ status: 'unchanged', verification_passed: true }, { status: 'would_run' }],
      }),
  },
  {
    title: 'a bidirectional target is judged by the way that it takes, and its checks see it',
    config: `version: "1.0"
targets:
  both:
    direction: bidirectional
    entrypoint: scripts/both.sh
    outputs: ["out/**"]
    pre_sync_checks:
      - { name: A push only, command: "exit 1", skip_on_pull: true }
      - { name: The way, command: '[[ $SYNC_DIRECTION == pull ]]', skip_on_push: true }
`,
    before: (root) => writeFileSync(join(root, 'scripts/both.sh'), 'mkdir -p out; echo "$SYNC_DIRECTION" >out/way\n'),
    words: ['--direction', 'pull'],
    code: 0,
    check: ({ tree, report }) => {
      expect(tree['out/way']).toBe('644 pull\n')
      expect(report).toMatchObject({ results: [{ direction: 'pull', gates: [{ name: 'The way', passed: true }] }] })
    },
  },
  {
    title: 'in a run of several, a global gate is skipped where all of them are sent the way that it leaves out',
    config: `version: "1.0"
safety: { pre_sync_checks: [{ name: Never, command: "exit 1", skip_on_push: true }] }
targets:
  one: { direction: bidirectional, entrypoint: scripts/both.sh, outputs: ["one/**"] }
  two: { direction: push, entrypoint: scripts/both.sh, inputs: ["scripts/**"] }
`,
    before: (root) => writeFileSync(join(root, 'scripts/both.sh'), ':\n'),
    words: ['--direction', 'push', '--jobs', '1'],
    code: 0,
    check: ({ report }) => expect(report).toMatchObject({ gates: [], results: [{ status: 'done' }, { status: 'done' }] }),
  },
  {
    title: 'a gate whose program is missing gives 3, and says which',
    config: config('pre_sync_checks: [{ name: Clean, command: "nonesuch --all" }]'),
    words: ['one'],
    code: 3,
    check: ({ report }) =>
      expect(report).toMatchObject({ results: [{ status: 'failed', exit_code: 3, message: expect.stringContaining('nonesuch') }] }),
  },
  {
    title: 'of two targets one lacks a variable: 3, and the other is done',
    config: config('', '    env: [NO_SUCH_VARIABLE]\n'),
    code: 3,
    check: ({ report }) =>
      expect(report).toMatchObject({
        exit_code: 3,
        results: [
          { status: 'failed', exit_code: 3, message: expect.stringContaining('NO_SUCH_VARIABLE is not set: export it or add it to .env') },
          { status: 'done' },
        ],
      }),
  },
  {
    title: 'what depends on a target that lacks a variable is skipped, and the run still ends with 3',
    config: config('', '    env: [NO_SUCH_VARIABLE]\n').replace('  two:\n', '  two:\n    depends_on: [one]\n'),
    code: 3,
    check: ({ report }) => expect(report).toMatchObject({ exit_code: 3, results: [{ exit_code: 3 }, { status: 'skipped', exit_code: 3 }] }),
  },
]

describe('gates are the same under Node and as a script', () => sameInEveryForm(situations))
