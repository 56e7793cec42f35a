import { didYouMean } from '../nearest.ts'
import { type Driver, directionsOf, offeredVerbs } from '../plan/driver.ts'
import type { ReadText } from './files.ts'
import type { SyncFile, Target, TargetEntry } from './schema.ts'

/** What is wrong with an entry, at a path of sync.yaml. */
interface EntryProblem {
  readonly path: readonly string[]
  readonly message: string
}

/** What is asked of the root that a config is for. */
export interface Root {
  /** The text of a script, undefined where nobody looks. Throws with the reason why it cannot be used. */
  readonly readScript: (path: string) => string | undefined
  /** The text of a file that another one includes. Throws with the reason why it cannot be used. */
  readonly readText: ReadText
  /** A path with the links on its way followed, where that stays in the root. */
  readonly realPath: (path: string) => string
}

/** The entries of a file as targets: defaults filled in, drivers and scripts found; and what they say that cannot be. */
export function resolveTargets(
  file: SyncFile,
  drivers: readonly Driver[],
  { readScript, realPath }: Root,
): { targets: Target[]; problems: EntryProblem[] } {
  const undos = drivers.flatMap((driver) => driver.undos ?? [])
  const targets = Object.entries(file.targets).map(([name, entry]): Target => {
    const driverModule = drivers.find((driver) => driver.name === entry.driver) as Driver
    const [first] = directionsOf(driverModule)
    const direction = entry.direction ?? (first && (file.defaults.direction ?? first))
    return {
      ...entry,
      name,
      direction,
      description: entry.description || driverModule.summary(entry),
      fail_on_diff: entry.fail_on_diff ?? file.defaults.fail_on_diff,
      backup: { ...file.defaults.backup, ...entry.backup },
      git_commit: commits(entry, direction, file),
      idempotent: entry.idempotent ?? file.defaults.idempotent,
      dryRun: file.defaults.dry_run,
      notify: entry.notify ?? file.notify,
      driverModule,
      ...scriptOf(entry, driverModule, drivers, readScript),
      realPath,
      undos,
      globalGates: file.safety,
      secrets: file.secrets,
      metrics: file.metrics,
      guardedNames: file.safety.secret_patterns,
    }
  })
  const names = targets.map(({ name }) => name)
  const problems = targets.flatMap((target) => {
    const said = targetProblems(target, file.targets[target.name] as TargetEntry, names)
    return [...said, ...unknownHosts(target, Object.keys(file.hosts))].map(({ path, message }) => ({
      path: ['targets', target.name, ...path],
      message,
    }))
  })
  return { targets, problems: [...problems, ...sharedScripts(names)] }
}

const commits = (entry: TargetEntry, direction: Target['direction'], { defaults }: SyncFile): boolean =>
  direction !== undefined && direction !== 'push' && (entry.git_commit ?? defaults.git_commit)

/** The text of the file that the driver reads, or why the target cannot be used without it. */
function scriptOf(
  entry: TargetEntry,
  { reads, unnamed }: Driver,
  drivers: readonly Driver[],
  readScript: Root['readScript'],
): Pick<Target, 'script' | 'unusable'> {
  const path = reads?.(entry)
  try {
    return { script: path === undefined ? undefined : readScript(path), unusable: undefined }
  } catch (error) {
    if (!unnamed) return { script: undefined, unusable: undefined }
    return { script: undefined, unusable: `entrypoint: ${replacement(entry, drivers) ?? (error as Error).message}` }
  }
}

/** What to say of a script that is not there where a driver does its work. */
function replacement(entry: object, drivers: readonly Driver[]): string | undefined {
  const script = 'entrypoint' in entry ? String(entry.entrypoint) : ''
  const driver = drivers.find(({ replaces }) => replaces?.includes(script.replace(/^.*\//, '')))
  return driver && `${script} does not exist; "driver: ${driver.name}" replaces it: see the README`
}

/** What the schema cannot know of a target by itself. */
function targetProblems(
  { name, direction, driverModule, config, git_commit }: Target,
  entry: TargetEntry,
  names: readonly string[],
): EntryProblem[] {
  const problems: EntryProblem[] = []
  const possible = directionsOf(driverModule)
  if (direction !== undefined && !possible.includes(direction)) {
    const supported = possible.length === 0 ? 'has none: it is never synced' : `supports ${possible.join(' or ')}, not ${direction}`
    problems.push({ path: entry.direction === undefined ? [] : ['direction'], message: `direction: ${driverModule.name} ${supported}` })
  }
  if (entry.git_commit && !git_commit) {
    problems.push({ path: ['git_commit'], message: `git_commit: ${name} is push-only, and a push writes nothing here to commit` })
  }
  if (entry.push && !git_commit) problems.push({ path: ['push'], message: 'push: without git_commit: true there is no commit to push' })
  const offered = offeredVerbs({ driverModule, config })
  for (const verb of Object.keys(entry.schedules).filter((each) => !offered.includes(each))) {
    const all = offered.length === 0 ? 'no verb of its own: use schedule' : `${offered.join(', ').replace(/, ([^,]*)$/, ' and $1')}`
    problems.push({ path: ['schedules', verb], message: `schedules: ${driverModule.name} has ${all}${didYouMean(verb, offered)}` })
  }
  for (const needed of entry.depends_on.filter((each) => !names.includes(each))) {
    problems.push({ path: ['depends_on'], message: `depends_on: there is no target "${needed}"${didYouMean(needed, names)}` })
  }
  if (name === 'files')
    problems.push({ path: [], message: '"files" cannot be the name of a target: backups of single files use that name' })
  return problems
}

const unknownHosts = ({ hosts }: Target, known: readonly string[]): EntryProblem[] =>
  hosts
    .filter((name) => !known.includes(name))
    .map((name) => ({ path: ['hosts'], message: `hosts: there is no host "${name}" in "hosts:"${didYouMean(name, known)}` }))

/** Two targets whose programs would have one name. */
function sharedScripts(names: readonly string[]): EntryProblem[] {
  const seen = new Map<string, string>()
  return names.flatMap((name) => {
    const script = name.replaceAll('_', '-').toLowerCase()
    const other = seen.get(script)
    seen.set(script, name)
    return other === undefined
      ? []
      : [{ path: ['targets', name], message: `"${name}" and "${other}" would share the script sync-${script}.sh; rename one` }]
  })
}
