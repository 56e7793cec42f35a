import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { renderCompletion, SHELLS } from '../../../tasks/engine/render/completion.ts'
import { verbs } from '../../../tasks/verbs.ts'

const folder = mkdtempSync(join(tmpdir(), 'lockstep-completion-'))
mkdirSync(join(folder, '.insightpulse'))
mkdirSync(join(folder, 'deep/er'), { recursive: true })
writeFileSync(
  join(folder, '.insightpulse/sync.yaml'),
  'version: "1.0"\ndefaults:\n  none: x\ntargets:\n  # no: target\n  one_repo:\n    driver: x\n  two: { driver: y }\naliases:\n  other: x\n',
)
afterAll(() => rmSync(folder, { recursive: true }))

/** What bash offers for the last of the words. */
const offered = (words: readonly string[], cwd = folder): string[] =>
  execFileSync(
    'bash',
    [
      '-uc',
      `${renderCompletion(verbs, 'bash')}COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)); _lockstep; printf '%s\\n' "\${COMPREPLY[@]-}"`,
      'bash',
      ...words,
    ],
    { cwd, encoding: 'utf8' },
  )
    .trim()
    .split('\n')

describe('completion', () => {
  it.each([
    [['lockstep', 'st'], ['status']],
    [
      ['lockstep', 'sync', ''],
      ['one_repo', 'two'],
    ],
    [['lockstep', 'sync', 'o'], ['one_repo']],
    [
      ['lockstep', 'rollback', '--dr'],
      ['--drill', '--dry-run'],
    ],
    [
      ['generated/rollback.sh', '--dr'],
      ['--drill', '--dry-run'],
    ],
    [['lockstep', 'nothing', '--d'], ['']],
  ])('of %s is %s', (words, expected) => {
    expect(offered(words).sort()).toEqual(expected)
  })

  it('finds the targets from a folder below, and none where there is no sync.yaml', () => {
    expect(offered(['sync.sh', ''], join(folder, 'deep/er'))).toEqual(['one_repo', 'two'])
    expect(offered(['sync.sh', ''], tmpdir())).toEqual([''])
  })

  it.each(SHELLS)('of %s has every verb with every option', (shell) => {
    const text = renderCompletion(verbs, shell)
    for (const { name, options } of verbs) {
      expect(text).toContain(name)
      for (const option of options) expect(text).toContain(shell === 'fish' ? ` -l ${option.name} ` : `--${option.name}`)
    }
  })
})
