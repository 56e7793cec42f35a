import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { drivers } from '../../../tasks/drivers/index.ts'
import { loadConfig } from '../../../tasks/engine/config/load.ts'
import { hasKeys, type KeySchema, keySchema } from '../../../tasks/engine/render/key-schema.ts'
import { renderReference, withReference } from '../../../tasks/engine/render/reference.ts'
import { readExample } from '../../../tasks/engine/run/sources.ts'
import { verbs } from '../../../tasks/verbs.ts'

const kit = { drivers, verbs }
const home = fileURLToPath(new URL('../../..', import.meta.url))

/** The keys of a schema that lack what `isSilent` looks for. */
function keysThat(isSilent: (schema: KeySchema) => boolean, schema: KeySchema, path = ''): string[] {
  const { additionalProperties: others, anyOf = [], oneOf = [], items, properties = {} } = schema
  return [
    ...Object.entries(properties).flatMap(([key, inner]) => [
      ...(inner.const === undefined && isSilent(inner) ? [`${path}.${key}`] : []),
      ...keysThat(isSilent, inner, `${path}.${key}`),
    ]),
    ...[...anyOf, ...oneOf].flatMap((inner) => keysThat(isSilent, inner, `${path}${inner.properties?.['driver']?.const ?? ''}`)),
    ...(items ? keysThat(isSilent, items, `${path}[]`) : []),
    ...(typeof others === 'object' ? keysThat(isSilent, others, `${path}.*`) : []),
  ]
}

const unsaid = ({ description }: KeySchema): boolean => description === undefined
const unshown = (schema: KeySchema): boolean => schema.examples === undefined && !hasKeys(schema)

describe('the schema of sync.yaml', () => {
  it('has something to say of each key', () => {
    expect(keysThat(unsaid, keySchema(kit, readExample()))).toEqual([])
    expect(keysThat(unsaid, { properties: { a: { items: { properties: { b: {} } } } } })).toEqual(['.a', '.a[].b'])
  })

  it('has an example of each key, out of templates/example.yaml', () => {
    expect(keysThat(unshown, keySchema(kit, readExample()))).toEqual([])
    expect(keysThat(unshown, keySchema(kit, {}))).toEqual(expect.arrayContaining(['.requires', '.targets.*git_repos.config.branch']))
  })

  it('and that example loads', () => {
    const text = readFileSync(`${home}templates/example.yaml`, 'utf8')
    const root = { readScript: () => '', realPath: (path: string) => path, readText: () => 'version: "1.0"\n' }
    expect(loadConfig(text, 'example.yaml', kit, root).targets.length).toBeGreaterThan(9)
  })
})

describe('the reference of keys', () => {
  it('stands in the README as the schema has it: npx tsx scripts/reference.ts', () => {
    const readme = readFileSync(`${home}README.md`, 'utf8')
    expect(readme).toBe(withReference(readme, renderReference(keySchema(kit, readExample()))))
  })

  it('has a line for each key, with its default and an example', () => {
    const text = renderReference(keySchema(kit, readExample()))
    expect(text).toContain("| `workflow.timeout_minutes` | When a target's job is stopped; GitHub allows 360. | `60` | `90` |\n")
    expect(text).toMatch(/^\| `config\.repositories\[\]\.ref` \| .* \| {2}\| `v1\.2\.0` \|$/m)
    expect(() => withReference('no marks', text)).toThrow('there is no place for the reference')
  })
})
