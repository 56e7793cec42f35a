import { didYouMean } from '../nearest.ts'
import type { Kit } from '../plan/verb.ts'
import { readFiles, type Whole } from './files.ts'
import { issueProblems } from './issues.ts'
import { orderTargets } from './order.ts'
import type { Place } from './places.ts'
import { ConfigError, formatProblems, type PlacedProblem } from './problem.ts'
import { nameIn, profileNames, withProfile } from './profiles.ts'
import { type Root, resolveTargets } from './resolve.ts'
import { type Config, type SyncFile, syncSchema } from './schema.ts'

/**
 * The config from the text of a sync.yaml, as it is or with one of its profiles. `file` is its name in messages; without a `root`
 * there are no scripts, no links and no other files. All profiles are checked, whichever is asked for.
 *
 * A script that cannot be read makes its own target unusable and no other.
 *
 * @throws ConfigError with every problem of the first kind found: YAML, schema, then what targets say of each other.
 */
export function loadConfig(text: string, file: string, kit: Kit, root: Root = noRoot, profile?: string): Config {
  const whole = readFiles({ file, text }, root.readText)
  check(whole.problems)
  const profiles = profileNames(whole)
  if (profile !== undefined && !profiles.includes(profile)) {
    const known = profiles.length === 0 ? 'there is none' : `there is ${profiles.join(', ')}`
    throw new ConfigError(`${file}: no profile "${profile}"${didYouMean(profile, profiles) || `; ${known}`}`)
  }
  const named = [undefined, ...profiles].map((name) => {
    const values = name === undefined ? whole : withProfile(whole, name)
    return { name, place: values.place, ...checkTargets(values, kit, root, name) }
  })
  const { name: _, ...chosen } = named.find(({ name }) => name === profile) as (typeof named)[number]
  return { sources: whole.sources, profile, profiles, all: named.flatMap(({ targets }) => targets), ...chosen }
}

function check(problems: readonly PlacedProblem[]): void {
  if (problems.length > 0) throw new ConfigError(formatProblems(problems))
}

type Checked = Pick<Config, 'targets' | 'aliases' | 'hosts' | 'runtime' | 'workflow'>

function checkTargets(whole: Whole, kit: Kit, root: Root, profile: string | undefined): Checked {
  const { place } = whole
  const { data, problems } = checkData(whole.data, kit, place)
  check(problems)
  const { aliases, hosts, runtime, workflow } = data as SyncFile
  const resolved = resolveTargets(data as SyncFile, kit.drivers, root)
  check(resolved.problems.map(({ path, message }) => place(path, message)))
  const ordered = orderTargets(resolved.targets)
  if ('cycle' in ordered) {
    check([place(['targets', ordered.cycle[0] ?? '', 'depends_on'], `depends_on is circular: ${ordered.cycle.join(' → ')}`)])
    throw new Error('unreachable')
  }
  const targets = ordered.targets.map((target) => {
    const { name, depends_on, unusable } = target
    return {
      ...target,
      name: nameIn(profile, name),
      depends_on: depends_on.map((other) => nameIn(profile, other)),
      unusable: unusable === undefined ? undefined : formatProblems([place(['targets', name, 'entrypoint'], unusable)]),
    }
  })
  return { targets, aliases: profile === undefined ? aliases : [], hosts, runtime, workflow }
}

const noRoot: Root = {
  readScript: () => undefined,
  realPath: (path) => path,
  readText: () => {
    throw new Error('there is no root')
  },
}

/** What the schema makes of the values of the files, or what it finds wrong with them, in words and each where it stands. */
function checkData(plain: unknown, kit: Kit, place: Place): { data?: SyncFile; problems: PlacedProblem[] } {
  const result = syncSchema(kit).safeParse(plain)
  if (result.success) return { data: result.data as SyncFile, problems: [] }
  return { problems: issueProblems(result.error.issues, plain, kit, place) }
}
