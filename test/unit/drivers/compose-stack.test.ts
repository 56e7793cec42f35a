import { describe, expect, it } from 'vitest'
import { planTarget } from '../../../tasks/engine/plan/plan.ts'
import { load } from '../example.ts'

const planOf = (part: string) => {
  const [target] = load(`version: "1.0"
targets:
  app:
    driver: compose_stack
    config: { files: [compose.yml], project: app, parts: { data: ${part} } }
`).targets
  if (target === undefined) throw new Error('there is no target')
  const { prepare, steps } = planTarget(target, [], 'export')
  return { told: prepare.some(({ text }) => / pauses true\b/.test(text)), step: steps.some(({ id }) => id === 'dump_held') }
}

describe('a part whose service pauses while it is read', () => {
  it.each([
    ['{ kind: volume, volume: v, stop: true }', true],
    ['{ kind: volume, volume: v, stop: false }', false],
    ['{ kind: sqlite, path: /data/app.db, service: app }', true],
    ['{ kind: sqlite, path: app.db }', false],
    ['{ kind: postgres, service: db, database: app, user: app }', false],
  ])('%s: %s, for the plan and for bash alike', (part, pauses) => {
    expect(planOf(part)).toEqual({ told: pauses, step: pauses })
  })
})
