import { z } from 'zod'
import { isMapping } from '../config/owners.ts'
import { syncSchema } from '../config/schema.ts'
import type { Kit } from '../plan/verb.ts'

/** The part of JSON Schema that the schema of sync.yaml uses: json-schema.org, draft 2020-12. */
export interface KeySchema {
  readonly description?: string
  readonly default?: unknown
  readonly examples?: readonly unknown[]
  readonly const?: unknown
  readonly type?: string
  readonly enum?: readonly unknown[]
  readonly properties?: Readonly<Record<string, KeySchema>>
  readonly required?: readonly string[]
  readonly items?: KeySchema
  readonly additionalProperties?: KeySchema | boolean
  readonly anyOf?: readonly KeySchema[]
  readonly oneOf?: readonly KeySchema[]
}

/** The schema of sync.yaml for editors. Each key has its example from `example`, a sync.yaml that uses all of them. */
export function keySchema(kit: Kit, example: unknown): KeySchema {
  return withExamples(z.toJSONSchema(syncSchema(kit), { io: 'input', unrepresentable: 'any' }) as KeySchema, [example])
}

/** `values` are what the example has at this place, in all its targets and lists. */
function withExamples(schema: KeySchema, values: readonly unknown[]): KeySchema {
  const { properties, items, additionalProperties, anyOf, oneOf } = schema
  const mappings = values.filter(isMapping)
  const valuesOf = (key: string): unknown[] => mappings.flatMap((each) => (Object.hasOwn(each, key) ? [each[key]] : []))
  return {
    ...schema,
    ...(properties && {
      properties: Object.fromEntries(Object.entries(properties).map(([key, inner]) => [key, ofKey(inner, valuesOf(key))])),
    }),
    ...(items && { items: withExamples(items, values.filter(Array.isArray).flat()) }),
    ...(typeof additionalProperties === 'object' && {
      additionalProperties: withExamples(additionalProperties, mappings.flatMap(Object.values)),
    }),
    ...(anyOf && { anyOf: anyOf.map((each) => withExamples(each, values)) }),
    ...(oneOf && { oneOf: oneOf.map((each) => withExamples(each, [...ofKind(each, mappings), ...inCommon(oneOf, mappings)])) }),
  }
}

/** A mapping with keys of its own has its examples there. */
function ofKey(schema: KeySchema, values: readonly unknown[]): KeySchema {
  const inner = withExamples(schema, values)
  const [first = schema.default ?? schema.enum?.[0]] = values
  return first === undefined || hasKeys(schema) || schema.const !== undefined ? inner : { ...inner, examples: [first] }
}

/** Has it keys that stand in the schema? */
export const hasKeys = ({ properties, items, additionalProperties, anyOf = [], oneOf = [] }: KeySchema): boolean =>
  Object.keys(properties ?? {}).length > 0 ||
  [items, additionalProperties, ...anyOf, ...oneOf].some((each) => typeof each === 'object' && hasKeys(each))

/** Those of the mappings that are of a kind of target, or of part: its constant says which, or none where that may be left out. */
function ofKind({ properties = {}, required = [] }: KeySchema, mappings: readonly Record<string, unknown>[]): readonly unknown[] {
  const [name, kind] = Object.entries(properties).find(([, inner]) => inner.const !== undefined) ?? []
  if (name === undefined) return mappings
  return mappings.filter((each) => each[name] === kind?.const || (each[name] === undefined && !required.includes(name)))
}

/** Of the mappings the keys that mean the same in each kind: one of another kind shows them as well. */
function inCommon(kinds: readonly KeySchema[], mappings: readonly Record<string, unknown>[]): readonly unknown[] {
  const texts = kinds.map(({ properties = {} }) => new Map(Object.entries(properties).map(([key, inner]) => [key, JSON.stringify(inner)])))
  const isCommon = (key: string): boolean => texts.every((each) => each.has(key) && each.get(key) === texts[0]?.get(key))
  return mappings.map((each) => Object.fromEntries(Object.entries(each).filter(([key]) => isCommon(key))))
}
