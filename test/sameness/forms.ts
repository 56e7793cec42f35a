import { type ChildProcess, spawn } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { inject } from 'vitest'
import type generateVerb from '../../tasks/generate.ts'
import type { loadKit as loadKitFrom } from '../../tasks/start.ts'

export const home = fileURLToPath(new URL('../../', import.meta.url))

/** The forms of one plan: watched by Node, and the generated scripts with no node to be found. */
export const forms = ['node', 'script'] as const
export type Form = (typeof forms)[number]

export interface Outcome {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** A PATH with every program of this one but node, npm, npx and tsx. */
export const pathWithoutNode = (() => {
  const bin = mkdtempSync(join(tmpdir(), 'lockstep-path-'))
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    if (!existsSync(folder) || folder.includes('node_modules')) continue
    for (const name of readdirSync(folder)) {
      if (!['node', 'nodejs', 'npm', 'npx', 'tsx'].includes(name) && !existsSync(join(bin, name))) {
        try {
          symlinkSync(join(folder, name), join(bin, name))
        } catch {}
      }
    }
  }
  process.on('exit', () => rmSync(bin, { recursive: true, force: true }))
  return bin
})()

export type Verb = 'sync' | 'status' | 'backup' | 'rollback' | 'notify'

export type Compiled = Verb | 'export' | 'import' | 'fetch' | 'patch' | 'verify' | 'generate' | 'schedule' | 'dashboard'

/** A verb as test/compiled.ts made it; test/e2e/typed.test.ts holds it against what `npx tsx` makes of it. */
export const compiled = (verb: Compiled): string => join(inject('tasks'), `${verb}.mjs`)

/** The words that start a verb under Node. Drivers of the user's own are TypeScript, which tsx alone can load. */
function underNode(verb: Compiled, root: string): readonly string[] {
  const config = join(root, '.insightpulse/sync.yaml')
  const ownDrivers = existsSync(config) && /^drivers:/m.test(readFileSync(config, 'utf8'))
  return ownDrivers
    ? ['node', '--import', `file://${home}node_modules/tsx/dist/esm/index.mjs`, join(home, `tasks/${verb}.ts`)]
    : ['node', compiled(verb)]
}

/** What a verb is in a form: the words of its command, and the environment that it finds. */
export function command(form: Form, verb: Verb, root: string): { readonly words: readonly string[]; readonly env: NodeJS.ProcessEnv } {
  return form === 'node'
    ? { words: underNode(verb, root), env: process.env }
    : { words: ['bash', join(root, `generated/${verb}.sh`)], env: { ...process.env, PATH: pathWithoutNode } }
}

export function start(
  form: Form,
  root: string,
  words: readonly string[],
  env: Readonly<Record<string, string>> = {},
  verb: Verb = 'sync',
): ChildProcess {
  const program = command(form, verb, root)
  const [name = '', ...given] = program.words
  return spawn(name, [...given, ...words], { cwd: root, env: { ...program.env, ...env } })
}

export function finish(child: ChildProcess): Promise<Outcome> {
  let stdout = ''
  let stderr = ''
  child.stdout?.on('data', (chunk) => {
    stdout += chunk
  })
  child.stderr?.on('data', (chunk) => {
    stderr += chunk
  })
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, stdout, stderr })))
}

export const run = (
  form: Form,
  root: string,
  words: readonly string[],
  env: Readonly<Record<string, string>> = {},
  verb: Verb = 'sync',
): Promise<Outcome> => finish(start(form, root, words, env, verb))

export async function execute(command: string, words: readonly string[], cwd = home): Promise<Outcome> {
  const outcome = await finish(spawn(command, words, { cwd }))
  if (outcome.code !== 0) throw new Error(`${command} ${words.join(' ')}: ${outcome.stderr}`)
  return outcome
}

// The same commit has the same id in both forms.
Object.assign(process.env, { GIT_AUTHOR_DATE: '2026-01-01T00:00:00Z', GIT_COMMITTER_DATE: '2026-01-01T00:00:00Z' })

export const scratch = (): string => mkdtempSync(join(tmpdir(), 'lockstep-test-'))

/** A root with this sync.yaml, its scripts generated. */
export async function makeRoot(root: string, config: string): Promise<string> {
  mkdirSync(join(root, '.insightpulse'), { recursive: true })
  writeFileSync(join(root, '.insightpulse/sync.yaml'), config)
  const [program = '', ...words] = underNode('generate', root)
  if (words.includes(compiled('generate'))) await generateHere(root)
  else await execute(program, [...words, '--root', root])
  return root
}

let lastMade: Promise<unknown> = Promise.resolve()

