import type { Kit } from '../plan/verb.ts'
import { syncSchema } from './schema.ts'

/** The keys that the schema knows at a path: they hang on the driver below a target. */
export function knownKeys(path: readonly PropertyKey[], plain: unknown, kit: Kit): string[] {
  let schema: unknown = syncSchema(kit)
  for (const [index, key] of path.entries()) {
    const inner = unwrap(schema)
    if (inner.def.discriminator) return knownKeysOfKind(inner, path.slice(index), valueAt(plain, path.slice(0, index)))
    schema = inner.shape?.[String(key)] ?? inner.valueType ?? inner.element
  }
  const inner = unwrap(schema)
  if (inner.def.discriminator) return knownKeysOfKind(inner, [], valueAt(plain, path))
  return Object.keys(inner.shape ?? {})
}

interface Inspectable {
  readonly def: { readonly discriminator?: string; readonly innerType?: unknown; readonly in?: unknown }
  readonly options?: readonly { readonly shape: Record<string, { readonly value?: unknown }> }[]
  readonly shape?: Record<string, unknown>
  readonly valueType?: unknown
  readonly element?: unknown
}

function unwrap(schema: unknown): Inspectable {
  const { def } = schema as Inspectable
  const inner = def.innerType ?? def.in
  return inner === undefined ? (schema as Inspectable) : unwrap(inner)
}

function knownKeysOfKind(union: Inspectable, rest: readonly PropertyKey[], entry: unknown): string[] {
  const driver = valueAt(entry, ['driver'])
  const kind = union.options?.find(({ shape }) => {
    const literal = unwrap(shape['driver']) as { readonly value?: unknown }
    return literal.value === driver || (driver === undefined && literal !== shape['driver'])
  })
  let schema: unknown = kind
  for (const key of rest) {
    const inner = unwrap(schema)
    schema = inner.shape?.[String(key)] ?? inner.element
    if (schema === undefined) return []
  }
  const last = unwrap(schema)
  return Object.keys(last.shape ?? last.options?.map(unwrap).find((option) => option.shape)?.shape ?? {})
}

/** What stands at a path, undefined where nothing does. */
export function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (at, key) => (typeof at === 'object' && at !== null ? (at as Record<PropertyKey, unknown>)[key] : undefined),
    value,
  )
}
