import type { Place } from './places.ts'

/** Whose a value is that does not stand where its path says, by that path as JSON: all below it is the same one's. */
export type Owners = Map<string, { readonly place: Place; readonly path: readonly PropertyKey[] }>

/** The places of values that come from several files, or from several parts of one: `otherwise` has those that nobody owns. */
export function ownedPlace(otherwise: Place, owners: Owners): Place {
  return (path, message, atKey) => {
    for (let length = path.length; length > 0; length--) {
      const owner = owners.get(JSON.stringify(path.slice(0, length)))
      if (owner) return owner.place([...owner.path, ...path.slice(length)], message, atKey)
    }
    return otherwise(path, message, atKey)
  }
}

export const isMapping = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
