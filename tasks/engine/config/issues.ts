import type { z } from 'zod'
import { didYouMean } from '../nearest.ts'
import type { Kit } from '../plan/verb.ts'
import { knownKeys, valueAt } from './known-keys.ts'
import type { Place } from './places.ts'
import type { PlacedProblem } from './problem.ts'

/** What the schema found in `plain`, in words, each where it stands. */
export function issueProblems(issues: readonly z.core.$ZodIssue[], plain: unknown, kit: Kit, place: Place): PlacedProblem[] {
  return issues.flatMap((issue) => problemsOf(issue, plain, kit, place))
}

function problemsOf(issue: z.core.$ZodIssue, plain: unknown, kit: Kit, place: Place): PlacedProblem[] {
  const { path } = issue
  if (issue.code === 'unrecognized_keys') {
    const words = (key: string) => () => `unknown key "${key}"${didYouMean(key, knownKeys(path, plain, kit))}`
    return issue.keys.map((key) => place([...path, key], words(key), true))
  }
  if (issue.code === 'invalid_union' && 'discriminator' in issue) return [driverProblem(path, plain, kit, place)]
  if (issue.code === 'invalid_key') return [place(path, `"${String(path.at(-1))}" ${issue.issues[0]?.message ?? issue.message}`, true)]
  const name = path.filter((part) => typeof part === 'string').at(-1)
  const missing = issue.code === 'invalid_type' && valueAt(plain, path) === undefined
  if (missing && name === 'entrypoint') return [driverProblem(path.slice(0, -1), plain, kit, place)]
  if (missing) return [place(path.slice(0, -1), `${String(name)} is missing`, true)]
  return [place(path, `${name === undefined ? '' : `${name}: `}${issueText(issue)}`)]
}

/** The words of the schema's own messages stand in the schema; these are for what zod says. */
function issueText(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_type') return `must be ${article(issue.expected)}`
  if (issue.code === 'invalid_value' && issue.message.startsWith('Invalid')) {
    return `must be ${issue.values.map((value) => JSON.stringify(value)).join(' or ')}`
  }
  return issue.message
    .replace(/^Too small: expected \w+ to be >=/, 'must be at least ')
    .replace(/^Too big: expected \w+ to be <=/, 'must be at most ')
}

const article = (type: string): string =>
  ({ object: 'a mapping', record: 'a mapping', array: 'a list', boolean: 'true or false', int: 'a whole number', string: 'text' })[type] ??
  `a ${type}`

function driverProblem(path: readonly PropertyKey[], plain: unknown, kit: Kit, place: Place): PlacedProblem {
  const names = kit.drivers.filter((driver) => !driver.unnamed).map((driver) => driver.name)
  const all = names.join(' or ')
  const target = path.at(-1) === 'driver' ? path.slice(0, -1) : path
  const given = valueAt(plain, [...target, 'driver'])
  if (given === undefined) return place(target, `needs a driver (${all}), or an entrypoint: a script of your own`, true)
  if (typeof given !== 'string') return place([...target, 'driver'], `driver: must be ${all}`)
  return place([...target, 'driver'], `unknown driver "${given}"${didYouMean(given, names) || `; there is ${all}`}`)
}
