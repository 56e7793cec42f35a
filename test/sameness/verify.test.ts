import { rmSync } from 'node:fs'
import { describe, expect } from 'vitest'
import { join, writeFileSync } from './forms.ts'
import { type Situation, sameInEveryForm } from './situations.ts'

const config = (onTarget: string, more = ''): string => `version: "1.0"
targets:
  docs:
    direction: pull
    entrypoint: scripts/docs.sh
    outputs: ["docs/**"]
${onTarget}${more}`
const script = (root: string): void => writeFileSync(join(root, 'scripts/docs.sh'), 'mkdir -p docs; echo x >docs/a\n')
const verified = '    verification: { command: "ls docs 2>/dev/null | wc -l", expected_min: 1 }\n'
const synced: Situation['before'] = async (root, again) => {
  script(root)
  await again()
}
const lost: Situation['before'] = async (root, again) => {
  await synced?.(root, again)
  rmSync(join(root, 'docs'), { recursive: true })
}
const verify = { words: ['--check'] }

const situations: readonly Situation[] = [
  {
    ...verify,
    title: 'a script target whose outputs are gone is out of sync, and the command that settles it is named',
    config: config(verified),
    before: lost,
    code: 8,
    check: ({ report, tree }, _root, screen) => {
      expect(tree['docs']).toBeUndefined()
      expect(report).toMatchObject({ results: [{ exit_code: 8, success: false, verification_passed: false }] })
      expect(screen).toMatch(/^docs: out of sync: .*counted 0, expected at least 1; to settle it: generated\/sync-docs\.sh/m)
    },
  },
  {
    ...verify,
    title: 'an alias that settles it is named instead',
    config: config(verified, 'aliases: { other: sync docs --dry-run, redo: sync docs }\n'),
    before: lost,
    code: 8,
    check: (_seen, _root, screen) => expect(screen).toMatch(/to settle it: redo\b/),
  },
  {
    ...verify,
    title: 'a script target whose verification holds is in sync',
    config: config(verified),
    before: synced,
    code: 0,
    check: ({ report }, _root, screen) => {
      expect(report).toMatchObject({ results: [{ status: 'unchanged', verification_passed: true }] })
      expect(screen).toMatch(/^docs: up to date: verified: counted 1, at least 1 \(/m)
    },
  },
  {
    ...verify,
    title: 'where nothing can be known, that is said',
    config: config(''),
    before: synced,
    code: 0,
    check: ({ report }, _root, screen) => {
      expect(report).toMatchObject({ results: [{ status: 'cannot_know', success: false }] })
      expect(screen).toMatch(
        /^docs: cannot know: scripts\/docs\.sh has no dry-run mode, so nothing is known \(supports_dry_run: true if it has one\)/m,
      )
      expect(screen).not.toContain('cannot know: cannot know')
    },
  },
  {
    ...verify,
    title: 'a script that knows dry runs is asked, and is not out of sync for it',
    config: config('    supports_dry_run: true\n'),
    before: (root) => writeFileSync(join(root, 'scripts/docs.sh'), '[[ $SYNC_DRY_RUN == true ]] && echo "two pages differ"\n'),
    code: 0,
    check: ({ report }) =>
      expect(report).toMatchObject({ results: [{ status: 'cannot_know', message: expect.stringContaining('two pages differ') }] }),
  },
  {
    ...verify,
    title: 'a drift gate that fails is out of sync too, and checks before and after a sync are left out',
    config: config(
      '    drift_gates: [{ name: Pages, command: "ls docs | wc -l", min_value: 2 }]\n    pre_sync_checks: [{ name: Clean, command: "exit 1" }]\n    post_sync_checks: [{ name: After, command: "exit 1" }]\n',
    ),
    before: (root) => script(root),
    code: 8,
    check: ({ report }, _root, screen) => {
      expect(report).toMatchObject({ results: [{ exit_code: 8, gates: [{ name: 'Pages', passed: false }] }] })
      expect(screen).toMatch(/^docs: out of sync: Pages: got 0, expected at least 2; to settle it: /m)
    },
  },
  {
    ...verify,
    title: 'inputs that changed since they were sent are out of sync',
    config: config('').replace('pull', 'push').replace('outputs: ["docs/**"]', 'inputs: ["pages/*"]'),
    before: async (root, again) => {
      writeFileSync(join(root, 'scripts/docs.sh'), ':\n')
      const { mkdirSync } = await import('node:fs')
      mkdirSync(join(root, 'pages'))
      writeFileSync(join(root, 'pages/a'), 'x')
      await again()
      writeFileSync(join(root, 'pages/a'), 'y')
    },
    code: 8,
    check: ({ report }, _root, screen) => {
      expect(report).toMatchObject({ results: [{ status: 'would_run', exit_code: 8 }] })
      expect(screen).toMatch(/^docs: out of sync: Run scripts\/docs\.sh; to settle it: /m)
    },
  },
  {
    ...verify,
    title: 'of several targets it says how many are in sync, out of sync and unknown',
    config: `version: "1.0"
targets:
  good: { direction: pull, entrypoint: scripts/docs.sh, outputs: ["docs/**"], verification: { command: ls docs } }
  bad: { direction: pull, entrypoint: scripts/docs.sh, outputs: ["other/**"], verification: { command: exit 1 } }
  dark: { direction: pull, entrypoint: scripts/docs.sh, outputs: ["dark/**"] }
`,
    before: async (root, again) => {
      script(root)
      await again('good')
    },
    code: 8,
    check: (_seen, _root, screen) => expect(screen).toMatch(/^verify: 1 in sync, 1 out of sync, 1 unknown \(/m),
  },
]

describe('verify is the same under Node and as a script', () => sameInEveryForm(situations))
