import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { expectedOf, kills, makeTools, type Scenario, tryKill } from '../crash/kill-points.ts'
import { scenarios, titles } from '../crash/scenarios.ts'
import { execute, join, scratch } from '../sameness/forms.ts'

/** Of all kill points, which `make test-crash` tries: so many for each way of killing. */
const SAMPLE = 2

let folder: string
let bin: string
let all: readonly Scenario[]
let tried = 0
beforeAll(async () => {
  folder = scratch()
  bin = makeTools(join(folder, 'bin'))
  all = await scenarios(folder)
}, 300_000)
afterAll(async () => {
  process.stdout.write(`${tried} kill points tried\n`)
  await execute('rm', ['-rf', folder])
})

describe.each(titles)('%s that is killed', (title) => {
  const states = new Set<string>()
  it.concurrent.each(kills)('leaves the state before or after: $mode, $when', { timeout: 600_000 }, async (kill) => {
    const scenario = all.find((each) => each.title === title) as Scenario
    const expected = await expectedOf(scenario, bin)
    for (let number = 1; number <= SAMPLE; number++) {
      const at = Math.ceil((expected.calls * (number + kills.indexOf(kill) / kills.length)) / (SAMPLE + 1))
      expect(await tryKill(scenario, expected, kill, at, bin, states)).toBe('right')
      tried++
    }
  })
})
