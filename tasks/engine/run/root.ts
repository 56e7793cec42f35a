import { existsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'

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
