import { readFileSync } from 'node:fs'
import { loadConfig } from '../config/load.ts'
import { ConfigError } from '../config/problem.ts'
import type { Config } from '../config/schema.ts'
import type { Driver } from '../plan/driver.ts'

/** The text of an entrypoint. Throws with the reason where there is none. */
function readScript(root: string, path: string): string {
  let bytes: Buffer
  try {
    bytes = readFileSync(`${root}/${path}`)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new Error(code === 'ENOENT' || code === 'ENOTDIR' ? 'there is no such file' : `cannot be read (${code})`)
  }
  const text = bytes.toString('utf8')
  const isProgram = bytes.includes(0)
  if (!isProgram && !Buffer.from(text, 'utf8').equals(bytes)) throw new Error('must be text in UTF-8')
  return isProgram ? '' : text
}

const CONFIG_FILE = '.insightpulse/sync.yaml'

/** Reads and checks the sync.yaml of a root. Throws ConfigError. */
export function readConfig(root: string, drivers: readonly Driver[]): Config {
  let text: string
  try {
    text = readFileSync(`${root}/${CONFIG_FILE}`, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const isMissing = code === 'ENOENT' || code === 'ENOTDIR'
    throw new ConfigError(
      isMissing ? `no ${CONFIG_FILE} in ${root} or in a folder above` : `${root}/${CONFIG_FILE}: cannot be read (${code})`,
      3,
    )
  }
  return loadConfig(text, CONFIG_FILE, drivers, (path) => readScript(root, path))
}
