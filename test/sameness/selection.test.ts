import { rmSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { forms, join, makeRoot, mkdirSync, readEventLines, run, scratch, writeFileSync } from './forms.ts'
import { type Situation, sameInEveryForm } from './situations.ts'

/** What each target does: say its name in `ran`, and fail if it is called bad. */
const script = `#!/usr/bin/env bash
set -euo pipefail
printf '%s\\n' "$SYNC_TARGET $SYNC_DIRECTION" >>ran
[[ $SYNC_TARGET != bad* ]]
`
const target = (name: string, more = ''): string => `  ${name}:
    direction: pull
    entrypoint: scripts/say.sh
    outputs: ["out/${name}"]
${more}`
const config = (...targets: readonly string[]): string => `version: "1.0"\ntargets:\n${targets.join('')}`
const before = (root: string): void => writeFileSync(join(root, 'scripts/say.sh'), script, { mode: 0o755 })

const several = config(
  target('app_two', '    depends_on: [app_one]\n'),
  target('app_one'),
  target('late', '    priority: -1\n'),
  target('docs'),
  target('first', '    priority: 9\n'),
)
const failing = config(
  target('bad_base'),
  target('user', '    depends_on: [bad_base]\n'),
  target('users_user', '    depends_on: [user]\n'),
  target('other'),
)
const both = config(
  target('down'),
  target('up')
    .replace('direction: pull', 'direction: push')
    .replace(/ {4}outputs.*\n/, '    inputs: ["scripts/**"]\n'),
  target('either').replace('direction: pull', 'direction: bidirectional'),
)

const ran = (tree: Record<string, string>): string[] => (tree['ran'] ?? '644 ').slice(4).split('\n').slice(0, -1)
/** One at a time: the events of targets that run at once have no fixed order. */
const oneByOne = ['--jobs', '1']

const situations: readonly Situation[] = [
  {
    title: 'all targets: what others depend on first, then by priority, else as they stand',
    config: several,
    before,
    words: oneByOne,
    code: 0,
    check: ({ tree, report }) => {
      const order = ['first', 'app_one', 'app_two', 'docs', 'late']
      expect(ran(tree)).toEqual(order.map((name) => `${name} pull`))
      expect(report).toMatchObject({ total_targets: 5, successful: 5, results: order.map((name) => ({ target: name })) })
    },
  },
  {
    title: 'a pattern selects what it matches, in order',
    config: several,
    before,
    words: [...oneByOne, 'app_*'],
    code: 0,
    check: ({ tree }) => expect(ran(tree)).toEqual(['app_one pull', 'app_two pull']),
  },
  {
    title: 'names, patterns and --target add up, and nothing runs twice',
    config: several,
    before,
    words: [...oneByOne, 'late', '--target', 'd?cs', '--target', 'late'],
    code: 0,
    check: ({ tree }) => expect(ran(tree)).toEqual(['docs pull', 'late pull']),
  },
  {
    title: 'what a target depends on is not selected with it',
    config: several,
    before,
    words: ['app_two'],
    code: 0,
    check: ({ tree }) => expect(ran(tree)).toEqual(['app_two pull']),
  },
  {
    title: 'a failed target skips what depends on it, by name, and no other',
    config: failing,
    before,
    words: oneByOne,
    code: 1,
    check: ({ tree, report }) => {
      expect(ran(tree)).toEqual(['bad_base pull', 'other pull'])
      expect(report).toMatchObject({
        total_targets: 4,
        failed: 3,
        results: [
          { target: 'bad_base', status: 'failed' },
          { target: 'user', status: 'skipped', message: 'bad_base failed' },
          { target: 'users_user', status: 'skipped', message: 'user failed' },
          { target: 'other', status: 'unchanged' },
        ],
      })
    },
  },
  {
    title: '--direction push picks what can go that way',
    config: both,
    before,
    words: [...oneByOne, '--direction', 'push'],
    code: 0,
    check: ({ tree }) => expect(ran(tree)).toEqual(['up push', 'either push']),
  },
  {
    title: 'a dry run of all runs nothing',
    config: several,
    before,
    words: [...oneByOne, '--dry-run'],
    code: 0,
    check: ({ tree, report }) => {
      expect(ran(tree)).toEqual([])
      expect(report).toMatchObject({ dry_run: true, total_targets: 5 })
    },
  },
  {
    title: 'a target that is not there gives 2 and the nearest name, and nothing runs',
    config: several,
    before,
    words: ['docs', 'app_oen'],
    code: 2,
    check: ({ tree, report }) => {
      expect(ran(tree)).toEqual([])
      expect(report).toContain('no target app_oen; did you mean app_one?; --list shows them')
    },
  },
  {
    title: 'a direction that no target goes gives 2',
    config: several,
    before,
    words: ['--direction', 'push'],
    code: 2,
    check: ({ report }) => expect(report).toContain('none of these targets can push; --list shows which way each goes'),
  },
]

describe('selection and order are the same under Node and as a script', () => {
  sameInEveryForm(situations)

  it.each(forms)('--jobs 2 runs two at once, and no third (%s)', { timeout: 300_000 }, async (form) => {
    const root = join(scratch(), 'root')
    mkdirSync(join(root, 'scripts'), { recursive: true })
    // The first two end once each has seen the other; the third fails if it begins before one of them has ended.
    writeFileSync(
      join(root, 'scripts/say.sh'),
      `#!/usr/bin/env bash
set -euo pipefail
: >".running.$SYNC_TARGET"
[[ $SYNC_TARGET != three || -e .ended.one || -e .ended.two ]]
[[ $SYNC_TARGET == three ]] || until [[ -e .running.one && -e .running.two ]]; do sleep 0.05; done
: >".ended.$SYNC_TARGET"
`,
      { mode: 0o755 },
    )
    await makeRoot(root, config(target('one'), target('two'), target('three')))
    const { code } = await run(form, root, ['--jobs', '2', '--events', join(root, 'events')])
    expect(code).toBe(0)
    let running = 0
    const atOnce = (readEventLines(join(root, 'events')) as { event: string }[]).map(({ event }) => {
      running += { run_start: 1, run_end: -1 }[event] ?? 0
      return running
    })
    expect(Math.max(...atOnce)).toBe(2)
    rmSync(join(root, '..'), { recursive: true, force: true })
  })

  it('--list shows each target in its order, and is the same in every form', { timeout: 300_000 }, async () => {
    const root = join(scratch(), 'root')
    mkdirSync(join(root, 'scripts'), { recursive: true })
    before(root)
    await makeRoot(root, several)
    const [node, script] = await Promise.all(forms.map((form) => run(form, root, ['--list'])))
    expect(node?.stdout.match(/^\w+(?= +pull)/gm)).toEqual(['first', 'app_one', 'app_two', 'docs', 'late'])
    expect(script?.stdout.match(/^\w+ +\w+/gm)).toEqual(node?.stdout.match(/^\w+ +\w+/gm))
    rmSync(join(root, '..'), { recursive: true, force: true })
  })
})
