import type { Whole } from './files.ts'
import { isMapping, type Owners, ownedPlace } from './owners.ts'

/**
 * What a target is called with a profile. It is another one than its namesakes: its records, backups, holds and what was last in
 * step are its own, for they are of other data.
 */
export const nameIn = (profile: string | undefined, name: string): string => (profile === undefined ? name : `${name}.${profile}`)

/** The profiles that there are; none where there is a mistake there, which the schema names. */
export const profileNames = ({ data }: Whole): string[] =>
  isMapping(data) && isMapping(data['profiles']) ? Object.keys(data['profiles']) : []

/** The same values with those of a profile over them: mappings are joined, what else stands in both is the profile's. */
export function withProfile(whole: Whole, profile: string): Whole {
  const owners: Owners = new Map()
  const over = (values: unknown, others: unknown, path: readonly PropertyKey[]): unknown => {
    if (!isMapping(others)) return others
    const joined = isMapping(values) ? { ...values } : {}
    for (const [key, value] of Object.entries(others)) {
      const at = [...path, key]
      const below = isMapping(joined[key]) && isMapping(value)
      if (!below) owners.set(JSON.stringify(at), { place: whole.place, path: ['profiles', profile, ...at] })
      joined[key] = below ? over(joined[key], value, at) : value
    }
    return joined
  }
  const { profiles, ...data } = whole.data as Record<string, unknown>
  return {
    ...whole,
    data: over(data, (profiles as Record<string, unknown>)[profile], []),
    place: ownedPlace(whole.place, owners),
  }
}
