import { expect, it } from 'vitest'
import { trySequence } from './sequences.ts'

/** Those of `make test` come first. */
const seeds = Array.from({ length: 60 }, (_, index) => index + 1)

it.concurrent.each(seeds)('60 random operations lose nothing that a person made (seed %i)', { timeout: 7_200_000 }, async (seed) => {
  expect(await trySequence(seed, 60)).toBeUndefined()
})
