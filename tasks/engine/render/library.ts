import { type Names, namesIn } from './words.ts'

/** A file of the bash library, of a room or of a driver: its name, `shell/json`, and its text. */
export interface LibraryPart {
  readonly name: string
  readonly text: string
}

/** A function, or variables of a file, with the comment above it: what a program carries or not. */
interface Piece {
  readonly part: LibraryPart
  readonly text: string
  /** It stands on the line after the piece before it. */
  readonly joined: boolean
  readonly functions: readonly string[]
  readonly variables: readonly string[]
  readonly names: Names
}

const DEFINITION = /^([a-z_][a-z0-9_]*)\(\) [{(]$/gm
const ASSIGNMENT = /^([a-z_][a-z0-9_]*)\+?=/gm
/** The functions that may stand beside that of a step. */
const BESIDE_A_STEP = ['_when', '_saves', '_lane']

/**
 * The library as `program` carries it: the functions and variables that it names, and what these name, in the order of
 * their files, each file with what its head says.
 */
export function usedParts(program: string, library: readonly LibraryPart[]): { readonly part: LibraryPart; readonly text: string }[] {
  const used = usedPieces(program, library)
  return library.flatMap((part) => {
    const pieces = indexOf(library).pieces.filter((piece) => piece.part === part && used.has(piece))
    if (pieces.length === 0) return []
    const text = pieces.reduce((all, piece, index) => {
      const gap = piece.joined && pieces[index - 1]?.variables.length ? '\n' : '\n\n'
      return all === '' ? piece.text : `${all}${gap}${piece.text}`
    }, headOf(part))
    return [{ part, text }]
  })
}

function usedPieces(program: string, library: readonly LibraryPart[]): ReadonlySet<Piece> {
  const { pieces, functions, variables } = indexOf(library)
  const used = new Set<Piece>()
  const take = (found: readonly Piece[] | undefined): void => {
    for (const piece of found ?? []) {
      if (used.has(piece)) continue
      used.add(piece)
      follow(piece.names)
    }
  }
  const follow = ({ called, read, local, composed }: Names): void => {
    for (const name of called) for (const each of [name, ...BESIDE_A_STEP.map((end) => name + end)]) take(functions.get(each))
    for (const name of read) if (!local.has(name)) take(variables.get(name))
    for (const { start, variable, end } of composed) {
      // A step's own functions are never the library's to find.
      if (variable === 'step_id') continue
      take(pieces.filter((piece) => piece.functions.some((name) => name.startsWith(start) && name.endsWith(end))))
    }
  }
  follow({ ...namesIn(program), local: new Set() })
  return used
}

interface LibraryIndex {
  readonly pieces: readonly Piece[]
  readonly functions: ReadonlyMap<string, readonly Piece[]>
  readonly variables: ReadonlyMap<string, readonly Piece[]>
}

/** Worked out once a library: there may be a thousand programs. */
const indexes = new WeakMap<readonly LibraryPart[], LibraryIndex>()

function indexOf(library: readonly LibraryPart[]): LibraryIndex {
  const known = indexes.get(library)
  if (known) return known
  const pieces = library.flatMap((part) =>
    pieceTexts(part).map(
      ({ text, joined }): Piece => ({
        part,
        text,
        joined,
        functions: definedFunctions(text),
        variables: [...text.matchAll(ASSIGNMENT)].map((match) => match[1] ?? ''),
        names: namesIn(text),
      }),
    ),
  )
  const index = { pieces, functions: ownersOf(pieces, 'functions'), variables: ownersOf(pieces, 'variables') }
  indexes.set(library, index)
  return index
}

function ownersOf(pieces: readonly Piece[], kind: 'functions' | 'variables'): Map<string, Piece[]> {
  const owners = new Map<string, Piece[]>()
  for (const piece of pieces) for (const name of piece[kind]) (owners.get(name) ?? owners.set(name, []).get(name))?.push(piece)
  return owners
}

/** The names of the functions that a text of bash defines at its top level. */
export const definedFunctions = (text: string): string[] => [...text.matchAll(DEFINITION)].map((match) => match[1] ?? '')

/** What says what a file is: the comment at its head, without the directives for a linter that reads it alone. */
const headOf = ({ text }: LibraryPart): string => /^(?:# shellcheck .*\n)*((?:#.*\n)*)/.exec(text)?.[1]?.trimEnd() ?? ''

/** The functions and variables of a file, each variable by itself. A comment that stands alone is about what follows it. */
function pieceTexts(part: LibraryPart): { readonly text: string; readonly joined: boolean }[] {
  const blocks: string[] = []
  let block: string[] = []
  let inside = false
  for (const line of part.text.replace(/^(#.*\n)+/, '').split('\n')) {
    inside = inside ? !/^[)}]$/.test(line) : /^[a-z_][a-z0-9_]*\(\) [{(]$/.test(line)
    if (line !== '' || inside) block.push(line)
    if ((line === '' && !inside) || /^[)}]$/.test(line)) {
      blocks.push(block.join('\n'))
      block = []
    }
  }
  const texts: string[] = []
  for (const text of [...blocks, block.join('\n')].filter((each) => each !== '').reverse()) {
    const next = texts.at(-1)
    if (/^(#.*(\n|$))*$/.test(text) && next !== undefined) texts[texts.length - 1] = `${text}\n\n${next}`
    else texts.push(text)
  }
  return texts.reverse().flatMap(variablesApart)
}

/** Variables that stand together, one a line, each with the comment above it. */
function variablesApart(text: string): { readonly text: string; readonly joined: boolean }[] {
  const lines = text.split('\n')
  if (!lines.every((line) => /^(#|[a-z_][a-z0-9_]*\+?=)/.test(line))) return [{ text, joined: false }]
  const texts: { text: string; joined: boolean }[] = []
  let comment = ''
  for (const line of lines) {
    if (line.startsWith('#')) comment += `${line}\n`
    else {
      texts.push({ text: comment + line, joined: texts.length > 0 })
      comment = ''
    }
  }
  return texts.length === 0 || comment !== '' ? [{ text, joined: false }] : texts
}
