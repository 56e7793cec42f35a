import type { Kit } from '../plan/verb.ts'
import { readFiles } from './files.ts'
import { issueProblems } from './issues.ts'
import { orderTargets } from './order.ts'
import type { Place } from './places.ts'
import { ConfigError, formatProblems, type PlacedProblem } from './problem.ts'
import { type Root, resolveTargets } from './resolve.ts'
import { type Config, type SyncFile, syncSchema } from './schema.ts'

/**
 * The config from the text of a sync.yaml. `file` is its name in messages; without a `root` there are no scripts and no links.
 *
 * A script that cannot be read makes its own target unusable and no other.
 *
 * @throws ConfigError with every problem of the first kind found: YAML, schema, then what targets say of each other.
 */
export function loadConfig(text: string, file: string, kit: Kit, root: Root = noRoot): Config {
  const check = (problems: readonly PlacedProblem[]): void => {
    if (problems.length > 0) throw new ConfigError(formatProblems(problems))
  }
  const whole = readFiles({ file, text }, root.readText)
  check(whole.problems)
  const { sources, place } = whole
  const { data, problems } = checkData(whole.data, kit, place)
  check(problems)
  const { aliases, runtime, workflow } = data as SyncFile
  const resolved = resolveTargets(data as SyncFile, kit.drivers, root)
  check(resolved.problems.map(({ path, message }) => place(path, message)))
  const ordered = orderTargets(resolved.targets)
  if ('cycle' in ordered) {
    check([place(['targets', ordered.cycle[0] ?? '', 'depends_on'], `depends_on is circular: ${ordered.cycle.join(' → ')}`)])
    throw new Error('unreachable')
  }
  const targets = ordered.targets.map((target) => {
    if (target.unusable === undefined) return target
    return { ...target, unusable: formatProblems([place(['targets', target.name, 'entrypoint'], target.unusable)]) }
  })
  return { sources, place, targets, aliases, runtime, workflow }
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
