import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs'
import { register } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { type DriverFolder, driverFolders } from '../config/driver-folders.ts'
import type { Driver } from '../plan/driver.ts'
import type { Kit } from '../plan/verb.ts'
import { definedFunctions, type LibraryPart } from '../render/library.ts'
import { CONFIG_FILE, readIncluded, readText } from './config-file.ts'
import { readLibrary } from './sources.ts'

/** A kit with the drivers of the folders that the sync.yaml of a root names, and their bash. */
export interface RootKit extends Kit {
  readonly library: readonly LibraryPart[]
}

/** Loads the drivers of the user's own. Throws ConfigError with the place in sync.yaml of the folder that cannot be used. */
export async function addUserDrivers(root: string, kit: Kit): Promise<RootKit> {
  const folders = driverFolders({ file: CONFIG_FILE, text: readText(root) }, (path) => readIncluded(root, path))
  if (folders.length === 0) return { ...kit, library: [] }
  await giveLockstep(folders.map(({ path }) => `${pathToFileURL(join(root, path)).href}/`))
  const drivers = [...kit.drivers]
  const library: LibraryPart[] = []
  const owners = new Map(readLibrary().flatMap(({ name, text }) => definedFunctions(text).map((each) => [each, name])))
  for (const folder of folders) {
    const driver = await importDriver(root, folder)
    if (drivers.some(({ name }) => name === driver.name)) throw folder.problem(`there is a driver ${driver.name} already`)
    drivers.push(driver)
    for (const part of readBash(root, folder)) {
      for (const name of definedFunctions(part.text)) {
        const owner = owners.get(name)
        if (owner !== undefined)
          throw folder.problem(`${part.name}.sh: the function ${name} is in ${owner}.sh already; give it another name`)
        owners.set(name, part.name)
      }
      library.push(part)
    }
  }
  return { ...kit, drivers, library }
}

async function importDriver(root: string, { path, problem }: DriverFolder): Promise<Driver> {
  const file = `${path}/driver.ts`
  if (!existsSync(join(root, file))) throw problem(`${file} does not exist`)
  if (!realpathSync(join(root, file)).startsWith(`${realpathSync(root)}/`)) throw problem(`${path} leads out of ${root} through a link`)
  let driver: unknown
  try {
    driver = ((await import(pathToFileURL(join(root, file)).href)) as { default?: unknown }).default
  } catch (error) {
    throw problem(`${file} cannot be loaded: ${String((error as Error).message ?? error).split('\n')[0]}`)
  }
  const missing = whatIsMissing(driver)
  if (missing !== undefined) throw problem(`${file}: ${missing}`)
  return driver as Driver
}

/** What keeps it from being a driver: it may have been written without looking at its types. */
function whatIsMissing(driver: unknown): string | undefined {
  if (typeof driver !== 'object' || driver === null) return 'must export a driver as its default: export default defineDriver({ … })'
  const { name, summary, config, programs, parameters, conflicts, verbs } = driver as Partial<Driver>
  if (typeof name !== 'string' || !/^[a-z][a-z0-9_]*$/.test(name)) return 'name: must be small letters, digits and "_"'
  if (typeof summary !== 'function') return 'summary: must be a function that gives a text'
  if (typeof config?.safeParse !== 'function') return 'config: must be a schema, such as z.strictObject({ … })'
  for (const [key, value] of Object.entries({ programs, parameters, conflicts })) if (!Array.isArray(value)) return `${key}: must be a list`
  if (typeof verbs !== 'object' || Object.keys(verbs).length === 0)
    return 'verbs: must have pull, push or bidirectional, or verbs of its own'
  return undefined
}

function readBash(root: string, { path, problem }: DriverFolder): LibraryPart[] {
  const names = readdirSync(join(root, path)).filter((name) => name.endsWith('.sh'))
  return names.sort().map((name) => {
    const { status, stderr } = spawnSync('bash', ['-n', join(root, path, name)], { encoding: 'utf8' })
    if (status !== 0) throw problem(`${path}/${name}: not bash: ${stderr.split('\n')[0]?.replace(/^.*?: (?=line )/, '')}`)
    return { name: `${path}/${name.replace(/\.sh$/, '')}`, text: readFileSync(join(root, path, name), 'utf8') }
  })
}

/**
 * Lets the files below these addresses import 'lockstep', which is the very modules that run here, wherever the root is. They
 * are ES modules whatever a package.json around them says.
 */
async function giveLockstep(folders: readonly string[]): Promise<void> {
  let lockstep = new URL('../../drivers/lockstep.ts', import.meta.url)
  if (!existsSync(fileURLToPath(lockstep))) {
    // In the package all is JavaScript; a driver of the user's own is not.
    lockstep = new URL('../../../dist/drivers.mjs', import.meta.url)
    const { register: registerTypeScript } = await import('tsx/esm/api')
    registerTypeScript()
  }
  const hook = `export function resolve(name, context, next) {
    const inside = (url) => ${JSON.stringify(folders)}.some((folder) => url?.startsWith(folder))
    if (inside(context.parentURL) && name === 'lockstep') return { url: ${JSON.stringify(lockstep.href)}, format: 'module', shortCircuit: true }
    const url = inside(context.parentURL) && name.startsWith('.') ? new URL(name, context.parentURL).href : name
    return inside(url) ? { url, format: 'module', shortCircuit: true } : next(name, context)
  }`
  register(`data:text/javascript,${encodeURIComponent(hook)}`)
}
