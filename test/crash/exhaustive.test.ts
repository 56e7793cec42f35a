import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { execute, join, scratch } from '../sameness/forms.ts'
import { expectedOf, kills, makeTools, type Scenario, tryKill } from './kill-points.ts'
import { scenarios, titles } from './scenarios.ts'

let folder: string
let bin: string
let all: readonly Scenario[]
let tried = 0
beforeAll(async () => {
  folder = scratch()
  bin = makeTools(join(folder, 'bin'))
  all = await scenarios(folder)
}, 120_000)
afterAll(async () => {
  process.stdout.write(`${tried} kill points tried\n`)
  await execute('rm', ['-rf', folder])
})

describe.each(titles)('%s that is killed at any call', (title) => {
  it.concurrent.each(kills)('leaves the state before or after: $mode, $when', { timeout: 7_200_000 }, async (kill) => {
    const scenario = all.find((each) => each.title === title) as Scenario
    const expected = await expectedOf(scenario, bin)
    const wrong: string[] = []
    for (let at = 1; ; at++) {
      const story = await tryKill(scenario, expected, kill, at, bin)
      if (story === 'ended') break
      tried++
      if (story !== 'right') wrong.push(story)
    }
    expect(wrong).toEqual([])
  })
})
