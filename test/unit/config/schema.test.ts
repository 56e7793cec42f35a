import { expect, it } from 'vitest'
import { z } from 'zod'
import { drivers } from '../../../tasks/drivers/index.ts'
import { syncSchema } from '../../../tasks/engine/config/schema.ts'
import { verbs } from '../../../tasks/verbs.ts'

interface Node {
  readonly description?: string
  readonly const?: unknown
  readonly properties?: Readonly<Record<string, Node>>
  readonly items?: Node
  readonly additionalProperties?: Node | boolean
  readonly anyOf?: readonly Node[]
  readonly oneOf?: readonly Node[]
  readonly $defs?: Readonly<Record<string, Node>>
}

/** The keys of a JSON schema that say nothing of what they are for. */
function silentKeys(node: Node, path = ''): string[] {
  const { additionalProperties: others, anyOf = [], oneOf = [], items, properties = {}, $defs = {} } = node
  return [
    ...Object.entries(properties).flatMap(([key, inner]) => [
      ...(inner.description === undefined && inner.const === undefined ? [`${path}.${key}`] : []),
      ...silentKeys(inner, `${path}.${key}`),
    ]),
    ...[...anyOf, ...oneOf, ...Object.values($defs)].flatMap((inner) => silentKeys(inner, path)),
    ...(items ? silentKeys(items, `${path}[]`) : []),
    ...(typeof others === 'object' ? silentKeys(others, `${path}.*`) : []),
  ]
}

it('an editor has something to say of each key of sync.yaml', () => {
  const schema = z.toJSONSchema(syncSchema({ drivers, verbs }), { io: 'input', unrepresentable: 'any' })
  expect(silentKeys(schema as Node)).toEqual([])
  expect(silentKeys({ properties: { a: { items: { properties: { b: {} } } } } })).toEqual(['.a', '.a[].b'])
})
