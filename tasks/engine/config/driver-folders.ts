import { driverFolder } from './fields.ts'
import { type ReadText, readFiles } from './files.ts'
import { isMapping } from './owners.ts'
import { ConfigError, formatProblems, type Source } from './problem.ts'

/** A folder that `drivers:` of sync.yaml names, and how to say where it stands that something is wrong with it. */
export interface DriverFolder {
  readonly path: string
  readonly problem: (message: string) => ConfigError
}

/** The folders of `drivers:`, before the rest can be checked; none where there is a mistake there, which the schema names. */
export function driverFolders(main: Source, readText: ReadText): DriverFolder[] {
  if (!/drivers|include/.test(main.text)) return []
  const { data, place, problems } = readFiles(main, readText)
  const named = isMapping(data) && problems.length === 0 ? data['drivers'] : undefined
  if (!Array.isArray(named)) return []
  return named.flatMap((entry: unknown, index) => {
    const { success, data: path } = driverFolder.safeParse(entry)
    if (!success) return []
    return { path, problem: (message) => new ConfigError(formatProblems([place(['drivers', index], `drivers: ${message}`)])) }
  })
}
