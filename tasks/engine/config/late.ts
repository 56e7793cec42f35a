/** A variable of the environment, with what stands in for it when it is unset or empty. */
export interface Variable {
  readonly name: string
  readonly fallback?: string
  /** A variable of the program's own. */
  readonly ours?: true
}

/** Text whose variables are bound when the run starts: never while planning, and never in a generated file. */
export class LateText {
  readonly parts: readonly (string | Variable)[]

  constructor(parts: readonly (string | Variable)[]) {
    this.parts = parts
  }
}

const VARIABLE = /\$(?:\$|([A-Za-z_][A-Za-z0-9_]*)|\{([A-Za-z_][A-Za-z0-9_]*)(?::-((?:[^{}$])*))?\})/g

/**
 * Reads `${NAME}`, `${NAME:-fallback}` and `$NAME` in a string of `config:`; `$$` is a dollar. Anything else, a lone
 * dollar too, stays as it is. Gives the string itself when there is nothing to bind.
 */
export function parseLateText(text: string): string | LateText {
  const parts: (string | Variable)[] = []
  let literal = ''
  let end = 0
  for (const match of text.matchAll(VARIABLE)) {
    literal += text.slice(end, match.index)
    end = match.index + match[0].length
    const name = match[1] ?? match[2]
    if (name === undefined) {
      literal += '$'
      continue
    }
    if (literal !== '') parts.push(literal)
    literal = ''
    parts.push(match[3] === undefined ? { name } : { name, fallback: match[3] })
  }
  literal += text.slice(end)
  if (parts.length === 0) return literal
  if (literal !== '') parts.push(literal)
  return new LateText(parts)
}

/** The variables that stand anywhere in `value`, each as often as it stands there. */
export function variablesIn(value: unknown): Variable[] {
  if (value instanceof LateText) return value.parts.filter((part) => typeof part !== 'string')
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(variablesIn) : []
}

/** The variables that must be set because they have no fallback, anywhere in `value`. */
export const neededVariables = (value: unknown): string[] =>
  variablesIn(value).flatMap(({ name, fallback }) => (fallback === undefined ? [name] : []))
