import type { Document } from 'yaml'
import { parseYaml } from './document.ts'
import { driverFolder } from './fields.ts'
import { placesIn } from './places.ts'
import { ConfigError, formatProblems } from './problem.ts'

/** A folder that `drivers:` of sync.yaml names, and how to say where it stands that something is wrong with it. */
export interface DriverFolder {
  readonly path: string
  readonly problem: (message: string) => ConfigError
}

/** The folders of `drivers:`, before the rest can be checked; none where sync.yaml has a mistake there, which the schema names. */
export function driverFolders(text: string, file: string): DriverFolder[] {
  if (!text.includes('drivers')) return []
  const { document, problems } = parseYaml(text)
  if (problems.length > 0) return []
  const named = (document as Document).toJS({ maxAliasCount: -1 })?.drivers
  if (!Array.isArray(named)) return []
  const place = placesIn((document as Document).contents)
  return named.flatMap((entry: unknown, index) => {
    const { success, data } = driverFolder.safeParse(entry)
    if (!success) return []
    return {
      path: data,
      problem: (message) => new ConfigError(formatProblems(file, text, [place(['drivers', index], `drivers: ${message}`)])),
    }
  })
}
