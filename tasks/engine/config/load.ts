import { isMap, isScalar, LineCounter, type Node, type Pair, parseDocument, visit } from 'yaml'
import type { z } from 'zod'
import { nearest } from '../nearest.ts'
import type { Driver } from '../plan/driver.ts'
import { orderTargets } from './order.ts'
import { ConfigError, formatProblems, type Problem, problemAt } from './problem.ts'
import { type Config, type SyncFile, syncSchema, type Target } from './schema.ts'

/**
 * The config from the text of a sync.yaml. `file` is its name in messages; `readScript` gives the text of an entrypoint.
 *
 * @throws ConfigError with every problem of the first kind found: YAML, schema, then what targets say of each other.
 */
export function loadConfig(text: string, file: string, drivers: readonly Driver[], readScript: ReadScript = () => undefined): Config {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true })
  const fail = (problems: readonly Problem[]): never => {
    throw new ConfigError(formatProblems(file, text, problems))
  }
  if (document.errors.length > 0) {
    fail(document.errors.map((error) => problemAt(lines, yamlMessage(error), error.pos[0], error.pos[1])))
  }
  if (document.contents === null) fail([problemAt(lines, 'the file is empty; it needs version and targets', 0, 1)])

  const place = (path: readonly PropertyKey[], atKey = false) => {
    const [start, end] = rangeOf(document.contents, path, atKey)
    return (message: string) => problemAt(lines, message, start, end)
  }
  const unusable: Problem[] = []
  visit(document, {
    Alias: (_, node) => {
      if (!node.resolve(document)) unusable.push(problemAt(lines, `not YAML: nothing is called &${node.source}`, ...spanOf(node)))
    },
    Pair: (_, pair) => {
      if (isScalar(pair.key) && pair.key.value === '__proto__') {
        unusable.push(problemAt(lines, '"__proto__" is no name of a target or key', ...spanOf(pair.key)))
      }
    },
  })
  if (unusable.length > 0) fail(unusable)
  let plain: unknown
  try {
    plain = document.toJS({ maxAliasCount: 100 })
  } catch (error) {
    fail([problemAt(lines, `not YAML: ${(error as Error).message}`, 0, 1)])
  }
  const result = syncSchema(drivers).safeParse(plain)
  if (!result.success) {
    fail(result.error.issues.flatMap((issue) => issueProblems(issue, plain, drivers, place)))
  }
  const { targets, problems } = resolveTargets(result.data as SyncFile, drivers, readScript)
  if (problems.length > 0) fail(problems.map(({ path, message }) => place(path)(message)))
  const ordered = orderTargets(targets)
  if ('cycle' in ordered) {
    fail([place(['targets', ordered.cycle[0] ?? '', 'depends_on'])(`depends_on goes round in a circle: ${ordered.cycle.join(' → ')}`)])
  }
  return {
    text,
    targets: 'cycle' in ordered ? [] : ordered.targets,
    aliases: (result.data as SyncFile).aliases,
    workflow: (result.data as SyncFile).workflow,
  }
}

type Place = (path: readonly PropertyKey[], atKey?: boolean) => (message: string) => Problem

function yamlMessage(error: { readonly code: string; readonly message: string }): string {
  if (error.code === 'TAB_AS_INDENT') return 'a tab; YAML is indented with spaces'
  if (error.code === 'DUPLICATE_KEY') return 'this key stands here twice'
  return `not YAML: ${error.message}`
}

function issueProblems(issue: z.core.$ZodIssue, plain: unknown, drivers: readonly Driver[], place: Place): Problem[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => {
      const near = nearest(key, knownKeys(issue.path, plain, drivers))
      return place([...issue.path, key], true)(`unknown key "${key}"${near ? `; did you mean "${near}"?` : ''}`)
    })
  }
  if (issue.code === 'invalid_union' && 'discriminator' in issue) return [driverProblem(issue.path, plain, drivers, place)]
  if (issue.code === 'invalid_key') {
    return [place(issue.path, true)(`"${String(issue.path.at(-1))}" is no name of a target: ${issue.issues[0]?.message ?? issue.message}`)]
  }
  const name = issue.path.filter((part) => typeof part === 'string').at(-1)
  const missing = issue.code === 'invalid_type' && valueAt(plain, issue.path) === undefined
  if (missing && name === 'entrypoint') return [driverProblem(issue.path.slice(0, -1), plain, drivers, place)]
  if (missing) return [place(issue.path.slice(0, -1), true)(`${String(name)} is missing`)]
  return [place(issue.path)(`${name === undefined ? '' : `${name}: `}${issueText(issue)}`)]
}

function issueText(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_type') return `must be ${article(issue.expected)}`
  if (issue.code === 'invalid_value') {
    return issue.message.startsWith('Invalid')
      ? `must be ${issue.values.map((value) => JSON.stringify(value)).join(' or ')}`
      : issue.message
  }
  if (issue.code === 'too_small' || issue.code === 'too_big' || issue.code === 'not_multiple_of') {
    return issue.message.replace(/^Too (small|big): expected \w+ to be/, 'must be')
  }
  return /^(must|not|a cron|".*" stands)/.test(issue.message) ? issue.message : `must be ${issue.message}`
}

