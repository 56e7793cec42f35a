import { describe, expect, it } from 'vitest'
import { requirementProblem } from '../../../tasks/engine/config/requires.ts'
import { good, load } from '../example.ts'

describe('requires', () => {
  it.each([
    ['>=0.1', '0.1.0', true],
    ['>=0.2', '0.1.9', false],
    ['>=0.10', '0.9.0', false],
    ['>=0.1.3', '0.1.2', false],
    ['>= 1.0', '1.0.0', true],
    ['>=0.9', '1.0.0', true],
  ])('%s with %s', (wanted, version, fits) => {
    const problem = requirementProblem(`version: "1.0"\nrequires: "${wanted}"\nnew_key: 1\n`, version)
    expect(problem).toBe(fits ? undefined : `it requires Lockstep ${wanted.slice(2).trim()} or newer; this is ${version}`)
  })

  it('is a key of sync.yaml', () => {
    expect(load(`requires: ">=0.1"\n${good}`).targets).toHaveLength(1)
    expect(() => load(`requires: 0.1.x\n${good}`)).toThrow('must be such as ">=0.2"')
  })
})
