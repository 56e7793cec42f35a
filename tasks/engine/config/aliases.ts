import { z } from 'zod'
import { didYouMean } from '../nearest.ts'

/** A short name for a verb with its words: `inna-push: sync open_webui --direction push`. */
export interface Alias {
  readonly name: string
  readonly verb: string
  readonly words: readonly string[]
}

const aliasName = z.string().regex(/^[A-Za-z][A-Za-z0-9_-]{0,63}$/, 'must be letters, digits, "_" and "-", starting with a letter')

const command = (verbs: readonly string[]) =>
  z.string().superRefine((text, context) => {
    const [verb = '', ...words] = text.trim().split(/\s+/)
    if (!verbs.includes(verb)) {
      context.addIssue({ code: 'custom', message: `unknown verb "${verb}"${didYouMean(verb, verbs) || `; there is ${verbs.join(', ')}`}` })
    }
    const odd = words.find((word) => !/^[A-Za-z0-9_*?.,:/=@%+-]+$/.test(word))
    if (odd !== undefined)
      context.addIssue({
        code: 'custom',
        message: `"${odd}": an alias is a verb and plain words, without quotes or special characters of the shell`,
      })
  })

/** `aliases:` of sync.yaml; `verbs` are those that an alias may stand for. */
export const aliasesSchema = (verbs: readonly string[]) =>
  z
    .record(aliasName, command(verbs))
    .default({})
    .transform((aliases): Alias[] =>
      Object.entries(aliases).map(([name, text]) => {
        const [verb = '', ...words] = text.trim().split(/\s+/)
        return { name, verb, words }
      }),
    )
