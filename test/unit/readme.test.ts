import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { load } from './example.ts'

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
const examples = [...readme.matchAll(/^```yaml\n(version:[\s\S]*?)^```$/gm)].map((match) => match[1] ?? '')

it('the README shows configs that load', () => {
  const names = examples.map((example) => load(example).targets.map(({ name }) => name))
  expect(names).toEqual([['oca_repos'], ['apps_truth', 'publish']])
})
