import { parseArgs } from 'node:util'
import { ConfigError } from '../config/problem.ts'
import { didYouMean } from '../nearest.ts'
import type { Given, Verb } from '../plan/verb.ts'

/** What `words` give to a verb that takes at most so many operands. @throws ConfigError for what it does not take. */
export function readWords({ name: verb, options }: Verb, words: readonly string[], most: number): Given {
  const types = Object.fromEntries(
    options.map(({ name, value }) => [name, { type: value === undefined ? ('boolean' as const) : ('string' as const) }]),
  )
  const { values, tokens, positionals } = parseArgs({ args: [...words], options: types, strict: false, tokens: true })
  for (const token of tokens) {
    if (token.kind !== 'option') continue
    const { rawName, value } = token
    const type = types[token.name]?.type
    const known = options.map((each) => `--${each.name}`)
    if (type === undefined)
      throw new ConfigError(`${verb}: unknown option ${rawName}${didYouMean(rawName, known)}; --help lists the options`)
    if ((type === 'string') !== (value !== undefined)) {
      throw new ConfigError(`${verb}: ${rawName} ${type === 'string' ? 'needs a value' : 'takes no value'}`)
    }
  }
  const unexpected = positionals[most]
  if (unexpected !== undefined) throw new ConfigError(`${verb}: unexpected ${unexpected}; --help lists the options`)
  return { words, operands: positionals, options: values as Given['options'] }
}
