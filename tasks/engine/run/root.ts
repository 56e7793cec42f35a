import { existsSync, readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { CommandOf } from '../render/header.ts'

/** The values of an option that may stand as `--name VALUE` or `--name=VALUE`, in their order. */
export const allValues = (words: readonly string[], name: string): string[] =>
  words.flatMap((word, index) => {
    if (word.startsWith(`--${name}=`)) return [word.slice(name.length + 3)]
    const next = words[index + 1]
    return word === `--${name}` && next !== undefined ? [next] : []
  })

/** The value of such an option; the last one counts. */
export const optionValue = (words: readonly string[], name: string): string | undefined => allValues(words, name).at(-1)

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

/** The profile that is asked for: `--profile`, else LOCKSTEP_PROFILE; one without a name is none. */
export const profileOf = (words: readonly string[]): string | undefined =>
  (optionValue(words, 'profile') ?? process.env['LOCKSTEP_PROFILE']) || undefined

/** Does the package.json of a root name Lockstep among what it needs? */
export function dependsOnLockstep(root: string): boolean {
  const file = `${root}/package.json`
  if (!existsSync(file)) return false
  try {
    const { dependencies, devDependencies } = JSON.parse(readFileSync(file, 'utf8')) as Partial<Record<string, object>>
    return 'lockstep' in { ...dependencies, ...devDependencies }
  } catch {
    return false
  }
}

/** Does a file beside the package.json of a root say exactly what `npm ci` installs? */
export const pinsPackages = (root: string): boolean =>
  ['package-lock.json', 'npm-shrinkwrap.json'].some((name) => existsSync(`${root}/${name}`))

/** Is a root the checkout of Lockstep itself, whose verbs are files? */
export const isCheckout = (root: string): boolean => existsSync(`${root}/tasks/generate.ts`)

/** How a verb is started in a root: in the checkout of Lockstep, where it is a package of the root, and where it is neither. */
export function commandIn(root: string): CommandOf {
  if (isCheckout(root)) return (verb) => `npx tsx tasks/${verb}.ts`
  return (verb) => `${packageCommand(root)} ${verb}`
}

/** How the command of the package is started in a root. */
export const packageCommand = (root: string): string => (dependsOnLockstep(root) ? 'npx lockstep' : 'lockstep')
