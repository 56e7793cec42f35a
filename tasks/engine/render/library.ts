/** A file of scripts/lib: its name and its text. */
export interface LibraryPart {
  readonly name: string
  readonly text: string
}

const DEFINITION = /^([a-z_][a-z0-9_]*)\(\) \{$/gm
const WORD = /[a-z_][a-z0-9_]*/g

/**
 * The parts of the library that `program` uses, and those that these use, in the order of their names. A part is used
 * when one of its functions is named.
 */
export function usedParts(program: string, library: readonly LibraryPart[]): LibraryPart[] {
  const owner = new Map(library.flatMap((part) => definedFunctions(part.text).map((name) => [name, part] as const)))
  const used = new Set<LibraryPart>()
  const follow = (text: string): void => {
    for (const [word] of withoutProse(text).matchAll(WORD)) {
      const part = owner.get(word)
      if (!part || used.has(part)) continue
      used.add(part)
      follow(part.text)
    }
  }
  follow(program)
  return library.filter((part) => used.has(part))
}

/** The names of the functions that a text of bash defines at its top level. */
export const definedFunctions = (text: string): string[] => [...text.matchAll(DEFINITION)].map((match) => match[1] ?? '')

/** A part as it stands in a program: without the directives for a linter that reads it alone. */
export const inlined = (part: LibraryPart): string => part.text.replace(/^(# shellcheck .*\n)+/, '').trimEnd()

/** Bash without what is only said to people: help texts, comments, and the words that stand for a target. */
const withoutProse = (text: string): string =>
  text
    .replace(/<<'((?:HELP|SCRIPT)_*)'\n[\s\S]*?\n\1$/gm, '')
    .replace(/^\s*#.*$/gm, '')
    .replace(/^description=.*$/gm, '')
    .replace(/^( {2}target_(is|backup)) .*$/gm, '$1')
