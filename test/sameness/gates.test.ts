import { execFileSync } from 'node:child_process'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { home, join, rmSync, scratch } from './forms.ts'
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
    title: 'in a dry run every gate would run',
    config: config('pre_sync_checks: [{ name: A, command: ": >ran" }], post_sync_checks: [{ name: B, command: ": >ran" }]'),
    words: ['--dry-run'],
    code: 0,
    check: ({ tree }) => expect(tree['ran']).toBeUndefined(),
  },
]

describe('gates are the same under Node and as a script', () => sameInEveryForm(situations))
