import { readFileSync } from 'node:fs'
import { loadConfig } from '../config/load.ts'
import { ConfigError } from '../config/problem.ts'
import type { Config } from '../config/schema.ts'
import type { Driver } from '../plan/driver.ts'

const CONFIG_FILE = '.insightpulse/sync.yaml'

/** Reads and checks the sync.yaml of a root. Throws ConfigError. */
export function readConfig(root: string, drivers: readonly Driver[]): Config {
  let text: string
  try {
    text = readFileSync(`${root}/${CONFIG_FILE}`, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const why = code === 'ENOENT' || code === 'ENOTDIR' ? 'there is no such file; it says what is to be synced' : `cannot be read (${code})`
    throw new ConfigError(`${root}/${CONFIG_FILE}: ${why}`, 3)
  }
  return loadConfig(text, CONFIG_FILE, drivers)
}
