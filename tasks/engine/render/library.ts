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
  const index = indexOf(library)
  const used = new Set<LibraryPart>()
  const follow = (parts: ReadonlySet<LibraryPart>): void => {
    for (const part of parts) {
      if (used.has(part)) continue
      used.add(part)
      follow(index.names.get(part) ?? new Set())
    }
  }
  follow(namedIn(program, index.owners))
  return library.filter((part) => used.has(part))
}

interface LibraryIndex {
  readonly owners: ReadonlyMap<string, LibraryPart>
  /** The parts that each part names itself. */
  readonly names: ReadonlyMap<LibraryPart, ReadonlySet<LibraryPart>>
}

/** Worked out once a library: there may be a thousand programs. */
const indexes = new WeakMap<readonly LibraryPart[], LibraryIndex>()

function indexOf(library: readonly LibraryPart[]): LibraryIndex {
  const known = indexes.get(library)
  if (known) return known
  const owners = new Map(library.flatMap((part) => definedFunctions(part.text).map((name) => [name, part] as const)))
  const index = { owners, names: new Map(library.map((part) => [part, namedIn(part.text, owners)])) }
  indexes.set(library, index)
  return index
}

function namedIn(text: string, owners: ReadonlyMap<string, LibraryPart>): Set<LibraryPart> {
  const named = new Set<LibraryPart>()
  for (const [word] of withoutProse(text).matchAll(WORD)) {
    const part = owners.get(word)
    if (part) named.add(part)
  }
  return named
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
