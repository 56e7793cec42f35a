import { parseArgs } from 'node:util'
import { ConfigError } from '../config/problem.ts'
import { didYouMean } from '../nearest.ts'
import type { Verb } from '../plan/verb.ts'

/** The values of a verb's options that stand in `words`, by name. @throws ConfigError for what is none of them. */
export function optionValues({ name: verb, options }: Verb, words: readonly string[]): Readonly<Record<string, string | boolean>> {
  const types = Object.fromEntries(
    options.map(({ name, value }) => [name, { type: value === undefined ? ('boolean' as const) : ('string' as const) }]),
  )
  const { values, tokens } = parseArgs({ args: [...words], options: types, strict: false, tokens: true })
  for (const token of tokens) {
    if (token.kind === 'option-terminator') continue
    const [name, word] = token.kind === 'option' ? [token.name, token.rawName] : ['', token.value]
    const type = types[name]?.type
    const known = options.map((each) => `--${each.name}`)
    if (type === undefined) throw new ConfigError(`${verb}: unknown option ${word}${didYouMean(word, known)}; --help lists the options`)
    if ((type === 'string') !== (token.value !== undefined)) {
      throw new ConfigError(`${verb}: ${word} ${type === 'string' ? 'needs a value' : 'takes no value'}`)
    }
  }
  return values as Readonly<Record<string, string | boolean>>
}
