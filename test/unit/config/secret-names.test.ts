import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { SECRET_NAMES } from '../../../tasks/engine/config/secret-names.ts'
import { readSources } from '../../../tasks/engine/run/sources.ts'

const home = fileURLToPath(new URL('../../..', import.meta.url))

it('one list says what the name of a secret looks like, in TypeScript and in bash', () => {
  const mask = readSources((verb) => `lockstep ${verb}`).library.find(({ name }) => name === 'shell/mask')?.text ?? ''
  expect(/^telling_names='(.*)'$/m.exec(mask)?.[1]).toBe(SECRET_NAMES.source)
  const lists = execFileSync('grep', ['-rlE', 'passw.*[|] ?.*token', 'scripts', 'tasks', 'templates'], { cwd: home, encoding: 'utf8' })
  // What stands for a value in secrets/rules.sh, and what a title speaks of, are other lists.
  expect(lists.trim().split('\n').sort()).toEqual([
    'scripts/lib/secrets/rules.sh',
    'scripts/lib/shell/mask.sh',
    'tasks/engine/config/secret-names.ts',
    'tasks/engine/render/target-program.ts',
  ])
})
