import type { Document } from 'yaml'
import { didYouMean } from '../nearest.ts'
import type { Driver } from '../plan/driver.ts'
import { parseYaml } from './document.ts'
import { issueProblems } from './issues.ts'
import { orderTargets } from './order.ts'
import { placesIn } from './places.ts'
import { ConfigError, formatProblems, type Problem } from './problem.ts'
import { type Config, type SyncFile, syncSchema, type Target } from './schema.ts'

/**
 * The config from the text of a sync.yaml. `file` is its name in messages; `readScript` gives the text of an entrypoint.
 *
 * A script that cannot be read makes its own target unusable and no other.
 *
 * @throws ConfigError with every problem of the first kind found: YAML, schema, then what targets say of each other.
 */
export function loadConfig(text: string, file: string, drivers: readonly Driver[], readScript: ReadScript = () => undefined): Config {
  const fail = (problems: readonly Problem[]): never => {
    throw new ConfigError(formatProblems(file, text, problems))
  }
  const parsed = parseYaml(text)
  if (parsed.problems.length > 0) fail(parsed.problems)
  const document = parsed.document as Document
  if (document.contents === null) fail([{ message: 'the file is empty; it needs version and targets', start: 0, end: 1 }])
  const place = placesIn(document.contents)
  const plain: unknown = document.toJS({ maxAliasCount: -1 })
  const result = syncSchema(drivers).safeParse(plain)
  if (!result.success) fail(issueProblems(result.error.issues, plain, drivers, place))
  const { targets, problems } = resolveTargets(result.data as SyncFile, drivers, readScript)
  if (problems.length > 0) fail(problems.map(({ path, message }) => place(path, message)))
  const ordered = orderTargets(targets)
  if ('cycle' in ordered) {
    fail([place(['targets', ordered.cycle[0] ?? '', 'depends_on'], `depends_on is circular: ${ordered.cycle.join(' → ')}`)])
  }
  const inPlace = (target: Target): Target => {
    if (target.unusable === undefined) return target
    return { ...target, unusable: formatProblems(file, text, [place(['targets', target.name, 'entrypoint'], target.unusable)]) }
  }
  return {
    text,
    targets: 'cycle' in ordered ? [] : ordered.targets.map(inPlace),
    aliases: (result.data as SyncFile).aliases,
    workflow: (result.data as SyncFile).workflow,
    runtime: (result.data as SyncFile).runtime,
  }
}

interface TargetProblem {
  readonly path: readonly string[]
  readonly message: string
}

/** Gives the text of a script below the root, undefined where nobody looks, or throws with the reason why it cannot be used. */
export type ReadScript = (path: string) => string | undefined

/** What to say of a script that is not there where a driver does its work. */
function replacement(entry: object, drivers: readonly Driver[]): string | undefined {
  const script = 'entrypoint' in entry ? String(entry.entrypoint) : ''
  const driver = drivers.find(({ replaces }) => replaces?.includes(script.replace(/^.*\//, '')))
  return driver && `${script} does not exist; "driver: ${driver.name}" replaces it: see the README`
}

function resolveTargets(
  file: SyncFile,
  drivers: readonly Driver[],
  readScript: ReadScript,
): { targets: Target[]; problems: TargetProblem[] } {
  const problems: TargetProblem[] = []
  const scripts = new Map<string, string>()
  const names = Object.keys(file.targets)
  const targets = Object.entries(file.targets).flatMap(([name, entry]) => {
    const driverModule = drivers.find((driver) => driver.name === entry.driver) as Driver
    const possible = Object.keys(driverModule.directions)
    const direction = entry.direction ?? file.defaults.direction ?? possible[0]
    if (!direction || !possible.includes(direction)) {
      const where = entry.direction === undefined ? ['targets', name] : ['targets', name, 'direction']
      problems.push({ path: where, message: `direction: ${driverModule.name} supports ${possible.join(' or ')}, not ${direction}` })
    }
    if (!driverModule.conflicts.includes(entry.on_conflict)) {
      problems.push({
        path: ['targets', name, 'on_conflict'],
        message: `on_conflict: ${driverModule.name} supports ${driverModule.conflicts.join(' or ')}, not ${entry.on_conflict}`,
      })
    }
    let carried: string | undefined
    let unusable: string | undefined
    try {
      carried = 'entrypoint' in entry ? readScript(String(entry.entrypoint)) : undefined
    } catch (error) {
      unusable = `entrypoint: ${replacement(entry, drivers) ?? (error as Error).message}`
    }
    const commits = direction !== 'push' && (entry.git_commit ?? file.defaults.git_commit)
    if (entry.git_commit && !commits) {
      problems.push({
        path: ['targets', name, 'git_commit'],
        message: `git_commit: ${name} is push-only, and a push writes nothing here to commit`,
      })
    }
    if (entry.push && !commits) {
      problems.push({ path: ['targets', name, 'push'], message: 'push: without git_commit: true there is no commit to push' })
    }
    for (const needed of entry.depends_on) {
      if (names.includes(needed)) continue
      problems.push({
        path: ['targets', name, 'depends_on'],
        message: `depends_on: there is no target "${needed}"${didYouMean(needed, names)}`,
      })
    }
    if (name === 'files')
      problems.push({ path: ['targets', name], message: '"files" cannot be the name of a target: backups of single files use that name' })
    const script = name.replaceAll('_', '-').toLowerCase()
    const other = scripts.get(script)
    if (other)
      problems.push({ path: ['targets', name], message: `"${name}" and "${other}" would share the script sync-${script}.sh; rename one` })
    scripts.set(script, name)
    return [
      {
        ...entry,
        name,
        direction: direction as Target['direction'],
        description: entry.description || driverModule.summary(entry),
        fail_on_diff: entry.fail_on_diff ?? file.defaults.fail_on_diff,
        backup: { ...file.defaults.backup, ...entry.backup },
        git_commit: commits,
        idempotent: entry.idempotent ?? file.defaults.idempotent,
        dryRun: file.defaults.dry_run,
        driverModule,
        script: carried,
        undos: drivers.flatMap(({ undos = [] }) => undos),
        unusable,
        globalGates: file.safety,
        guardedNames: file.safety.secret_patterns,
      },
    ]
  })
  return { targets, problems }
}
