import { symlinkSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import {
  execute,
  existsSync,
  finish,
  forms,
  join,
  makeRoot,
  mkdirSync,
  readFileSync,
  readJson,
  run,
  scratch,
  start,
  writeFileSync,
} from './forms.ts'

/** Two scripts that write below docs, and one that does not; each says when it is at work, and stays until it may go on. */
const config = `version: "1.0"
targets:
${['one', 'two', 'three']
  .map(
    (name) =>
      `  ${name}:\n    direction: pull\n    entrypoint: scripts/work.sh\n    outputs: ["${name === 'three' ? 'elsewhere' : 'docs'}/**"]\n`,
  )
  .join('')}`
const script = `set -eu
mkdir -p docs elsewhere
: >"at-work-$SYNC_TARGET"
for other in one two; do
  [[ $SYNC_TARGET == three || $other == "$SYNC_TARGET" || ! -e at-work-$other ]] || : >met
done
[[ $SYNC_TARGET != one ]] || until [[ -e go-on ]]; do sleep 0.02; done
folder=docs
[[ $SYNC_TARGET != three ]] || folder=elsewhere
echo "$SYNC_TARGET" >"$folder/$SYNC_TARGET"
rm "at-work-$SYNC_TARGET"
[[ ! -e "fail-$SYNC_TARGET" ]]
`

describe.each(forms)('targets that can write the same files (%s)', (form) => {
  const inRoot = async (act: (root: string, path: (name: string) => string, until: (name: string) => Promise<void>) => Promise<void>) => {
    const root = scratch()
    const path = (name: string): string => join(root, name)
    const until = async (name: string): Promise<void> => {
      while (!existsSync(path(name))) await new Promise((resolve) => setTimeout(resolve, 20))
    }
    try {
      mkdirSync(path('scripts'))
      writeFileSync(path('scripts/work.sh'), script)
      await makeRoot(root, config)
      await act(root, path, until)
    } finally {
      await execute('rm', ['-rf', root])
    }
  }

  it('never run at the same time in one run; one that fails takes nothing of the other away', { timeout: 300_000 }, () =>
    inRoot(async (root, path, until) => {
      writeFileSync(path('fail-one'), '')
      const all = finish(start(form, root, ['--jobs', '3']))
      await until('elsewhere/three')
      writeFileSync(path('go-on'), '')
      expect((await all).code).toBe(1)
      expect(existsSync(path('met'))).toBe(false)
      expect(readFileSync(path('docs/two'), 'utf8')).toBe('two\n')
      expect(existsSync(path('docs/one'))).toBe(false)
    }),
  )

  it('of two runs the second says 6, or waits, one through a link too; what does not meet goes on', { timeout: 300_000 }, () =>
    inRoot(async (root, path, until) => {
      mkdirSync(path('docs'))
      symlinkSync('docs', path('linked'))
      await makeRoot(root, config.replace('"docs/**"', '"linked/**"'))
      const first = finish(start(form, root, ['one']))
      await until('at-work-one')
      const refused = await run(form, root, ['two'])
      expect(refused).toMatchObject({ code: 6 })
      expect(refused.stderr).toContain('one and two can write the same files')
      expect(await run(form, root, ['three'])).toMatchObject({ code: 0 })
      const waiting = finish(start(form, root, ['two', '--wait', '600']))
      writeFileSync(path('go-on'), '')
      expect([(await first).code, (await waiting).code]).toEqual([0, 0])
      expect(existsSync(path('met'))).toBe(false)
      expect([readFileSync(path('docs/one'), 'utf8'), readFileSync(path('docs/two'), 'utf8')]).toEqual(['one\n', 'two\n'])
    }),
  )

  it('a run of all waits for global gates without waiting for itself', { timeout: 300_000 }, () =>
    inRoot(async (root, path) => {
      await makeRoot(root, `${config}safety:\n  post_sync_checks: [{ name: both, command: "[[ -e docs/one && -e docs/two ]]" }]\n`)
      writeFileSync(path('go-on'), '')
      expect(await run(form, root, ['--jobs', '3'])).toMatchObject({ code: 0 })
      expect(readJson(path('.insightpulse/reports/latest.json'))).toMatchObject({ successful: 3 })
    }),
  )

  it('--list --verbose says so', { timeout: 300_000 }, () =>
    inRoot(async (root) => {
      expect((await run(form, root, ['--list', '--verbose'])).stdout).toContain(
        'never at the same time as two: they can write the same files',
      )
    }),
  )
})
