import { describe, expect, it } from 'vitest'
import { drivers } from '../../../tasks/drivers/index.ts'
import { loadConfig } from '../../../tasks/engine/config/load.ts'
import { commonLocks } from '../../../tasks/engine/plan/meeting.ts'
import { verbs } from '../../../tasks/verbs.ts'

const load = (text: string, profile?: string) => loadConfig(text, 'sync.yaml', { drivers, verbs }, undefined, profile)

const errorOf = (text: string, profile?: string): string => {
  try {
    load(text, profile)
  } catch (error) {
    return (error as Error).message
  }
  return ''
}

const base = `version: "1.0"
defaults: { fail_on_diff: true, backup: { keep_last: 3, keep_daily: 7 } }
notify: [{ command: page }]
targets:
  one:
    direction: pull
    entrypoint: one.sh
    outputs: [out/one]
  two: { direction: pull, entrypoint: two.sh, outputs: [out/two], depends_on: [one] }
aliases: { short: sync one }
profiles:
  staging:
    defaults: { backup: { keep_last: 1 } }
    notify: []
    targets:
      one: { entrypoint: staging.sh }
      three: { direction: pull, entrypoint: three.sh, outputs: [out/two] }
  production: { secrets: { TOKEN: pass show token } }
`

describe('profiles', () => {
  it('without one all is as it stands', () => {
    const { targets, profile, profiles } = load(base)
    expect([profile, profiles]).toEqual([undefined, ['staging', 'production']])
    expect(targets.map(({ name }) => name)).toEqual(['one', 'two'])
    expect(targets[0]).toMatchObject({ entrypoint: 'one.sh', notify: [{ command: 'page' }] })
  })

  it('a profile is over what stands at the top: mappings are joined, what else stands in both is its', () => {
    const { targets, aliases } = load(base, 'staging')
    expect(targets[0]).toMatchObject({ entrypoint: 'staging.sh', direction: 'pull', fail_on_diff: true, notify: [] })
    expect(targets[0]?.backup).toMatchObject({ keep_last: 1, keep_daily: 7 })
    expect(aliases).toEqual([])
    expect(load(base, 'production').targets[0]).toMatchObject({ entrypoint: 'one.sh', secrets: { TOKEN: 'pass show token' } })
  })

  it('its targets are others: their records are of other data', () => {
    const { targets } = load(base, 'staging')
    expect(targets.map(({ name, depends_on }) => [name, depends_on])).toEqual([
      ['one.staging', []],
      ['two.staging', ['one.staging']],
      ['three.staging', []],
    ])
  })

  it('targets of all profiles that can write the same never run at the same time', () => {
    const { all } = load(base)
    expect(commonLocks('one', all)).toEqual(['one+one.production', 'one+one.staging'])
    expect(load(base, 'staging').all.map(({ name }) => name)).toEqual(all.map(({ name }) => name))
    expect(commonLocks('three.staging', all)).toEqual(['three.staging+two', 'three.staging+two.production', 'three.staging+two.staging'])
  })

  it.each([
    ['an unknown one', base, 'stagin', 'sync.yaml: no profile "stagin"; did you mean "staging"?'],
    ['one that is far from all', base, 'xyz', 'sync.yaml: no profile "xyz"; there is staging, production'],
    ['one where there is none', base.slice(0, base.indexOf('profiles')), 'xyz', 'no profile "xyz"; there is none'],
    [
      'a key that it does not know, whichever is asked for',
      base.replace('entrypoint: staging.sh', 'entrypiont: x'),
      undefined,
      'sync.yaml:16:14: unknown key "entrypiont"; did you mean "entrypoint"?',
    ],
    ['a wrong value', base.replace('keep_last: 1 ', 'keep_last: x '), undefined, 'sync.yaml:13:38: keep_last: must be'],
    ['a target that lacks something', base.replace('entrypoint: three.sh, ', ''), undefined, 'sync.yaml:17:7: needs a driver'],
    ['what is the same for all', base.replace('    notify: []', '    drivers: []'), undefined, 'sync.yaml:14:5: unknown key "drivers"'],
    ['what is no profile', base.replace('production: {', 'Production: {'), undefined, 'sync.yaml:18:3: "Production" must be small letters'],
    ['a verb', base.replace('production: {', 'export: {'), undefined, 'is a verb, and cannot be the name of a profile'],
  ])('refuses %s', (_, text, profile, said) => expect(errorOf(text, profile)).toContain(said))
})
