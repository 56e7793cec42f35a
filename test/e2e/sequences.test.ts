import { expect, it } from 'vitest'
import { trySequence } from '../crash/sequences.ts'

it.concurrent.each([1, 2, 3])('25 random operations lose nothing that a person made (seed %i)', { timeout: 600_000 }, async (seed) => {
  expect(await trySequence(seed, 25)).toBeUndefined()
})
