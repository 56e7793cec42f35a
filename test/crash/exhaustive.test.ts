import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { execute, join, scratch } from '../sameness/forms.ts'
import { expectedOf, kills, makeTools, type Scenario, tryKill } from './kill-points.ts'
import { scenarios, titles } from './scenarios.ts'

let folder: string
let bin: string
let all: readonly Scenario[]
beforeAll(async () => {
  folder = scratch()
  bin = makeTools(join(folder, 'bin'))
  all = await scenarios(folder)
}, 120_000)
afterAll(async () => {
  await execute('rm', ['-rf', folder])
})

describe.each(titles)('%s that is killed at any call', (title) => {
  const tried = new Set<string>()
  it.concurrent.each(kills)('leaves the state before or after: $mode, $when', { timeout: 7_200_000 }, async (kill) => {
    const scenario = all.find((each) => each.title === title) as Scenario
    const expected = await expectedOf(scenario, bin)
    const wrong: string[] = []
    let at = 1
    for (; ; at++) {
      const story = await tryKill(scenario, expected, kill, at, bin, tried)
      if (story === 'ended') break
      if (story === 'right') continue
      wrong.push(story)
      process.stdout.write(`wrong: ${title}: ${story}\n`)
    }
    process.stdout.write(`${title}, ${kill.mode} ${kill.when}: ${at - 1} kill points, ${tried.size} states so far, ${wrong.length} wrong\n`)
    expect(wrong).toEqual([])
  })
})