const article = (type: string): string =>
  ({ object: 'a mapping', record: 'a mapping', array: 'a list', boolean: 'true or false', int: 'a whole number' })[type] ?? `a ${type}`

function driverProblem(path: readonly PropertyKey[], plain: unknown, drivers: readonly Driver[], place: Place): Problem {
  const names = drivers.filter((driver) => !driver.unnamed).map((driver) => driver.name)
  const entry = valueAt(plain, path.at(-1) === 'driver' ? path.slice(0, -1) : path)
  const given = typeof entry === 'object' && entry !== null && 'driver' in entry ? entry.driver : undefined
  const at = path.at(-1) === 'driver' ? path : [...path, 'driver']
  if (given === undefined)
    return place(at.slice(0, -1), true)(`driver is missing; there is: ${names.join(', ')}; or entrypoint: for a script`)
  const near = nearest(String(given), names)
  return place(at)(`there is no driver "${String(given)}"; ${near ? `did you mean "${near}"?` : `there is: ${names.join(', ')}`}`)
}

/** The keys that the schema knows at a path: they hang on the driver below a target. */
function knownKeys(path: readonly PropertyKey[], plain: unknown, drivers: readonly Driver[]): string[] {
  let schema: unknown = syncSchema(drivers)
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

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (at, key) => (typeof at === 'object' && at !== null ? (at as Record<PropertyKey, unknown>)[key] : undefined),
    value,
  )
}

/** Where in the text a path stands: the value, or with `atKey` its key; the nearest thing above where there is none. */
function rangeOf(contents: unknown, path: readonly PropertyKey[], atKey: boolean): readonly [number, number] {
  let node = contents as Node | null
  let range = spanOf(node)
  for (const [index, key] of path.entries()) {
    if (!isMap(node)) {
      const item = (node as { items?: (Node | null)[] } | null)?.items?.[Number(key)]
      if (item === undefined) return range
      node = item
      range = spanOf(node)
    } else {
      const pair: Pair | undefined = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(key))
      if (!pair) return range
      node = (pair.value ?? pair.key) as Node | null
      if ((atKey && index === path.length - 1) || !isScalar(node)) range = spanOf(pair.key as Node)
      if (atKey && index === path.length - 1) return range
    }
    if (isScalar(node)) range = spanOf(node)
  }
  return range
}

const spanOf = (node: Node | null): readonly [number, number] => [node?.range?.[0] ?? 0, node?.range?.[1] ?? 1]

interface TargetProblem {
  readonly path: readonly string[]
  readonly message: string
}

/** Gives the text of a script below the root, undefined where nobody looks, or throws with the reason why it cannot be used. */
export type ReadScript = (path: string) => string | undefined

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
      problems.push({ path: where, message: `the driver ${driverModule.name} goes ${possible.join(' or ')}, not ${direction}` })
    }
    if (!driverModule.conflicts.includes(entry.on_conflict)) {
      problems.push({
        path: ['targets', name, 'on_conflict'],
        message: `on_conflict: the driver ${driverModule.name} knows ${driverModule.conflicts.join(', ')}, not ${entry.on_conflict}`,
      })
    }
    let carried: string | undefined
    try {
      carried = 'entrypoint' in entry ? readScript(String(entry.entrypoint)) : undefined
    } catch (error) {
      problems.push({ path: ['targets', name, 'entrypoint'], message: `entrypoint: ${(error as Error).message}` })
    }
    const commits = direction === 'pull' && (entry.git_commit ?? file.defaults.git_commit)
    if (entry.git_commit && !commits) {
      problems.push({ path: ['targets', name, 'git_commit'], message: `git_commit: only a pull commits, and ${name} goes ${direction}` })
    }
    if (entry.push && !commits) {
      problems.push({ path: ['targets', name, 'push'], message: 'push: there is no commit to push without git_commit: true' })
    }
    for (const needed of entry.depends_on) {
      if (names.includes(needed)) continue
      const near = nearest(needed, names)
      problems.push({
        path: ['targets', name, 'depends_on'],
        message: `depends_on: there is no target "${needed}"${near ? `; did you mean "${near}"?` : ''}`,
      })
    }
    if (name === 'files') problems.push({ path: ['targets', name], message: '"files" is what backups of single files are called' })
    const script = name.replaceAll('_', '-').toLowerCase()
    const other = scripts.get(script)
    if (other) problems.push({ path: ['targets', name], message: `"${name}" and "${other}" would share the script sync-${script}.sh` })
    scripts.set(script, name)
    return [
      {
        ...entry,
        name,
        direction: direction as Target['direction'],
        fail_on_diff: entry.fail_on_diff ?? file.defaults.fail_on_diff,
        backup: { ...file.defaults.backup, ...entry.backup },
        git_commit: commits,
        idempotent: entry.idempotent ?? file.defaults.idempotent,
        dryRun: file.defaults.dry_run,
        driverModule,
        script: carried,
        globalGates: file.safety,
        guardedNames: file.safety.secret_patterns,
      },
    ]
  })
  return { targets, problems }
}
