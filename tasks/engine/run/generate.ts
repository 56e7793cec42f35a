import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import glob from 'fast-glob'
import { ConfigError } from '../config/problem.ts'
import type { Config } from '../config/schema.ts'
import { meetings } from '../plan/meeting.ts'
import type { Given, Kit } from '../plan/verb.ts'
import { renderAliases, renderPrograms, standalone } from '../render/files.ts'
import { renderGoals } from '../render/goals.ts'
import { madeBy, withChecksum } from '../render/header.ts'
import { keySchema } from '../render/key-schema.ts'
import { WORKFLOW_FILE, workflowFiles } from '../render/workflow.ts'
import { readWarnings } from './config-file.ts'
import { type LoadedRoot, loadRoot } from './load-root.ts'
import { dependsOnLockstep, isCheckout, pinsPackages } from './root.ts'
import { ownVersion, readExample } from './sources.ts'

/** The verb generate: decides what is to be written, says it or refuses, then writes it. Gives the exit code. */
export async function generate({ words, options }: Given, own: Kit): Promise<number> {
  const { check, force, standalone: alone } = options
  const loaded = await loadRoot(words, own)
  const { root, kit, config, renderer } = loaded
  const unusable = config.targets.flatMap((target) => target.unusable ?? [])
  if (unusable.length > 0) throw new ConfigError(unusable.join('\n'))
  const warnings = readWarnings(root, config)
  if (warnings !== '') process.stderr.write(`${warnings}\n`)
  if (typeof alone === 'string') {
    process.stdout.write(standalone(config, renderer('inline'), kit.verbs, alone))
    return 0
  }
  const wanted = config.profile === undefined ? wantedFiles(loaded) : programFiles(loaded)
  const changes = compare(root, wanted, config)
  if (check === true) return tellDifferences(root, changes, renderer().command('generate'))
  if (force !== true) refuseEdited(root, changes)
  write(root, wanted, changes)
  for (const { targets: pair, patterns } of meetings(config.targets)) {
    process.stdout.write(`${pair.join(' and ')} can write the same files (${patterns.join(', ')}): they never run at the same time\n`)
  }
  if (wanted.has(WORKFLOW_FILE) && dependsOnLockstep(root) && !pinsPackages(root)) {
    process.stdout.write('the workflow does not check the generated files: no package-lock.json pins the version that would do it\n')
  }
  const { different, stale } = changes
  process.stdout.write(`generated: ${different.length} written, ${stale.length} removed, ${wanted.size - different.length} current\n`)
  return 0
}

/** The programs of a config, by their path below the root. */
const programFiles = ({ config, kit, renderer }: LoadedRoot): Map<string, string> =>
  new Map([...renderPrograms(config, renderer(), kit.verbs)].map(([name, text]) => [`generated/${name}`, text]))

/** All that a config generates, by its path below the root; with a profile there are programs alone. */
function wantedFiles(loaded: LoadedRoot): Map<string, string> {
  const { root, config, kit } = loaded
  const renderer = loaded.renderer()
  const schema = keySchema(kit, readExample())
  return new Map([
    ...programFiles(loaded),
    ...[...renderAliases(config, renderer, kit.verbs)].map(([name, text]): [string, string] => [`generated/${name}`, text]),
    ['generated/goals.mk', withChecksum(renderGoals(kit.verbs, renderer.command))],
    ...workflowFiles(config, renderer, (isCheckout(root) || dependsOnLockstep(root)) && pinsPackages(root)),
    ['.insightpulse/sync.schema.json', `${JSON.stringify(schema, null, 2)}\n`],
  ])
}

interface Changes {
  /** What is not as it would be written. */
  readonly different: readonly string[]
  /** What was generated once and is no longer asked for. */
  readonly stale: readonly string[]
}

/** What is there of the same kind as what is wanted: of a profile its own programs, else all but those of profiles. */
function compare(root: string, wanted: ReadonlyMap<string, string>, { profile, profiles }: Config): Changes {
  const [patterns, ignore] =
    profile === undefined
      ? [['generated/*.{sh,mk}', 'generated/{bin,lib}/*', WORKFLOW_FILE], profiles.map((each) => `generated/*.${each}.sh`)]
      : [[`generated/*.${profile}.sh`], []]
  const present = glob.sync(patterns, { cwd: root, dot: true, ignore }).sort()
  return {
    different: [...wanted].filter(([path, text]) => read(root, path) !== text || !hasRightMode(root, path)).map(([path]) => path),
    stale: present.filter((path) => !wanted.has(path) && madeBy(read(root, path) ?? '') !== 'somebody'),
  }
}

function tellDifferences(root: string, { different, stale }: Changes, command: string): number {
  for (const path of different)
    process.stderr.write(`${path}: ${read(root, path) === undefined ? 'missing' : 'differs from what sync.yaml gives'}\n`)
  for (const path of stale) process.stderr.write(`${path}: no longer in sync.yaml\n`)
  if (different.length + stale.length === 0) return 0
  const makers = new Set(different.flatMap((path) => /^ {2}version=(\S+)$/m.exec(read(root, path) ?? '')?.[1] ?? []))
  makers.delete(ownVersion())
  for (const maker of makers) process.stderr.write(`some were made by Lockstep ${maker}; this is ${ownVersion()}\n`)
  process.stderr.write(`generate --check: out of date: run ${command}, and commit\n`)
  return 8
}

function refuseEdited(root: string, { different, stale }: Changes): void {
  const edited = [...different, ...stale].filter((path) => {
    const text = read(root, path)
    return !path.endsWith('.json') && text !== undefined && madeBy(text) !== 'generator'
  })
  if (edited.length === 0) return
  throw new ConfigError(
    `${edited.join(', ')}: edited by hand; keep the change in sync.yaml or scripts/, or overwrite with --force. Nothing was written.`,
  )
}

function write(root: string, wanted: ReadonlyMap<string, string>, { different, stale }: Changes): void {
  for (const path of wanted.keys()) mkdirSync(dirname(`${root}/${path}`), { recursive: true })
  for (const path of different) {
    writeFileSync(`${root}/${path}`, wanted.get(path) ?? '')
    if (!hasRightMode(root, path)) chmodSync(`${root}/${path}`, 0o755)
  }
  for (const path of stale) rmSync(`${root}/${path}`)
}

const read = (root: string, path: string): string | undefined =>
  existsSync(`${root}/${path}`) ? readFileSync(`${root}/${path}`, 'utf8') : undefined

/** Programs may be run by their owner. */
const hasRightMode = (root: string, path: string): boolean =>
  !/^generated\/(bin\/|.*\.sh$)/.test(path) || (statSync(`${root}/${path}`).mode & 0o100) !== 0
