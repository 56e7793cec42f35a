import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { load } from './example.ts'

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
const examples = [...readme.matchAll(/^```yaml\n(version:[\s\S]*?)^```$/gm)].map((match) => match[1] ?? '')

it('the README shows a config that loads', () => {
  expect(examples).toHaveLength(1)
  for (const example of examples) expect(load(example).targets.map(({ name }) => name)).toEqual(['oca_repos'])
})
