import { describe, expect, it } from 'vitest'
import { planOutputs } from '../../../tasks/engine/plan/plan.ts'
import { load } from '../example.ts'

const config = (repositories: string): string => `version: "1.0"
targets:
  mirror:
    driver: git_repos
    direction: pull
    config:
      base_url: https://example.org
      branch: "18.0"
      destination: addons
      repositories: [${repositories}]
`

describe('a folder of its own', () => {
  it('is an output of the target, and its item', () => {
    const [target] = load(config('{ name: a, destination: lib/a }, b')).targets
    expect(target && planOutputs(target)).toMatchObject({
      outputs: ['addons/**', 'addons.lock.json', 'lib/a/**'],
      items: 'addons',
      itemFolders: { a: 'lib/a' },
    })
  })

  it.each([
    ['that of another', '{ name: a, destination: lib }, { name: b, destination: lib }', 'meets the folder of "b", lib'],
    ['in that of another', '{ name: a, destination: addons/b/c }, b', 'meets the folder of "b", addons/b'],
    ['around that of another', 'b, { name: a, destination: addons }', 'meets the folder of "b", addons/b'],
    ['around the lock file', '{ name: a, destination: addons.lock.json }', 'the lock file, addons.lock.json, must not stand in it'],
    ['out of the root', '{ name: a, destination: ../a }', 'must not contain ".."'],
    ['with a quote', `{ name: a, destination: 'a"b' }`, 'must not contain quotes and backslashes'],
  ])('is an error at its place: %s', (_, repositories, text) => {
    expect(() => load(config(repositories))).toThrow(text)
  })
})
