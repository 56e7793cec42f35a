import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  compiled,
  type Form,
  join,
  makeRoot,
  mkdirSync,
  pathWithoutNode,
  readFileSync,
  rmSync,
  scratch,
  writeFileSync,
} from '../sameness/forms.ts'

const CONFIG = `version: "1.0"
targets:
  one: { direction: pull, entrypoint: scripts/one.sh, outputs: ["out/**"] }
profiles:
  staging: { targets: { one: { verification: { command: echo 1, expected_min: 1 } } } }
`
const SCRIPT = 'mkdir -p out; printf "%s\\n" "$SYNC_TARGET ${SYNC_PROFILE:-none} ${LOCKSTEP_PROFILE-unset}" >>"out/${SYNC_PROFILE:-none}"\n'

let folder: string
let root: string
beforeEach(async () => {
  folder = scratch()
  root = join(folder, 'root')
  mkdirSync(join(root, 'scripts'), { recursive: true })
  writeFileSync(join(root, 'scripts/one.sh'), SCRIPT)
  await makeRoot(root, CONFIG)
  expect(generate('--profile', 'staging').status).toBe(0)
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const start = (words: readonly string[], env: NodeJS.ProcessEnv = {}) => {
  const [program = '', ...rest] = words
  return spawnSync(program, rest, { cwd: root, encoding: 'utf8', env: { ...process.env, ...env } })
}
const generate = (...words: string[]) => start(['node', compiled('generate'), '--root', root, ...words])

/** A verb with the profile, as a person starts it in a form. */
const staging = (form: Form, verb: 'sync' | 'rollback' | 'backup' | 'status', ...words: string[]) =>
  form === 'node'
    ? start(['node', compiled(verb), ...words, '--profile', 'staging'])
    : start(['bash', `generated/${verb}.staging.sh`, ...words], { PATH: pathWithoutNode })

const out = (name: string): string => readFileSync(join(root, 'out', name), 'utf8')
const names = (path: string): string[] =>
  readdirSync(join(root, path))
    .filter((name) => name !== '.gitignore')
    .sort()

describe.each(['node', 'script'] as const)('a profile, by %s', (form) => {
  it('is another target: what is recorded, saved and gone back to is its own', { timeout: 120_000 }, () => {
    const plain = (verb: 'sync' | 'rollback' | 'backup', ...words: string[]) => start(['bash', `generated/${verb}.sh`, ...words])
    for (let run = 1; run <= 2; run++) {
      expect(plain('sync', 'one')).toMatchObject({ status: 0 })
      expect(staging(form, 'sync', 'one', '--verify')).toMatchObject({ status: 0 })
    }
    expect([out('none'), out('staging')]).toEqual(['one none unset\n'.repeat(2), 'one staging unset\n'.repeat(2)])
    expect(names('.insightpulse/state/last')).toEqual(['one', 'one.staging'])
    expect(names('.insightpulse/backups')).toEqual(['one', 'one.staging'])

    expect(staging(form, 'status')).toMatchObject({ stdout: expect.stringMatching(/^ok +one\.staging /m) })
    expect(staging(form, 'backup', '--list').stdout).not.toMatch(/\bone\/|one {2}/)
    expect(staging(form, 'rollback', 'one', '--yes')).toMatchObject({ status: 0 })
    expect([out('none'), out('staging')]).toEqual(['one none unset\n'.repeat(2), 'one staging unset\n'])
    expect(staging(form, 'sync', 'one').stderr).toContain('held since')
    expect(plain('sync', 'one', '--dry-run').stderr).not.toContain('held since')

    // Without a name each goes back with what is its own.
    expect(plain('rollback', '--yes')).toMatchObject({ status: 0 })
    expect([out('none'), out('staging')]).toEqual(['one none unset\n', 'one staging unset\n'])
    expect(plain('rollback', 'one.staging', '--yes')).toMatchObject({ status: 2, stderr: expect.stringContaining('no target one.staging') })
  })
})

describe('what is generated', () => {
  it('is that of each profile beside that of none, and neither is taken for the other', { timeout: 60_000 }, () => {
    const all = names('generated')
    expect(all).toEqual(expect.arrayContaining(['sync-one.sh', 'sync-one.staging.sh', 'sync.sh', 'sync.staging.sh', 'status.staging.sh']))
    expect(generate('--check')).toMatchObject({ status: 0 })
    expect(generate('--check', '--profile', 'staging')).toMatchObject({ status: 0 })
    writeFileSync(join(root, '.insightpulse/sync.yaml'), CONFIG.replace('echo 1,', 'echo 2,'))
    expect(generate()).toMatchObject({ status: 0 })
    expect(names('generated')).toEqual(all)
    expect(generate('--check', '--profile', 'staging')).toMatchObject({
      status: 8,
      stderr: expect.stringContaining('generate --profile staging, and commit'),
    })
    expect(start(['bash', 'generated/sync.staging.sh', '--list']).stderr).toContain('generate --profile staging')
    writeFileSync(join(root, '.insightpulse/sync.yaml'), CONFIG.slice(0, CONFIG.indexOf('profiles')))
    expect(generate()).toMatchObject({ status: 0 })
    expect(names('generated').filter((name) => name.includes('staging'))).toEqual([])
  })

  it('runs with no other profile than its own', { timeout: 60_000 }, () => {
    const said = { status: 2, stderr: expect.stringContaining('sync.sh is of no profile; of staging is sync.staging.sh') }
    expect(start(['bash', 'generated/sync.sh', '--profile', 'staging'])).toMatchObject(said)
    expect(start(['bash', 'generated/sync.sh', '--list'], { LOCKSTEP_PROFILE: 'staging' })).toMatchObject(said)
    expect(start(['bash', 'generated/sync.sh', '--list', '--profile='], { LOCKSTEP_PROFILE: 'staging' })).toMatchObject({ status: 0 })
    expect(start(['bash', 'generated/sync.staging.sh', '--list'], { LOCKSTEP_PROFILE: 'staging' })).toMatchObject({ status: 0 })
    expect(start(['node', compiled('sync'), '--list'], { LOCKSTEP_PROFILE: 'staging' })).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('one.staging'),
    })
    expect(start(['node', compiled('sync'), '--profile', 'stagin'])).toMatchObject({
      status: 2,
      stderr: '.insightpulse/sync.yaml: no profile "stagin"; did you mean "staging"?\n',
    })
  })
})
