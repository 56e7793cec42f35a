import { existsSync, readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { loadConfig } from '../config/load.ts'
import { ConfigError } from '../config/problem.ts'
import type { Config } from '../config/schema.ts'
import type { Driver } from '../plan/driver.ts'

const CONFIG_FILE = '.insightpulse/sync.yaml'

/** The value of an option that may stand as `--name VALUE` or `--name=VALUE`; the last one counts. */
export function optionValue(words: readonly string[], name: string): string | undefined {
  let value: string | undefined
  words.forEach((word, index) => {
    if (word === `--${name}`) value = words[index + 1]
    else if (word.startsWith(`--${name}=`)) value = word.slice(name.length + 3)
  })
  return value
}

/** The folder to work in: `--root`, else the nearest upwards that holds `.insightpulse`, else this one. */
export function findRoot(words: readonly string[]): string {
  const given = optionValue(words, 'root')
  if (given !== undefined) return resolve(given)
  let folder = process.cwd()
  while (!existsSync(`${folder}/.insightpulse`)) {
    if (dirname(folder) === folder) return process.cwd()
    folder = dirname(folder)
  }
  return folder
}

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

/** Runs a verb; a mistake of the user becomes its message and exit code, without a stack trace. */
export async function runVerb(verb: () => Promise<number>): Promise<void> {
  try {
    process.exitCode = await verb()
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    process.stderr.write(`${error.message}\n`)
    process.exitCode = error.exitCode
  }
}
