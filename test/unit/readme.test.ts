import { describe, expect, it } from 'vitest'
import { configWarnings } from '../../tasks/engine/config/warnings.ts'
import { planTarget } from '../../tasks/engine/plan/plan.ts'
import { verbsOf } from '../../tasks/engine/render/files.ts'
import { readmeExamples } from '../fixtures/readme-examples.ts'
import { load } from './example.ts'

const examples = readmeExamples()

describe('the YAML of the README', () => {
  it('is all tried', () => {
    expect(examples.map(({ text }) => load(text).targets.map(({ name }) => name))).toEqual([
      ['oca_repos'],
      ['oca_repos'],
      ['open_webui'],
      ['open_webui'],
      ['pilotpros'],
      ['pa'],
      ['claude_config'],
      ['live_to_docs'],
      ['apps_truth'],
      ['skillsmith_catalog'],
      ['notion_field_docs', 'notion_month_end', 'notion_bir'],
      ['apps_truth', 'publish'],
      ['demo'],
      ['demo'],
      ['demo'],
    ])
  })

  it.each(examples)('$start loads, is planned, and gives no warning', ({ text }) => {
    const config = load(text)
    for (const target of config.targets)
      for (const verb of verbsOf(target).filter((name) => name !== 'psql'))
        expect(planTarget(target, [], verb).steps.length).toBeGreaterThan(0)
    expect(configWarnings(config, () => new Set())).toBe('')
  })
})
