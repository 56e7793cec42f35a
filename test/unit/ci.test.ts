import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import glob from 'fast-glob'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { ACTIONS } from '../../tasks/engine/render/workflow-shape.ts'
import { complaints } from '../fixtures/language-service.ts'

const home = fileURLToPath(new URL('../..', import.meta.url))
const text = readFileSync(`${home}.github/workflows/ci.yml`, 'utf8')
const { jobs } = parse(text) as {
  jobs: Record<'lint' | 'test' | 'macos', { strategy?: { matrix: { node: number[] } }; steps: { uses?: string; run?: string }[] }>
}
const commands = Object.values(jobs).flatMap(({ steps }) => steps.flatMap(({ run }) => run ?? []))

describe('our own workflow', () => {
  it('is a workflow of GitHub', async () => expect(await complaints(text)).toEqual([]))

  it('has the actions of the generated one, at the same commits', () => {
    const used = [...text.matchAll(/uses: (.*) # (.*)/g)].map(([, uses, version]) => ({ uses, version }))
    expect(used.length).toBe(Object.values(jobs).flatMap(({ steps }) => steps.flatMap(({ uses }) => uses ?? [])).length)
    for (const each of used) expect([ACTIONS.checkout, ACTIONS.setupNode]).toContainEqual(each)
  })

  it('checks, and tests with each Node', () => {
    expect(jobs.lint.steps).toContainEqual({ run: 'make check' })
    expect(jobs.test.steps).toContainEqual({ run: 'make test' })
    expect(jobs.test.strategy?.matrix.node).toEqual([20, 22, 24])
  })

  it('names goals and files that there are', () => {
    const goals = commands.flatMap((command) => command.match(/^make (\S+)/)?.[1] ?? [])
    for (const goal of goals) expect(readFileSync(`${home}Makefile`, 'utf8')).toMatch(new RegExp(`^${goal}:`, 'm'))
    const files = commands.flatMap((command) => command.match(/\b(?:test|generated|node_modules)\/\S*[a-z}]/g) ?? [])
    expect(files.length).toBeGreaterThan(6)
    for (const pattern of files.flatMap(braces))
      expect(existsSync(home + pattern) || glob.sync(pattern, { cwd: home }).length > 0, pattern).toBe(true)
  })
})

/** As bash does it: each word of a brace is a name of its own. */
function braces(pattern: string): string[] {
  const [, before = '', list = '', after = ''] = pattern.match(/^(.*)\{(.*)\}(.*)$/) ?? []
  return list === '' ? [pattern] : list.split(',').map((word) => before + word + after)
}
