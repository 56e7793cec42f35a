import { describe, expect, it } from 'vitest'
import { keepRules, targetBackup } from '../../../tasks/engine/plan/backup.ts'
import { good, goodPlus, load } from '../example.ts'

const rulesOf = (...lines: readonly string[]): string => {
  const [target] = load(goodPlus('backup:', ...lines.map((line) => `  ${line}`))).targets
  if (target === undefined) throw new Error('the config has no target')
  return keepRules(target)
}

describe('an empty policy', () => {
  it.each([
    ['one rule of 0', ['keep_last: 0']],
    ['every rule 0', ['keep_last: 0', 'keep_daily: 0', 'keep_yearly: 0']],
    ['a layout and a rule of 0', ['layout: sibling', 'keep_hourly: 0']],
  ])('is an error: %s', (_, lines) => {
    expect(() => rulesOf(...lines)).toThrow(/^sync\.yaml:5:\d+: .*keeps nothing: at least one keep_ rule must be more than 0/)
  })

  it('is an error under defaults too', () => {
    const text = good.replace('targets:', 'defaults:\n  backup:\n    keep_last: 0\ntargets:')
    expect(() => load(text)).toThrow(/keeps nothing/)
  })
})

describe('rules that are no rules', () => {
  it.each([
    ['a negative number', 'keep_last: -1'],
    ['half a number', 'keep_daily: 1.5'],
    ['a word', 'keep_weekly: all'],
    ['a duration without a unit', 'keep_within: "30"'],
    ['an empty duration', 'keep_within: ""'],
    ['a duration of weeks', 'keep_within: 2w'],
    ['a duration in the wrong order', 'keep_within: 2h1d'],
    ['a bare number', 'keep_within: 30'],
    ['an unknown rule', 'keep_minutely: 1'],
    ['an unknown layout', 'layout: files'],
  ])('are errors at their line: %s', (_, line) => {
    expect(() => rulesOf(line)).toThrow(/^sync\.yaml:6:/)
  })
})

describe('the rules that the programs get', () => {
  it.each([
    ['without any the layout decides', ['layout: directory'], 'last=10'],
    ['siblings are fewer', ['layout: sibling'], 'last=3'],
    ['a rule of 0 is left out', ['keep_last: 0', 'keep_daily: 7'], 'daily=7'],
    [
      'all of them',
      ['keep_last: 1', 'keep_hourly: 2', 'keep_daily: 3', 'keep_weekly: 4', 'keep_monthly: 5', 'keep_yearly: 6', 'keep_within: 1y2m3d4h'],
      'last=1 hourly=2 daily=3 weekly=4 monthly=5 yearly=6 within=1y2m3d4h',
    ],
  ])('%s', (_, lines, wanted) => {
    expect(rulesOf(...lines)).toBe(wanted)
  })

  it('keep ten where nothing is said about backups', () => {
    const [target] = load(good).targets
    expect(target && targetBackup(target, { outputs: ['a b'], items: 'c' }).text).toMatch(/^target_backup directory last=10 .* c 'a b'$/)
  })
})
