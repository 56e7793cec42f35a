import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { loadConfig } from '../config/load.ts'
import { ConfigError } from '../config/problem.ts'
import { requirementProblem } from '../config/requires.ts'
import type { Config } from '../config/schema.ts'
import { configWarnings } from '../config/warnings.ts'
import { didYouMean } from '../nearest.ts'
import type { Kit } from '../plan/verb.ts'
import { commandIn } from './root.ts'
import { ownVersion } from './sources.ts'

/** The text of an entrypoint; undefined for a program, which is no text. Throws with the reason where there is none. */
function readScript(root: string, path: string): string | undefined {
  let bytes: Buffer
  try {
    bytes = readFileSync(`${root}/${path}`)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new Error(
      code === 'ENOENT' || code === 'ENOTDIR'
        ? `${path} does not exist${didYouMean(path, filesNear(root, path))}`
        : `${path} cannot be read (${code})`,
    )
  }
  const text = bytes.toString('utf8')
  const isProgram = bytes.includes(0)
  if (!isProgram && !Buffer.from(text, 'utf8').equals(bytes)) throw new Error('must be text in UTF-8')
  return isProgram ? undefined : text
}

/** The files where the one at `path` should be, and where scripts usually are. */
function filesNear(root: string, path: string): string[] {
  return [...new Set([dirname(path), 'scripts', '.'])].flatMap((folder) => filesIn(root, folder))
}

function filesIn(root: string, folder: string): string[] {
  try {
    const entries = readdirSync(`${root}/${folder}`, { withFileTypes: true })
    return entries.filter((entry) => entry.isFile()).map(({ name }) => join(folder, name))
  } catch {
    return []
  }
}

/** As real_path of scripts/lib/shell/inside.sh has it: what is no folder, or not there yet, stays below the nearest that is. */
function realPath(root: string, path: string): string {
  try {
    const folder = nearestFolder(root, path)
    const real = relative(realpathSync(root), realpathSync(join(root, folder)))
    return real === '..' || real.startsWith('../') ? path : join(real, relative(folder, path))
  } catch {
    return path // a run says why it cannot go there
  }
}

function nearestFolder(root: string, path: string): string {
  if (path === '.') return path
  return statSync(join(root, path), { throwIfNoEntry: false })?.isDirectory() ? path : nearestFolder(root, dirname(path))
}

export const CONFIG_FILE = '.insightpulse/sync.yaml'

/** Reads and checks the sync.yaml of a root, with a profile or without. Throws ConfigError. */
export function readConfig(root: string, kit: Kit, profile: string | undefined): Config {
  const text = readText(root)
  const problem = requirementProblem(text, ownVersion())
  if (problem !== undefined) throw new ConfigError(`${CONFIG_FILE}: ${problem}`, 3)
  const asked = {
    readScript: (path: string) => readScript(root, path),
    readText: (path: string) => readIncluded(root, path),
    realPath: (path: string) => realPath(root, path),
  }
  return loadConfig(text, CONFIG_FILE, kit, asked, profile)
}

/** What a person should know of a config that was read from a root; empty where there is nothing. */
export const readWarnings = (root: string, config: Config): string => configWarnings(config, (paths) => ignoredAmong(root, paths))

/** The text of a file that sync.yaml includes. Throws with the reason where there is none. */
export function readIncluded(root: string, path: string): string {
  const outside = `${path} is outside of ${root}; what is included must be inside`
  if (path.startsWith('../')) throw new Error(outside)
  let text: string
  try {
    if (!realpathSync(join(root, path)).startsWith(`${realpathSync(root)}/`)) throw new Error(outside)
    text = readFileSync(join(root, path), 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === undefined) throw error
    throw new Error(
      code === 'ENOENT' ? `${path} does not exist${didYouMean(path, filesIn(root, dirname(path)))}` : `${path} cannot be read (${code})`,
    )
  }
  const problem = requirementProblem(text, ownVersion())
  if (problem !== undefined) throw new Error(`${path}: ${problem}`)
  return text
}

/** The text of the sync.yaml of a root. Throws ConfigError. */
export function readText(root: string): string {
  try {
    return readFileSync(`${root}/${CONFIG_FILE}`, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw new ConfigError(`${root}/${CONFIG_FILE}: cannot be read (${code})`, 3)
    const where = root === process.cwd() ? `here (${root}) or in a folder above` : `in ${root}`
    throw new ConfigError(`no ${CONFIG_FILE} ${where}: ${commandIn(root)('init')} writes one; or name its folder with --root`, 3)
  }
}

/** Which of these paths Git ignores below a root; none where there is no Git. */
function ignoredAmong(root: string, paths: readonly string[]): ReadonlySet<string> {
  const { stdout } = spawnSync('git', ['-C', root, 'check-ignore', '-z', '--stdin'], { input: paths.join('\0'), encoding: 'utf8' })
  return new Set((stdout ?? '').split('\0'))
}