/** What generate does, in this process: a process of its own takes a second, and there are hundreds of roots. One after the other. */
function generateHere(root: string): Promise<unknown> {
  const made = lastMade.catch(() => undefined).then(() => generateQuietly(root))
  lastMade = made
  return made
}

async function generateQuietly(root: string): Promise<void> {
  const { default: generate } = (await import(compiled('generate'))) as { default: typeof generateVerb }
  const { loadKit } = (await import(join(inject('tasks'), 'start.mjs'))) as { loadKit: typeof loadKitFrom }
  if (generate.program.kind !== 'node') throw new Error('generate needs no Node')
  const kit = await loadKit()
  const { write } = process.stdout
  process.stdout.write = () => true
  try {
    await generate.program.run({ words: ['--root', root], operands: [], options: {} }, kit)
  } finally {
    process.stdout.write = write
  }
}

/** Names, modes and content of everything below a folder, but what a run records about itself. */
export function tree(folder: string, path = ''): Record<string, string> {
  const found: Record<string, string> = {}
  for (const name of readdirSync(join(folder, path)).sort()) {
    const inner = join(path, name)
    if (/^(\.insightpulse\/(state|reports|logs|cache|recovered)|generated)$/.test(inner)) continue
    const facts = lstatSync(join(folder, inner))
    if (facts.isDirectory()) {
      found[inner] = 'folder'
      if (name !== '.git') Object.assign(found, tree(folder, inner))
    } else if (facts.isSymbolicLink()) {
      found[inner] = `link ${readlinkSync(join(folder, inner))}`
    } else {
      found[inner] = `${(facts.mode & 0o777).toString(8)} ${readFileSync(join(folder, inner), 'latin1')}`
    }
  }
  return found
}

/** A tree in which the backups of each target are called STAMP-1, STAMP-2 …, and their manifests say nothing of times and inodes. */
export function withoutStamps(found: Readonly<Record<string, string>>): Record<string, string> {
  const stamps = new Map<string, string[]>()
  const parts = (path: string): readonly string[] => path.match(/^(.*?)(\d{8}_\d{6})/s)?.slice(1) ?? []
  for (const path of Object.keys(found).sort()) {
    const [before, stamp] = parts(path)
    if (before === undefined || stamp === undefined) continue
    const known = stamps.get(before) ?? []
    stamps.set(before, known.includes(stamp) ? known : [...known, stamp])
  }
  return Object.fromEntries(
    Object.entries(found).map(([path, text]) => {
      const [before] = parts(path)
      if (before === undefined) return [path, text]
      const plain = (words: string): string =>
        (stamps.get(before) ?? [])
          .reduce((rest, known, index) => rest.replaceAll(known, `STAMP-${index + 1}`), words)
          .replaceAll(/\d{8}_\d{6}/g, 'STAMP')
      return [plain(path), path.endsWith('/manifest.json') ? plain(withoutTimes(text)) : text]
    }),
  )
}

/** Its lines are sorted: items of a pool end in any order. */
const withoutTimes = (manifest: string): string =>
  manifest
    .replaceAll(/,?"(number|run|started_at|verified_at|inode|mtime|ctime|checksum)":("[^"]*"|\d+)/g, '')
    .split(/,?\n/)
    .sort()
    .join('\n')

/** What the runs of a target left behind them: must be nothing when none is in progress. */
export function leftovers(root: string, target: string): string[] {
  return ['runs', 'locks'].flatMap((kind) => {
    const folder = join(root, '.insightpulse/state', kind, target)
    return existsSync(folder) ? readdirSync(folder) : []
  })
}

/** A report or event without times and ids. */
export function normalised(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(normalised)
  if (typeof value !== 'object' || value === null) {
    return typeof value === 'string'
      ? value
          .replaceAll(/\d{8}_\d{6}_[0-9a-f]{4}/g, 'RUN')
          .replaceAll(/\d{8}_\d{6}/g, 'STAMP')
          .replaceAll(/\d{4}-\d\d-\d\dT[\d:]+Z/g, 'TIME')
          .replaceAll(/\/\S*lockstep-test-[^/\s"']+(\/(node|script))?/g, 'SCRATCH')
      : value
  }
  return Object.fromEntries(
    Object.entries(value)
      .filter(
        ([key]) =>
          !['timestamp', 'run', 'at', 'duration', 'total_duration', 'seconds', 'started_at', 'verified_at', 'number'].includes(key),
      )
      .map(([key, inner]) => [key, normalised(inner)]),
  )
}

export const readJson = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'))
export const readEventLines = (path: string): unknown[] =>
  readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))

export { chmodSync, cpSync, existsSync, join, mkdirSync, readFileSync, rmSync, writeFileSync }
